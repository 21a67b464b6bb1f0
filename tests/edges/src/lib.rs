//! Tests of the gate in the hosts beside Envoy, with the real hosts.

#![cfg(test)]

mod configured_host;
mod examples;
mod explain_page;
mod explained;
mod fastly;
mod folder;
mod following;
mod guarded;
mod live_issuer;
mod package;
mod vectors;
mod wasi;
mod wire;
