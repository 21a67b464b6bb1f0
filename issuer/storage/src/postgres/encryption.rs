//! TLS to the server, and the verification of its certificate.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use postgres::config::SslMode;
use postgres::{Client, Config, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::StorageError;
use crate::error::Cause;
use crate::location::Server;

/// The TLS settings of connections; `None` for `sslmode=disable`.
///
/// With `sslmode=prefer`, the default, a connection to a server without TLS is not encrypted. With `sslmode=require` it is
/// refused. With TLS, the server's certificate must be for its name and from a trusted authority in both modes.
pub(super) struct Encryption(Option<MakeRustlsConnect>);

impl Encryption {
    pub(super) fn new(server: &Server) -> Result<Self, StorageError> {
        if server.config.get_ssl_mode() == SslMode::Disable {
            return Ok(Self(None));
        }
        let mut roots = RootCertStore::empty();
        match &server.authorities {
            Some(file) => {
                for certificate in read(file).map_err(StorageError::Certificates)? {
                    roots.add(certificate).map_err(|_| StorageError::Certificates(Cause::message("one of them is malformed")))?;
                }
                if roots.is_empty() {
                    return Err(StorageError::Certificates(Cause::message("there is none in the file")));
                }
            }
            // The system may have unusable certificates. If the one that is needed is among them, the handshake fails.
            None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| StorageError::Certificates(Cause::message("no protocol version is usable")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Some(MakeRustlsConnect::new(config))))
    }

    pub(super) fn connect(&self, config: &Config) -> Result<Client, Cause> {
        match &self.0 {
            Some(tls) => Ok(config.connect(tls.clone())?),
            None => Ok(config.connect(NoTls)?),
        }
    }
}

fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, Cause> {
    let mut reader = BufReader::new(File::open(file)?);
    CertificateDer::pem_reader_iter(&mut reader)
        .collect::<Result<_, _>>()
        .map_err(|_| Cause::message("the file does not hold certificates in PEM"))
}
