//! The TLS configuration for directories.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

/// The reason why the root certificates cannot be used.
#[derive(Debug, Error)]
pub enum AuthoritiesError {
    /// The file cannot be read.
    #[error("the file of root certificates cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// The file holds an invalid certificate.
    #[error("the file of root certificates does not hold certificates in PEM")]
    Malformed,
    /// The file holds no certificate.
    #[error("there is no certificate in the file of root certificates")]
    None,
    /// The TLS library supports no suitable version of TLS.
    #[error("the TLS library supports no suitable version of TLS")]
    Version,
}

/// A configuration with the root certificates of `file`, or with those of the system.
pub(super) fn configuration(file: Option<&Path>) -> Result<Arc<ClientConfig>, AuthoritiesError> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(file) => {
            let mut reader = BufReader::new(File::open(file).map_err(AuthoritiesError::Unreadable)?);
            for certificate in CertificateDer::pem_reader_iter(&mut reader) {
                let certificate = certificate.map_err(|error| match error {
                    pem::Error::Io(error) => AuthoritiesError::Unreadable(error),
                    _ => AuthoritiesError::Malformed,
                })?;
                roots.add(certificate).map_err(|_| AuthoritiesError::Malformed)?;
            }
            if roots.is_empty() {
                return Err(AuthoritiesError::None);
            }
        }
        // Unusable root certificates of the system are skipped. If one of them is needed, the handshake fails.
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
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
