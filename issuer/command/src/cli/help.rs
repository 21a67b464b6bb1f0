//! The help of `postern`: its commands in groups, for the people who need them.

use clap::Command;

/// The groups of commands, in the order of the help.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Start here", &["try", "init", "serve"]),
    ("Get a token", &["api", "tier", "application", "subscription", "token", "usage", "explain"]),
    ("Your access", &["login", "logout", "whoami", "team", "personal-token", "registration-token"]),
    ("For administrators", &["apply", "admin", "config", "backup", "recover"]),
    ("For your shell", &["completions", "man"]),
];

/// Shows the commands of `command` in groups.
pub(super) fn grouped(command: Command) -> Command {
    let widest = GROUPS.iter().flat_map(|(_, names)| *names).map(|name| name.len()).max().unwrap_or_default();
    let mut groups = String::new();
    for (head, names) in GROUPS {
        let lines = names.iter().filter_map(|name| command.find_subcommand(name)).map(|subcommand| {
            let about = subcommand.get_about().map(ToString::to_string).unwrap_or_default();
            format!("  {:widest$}  {about}\n", subcommand.get_name())
        });
        groups.extend([head, ":\n"].map(str::to_owned).into_iter().chain(lines).chain(["\n".to_owned()]));
    }
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}Global options:\n{{options}}{{after-help}}"
    ))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_command_is_in_one_group() {
        let command = Cli::command();
        let mut shown: Vec<&str> = command.get_subcommands().filter(|each| !each.is_hide_set()).map(Command::get_name).collect();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        shown.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(shown, grouped);
    }

    #[test]
    fn the_help_fits_a_terminal_and_shows_how_to_get_a_token() {
        let help = super::grouped(Cli::command()).render_help().to_string();
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        let words = ["Get a token:", "Get an access token for an application", "Global options:"];
        for words in words {
            assert!(help.contains(words), "{words}: {help}");
        }
        assert!(!help.contains("\nOptions:"), "{help}");
    }
}
