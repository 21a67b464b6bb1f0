//! Verifies signatures without the token crate, as the cryptography of a host does.

use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

/// The length of what precedes the point in a `SubjectPublicKeyInfo` of P-256 (RFC 5480), and the key in one of RSA (RFC 3279 section 2.3.1).
const EC_PREFIX: usize = 26;
const RSA_PREFIX: usize = 24;

/// Whether the ES256 signature, in the form of a JWS, is that of `key`, a DER `SubjectPublicKeyInfo`.
pub fn is_es256_signature(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let point = key.get(EC_PREFIX..).expect("a key of P-256");
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
}

/// The same for RS256.
pub fn is_rs256_signature(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = key.get(RSA_PREFIX..).expect("a key of RSA");
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(message, signature).is_ok()
}
