//! The root certificates with which external directories and providers are verified.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
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

/// The certificates of `file`, or those of the system.
pub(crate) fn certificates(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, AuthoritiesError> {
    let Some(file) = file else { return Ok(rustls_native_certs::load_native_certs().certs) };
    let mut reader = BufReader::new(File::open(file).map_err(AuthoritiesError::Unreadable)?);
    let (mut certificates, mut roots) = (Vec::new(), RootCertStore::empty());
    for certificate in CertificateDer::pem_reader_iter(&mut reader) {
        let certificate = certificate.map_err(|error| match error {
            pem::Error::Io(error) => AuthoritiesError::Unreadable(error),
            _ => AuthoritiesError::Malformed,
        })?;
        roots.add(certificate.clone()).map_err(|_| AuthoritiesError::Malformed)?;
        certificates.push(certificate);
    }
    if certificates.is_empty() { Err(AuthoritiesError::None) } else { Ok(certificates) }
}
