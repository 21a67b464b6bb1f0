//! By what a directory proves who it is.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

/// The root certificates cannot be used.
#[derive(Debug, Error)]
pub enum AuthoritiesError {
    /// The file is not there, or not ours to read.
    #[error("the file of root certificates cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// It holds something else.
    #[error("the file of root certificates is not one of certificates in PEM")]
    Malformed,
    /// It holds nothing.
    #[error("there is no certificate in the file of root certificates")]
    None,
    /// The library has no version of TLS that it would speak.
    #[error("no version of TLS can be used")]
    Version,
}

/// TLS with the root certificates of `file`, or the system's.
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
        // Some of a system's may be unusable; one that is needed and missing is missed when a server shows its own.
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    of(roots)
}

/// For a directory that speaks no TLS.
pub(super) fn none() -> Result<Arc<ClientConfig>, AuthoritiesError> {
    of(RootCertStore::empty())
}

fn of(roots: RootCertStore) -> Result<Arc<ClientConfig>, AuthoritiesError> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| AuthoritiesError::Version)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
