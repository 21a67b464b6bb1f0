//! The bundles that edges fetch: composed once for each change, and shared by all edges.

mod cache;
mod composer;

pub use cache::{LiveBundle, LiveBundles};
pub(crate) use composer::recompose;
pub use composer::{bundle_since, current_bundle};
