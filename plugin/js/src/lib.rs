//! The gate's host for JavaScript: Workers, Deno, Node, Bun and browsers.
//!
//! [`Edge`] does the work and knows no JavaScript. `exports` is what JavaScript calls. A request goes in as one block of bytes
//! ([`input`]), and a decision comes out as one ([`output`]), so that no object is made for each header field. The package around this
//! module is in `plugin/js/package`.

mod decided;
mod edge;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod exports;
mod input;
mod keys;
mod metrics;
mod output;

pub use edge::Edge;
pub use input::Input;
pub use output::Output;
