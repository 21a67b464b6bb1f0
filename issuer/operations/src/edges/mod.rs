//! Edges: their edge keys, their bundles, and what is known of them.

mod compose_bundle;
mod contacts;
mod keys;

pub use compose_bundle::{
    ComposedBundle, EdgeKeys, compose_bundle, compose_live_bundle, compose_signed_bundle, current_revision,
};
pub use contacts::{count_edges, list_edges, record_edge_contacts, show_edge};
pub use keys::{authenticate_edge, create_edge_key, list_edge_keys, remove_edge_key, show_edge_key};
