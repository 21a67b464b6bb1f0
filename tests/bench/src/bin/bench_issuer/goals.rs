//! The goals, and whether they are met.

use anyhow::{Context as _, Result};

use crate::edges::Edges;
use crate::growth::Growth;
use crate::process;
use crate::rows::{Found, Measured, Row};
use crate::several::Several;

/// The row of the goals, and the row with which it is compared.
const OURS: &str = "mint, ES256, SQLite";
const THEIRS: &str = "mint, ES256, oidc-provider in memory";

/// How many times as fast as the build before it each row is to be.
const FASTER_THAN_BEFORE: [(&str, f64); 14] = [
    ("mint, ES256, SQLite", 3.0),
    ("live token again, ES256, SQLite", 3.0),
    ("introspect, ES256, SQLite", 2.5),
    ("revoke, ES256, SQLite", 2.0),
    ("refresh, ES256, SQLite", 2.0),
    ("code exchange, ES256, SQLite", 2.0),
    ("device, ES256, SQLite", 2.0),
    ("mint, ES256, PostgreSQL", 3.5),
    ("live token again, ES256, PostgreSQL", 3.0),
    ("introspect, ES256, PostgreSQL", 2.5),
    ("revoke, ES256, PostgreSQL", 2.0),
    ("refresh, ES256, PostgreSQL", 2.0),
    ("code exchange, ES256, PostgreSQL", 2.0),
    ("device, ES256, PostgreSQL", 2.0),
];

/// The beginnings of the names of the rows that mint tokens. A few slow answers among many fast ones must not hide in their rate.
const MINTING: [&str; 4] = ["mint", "refresh", "code exchange", "device"];

/// A value and its limit.
pub(crate) struct Goal {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) limit: f64,
    /// Whether the limit is a lower one.
    at_least: bool,
}

impl Goal {
    fn at_least(name: impl Into<String>, value: f64, limit: f64) -> Self {
        Self { name: name.into(), value, limit, at_least: true }
    }

    fn at_most(name: impl Into<String>, value: f64, limit: f64) -> Self {
        Self { name: name.into(), value, limit, at_least: false }
    }

    pub(crate) fn is_met(&self) -> bool {
        if self.at_least { self.value >= self.limit } else { self.value <= self.limit }
    }

    pub(crate) fn bound(&self) -> String {
        format!("at {} {}", if self.at_least { "least" } else { "most" }, self.limit)
    }
}

pub(crate) fn goals(rows: &[Row], growth: &Growth, edges: &Edges, several: &Several) -> Result<Vec<Goal>> {
    let (ours, theirs) = (find(rows, OURS)?, find(rows, THEIRS)?);
    let mut goals = vec![Goal::at_least("mints on SQLite / oidc-provider's", ours.per_second / theirs.per_second, 3.0)];
    for (name, limit) in FASTER_THAN_BEFORE {
        if let Ok(before) = find(rows, &format!("{name}, before")) {
            let now = find(rows, name)?;
            goals.push(Goal::at_least(format!("{name} / before"), now.per_second / before.per_second, limit));
        }
    }
    for row in rows {
        let is_minting = MINTING.iter().any(|beginning| row.name.starts_with(beginning));
        let is_ours = is_minting && row.name != THEIRS && !row.name.ends_with("before");
        if let (Found::Measured(measured), true) = (&row.found, is_ours) {
            goals.push(Goal::at_most(format!("p99 / median, {}", row.name), measured.p99_ms / measured.median_ms, 4.0));
        }
    }
    let (alone, together) = (several.alone.per_second, several.together.per_second);
    goals.push(Goal::at_least("three issuers on one PostgreSQL database mint, together / one alone", together / alone, 1.8));
    if let Edges::Measured(waiting) = edges {
        goals.push(Goal::at_most("10,000 waiting edges: MB", process::megabytes(waiting.with.all), 120.0));
        goals.push(Goal::at_most("10,000 waiting edges: all told within ms", waiting.worst_ms, 150.0));
    }
    goals.push(Goal::at_most("MB resident with everything on record", process::megabytes(growth.served.all), 48.0));
    goals.push(Goal::at_most("bytes a token on the disk, SQLite", growth.bytes_a_token, 200.0));
    // Other work of the machine only increases the time, so the least value of all rounds is the most accurate.
    let micros = || growth.costs.iter().map(|cost| cost.spread.0);
    let (least, most) = (micros().fold(f64::MAX, f64::min), micros().fold(0.0, f64::max));
    goals.push(Goal::at_most("most / least CPU time for a mint, from few tokens to many", most / least, 1.1));
    Ok(goals)
}

fn find(rows: &[Row], name: &str) -> Result<Measured> {
    rows.iter()
        .find_map(|row| match row.found {
            Found::Measured(measured) if row.name == name => Some(measured),
            _ => None,
        })
        .with_context(|| format!("there is no row `{name}`"))
}
