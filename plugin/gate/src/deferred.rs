//! Signatures that a host verifies between two attempts at one decision, because its cryptography is asynchronous.

use std::cell::RefCell;

use postern_token::{Algorithm, SignatureCheck, Verifier};

/// A host's result: whether the signature of the request's token is that of `key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSignature {
    /// The public key, as [`MissingSignature::key`] named it.
    pub key: Vec<u8>,
    /// Whether the signature is valid.
    pub is_valid: bool,
}

/// A signature of the request's token that the host must verify before there is a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingSignature {
    /// ES256 or RS256.
    pub algorithm: Algorithm,
    /// The public key, a DER `SubjectPublicKeyInfo`.
    pub key: Vec<u8>,
    /// What was signed.
    pub message: Vec<u8>,
    /// The signature in the form of a JWS: for ES256 the two numbers, 32 bytes each.
    pub signature: Vec<u8>,
}

/// Answers from known results. A check without a result fails, and is kept: so a host that does not continue refuses the request.
#[derive(Debug)]
pub(crate) struct DeferredVerifier<'a> {
    known: &'a [KnownSignature],
    missing: RefCell<Option<MissingSignature>>,
}

impl<'a> DeferredVerifier<'a> {
    pub(crate) fn new(known: &'a [KnownSignature]) -> Self {
        Self { known, missing: RefCell::default() }
    }

    /// The first check that had no result.
    pub(crate) fn into_missing(self) -> Option<MissingSignature> {
        self.missing.into_inner()
    }
}

impl Verifier for DeferredVerifier<'_> {
    fn verify(&self, check: &SignatureCheck<'_>) -> Option<bool> {
        if let Some(known) = self.known.iter().find(|known| known.key == check.key) {
            return Some(known.is_valid);
        }
        self.missing.borrow_mut().get_or_insert_with(|| MissingSignature {
            algorithm: check.algorithm,
            key: check.key.to_vec(),
            message: check.message.to_vec(),
            signature: check.signature.to_vec(),
        });
        Some(false)
    }
}
