//! Tells the story once: each step with what was expected and what came. The exit code is 1 if any differs.

use std::process::ExitCode;

use anyhow::Result;
use postern_demo::demo::Demo;
use postern_demo::story;
use postern_test_harness::artifacts;

fn main() -> Result<ExitCode> {
    let dir = tempfile::tempdir()?;
    let demo = Demo::start(&artifacts::envoy()?, dir.path(), &mut |step| println!("==> {step}"))?;
    println!();
    let outcomes = story::tell(&demo, &mut |outcome| println!("{outcome}"))?;
    let wrong = outcomes.iter().filter(|outcome| !outcome.ok).count();
    println!("\n{} steps passed, {wrong} failed", outcomes.len() - wrong);
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
