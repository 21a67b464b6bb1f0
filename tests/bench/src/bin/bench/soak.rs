//! Sends a million different tokens, and checks whether the memory of the virtual machines has grown.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use postern_vectors::Forge;

use crate::filters::Modules;
use crate::following::Following;
use crate::memory;
use crate::tokens::Mint;

/// The number of tokens before each of the two measurements.
pub(crate) const EARLY: u32 = 100_000;
pub(crate) const LATE: u32 = 1_000_000;

/// The memory of all virtual machines of an Envoy with one worker, in bytes.
pub(crate) struct Soak {
    /// The kind of token.
    pub(crate) name: &'static str,
    /// After [`EARLY`].
    pub(crate) early: u64,
    /// After [`LATE`].
    pub(crate) late: u64,
}

pub(crate) fn soak(modules: &Modules, now: u64) -> Result<Vec<Soak>> {
    let issuer = memory::issuer(1, &[])?;
    let mint = Mint::new(Forge::new(now), "k1");
    let mut soaks = Vec::new();
    for (name, mint, status) in [("good", mint.clone(), 200), ("bad", mint.bad(), 401)] {
        let soak = one(modules, issuer, name, &mint, status).with_context(|| format!("sending {name} tokens"))?;
        println!("{LATE} {name} tokens: {} KiB after {EARLY}, {} KiB at the end", soak.early / 1024, soak.late / 1024);
        soaks.push(soak);
    }
    Ok(soaks)
}

fn one(modules: &Modules, issuer: SocketAddr, name: &'static str, mint: &Mint, status: u16) -> Result<Soak> {
    let following = Following::start(modules, issuer, 1)?;
    let mut load = following.load()?;
    load.send(mint.many(0, EARLY), "", status)?;
    let early = following.memory()?;
    load.send(mint.many(EARLY, LATE), "", status)?;
    Ok(Soak { name, early, late: following.memory()? })
}
