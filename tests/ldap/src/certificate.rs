//! The certificates of a server and of its authority.

use std::fs;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// Writes the certificate of an authority, `authority.pem`, and a certificate that it issued for `localhost` and 127.0.0.1,
/// `certificate.pem` with `key.pem`.
pub(crate) fn write(folder: &Path) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().expect("cannot make a key");
    let authority_certificate = authority.self_signed(&authority_key).expect("cannot make an authority");
    let key = KeyPair::generate().expect("cannot make a key");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names).expect("the names are sound");
    let certificate = certificate.signed_by(&key, &Issuer::new(authority, authority_key)).expect("cannot make a certificate");
    for (name, contents) in
        [("authority.pem", authority_certificate.pem()), ("certificate.pem", certificate.pem()), ("key.pem", key.serialize_pem())]
    {
        fs::write(folder.join(name), contents).expect("cannot write to the server's folder");
    }
}
