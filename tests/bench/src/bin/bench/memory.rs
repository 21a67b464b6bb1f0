//! Measures the memory of a virtual machine that fetches the bundle. With a small configuration this is the memory that the plugin
//! keeps, and the memory that it needed temporarily.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use postern_vectors::Forge;
use serde_json::{Value, json};

use crate::bundles::{LIST_LEN, List, VALID, apis, domains, lists, uri};
use crate::filters::Modules;
use crate::following::Following;
use crate::issuer;
use crate::tokens::Mint;

/// The number of lists for the goal about memory, with ten million tokens.
const GOAL_LISTS: usize = 77;

/// The memory for one bundle, in bytes.
pub(crate) struct Memory {
    pub(crate) name: &'static str,
    /// In each virtual machine except the fetching one.
    pub(crate) usual: u64,
    /// In the virtual machine that fetches for all.
    pub(crate) fetching: u64,
}

/// The memory that a full cache of verified tokens adds to one virtual machine, in bytes.
pub(crate) struct Cache {
    pub(crate) name: &'static str,
    pub(crate) added: u64,
}

pub(crate) struct Memories {
    pub(crate) bundles: Vec<Memory>,
    pub(crate) caches: Vec<Cache>,
    /// The bits of a listed token in the virtual machine where it takes most.
    pub(crate) bits: f64,
}

pub(crate) fn measure(modules: &Modules, now: u64) -> Result<Memories> {
    let mut bundles = Vec::new();
    for (apis, count, name) in [
        (1, 0, "1 API, nothing revoked"),
        (100, 0, "100 APIs"),
        (10_000, 0, "10,000 APIs"),
        (1, 16, "1 million revoked of 2 million listed tokens"),
        (1, GOAL_LISTS, "5 million revoked of 10 million listed tokens"),
        (1, 153, "10 million revoked of 20 million listed tokens"),
    ] {
        let lists = lists(count, now)?;
        let memory = of_bundle(modules, apis, &lists, now, name).with_context(|| format!("measuring `{name}`"))?;
        println!("{name:<48} {:>9} KiB, the one that fetches {:>9} KiB", memory.usual / 1024, memory.fetching / 1024);
        bundles.push(memory);
    }
    let find = |part: &str| bundles.iter().find(|memory| memory.name.contains(part)).context("a memory is missing");
    let (without, with) = (find("nothing revoked")?, find("of 10 million listed")?);
    let bits = |without: u64, with: u64| (float(with) - float(without)) * 8.0 / float(GOAL_LISTS as u64 * u64::from(LIST_LEN));
    let bits = bits(without.usual, with.usual).max(bits(without.fetching, with.fetching));
    Ok(Memories { caches: caches(modules, now)?, bundles, bits })
}

/// The vectors' issuer with this number of APIs.
pub(crate) fn issuer(apis_count: usize, lists: &[List]) -> Result<SocketAddr> {
    let mut bundle: Value = serde_json::from_str(postern_vectors::bundle())?;
    if let Some(bundle) = bundle.as_object_mut() {
        bundle.insert("apis".into(), apis(apis_count)?.into());
    }
    issuer::serve(bundle, lists)
}

/// An Envoy has a virtual machine for each worker and one more. All except the fetching one take the same memory, so two Envoys with
/// different numbers of workers give both values.
fn of_bundle(modules: &Modules, apis: usize, lists: &[List], now: u64, name: &'static str) -> Result<Memory> {
    let issuer = issuer(apis, lists)?;
    let sum = |workers: usize| -> Result<u64> {
        let following = Following::start(modules, issuer, workers)?;
        if let Some(last) = lists.len().checked_sub(1) {
            let status = json!({"status_list": {"idx": VALID, "uri": uri(last)}});
            following.wait_for(&Mint::new(Forge::new(now), "k1").claim("status", status).token(0), 200)?;
        }
        following.memory()
    };
    let (two, four) = (sum(1)?, sum(3)?);
    let usual = four.saturating_sub(two) / 2;
    Ok(Memory { name, usual, fetching: two.saturating_sub(usual) })
}

fn caches(modules: &Modules, now: u64) -> Result<Vec<Cache>> {
    let issuer = issuer(1, &[])?;
    let ordinary = Mint::new(Forge::new(now), "k1");
    let long = ordinary.clone().claim("domains", domains(100));
    let mut caches = Vec::new();
    for (name, mint) in [("number", ordinary), ("bytes, with tokens of 3 KB,", long)] {
        let following = Following::start(modules, issuer, 1)?;
        let before = following.memory()?;
        following.load()?.send((0..5_000).map(|number| mint.token(number)), "origin: https://www.shop-000.example", 200)?;
        let added = following.memory()?.saturating_sub(before);
        println!("a cache that is full by {name:<33} {:>9} KiB more", added / 1024);
        caches.push(Cache { name, added });
    }
    Ok(caches)
}

#[allow(clippy::cast_precision_loss, reason = "what is counted here is far below 2^52")]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}
