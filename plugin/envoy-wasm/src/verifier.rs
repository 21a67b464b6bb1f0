//! Lets Envoy verify signatures of RSA and ECDSA: its cryptography is native code, ours is WebAssembly.

use postern_token::{SignatureCheck, Verifier};

use super::hostcalls::call_foreign_function;

/// Envoy's foreign function `verify_signature`.
#[derive(Debug)]
pub(super) struct HostVerifier;

impl Verifier for HostVerifier {
    /// The argument is a protobuf message `{1: hash function, 2: public key, 3: signature, 4: text}`, the answer is
    /// `{1: whether it verifies, 2: what went wrong}`. A host without the function returns an error; then the
    /// gate verifies the signature itself.
    fn verify(&self, check: &SignatureCheck<'_>) -> Option<bool> {
        let (SignatureCheck { key, message, .. }, signature) = (*check, check.usual_signature());
        let mut argument = Vec::with_capacity(key.len() + message.len() + signature.len() + 32);
        for (field, value) in [(1, &b"sha256"[..]), (2, key), (3, &*signature), (4, message)] {
            // Wire type 2, a length and as many bytes.
            argument.push(field << 3 | 2);
            push_varint(&mut argument, value.len());
            argument.extend_from_slice(value);
        }
        let answer = call_foreign_function("verify_signature", &argument)?;
        Some(answer.starts_with(&[1 << 3, 1]))
    }
}

/// Base 128 varint: seven bits a byte, the lowest first.
fn push_varint(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(0x80 | low);
    }
}
