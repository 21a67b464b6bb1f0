//! Edges: their edge keys and their bundles.

mod compose_bundle;
mod keys;

pub use compose_bundle::{
    ComposedBundle, EdgeKeys, compose_bundle, compose_live_bundle, compose_signed_bundle, current_revision,
};
pub use keys::{authenticate_edge, create_edge_key, list_edge_keys, remove_edge_key, show_edge_key};
