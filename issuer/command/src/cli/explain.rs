//! `postern explain`

use std::io::{self, BufRead as _, Write as _};
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use postern_gate::explain::{explain, explain_steps};
use postern_secrets::{Clock as _, SystemClock};
use postern_time::TimeFilter;
use postern_token::bundle::Problems;
use serde_json::json;

use super::plugin_configuration::{gate, read_object, read_settings};

/// The longest line of the input, in bytes.
const MAX_LINE_LEN: usize = 1024 * 1024;

#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  postern admin bundle --environment production --out bundle.json
  echo '{"method":"GET","path":"/pizza/1.0.0/menu","headers":[["host","api.example"]]}' |
    postern explain --bundle bundle.json"#)]
pub(super) struct Explain {
    /// Bundle, as `postern admin bundle` writes it
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// JSON file with the plugin's settings, as for `postern admin envoy`
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Time of the decision: a date (`2026-03-01`, 00:00 UTC), a timestamp (`2026-03-01T12:00:00Z`), an age (`90m`, `2h`, `7d`) or Unix
    /// seconds [default: now]
    #[arg(long, value_name = "TIME")]
    now: Option<TimeFilter>,
    /// Add each step of the decision: what it read and, for the step that refused, what would have to change
    #[arg(long)]
    steps: bool,
}

impl Explain {
    /// Reads one request from each line and prints one decision for it. A line that is not a valid request, or is too long, gets an
    /// `error`, and makes the exit code 1.
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let settings = read_settings(self.settings.as_deref())?;
        let gate = gate(read_object("bundle", &self.bundle)?.into(), settings)?;
        let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
        let (mut line, mut wrong) = (Vec::new(), 0_usize);
        loop {
            line.clear();
            let mut limited = io::Read::take(&mut input, MAX_LINE_LEN as u64 + 1);
            if limited.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let now = SystemClock.now();
            let now = self.now.map_or(now, |filter| filter.resolve(now));
            let decision = if line.len() > MAX_LINE_LEN {
                // What is left of the line, which may be of any length.
                if !line.ends_with(b"\n") {
                    input.skip_until(b'\n')?;
                }
                Err(format!("the line is longer than {MAX_LINE_LEN} bytes"))
            } else {
                let explain = if self.steps { explain_steps } else { explain };
                explain(&gate, &line, now).map_err(|problems| described(&problems))
            };
            wrong += usize::from(decision.is_err());
            let decision = decision.unwrap_or_else(|error| json!({ "error": error }));
            writeln!(output, "{decision}")?;
        }
        if wrong > 0 {
            bail!("invalid requests in the input: {wrong}; each has an `error` in the output");
        }
        Ok(())
    }
}

/// The problems of a line. What concerns the whole line has no field to name.
fn described(problems: &Problems) -> String {
    let text = problems.to_string();
    text.strip_prefix("`.`: ").map_or_else(|| text.clone(), str::to_owned)
}
