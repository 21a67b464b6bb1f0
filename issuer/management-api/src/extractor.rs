//! The documentation that a handler's extractors add.

use utoipa::openapi::path::Operation;

/// An extractor of a handler: a part of a request that the handler takes.
pub(super) trait Extractor {
    /// Adds to `operation` what every handler with this extractor has in common.
    fn document(_operation: &mut Operation) {}
}
