//! Questions before something ends.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anyhow::{Context as _, bail};
use postern_model::{ApplicationId, visible};

use super::management::{Call, Management};

/// The number of tokens that are counted for a question.
const MOST_COUNTED: usize = 1000;

/// Whether to ask, and who answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Confirmation {
    yes: bool,
}

impl Confirmation {
    /// With `yes`, nothing is asked.
    pub(super) const fn new(yes: bool) -> Self {
        Self { yes }
    }

    /// On a terminal, asks the question that `question` makes. Elsewhere no person can answer, and nothing is asked.
    pub(super) fn ask(self, question: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<()> {
        if self.yes || !is_interactive() { Ok(()) } else { ask(&question()?) }
    }

    /// As [`Self::ask`], but without a terminal --yes is required.
    pub(super) fn require(self, question: &str) -> anyhow::Result<()> {
        if self.yes {
            return Ok(());
        }
        if !is_interactive() {
            bail!(
                "standard input is not a terminal, so the changes cannot be confirmed: give --yes, or --plan to change nothing"
            );
        }
        ask(question)
    }
}

fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn ask(question: &str) -> anyhow::Result<()> {
    let mut stderr = io::stderr();
    write!(stderr, "{} [y/N] ", visible(question)).and_then(|()| stderr.flush()).context("cannot write to the terminal")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("cannot read from the terminal")?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => bail!("not confirmed: nothing was changed"),
    }
}

/// What happens to the tokens of an application that ends, as a sentence.
pub(super) fn ends_tokens(management: &Management, application: &ApplicationId) -> anyhow::Result<String> {
    let tokens = management.first(MOST_COUNTED, || Call::get(&["applications", application.as_str(), "tokens"]))?;
    let live = tokens.iter().filter(|token| token.get("state").is_some_and(|state| state == "active")).count();
    let at_least = if tokens.len() == MOST_COUNTED { "at least " } else { "" };
    let plural = if live == 1 { "" } else { "s" };
    Ok(format!("This ends {at_least}{live} application token{plural}, and every token of its users."))
}
