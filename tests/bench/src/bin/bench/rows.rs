//! The measured rows.

use anyhow::Result;
use postern_vectors::Forge;
use serde_json::{Value, json};

use crate::bundles::{VALID, apis, domains, empty_list, listed, lists, uri};
use crate::filters::{Modules, jwt_authn};
use crate::tokens::Mint;

/// Requests before counting begins, during which V8 compiles hot code and the cache of verified tokens fills.
pub(crate) const WARM_UP: u32 = 6_000;

/// The number of counted requests.
pub(crate) const COUNTED: u32 = 2_000;

/// The same for slow requests. These run loops, which V8 compiles early, or Envoy's own code, which is compiled already.
pub(crate) const SLOW_WARM_UP: u32 = 3_000;
pub(crate) const SLOW_COUNTED: u32 = 500;

/// Requests before counting begins if other rows have run in the same Envoy.
const RE_WARM_UP: u32 = 500;

/// An Envoy with `filters` before the router, and the rows that are measured in it, in order.
pub(crate) struct Run {
    pub(crate) filters: Vec<Value>,
    pub(crate) rows: Vec<Row>,
}

/// One load.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) mint: Mint,
    /// Whether all requests have the same token; otherwise each has a new one.
    pub(crate) again: bool,
    /// An additional header field of every request.
    pub(crate) field: &'static str,
    /// The status that every response must have.
    pub(crate) status: u16,
    pub(crate) warm_up: u32,
    pub(crate) counted: u32,
}

impl Row {
    fn cold(name: impl Into<String>, mint: &Mint) -> Self {
        let (warm_up, counted) = (WARM_UP, COUNTED);
        Self { name: name.into(), mint: mint.clone(), again: false, field: "", status: 200, warm_up, counted }
    }

    fn hot(name: impl Into<String>, mint: &Mint) -> Self {
        Self { again: true, ..Self::cold(name, mint) }
    }

    fn denied(name: impl Into<String>, mint: &Mint) -> Self {
        Self { status: 401, ..Self::cold(name, &mint.clone().bad()) }
    }

    fn slow(self) -> Self {
        Self { warm_up: SLOW_WARM_UP, counted: SLOW_COUNTED, ..self }
    }
}

/// New tokens and then always the same token, in one Envoy.
fn cold_and_hot(filters: Vec<Value>, what: &str, mint: &Mint, field: &'static str) -> Run {
    let cold = Row { field, ..Row::cold(format!("postern HS256 cold, {what}"), mint) };
    let hot = Row { field, warm_up: RE_WARM_UP, ..Row::hot(format!("postern HS256 hot, {what}"), mint) };
    Run { filters, rows: vec![cold, hot] }
}

/// All runs; the first one is without a filter.
pub(crate) fn all(modules: &Modules, now: u64) -> Result<Vec<Run>> {
    let mut runs = beside_others(modules, now)?;
    runs.extend(denials(modules, now)?);
    runs.extend(growth(modules, now)?);
    Ok(runs)
}

/// The plugin, the minimal filter, and Envoy's own filter.
fn beside_others(modules: &Modules, now: u64) -> Result<Vec<Run>> {
    let mint = |key: &str| Mint::new(Forge::new(now), key);
    let hs256 = mint("k1");
    let one = |filters: Vec<Value>, row: Row| Run { filters, rows: vec![row] };
    let ours = || modules.postern(None);
    let theirs = || jwt_authn(false);
    Ok(vec![
        one(vec![], Row::hot("no filter", &hs256)),
        one(modules.floor()?, Row::hot("floor", &hs256)),
        one(ours()?, Row::hot("postern HS256 hot", &hs256)),
        one(ours()?, Row::cold("postern HS256 cold", &hs256)),
        one(ours()?, Row::cold("postern RS256 cold", &mint("rs1")).slow()),
        one(ours()?, Row::cold("postern ES256 cold", &mint("es1")).slow()),
        one(ours()?, Row::cold("postern EdDSA cold", &mint("ed1")).slow()),
        one(jwt_authn(true)?, Row::hot("jwt_authn HS256 hot", &hs256)),
        one(theirs()?, Row::cold("jwt_authn HS256 cold", &hs256).slow()),
        one(theirs()?, Row::cold("jwt_authn RS256 cold", &mint("rs1")).slow()),
        one(theirs()?, Row::cold("jwt_authn ES256 cold", &mint("es1")).slow()),
        one(theirs()?, Row::cold("jwt_authn EdDSA cold", &mint("ed1")).slow()),
    ])
}

/// Invalid tokens, which anyone can send.
fn denials(modules: &Modules, now: u64) -> Result<Vec<Run>> {
    let mint = |key: &str| Mint::new(Forge::new(now), key);
    let one = |row: Row| Ok(Run { filters: modules.postern(None)?, rows: vec![row] });
    [
        Row::denied("postern HS256 bad signature", &mint("k1")),
        Row::denied("postern RS256 bad signature", &mint("rs1")).slow(),
        Row::denied("postern ES256 bad signature", &mint("es1")).slow(),
        Row::denied("postern EdDSA bad signature", &mint("ed1")).slow(),
        Row::denied("postern HS256 bad signature, 16 KiB", &mint("k1").longest()).slow(),
        Row::denied("postern ES256 bad signature, 16 KiB", &mint("es1").longest()).slow(),
        Row::denied("postern EdDSA bad signature, 16 KiB", &mint("ed1").longest()).slow(),
    ]
    .into_iter()
    .map(one)
    .collect()
}

/// The plugin with small and large values of everything that can grow.
fn growth(modules: &Modules, now: u64) -> Result<Vec<Run>> {
    let mint = Mint::new(Forge::new(now), "k1");
    let mut runs = Vec::new();
    for (count, what) in [(1, "1 API"), (100, "100 APIs"), (10_000, "10,000 APIs")] {
        let filters = modules.postern(Some(&json!({"bundle": {"apis": apis(count)?}})))?;
        runs.push(cold_and_hot(filters, what, &mint, ""));
    }
    for (count, what) in [(1, "1 allowed domain"), (100, "100 allowed domains")] {
        // The matching pattern is in the middle.
        let field = if count == 1 { "origin: https://www.shop-000.example" } else { "origin: https://www.shop-050.example" };
        let mint = mint.clone().claim("domains", domains(count));
        runs.push(cold_and_hot(modules.postern(None)?, what, &mint, field));
    }
    for (count, what) in [(0, "0 revoked tokens"), (16, "1 million revoked tokens"), (153, "10 million revoked tokens")] {
        // Half of each list is revoked. The tokens that are sent belong to the list in the middle.
        let middle = count / 2;
        let lists = if count == 0 { vec![empty_list(middle, now)?] } else { lists(count, now)? };
        let filters = modules.postern(Some(&json!({"bundle": {"status_lists": listed(&lists, true)}})))?;
        let status = json!({"status_list": {"idx": VALID, "uri": uri(middle)}});
        runs.push(cold_and_hot(filters, what, &mint.clone().claim("status", status), ""));
    }
    // The cold row fills the cache with other tokens. In the row before it, the cache contains only the row's own token.
    let hot = |name: &str| Row::hot(name, &mint);
    runs.push(Run {
        filters: modules.postern(None)?,
        rows: vec![
            hot("postern HS256 hot, nothing else in the cache"),
            Row::cold("postern HS256 cold, the cache full of others", &mint),
            Row { warm_up: RE_WARM_UP, ..hot("postern HS256 hot, the cache full of others") },
        ],
    });
    let off = modules.postern(Some(&json!({"token_cache": {"entries": 0}})))?;
    runs.push(Run { filters: off, rows: vec![Row::cold("postern HS256 cold, no cache", &mint)] });
    Ok(runs)
}
