//! The files that Envoy's configuration names: the plugin's module, certificates and private keys.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

/// The placeholder for the plugin's module, and the first bytes of such a file.
const MODULE: (&str, &[u8]) = ("WASM", b"\0asm");

/// The largest file of certificates that is read, in bytes. Those of all public authorities take about 250 KB.
const MAX_PEM_LEN: u64 = 8 << 20;

/// What helps when a file is on another machine.
pub(super) const ELSEWHERE: &str = "with --elsewhere, files are not looked for";

/// Checks the file that the placeholder `name` names in a field `filename` of the object `parent`.
pub(super) fn check(name: &str, parent: &str, file: &Path) -> Result<(), String> {
    let shown = file.display();
    match parent {
        _ if name == MODULE.0 => match read(file, MODULE.1.len() as u64)? {
            start if start == MODULE.1 => Ok(()),
            _ => Err(format!("is `{shown}`, which is not a WebAssembly module")),
        },
        "certificate_chain" | "trusted_ca" => match certificates(&read(file, MAX_PEM_LEN)?) {
            Some(_) => Ok(()),
            None => Err(format!("is `{shown}`, which holds no certificate in PEM")),
        },
        "private_key" => match private_key(&read(file, MAX_PEM_LEN)?) {
            Some(_) => Ok(()),
            None => Err(format!("is `{shown}`, which holds no private key in PEM, or an encrypted one")),
        },
        _ => read(file, 1).map(drop),
    }
}

/// Whether the private key in the file `key` certainly belongs to another certificate than the first one in the file `chain`.
pub(super) fn differ(chain: &Path, key: &Path) -> bool {
    let both = || {
        let chain = certificates(&read(chain, MAX_PEM_LEN).ok()?)?;
        Some((chain, private_key(&read(key, MAX_PEM_LEN).ok()?)?))
    };
    let Some((chain, key)) = both() else { return false };
    let matched = CertifiedKey::from_der(chain, key, &default_provider());
    matches!(matched, Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)))
}

fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
    (!found.is_empty()).then_some(found)
}

fn private_key(pem: &[u8]) -> Option<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(pem).ok()
}

/// The first `limit` bytes of a file.
fn read(file: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let mut start = Vec::new();
    let found = match fs::metadata(file) {
        Ok(found) if !found.is_file() => return Err(format!("is `{}`, which is not a file", file.display())),
        Ok(_) => File::open(file).and_then(|file| file.take(limit).read_to_end(&mut start)),
        Err(error) => Err(error),
    };
    let cannot = |error: io::Error| format!("is `{}`, which cannot be read here: {error}; {ELSEWHERE}", file.display());
    found.map(|_| start).map_err(cannot)
}
