//! `postern apply`: APIs, tiers, scopes, applications and subscriptions as files.

mod current;
mod desired;
mod execute;
mod files;
mod plan;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;

use self::current::Current;
use self::desired::Desired;
use self::files::Problem;
use self::plan::Step;
use super::context::CommandContext;
use super::output::{self, Format, Printer};

/// The exit code of --plan when there is something to change.
const WOULD_CHANGE: u8 = 2;

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  postern apply -f catalogue --plan    # exit code 2: something would change
  postern apply -f catalogue --yes

A file:
  tiers:
    - name: platinum
      limit: { requests: 1000, seconds: 60 }
  apis:
    - { name: pizza, version: 1.0.0, context: /pizza/1.0.0 }
    - { openapi: petstore.yaml, name: pets, context: /pets/1.0.0 }
  applications:
    - name: storefront
      subscriptions: [{ api: pizza/1.0.0, tier: platinum }]")]
pub(super) struct Apply {
    /// File, or folder with files, in YAML or JSON (`.yaml`, `.yml`, `.json`); may be repeated
    #[arg(long = "file", short, value_name = "DIR|FILE", required = true)]
    files: Vec<PathBuf>,
    /// Print what would change, and change nothing; the exit code is 2 if something would change
    #[arg(long)]
    plan: bool,
    /// Also delete what no file lists: tiers, if a file has `tiers`; scopes, if a file has `scopes`; APIs, if a file has `apis`; and
    /// subscriptions of the applications that the files list. Applications are never deleted
    #[arg(long)]
    prune: bool,
}

impl Apply {
    pub(super) fn run(&self, context: &CommandContext) -> anyhow::Result<ExitCode> {
        let mut problems = Vec::new();
        let documents = files::read(&self.files, &mut problems)?;
        let desired = Desired::read(&documents, &mut problems);
        let management = context.management().and_then(|management| {
            let current = Current::fetch(&management, &desired)?;
            Ok((management, current))
        });
        // Problems of the files are reported even if the issuer cannot be reached.
        let (management, current) = match management {
            Err(error) if problems.is_empty() => return Err(error),
            Err(_) => return Err(refused(problems)),
            Ok(found) => found,
        };
        let steps = plan::make(&desired, &current, self.prune, &mut problems);
        if !problems.is_empty() {
            return Err(refused(problems));
        }
        print(context.printer, &steps)?;
        let changes = steps.iter().filter(|step| step.changes()).count();
        if changes == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        if self.plan {
            return Ok(WOULD_CHANGE.into());
        }
        let plural = if changes == 1 { "this change" } else { "these changes" };
        context.confirmation.require(&format!("Make {plural}?"))?;
        execute::run(&management, &steps, current.application_ids())?;
        output::note(&format!("changes made: {changes}"));
        Ok(ExitCode::SUCCESS)
    }
}

/// All problems, in the order of the files.
fn refused(mut problems: Vec<Problem>) -> anyhow::Error {
    problems.sort();
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    anyhow!("the files have problems, and nothing was changed:\n{}", lines.join("\n"))
}

/// Prints the plan. A table shows only what changes.
fn print(printer: Printer, steps: &[Step]) -> anyhow::Result<()> {
    let shown = steps.iter().filter(|step| step.changes() || printer.format() != Format::Table);
    printer.print_list("plan", shown.map(Step::to_json).collect())
}
