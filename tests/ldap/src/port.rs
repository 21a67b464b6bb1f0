//! Free ports for servers.

use std::fs::File;
use std::io::Read as _;
use std::net::TcpListener;

/// The range of ports, which is below the usual range of outgoing connections. These could otherwise take the port of a stopped server.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A port of 127.0.0.1 on which nothing listens.
pub(crate) fn free() -> u16 {
    let width = u128::from(PORTS.end - PORTS.start);
    loop {
        let offset = u16::try_from(random() % width).expect("the width is a `u16`");
        let port = PORTS.start + offset;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A unique random number.
pub(crate) fn random() -> u128 {
    let mut bytes = [0; 16];
    File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).expect("the system gives randomness");
    u128::from_ne_bytes(bytes)
}
