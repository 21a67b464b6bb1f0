//! `postern completions` and `postern man`: what a shell and a packager need of the command line itself.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::Shell;

use super::output;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  postern completions bash > ~/.local/share/bash-completion/completions/postern
  postern completions zsh > \"${fpath[1]}/_postern\"
  postern completions fish > ~/.config/fish/completions/postern.fish")]
pub(super) struct Completions {
    /// Shell
    shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postern man ~/.local/share/man/man1")]
pub(super) struct Man {
    /// Folder for the pages; it is created if it does not exist
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Completions {
    pub(super) fn run(&self, command: &Command) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut without_hidden(command), "postern", &mut script);
        output::write_to_stdout(&script)
    }
}

/// The command without its hidden subcommands, which a script would offer.
fn without_hidden(command: &Command) -> Command {
    let shown = command.get_subcommands().filter(|below| !below.is_hide_set()).map(without_hidden);
    let about = command.get_about().cloned().unwrap_or_default();
    Command::new(command.get_name().to_owned()).about(about).args(command.get_arguments()).subcommands(shown)
}

impl Man {
    pub(super) fn run(&self, command: Command) -> anyhow::Result<()> {
        let shown = self.folder.display();
        fs::create_dir_all(&self.folder).with_context(|| format!("cannot create the folder `{shown}`"))?;
        clap_mangen::generate_to(command, &self.folder).with_context(|| format!("cannot write the pages to `{shown}`"))
    }
}
