//! The results: BENCHMARKS.md for people, target/bench/gate.json for programs.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use anyhow::Result;
use postern_bench::benchmarks::{self, Part};
use postern_test_harness::artifacts::{ENVOY_VERSION, project_file};
use serde_json::{Value, json};

use crate::filters::Modules;
use crate::goals::{Goal, Table, goals, limits};
use crate::memory::Memories;
use crate::rows::{COUNTED, SLOW_COUNTED, SLOW_WARM_UP, WARM_UP};
use crate::soak::{EARLY, LATE, Soak};

pub(crate) fn write(table: &Table, memories: &Memories, soaks: &[Soak], modules: &Modules) -> Result<()> {
    let (goals, limits) = (goals(table, memories, modules)?, limits(table, soaks)?);
    println!();
    for goal in goals.iter().chain(&limits) {
        let verdict = if goal.is_met() { "met" } else { "MISSED" };
        println!("{:<52} {:>10} (at most {}) {verdict}", goal.name, number(goal.value), number(goal.limit));
    }
    let date = String::from_utf8(Command::new("date").args(["-u", "+%F"]).output()?.stdout)?;
    let size = fs::metadata(&modules.plugin)?.len();
    let list = |goals: &[Goal]| -> Value {
        let one = |goal: &Goal| json!({"name": goal.name, "value": goal.value, "limit": goal.limit, "met": goal.is_met()});
        goals.iter().map(one).collect()
    };
    let rows = table.rows.iter();
    let gate = json!({
        "date": date.trim(),
        "envoy": ENVOY_VERSION,
        "plugin_bytes": size,
        "rows": rows.map(|row| json!({"name": row.name, "instructions": row.instructions})).collect::<Value>(),
        "goals": list(&goals),
        "limits": list(&limits),
        "memory": memories.bundles.iter().map(|memory| {
            json!({"name": memory.name, "vm_bytes": memory.usual, "fetching_vm_bytes": memory.fetching})
        }).collect::<Value>(),
    });
    fs::write(project_file("target/bench/gate.json"), serde_json::to_string_pretty(&gate)?)?;
    let mut page = introduction(date.trim(), size);
    page += &requests(table)?;
    page += &memory(memories, soaks)?;
    page += "\n## Goals\n\n| | measured | at most | |\n|---|---:|---:|---|\n";
    for goal in goals.iter().chain(&limits) {
        let verdict = if goal.is_met() { "met" } else { "**missed**" };
        writeln!(page, "| {} | {} | {} | {verdict} |", goal.name, number(goal.value), number(goal.limit))?;
    }
    benchmarks::write(Part::Gate, &page)
}

fn introduction(date: &str, size: u64) -> String {
    format!(
        "# Benchmarks

Measured on {date} by `npx -y rust-just bench`, with Envoy {ENVOY_VERSION}, the V8 in it, and a plugin of {size} bytes.

## A request

Instructions per request, counted by callgrind in the real Envoy with one worker: HTTP/1.1 over {} connections, and a route that \
answers by itself. {WARM_UP} requests warm up Envoy, so that V8 compiles the hot code a second time and better; then {COUNTED} are \
counted. For RS256, ES256, EdDSA, the longest tokens and `jwt_authn` HS256, {SLOW_WARM_UP} warm up and {SLOW_COUNTED} are counted. \
Five times as many requests to warm up give the same figures. Unlike time, instructions do not depend on what else the machine does: \
a second run differs by less than 0.5 %.

- **cold**: every token is new, so each is checked from the start. **hot**: the same token again and again.
- **no filter**: Envoy alone. The second column is the difference to it.
- **floor**: the least that a WebAssembly filter can do. It reads the headers in one call, removes the token, sets as many headers \
as Postern does, and checks nothing (`tests/bench/floor`). Postern adds its headers instead of setting them. It can, because it has \
removed everything that a client sent under their names. A floor that adds would cost about 37,300 over no filter.
- **jwt_authn**: Envoy's own filter, in C++, configured to check the same tokens, remove them and set headers from their claims. It \
does not know APIs, subscriptions, scopes, domains or revocation. **hot** uses its `jwt_cache_config`.
- **bad signature**: also cold. 16 KiB is the longest token that Postern reads.

",
        crate::measure::CONNECTIONS,
    )
}

fn requests(table: &Table) -> Result<String> {
    let mut page = "| | instructions | over no filter | |\n|---|---:|---:|---|\n".to_owned();
    for row in &table.rows {
        let over = table.over(row);
        let against = match row.name.strip_prefix("postern ") {
            Some("HS256 hot") => format!("{:.2} of the floor", table.ratio(&row.name, "floor")?),
            Some(rest) if !rest.contains(',') && rest.ends_with("cold") => {
                format!("{:.2} of `jwt_authn`", table.ratio(&row.name, &format!("jwt_authn {rest}"))?)
            }
            Some(rest) if rest.contains("bad") => {
                format!("{:.2} of a good HS256 one", table.ratio(&row.name, "postern HS256 cold")?)
            }
            _ => String::new(),
        };
        writeln!(page, "| {} | {} | {over:.0} | {against} |", row.name, row.instructions)?;
    }
    Ok(page)
}

fn memory(memories: &Memories, soaks: &[Soak]) -> Result<String> {
    let mut page = "
## Memory

KiB of one virtual machine, where the bundle is fetched. Envoy has one virtual machine for each worker, and one more. A virtual \
machine grows in steps of 64 KiB and never shrinks. One of them fetches the bundle for all, and needs memory to read it once more. \
Half of the tokens in a list are revoked, at random, so that no list compresses to less than one bit for each token.

| | KiB | the one that fetches |
|---|---:|---:|
"
    .to_owned();
    for memory in &memories.bundles {
        writeln!(page, "| {} | {} | {} |", memory.name, memory.usual / 1024, memory.fetching / 1024)?;
    }
    writeln!(page)?;
    for (number, cache) in memories.caches.iter().enumerate() {
        let subject = if number == 0 { "A cache of verified tokens" } else { " One" };
        write!(page, "{subject} that is full by {} adds {} KiB.", cache.name, cache.added / 1024)?;
    }
    writeln!(page, "\n\nBoth virtual machines of an Envoy with one worker take, when no token comes twice:\n")?;
    for (number, Soak { name, early, late }) in soaks.iter().enumerate() {
        let end = if number + 1 == soaks.len() { '.' } else { ';' };
        writeln!(page, "- {} KiB after {EARLY} {name} tokens, and {} KiB after {LATE}{end}", early / 1024, late / 1024)?;
    }
    Ok(page)
}

/// A number with as many digits as are significant.
fn number(value: f64) -> String {
    if value.fract() == 0.0 || value >= 1_000.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}
