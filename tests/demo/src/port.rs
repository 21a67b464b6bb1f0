//! Ports of this machine.

use std::net::TcpListener;

use anyhow::Result;

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
