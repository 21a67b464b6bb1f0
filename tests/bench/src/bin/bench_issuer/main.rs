//! Measures the throughput, the CPU time and the memory of the issuer, and compares it with npm `oidc-provider` under the same load.
//!
//! Time is noisy on shared machines, so each row has the CPU time too. `--quick` measures each row for two seconds and does not write
//! the report. Names select the parts whose name contains one of them: `oidc-provider`, `sqlite-clients`, `sqlite-users`,
//! `postgres-clients`, `postgres-users`, `postgres-several`, `signatures`, `edges`, `growth`. `POSTERN_BENCH_BEFORE` names the binary of
//! an earlier commit, whose rows are measured between the others.

mod answers;
mod clients;
mod edges;
mod goals;
mod growth;
mod http;
mod issuer;
mod load;
mod oidc_provider;
mod portions;
mod process;
mod report;
mod rows;
mod several;
mod signatures;
mod user_rows;
mod users;

use std::env;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use postern_test_postgres::Server as Postgres;
use tokio::runtime::Runtime;

use edges::Edges;
use issuer::{Build, Home};
use load::Times;
use report::Results;
use rows::Row;

/// The folder of the databases, which is on a disk; the folder for temporary files may not be.
const DISK: &str = "/var/tmp";

/// The number of waiting edges.
const EDGES: usize = 10_000;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let names: Vec<&String> = arguments.iter().filter(|argument| *argument != "--quick").collect();
    let is_wanted = |part: &str| names.is_empty() || names.iter().any(|name| part.contains(name.as_str()));
    let seconds = |warm_up, measured| Times { warm_up: Duration::from_secs(warm_up), measured: Duration::from_secs(measured) };
    let times = if quick { seconds(1, 2) } else { seconds(3, 10) };
    let dir = tempfile::tempdir_in(DISK)?;
    let dir = dir.path();

    let mut rows = Vec::new();
    if is_wanted("oidc-provider") {
        rows.push(oidc_provider::measure(dir, times)?);
    }
    if is_wanted("sqlite-clients") {
        for (algorithm, build) in measured_builds()? {
            let home = Home::sqlite(&build, &dir.join(format!("{algorithm}{}", build.suffix)), algorithm)?;
            rows.extend(rows::of_issuer(&home, "SQLite", algorithm, times)?);
        }
    }
    if is_wanted("sqlite-users") {
        let home = |build: &Build, dir: &Path| Home::sqlite(build, dir, user_rows::ALGORITHM);
        rows.extend(user_rows::measure(&dir.join("users"), "SQLite", home, times)?);
    }
    if is_wanted("postgres-clients") {
        rows.extend(on_postgres(dir, &start_postgres(), times)?);
    }
    if is_wanted("postgres-users") {
        let server = start_postgres();
        let home = |build: &Build, dir: &Path| Home::postgres(build, dir, &server.create_database(), user_rows::ALGORITHM);
        rows.extend(user_rows::measure(&dir.join("postgres-users"), "PostgreSQL", home, times)?);
    }
    let several = if is_wanted("postgres-several") {
        let several = several::measure(&dir.join("several"), &start_postgres(), times)?;
        several.print();
        Some(several)
    } else {
        None
    };
    let signatures = if is_wanted("signatures") {
        let rates = (signatures::ours(times.measured / 5)?, oidc_provider::signatures()?);
        println!("signatures per second of one core: ours {:.0?}, node {:.0?}", rates.0, rates.1);
        Some(rates)
    } else {
        None
    };
    let edges = if is_wanted("edges") { Some(waiting(dir)?) } else { None };
    let growth = if is_wanted("growth") {
        let (sizes, times) = if quick { (growth::QUICK, seconds(1, 2)) } else { (growth::WHOLE, seconds(2, 4)) };
        Some(growth::measure(&dir.join("growth"), sizes, times)?)
    } else {
        None
    };
    if let Some(growth) = &growth {
        growth.print();
    }
    match (several, signatures, edges, growth) {
        (Some(several), Some(signatures), Some(edges), Some(growth)) if names.is_empty() => {
            report::report(&Results { rows, several, edges, growth, signatures }, quick)
        }
        _ => Ok(()),
    }
}

fn start_postgres() -> Postgres {
    Postgres::start_in(Path::new(DISK))
}

fn on_postgres(dir: &Path, server: &Postgres, times: Times) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (algorithm, build) in measured_builds()? {
        let url = server.create_database();
        match Home::postgres(&build, &dir.join(format!("postgres-{algorithm}{}", build.suffix)), &url, algorithm) {
            Ok(home) => rows.extend(rows::of_issuer(&home, "PostgreSQL", algorithm, times)?),
            Err(error) => rows.push(Row::skipped(format!("mint, {algorithm}, PostgreSQL"), error.to_string())),
        }
    }
    Ok(rows)
}

/// The algorithms, each with the builds that are measured one after the other.
fn measured_builds() -> Result<Vec<(&'static str, Build)>> {
    let mut measured = vec![("ES256", Build::current()?)];
    measured.extend(Build::before().map(|before| ("ES256", before)));
    measured.push(("HS256", Build::current()?));
    Ok(measured)
}

fn waiting(dir: &Path) -> Result<Edges> {
    let edges = edges::measure(&dir.join("edges"), EDGES)?;
    match &edges {
        Edges::Skipped(why) => println!("waiting edges: skipped: {why}"),
        Edges::Measured(waiting) => println!(
            "{} waiting edges: {:.1} MB without, {:.1} MB with, {:.1} MB afterwards; median {:.0} ms, worst {:.0} ms, {:.2} s of CPU",
            waiting.edges,
            process::megabytes(waiting.without.all),
            process::megabytes(waiting.with.all),
            process::megabytes(waiting.afterwards.all),
            waiting.median_ms,
            waiting.worst_ms,
            waiting.cpu.as_secs_f64()
        ),
    }
    Ok(edges)
}

/// A runtime with one thread, to leave the machine to the server.
fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")
}
