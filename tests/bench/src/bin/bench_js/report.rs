//! The results: the part of BENCHMARKS.md for people, target/bench/js.json for programs.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use postern_bench::benchmarks::{self, Part};
use postern_test_harness::artifacts::project_file;
use serde_json::{Value, json};

use crate::{Cold, ROUNDS, Row, Sizes, TOKENS};

/// A value and its upper limit.
struct Goal {
    name: String,
    value: f64,
    limit: f64,
}

impl Goal {
    fn is_met(&self) -> bool {
        self.value <= self.limit
    }
}

pub(crate) fn write(rows: &[Row], sizes: &Sizes, cold: &Cold) -> Result<()> {
    let goals = goals(rows, sizes)?;
    for goal in &goals {
        let verdict = if goal.is_met() { "met" } else { "MISSED" };
        println!("{:<52} {:>10.2} (at most {}) {verdict}", goal.name, goal.value, goal.limit);
    }
    let date = String::from_utf8(Command::new("date").args(["-u", "+%F"]).output()?.stdout)?;
    let goal = |goal: &Goal| json!({"name": goal.name, "value": goal.value, "limit": goal.limit, "met": goal.is_met()});
    let row = |row: &Row| json!({"name": row.algorithm, "cold": row.cold, "hot": row.hot, "jose": row.jose});
    let document = json!({
        "date": date.trim(),
        "module_bytes": sizes.module,
        "rows": rows.iter().map(row).collect::<Value>(),
        "first_decision": {"with": cold.with, "without": cold.without},
        "goals": goals.iter().map(goal).collect::<Value>(),
    });
    fs::create_dir_all(project_file("target/bench"))?;
    fs::write(project_file("target/bench/js.json"), serde_json::to_string_pretty(&document)?)?;
    benchmarks::write(Part::JavaScript, &page(date.trim(), rows, sizes, cold, &goals)?)
}

fn goals(rows: &[Row], sizes: &Sizes) -> Result<Vec<Goal>> {
    let row = |algorithm: &str| rows.iter().find(|row| row.algorithm == algorithm).context("a row is missing");
    let mut goals = Vec::new();
    for (algorithm, limit) in [("HS256", 0.5), ("ES256", 1.0), ("RS256", 1.0), ("EdDSA", 1.5)] {
        let row = row(algorithm)?;
        goals.push(Goal { name: format!("{algorithm} cold / jose"), value: row.cold / row.jose, limit });
    }
    let hs256 = row("HS256")?;
    goals.push(Goal { name: "HS256 hot / jose".into(), value: hs256.hot / hs256.jose, limit: 0.15 });
    goals.push(Goal { name: "KB of the module".into(), value: sizes.module / 1000.0, limit: 250.0 });
    goals.push(Goal { name: "KB of the module, compressed with Brotli".into(), value: sizes.brotli / 1000.0, limit: 110.0 });
    Ok(goals)
}

fn page(date: &str, rows: &[Row], sizes: &Sizes, cold: &Cold, goals: &[Goal]) -> Result<String> {
    let mut page = format!(
        "Measured on {date} by `npx -y rust-just bench-js`: the CPU time of all threads of one Node process, in µs for each request. Each figure is the median of the last two thirds of {ROUNDS} rounds, in which `jose` and the gate take turns with the same {TOKENS} tokens. `jose` verifies a token: signature, `typ`, `iss`, `aud`, times. The gate decides a whole `Request` with six header fields: that too, and API, subscription, scopes, revocation and what goes to the upstream.

- **cold**: every token is new. **hot**: the same token again and again. `jose` has no cache.

| | cold | hot | jose |
|---|---:|---:|---:|
"
    );
    for row in rows {
        writeln!(page, "| {} | {:.1} | {:.1} | {:.1} |", row.algorithm, row.cold, row.hot, row.jose)?;
    }
    write!(
        page,
        "
The module has {} bytes; {} compressed with gzip, {} with Brotli. In a new workerd process, the first answer of a Worker with the gate and a bundle in its options comes after {:.0} ms, that of the same Worker without the gate after {:.0} ms (medians of {}).

### JavaScript goals

| | measured | at most | |
|---|---:|---:|---|
",
        sizes.module, sizes.gzip, sizes.brotli, cold.with, cold.without, cold.runs
    )?;
    for goal in goals {
        let verdict = if goal.is_met() { "met" } else { "**missed**" };
        writeln!(page, "| {} | {:.2} | {} | {verdict} |", goal.name, goal.value, goal.limit)?;
    }
    Ok(page)
}
