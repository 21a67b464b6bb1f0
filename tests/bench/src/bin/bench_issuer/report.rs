//! The results: the issuer's part of BENCHMARKS.md for people, target/bench/issuer.json for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use anyhow::Result;
use postern_bench::benchmarks::{self, Part};
use postern_test_harness::artifacts::project_file;
use serde_json::{Value, json};

use crate::edges::{Edges, Waiting};
use crate::goals::{Goal, goals};
use crate::growth::Growth;
use crate::load::{CONNECTIONS, float};
use crate::oidc_provider;
use crate::process::megabytes;
use crate::rows::{Found, Row};
use crate::several::{ISSUERS, Several, Shared, cores};

/// Everything that was measured.
pub(crate) struct Results {
    pub(crate) rows: Vec<Row>,
    pub(crate) several: Several,
    pub(crate) edges: Edges,
    pub(crate) growth: Growth,
    /// Signatures per second of one core: ours, and node's.
    pub(crate) signatures: (BTreeMap<String, f64>, BTreeMap<String, f64>),
}

/// Prints the goals and writes both files. After a `quick` run, whose figures mean little, only prints the page.
pub(crate) fn report(results: &Results, quick: bool) -> Result<()> {
    let goals = goals(&results.rows, &results.growth, &results.edges, &results.several)?;
    let page = page(results, &goals)?;
    if quick {
        println!("\n{page}");
        return Ok(());
    }
    for goal in &goals {
        let verdict = if goal.is_met() { "met" } else { "MISSED" };
        println!("{:<72} {:>10.3} ({}) {verdict}", goal.name, goal.value, goal.bound());
    }
    fs::create_dir_all(project_file("target/bench"))?;
    fs::write(project_file("target/bench/issuer.json"), serde_json::to_string_pretty(&document(results, &goals)?)?)?;
    benchmarks::write(Part::Issuer, &page)
}

fn today() -> Result<String> {
    Ok(String::from_utf8(Command::new("date").args(["-u", "+%F"]).output()?.stdout)?.trim().to_owned())
}

fn document(results: &Results, goals: &[Goal]) -> Result<Value> {
    let row = |row: &Row| match &row.found {
        Found::Measured(found) => json!({
            "name": row.name, "answers": found.answers, "per_second": found.per_second, "median_ms": found.median_ms,
            "p99_ms": found.p99_ms, "server_cpu_s": found.server_cpu.as_secs_f64(), "load_cpu_s": found.own_cpu.as_secs_f64(),
            "cpu_us_each": found.cpu_micros,
        }),
        Found::Skipped(why) => json!({"name": row.name, "skipped": why}),
    };
    let costs = results.growth.costs.iter().map(|cost| {
        json!({
            "tokens": cost.tokens, "per_second": cost.measured.per_second, "cpu_us_each": cost.measured.cpu_micros,
            "least_cpu_us": cost.spread.0, "most_cpu_us": cost.spread.1, "p99_ms": cost.measured.p99_ms,
        })
    });
    let edges = match &results.edges {
        Edges::Measured(waiting) => json!({
            "edges": waiting.edges, "rss_without": waiting.without.all, "rss_with": waiting.with.all,
            "rss_afterwards": waiting.afterwards.all, "median_ms": waiting.median_ms, "worst_ms": waiting.worst_ms,
            "cpu_s": waiting.cpu.as_secs_f64(),
        }),
        Edges::Skipped(why) => json!({"skipped": why}),
    };
    let several = [results.several.alone, results.several.together].map(|shared| {
        json!({
            "issuers": shared.issuers, "per_second": shared.per_second, "median_ms": shared.median_ms, "p99_ms": shared.p99_ms,
            "issuers_cpu_s": shared.cpu.servers.as_secs_f64(), "postgresql_cpu_s": shared.cpu.database.as_secs_f64(),
            "load_cpu_s": shared.cpu.load.as_secs_f64(), "machine_cpu_s": shared.cpu.machine.as_secs_f64(),
            "elapsed_s": shared.elapsed.as_secs_f64(), "cores": cores(),
        })
    });
    let growth = &results.growth;
    Ok(json!({
        "date": today()?,
        "rows": results.rows.iter().map(row).collect::<Value>(),
        "goals": goals.iter().map(|goal| {
            json!({"name": goal.name, "value": goal.value, "limit": goal.limit, "met": goal.is_met()})
        }).collect::<Value>(),
        "several": several,
        "edges": edges,
        "costs": costs.collect::<Value>(),
        "bytes_a_token": growth.bytes_a_token,
        "memory": {"rss_started": growth.started.all, "rss": growth.served.all, "anonymous": growth.served.anonymous},
        "signatures_per_second": {"ours": results.signatures.0, "node": results.signatures.1},
    }))
}

fn page(results: &Results, goals: &[Goal]) -> Result<String> {
    let mut page = format!(
        "Measured on {} by `npx -y rust-just bench-issuer`, with the release build and its default settings. Each row is a process of \
its own on a new database; only **live token again**, **introspect** and **revoke** follow **mint** in its process. {CONNECTIONS} connections each send the next request when they have an answer. Load and server share the \
machine.

Every answer is checked: its status, and that no minted token comes twice. Afterwards, all minted tokens must be on record. A minted \
token is on the disk before the answer is given. oidc-provider is npm's {} on one node process, which keeps no token.

The clients of **refresh**, **code exchange** and **device** act for users, who have signed in on the pages. A refresh uses the refresh \
token of the last answer for its user. Authorization codes and device codes are prepared in portions, and only the requests for tokens are \
measured: a user's browser gets each authorization code without a question, because consent is remembered; a user allows each device.

| | per second | median ms | p99 ms | µs of the server's CPU each | CPU s of the server | of the load |
|---|---:|---:|---:|---:|---:|---:|
",
        today()?,
        oidc_provider::VERSION
    );
    for Row { name, found } in &results.rows {
        match found {
            Found::Skipped(why) => writeln!(page, "| {name} | skipped: {why} | | | | | |")?,
            Found::Measured(found) => writeln!(
                page,
                "| {name} | {:.0} | {:.2} | {:.2} | {:.0} | {:.1} | {:.1} |",
                found.per_second,
                found.median_ms,
                found.p99_ms,
                found.cpu_micros,
                found.server_cpu.as_secs_f64(),
                found.own_cpu.as_secs_f64()
            )?,
        }
    }
    page += "\nOn PostgreSQL, the server's CPU is that of the issuer only, without PostgreSQL's.\n";
    if results.rows.iter().any(|row| row.name.ends_with("before")) {
        page += "\n**before** is the build of an earlier commit, which the recipe `bench-issuer` names. It is built in the same way.\n";
    }
    page += &several(&results.several)?;
    page += &signatures(results)?;
    page += &growth(&results.growth)?;
    match &results.edges {
        Edges::Measured(waiting) => page += &edges(waiting),
        Edges::Skipped(why) => writeln!(page, "\n### Waiting edges\n\nSkipped: {why}.")?,
    }
    page += "\n### Goals\n\n| | measured | | |\n|---|---:|---:|---|\n";
    for goal in goals {
        let verdict = if goal.is_met() { "met" } else { "**missed**" };
        writeln!(page, "| {} | {:.3} | {} | {verdict} |", goal.name, goal.value, goal.bound())?;
    }
    Ok(page)
}

fn several(Several { alone, together }: &Several) -> Result<String> {
    let mut page = format!(
        "\n### Several issuers on one database\n\nMints (ES256, PostgreSQL) of one issuer alone, and of {ISSUERS} on one database, under \
         the same load, whose {CONNECTIONS} connections are spread over the issuers. The machine has {} cores; its CPU time includes other \
         processes and the kernel.\n\n| issuers | per second | median ms | p99 ms | CPU s of the issuers | of PostgreSQL | of the load | \
         of the machine | available |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        cores()
    );
    for Shared { issuers, per_second, median_ms, p99_ms, elapsed, cpu } in [alone, together] {
        let [servers, database, load, machine] =
            [cpu.servers, cpu.database, cpu.load, cpu.machine].map(|time| time.as_secs_f64());
        let available = elapsed.as_secs_f64() * float(cores());
        writeln!(
            page,
            "| {issuers} | {per_second:.0} | {median_ms:.2} | {p99_ms:.2} | {servers:.1} | {database:.1} | {load:.1} | {machine:.1} | \
             {available:.1} |"
        )?;
    }
    Ok(page)
}

fn signatures(results: &Results) -> Result<String> {
    let mut page = "\n### The signature alone\n\nSignatures per second of one core, each with writing its token. node \
                    signs as oidc-provider does.\n\n| | ours | node |\n|---|---:|---:|\n"
        .to_owned();
    let (ours, nodes) = &results.signatures;
    for (algorithm, theirs) in nodes {
        let own = ours.get(algorithm).map_or_else(|| "not there".to_owned(), |rate| format!("{rate:.0}"));
        writeln!(page, "| {algorithm} | {own} | {theirs:.0} |")?;
    }
    Ok(page)
}

fn growth(growth: &Growth) -> Result<String> {
    let mut page = "\n### Tokens on record\n\nMints (HS256, SQLite), with this many tokens on record before. The \
                    sizes take turns; each row is the median of all rounds.\n\n| tokens | per second | p99 ms | µs of CPU each | from | to |\n\
                    |---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for cost in &growth.costs {
        let (measured, (from, to)) = (cost.measured, cost.spread);
        let (rate, p99, micros) = (measured.per_second, measured.p99_ms, measured.cpu_micros);
        writeln!(page, "| {} | {rate:.0} | {p99:.2} | {micros:.0} | {from:.0} | {to:.0} |", cost.tokens)?;
    }
    let [.., tokens] = growth.sizes.tokens;
    writeln!(
        page,
        "\nEach token takes {:.0} bytes on the disk, with its entry in the audit log. With {} applications and {tokens} tokens, the issuer takes {:.1} MB at its start. It takes {:.1} MB after it has minted \
         for a while, revoked, and answered edges; {:.1} MB of these are anonymous memory (not the content of files).",
        growth.bytes_a_token,
        growth.sizes.applications,
        megabytes(growth.started.all),
        megabytes(growth.served.all),
        megabytes(growth.served.anonymous)
    )?;
    Ok(page)
}

fn edges(waiting: &Waiting) -> String {
    let Waiting { edges, without, with, afterwards, median_ms, worst_ms, cpu } = waiting;
    format!(
        "\n### Waiting edges\n
The issuer takes {:.1} MB, and {:.1} MB while {edges} edges wait. When a token is revoked, half of the edges know {median_ms:.0} ms after \
the revocation was answered, and all of them after {worst_ms:.0} ms. The issuer uses {:.2} s of CPU time for that. The load reads the \
answers on the same machine. When all edges wait again, the issuer takes {:.1} MB.\n",
        megabytes(without.all),
        megabytes(with.all),
        cpu.as_secs_f64(),
        megabytes(afterwards.all)
    )
}
