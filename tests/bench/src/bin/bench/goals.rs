//! The goals, and whether they are met.

use std::fs;

use anyhow::{Context as _, Result};

use crate::filters::Modules;
use crate::measure::Counted;
use crate::memory::{Memories, float};
use crate::soak::Soak;

/// A value and its upper limit.
pub(crate) struct Goal {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) limit: f64,
}

impl Goal {
    fn new(name: impl Into<String>, value: f64, limit: f64) -> Self {
        Self { name: name.into(), value, limit }
    }

    pub(crate) fn is_met(&self) -> bool {
        self.value <= self.limit
    }
}

/// The rows; the first is without a filter.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Counted>,
}

impl Table {
    /// The instructions of a row minus those without a filter.
    pub(crate) fn over(&self, row: &Counted) -> f64 {
        float(row.instructions) - self.rows.first().map_or(0.0, |none| float(none.instructions))
    }

    fn cost(&self, name: &str) -> Result<f64> {
        let row = self.rows.iter().find(|row| row.name == name).with_context(|| format!("there is no row `{name}`"))?;
        Ok(self.over(row))
    }

    pub(crate) fn ratio(&self, one: &str, other: &str) -> Result<f64> {
        Ok(self.cost(one)? / self.cost(other)?)
    }

    /// The largest ratio of a token's costs between bundles, for repeated and for new tokens.
    fn spread(&self, bundles: &[&str]) -> Result<f64> {
        let mut spread = 1.0_f64;
        for load in ["hot", "cold"] {
            let costs: Result<Vec<f64>> =
                bundles.iter().map(|bundle| self.cost(&format!("postern HS256 {load}, {bundle}"))).collect();
            let costs = costs?;
            let (least, most) = costs.iter().fold((f64::MAX, 0.0_f64), |(least, most), cost| (least.min(*cost), most.max(*cost)));
            spread = spread.max(most / least);
        }
        Ok(spread)
    }
}

/// The project's goals.
pub(crate) fn goals(table: &Table, memories: &Memories, modules: &Modules) -> Result<Vec<Goal>> {
    let mut goals = Vec::new();
    for (algorithm, limit) in [("HS256", 0.35), ("RS256", 0.85), ("ES256", 0.95), ("EdDSA", 1.75)] {
        let ratio = table.ratio(&format!("postern {algorithm} cold"), &format!("jwt_authn {algorithm} cold"))?;
        goals.push(Goal::new(format!("{algorithm} cold / jwt_authn"), ratio, limit));
    }
    goals.push(Goal::new("HS256 hot / floor", table.ratio("postern HS256 hot", "floor")?, 1.25));
    let refusing = table.ratio("postern HS256 bad signature", "postern HS256 cold")?;
    goals.push(Goal::new("HS256 bad signature / good one", refusing, 1.0));
    goals.push(Goal::new("most / least from 1 to 10,000 APIs", table.spread(&["1 API", "100 APIs", "10,000 APIs"])?, 1.03));
    let revoked = ["0 revoked tokens", "1 million revoked tokens", "10 million revoked tokens"];
    goals.push(Goal::new("most / least from 0 to 10 million revoked tokens", table.spread(&revoked)?, 1.03));
    goals.push(Goal::new("bits for each of 10 million listed tokens", memories.bits, 1.05));
    goals.push(Goal::new("bytes of the plugin", float(fs::metadata(&modules.plugin)?.len()), 360_000.0));
    Ok(goals)
}

/// Further limits that must hold, but are no goals to improve.
pub(crate) fn limits(table: &Table, soaks: &[Soak]) -> Result<Vec<Goal>> {
    let bad = table.rows.iter().filter(|row| row.name.contains("bad signature"));
    let worst = bad.map(|row| table.over(row)).fold(0.0, f64::max) / table.cost("postern HS256 cold")?;
    let mut limits = vec![Goal::new("worst bad token / good HS256 one", worst, 100.0)];
    for soak in soaks {
        let grown = float(soak.late) - float(soak.early);
        limits.push(Goal::new(format!("bytes grown over a million {} tokens", soak.name), grown, 0.0));
    }
    Ok(limits)
}
