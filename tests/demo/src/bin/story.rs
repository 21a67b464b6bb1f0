//! Runs the story once, and prints the expected and the actual result of each step. The exit code is 1 if a step fails.

use std::process::ExitCode;

use anyhow::Result;
use postern_demo::demo::Demo;
use postern_demo::{folder, story};
use postern_test_harness::artifacts;

fn main() -> Result<ExitCode> {
    let dir = folder::private()?;
    let demo = Demo::start(&artifacts::envoy()?, dir.path(), &mut |step| println!("==> {step}"))?;
    println!();
    let outcomes = story::run(&demo, &mut |outcome| println!("{outcome}"))?;
    let wrong = outcomes.iter().filter(|outcome| !outcome.ok).count();
    println!("\n{} steps passed, {wrong} failed", outcomes.len() - wrong);
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
