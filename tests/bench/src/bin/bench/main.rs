//! Measures the cost of the plugin in the real Envoy, and compares it with Envoy's own `jwt_authn` and with a minimal filter.
//!
//! Time is noisy on shared machines, but counts of instructions by valgrind's callgrind are repeatable. With arguments, which help to
//! tune, no report is written. Then only rows are measured whose name is an argument, or contains one that is no row's whole name.
//! `memory` and `soak` are names too.

mod bundles;
mod filters;
mod following;
mod goals;
mod issuer;
mod load;
mod measure;
mod memory;
mod report;
mod rows;
mod soak;
mod tokens;

use std::{env, fs};

use anyhow::Result;
use postern_test_harness::artifacts::{self, project_file};
use postern_test_harness::clock::now;

use filters::Modules;
use goals::Table;

fn main() -> Result<()> {
    let names: Vec<String> = env::args().skip(1).collect();
    let dir = tempfile::tempdir()?;
    let modules = Modules { plugin: dir.path().join("postern.wasm"), floor: dir.path().join("floor.wasm") };
    fs::copy(artifacts::plugin()?, &modules.plugin)?;
    fs::copy(project_file("target/floor/wasm32-unknown-unknown/release/floor.wasm"), &modules.floor)?;
    let runs = rows::all(&modules, now())?;
    let is_row = |name: &str| runs.iter().flat_map(|run| &run.rows).any(|row| row.name == name);
    let (whole, parts): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| is_row(name));
    let is_wanted = |name: &str| {
        names.is_empty()
            || whole.iter().any(|wanted| *wanted == name)
            || parts.iter().any(|wanted| name.contains(wanted.as_str()))
    };
    let mut table = Table::default();
    for mut run in runs {
        if run.rows.iter().any(|row| is_wanted(&row.name)) {
            // Earlier rows in the same Envoy may prepare this one, so they run too.
            let last = run.rows.iter().rposition(|row| is_wanted(&row.name)).unwrap_or_default();
            run.rows.truncate(last + 1);
            for counted in measure::run(&run)? {
                println!("{:<48} {:>9} instructions for each request", counted.name, counted.instructions);
                table.rows.push(counted);
            }
        }
    }
    let memories = if is_wanted("memory") { Some(memory::measure(&modules, now())?) } else { None };
    let soaks = if is_wanted("soak") { soak::soak(&modules, now())? } else { Vec::new() };
    match memories {
        Some(memories) if names.is_empty() => report::write(&table, &memories, &soaks, &modules),
        _ => Ok(()),
    }
}
