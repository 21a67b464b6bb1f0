//! Ports that are chosen before a program listens on them.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};

/// The ports that are chosen from: not those that the system gives to outgoing connections, one of which could take the port meanwhile.
const FIRST: u32 = 10_000;
const COUNT: u32 = 22_000;

/// A port on which no program of this machine listens.
pub fn free_port() -> Result<u16> {
    static CHOSEN: AtomicU32 = AtomicU32::new(0);
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    // Test programs that run at the same time begin at different places.
    let begin = std::process::id().wrapping_mul(37);
    let mut ports = std::iter::repeat_with(|| begin.wrapping_add(CHOSEN.fetch_add(1, Ordering::Relaxed)));
    let port = ports.by_ref().take(1_000).filter_map(|number| u16::try_from(FIRST + number % COUNT).ok()).find(is_free);
    port.context("no port is free")
}
