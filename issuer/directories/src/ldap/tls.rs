//! The TLS configuration for directories.

use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use crate::authorities::{AuthoritiesError, certificates};

/// A configuration with the root certificates of `file`, or with those of the system.
pub(super) fn configuration(file: Option<&Path>) -> Result<Arc<ClientConfig>, AuthoritiesError> {
    let mut roots = RootCertStore::empty();
    // Unusable root certificates of the system are skipped. If one of them is needed, the handshake fails.
    roots.add_parsable_certificates(certificates(file)?);
    with_roots(roots)
}

/// A configuration for a directory without TLS.
pub(super) fn without_roots() -> Result<Arc<ClientConfig>, AuthoritiesError> {
    with_roots(RootCertStore::empty())
}

fn with_roots(roots: RootCertStore) -> Result<Arc<ClientConfig>, AuthoritiesError> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| AuthoritiesError::Version)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
