//! An authority that is made on the spot, and certificates that it signs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use crate::private_file;

/// An authority, whose private key is only in memory.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

/// The files with a server's certificate and private key, in PEM.
#[derive(Debug)]
pub struct ServerCertificate {
    /// The certificate.
    pub chain: PathBuf,
    /// The private key, in a file that only its owner can read.
    pub key: PathBuf,
}

impl Authority {
    /// Makes an authority, and writes its certificate to `authority.pem` in `dir`, which is created.
    pub fn new(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir).with_context(|| format!("cannot create `{}`", dir.display()))?;
        let mut params = named("Postern test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let file = dir.join("authority.pem");
        private_file::write(&file, &params.self_signed(&key)?.pem())?;
        Ok(Self { issuer: Issuer::new(params, key), file })
    }

    /// The file with the authority's certificate, in PEM.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Signs a certificate for a server with these DNS names and addresses, and writes it to files that begin with `name`, beside the
    /// authority's.
    pub fn sign(&self, name: &str, hosts: &[&str]) -> Result<ServerCertificate> {
        let mut params = named(name);
        params.subject_alt_names =
            CertificateParams::new(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>())?.subject_alt_names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let files = ServerCertificate {
            chain: self.file.with_file_name(format!("{name}.pem")),
            key: self.file.with_file_name(format!("{name}.key")),
        };
        private_file::write(&files.chain, &params.signed_by(&key, &self.issuer)?.pem())?;
        private_file::write(&files.key, &key.serialize_pem())?;
        Ok(files)
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
