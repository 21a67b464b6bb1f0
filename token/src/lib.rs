//! The contract that the issuer and every edge share: the token, its claims, keys, domain patterns and the bundle.
//!
//! Nothing here does I/O, reads a clock or draws a random number; the caller passes time and key bytes in. Untrusted input becomes a type
//! that is always valid, or a [`TokenError`] that says what is wrong with it.

#![forbid(unsafe_code)]

mod address;
mod base64url;
pub mod bundle;
mod claims;
mod digest;
pub mod document;
mod domain;
mod identifier;
mod json;
mod jwk;
mod jws;
mod near_miss;
mod path;
mod path_problem;
mod repeated;
mod scope;
mod sign;
mod status_list;
mod time;
mod unverified_parts;

pub use address::AddressBlock;
pub use claims::{ApiReference, Claims, KeyType, Kind, StatusReference, Subscriptions};
pub use digest::finish_sha256;
pub use domain::{ClientDomain, DomainPattern, DomainPatternError};
pub use identifier::{Identifier, IdentifierError, Kid};
pub use json::{JsonError, Node};
pub use jwk::{
    Algorithm, JwkDocument, JwkMaterial, KeyError, KeyFingerprint, KeySet, MIN_HMAC_KEY_LEN, SignatureCheck, SoftwareVerifier,
    Verifier, VerifyingKey,
};
pub use jws::{KnownHeader, MAX_TOKEN_LEN, SignedToken, TokenError, UnverifiedToken};
pub use near_miss::fold;
pub use path::NormalPath;
pub use path_problem::PathProblem;
pub use scope::{ScopeError, Scopes};
pub use sign::{AccessToken, SignError, Signer, SigningKey, UnsignedToken, check_token_length};
pub use status_list::{
    DatedStatusList, MAX_STATUS_LIST_LEN, Status, StatusList, StatusListError, StatusListTimes, content_digest, entries_digest,
    status_list_version,
};
pub use time::UnixSeconds;
pub use unverified_parts::dangerous_unverified_parts;

#[cfg(test)]
mod tests;
