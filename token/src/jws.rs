//! JWS in compact form (RFC 7515 section 7.1), and the access token made of it.
//!
//! Trust grows with the type: [`UnverifiedToken`] is only well-formed, [`SignedToken`] was signed by a known key, and its [`Claims`] are
//! read from there alone. Nothing of the payload is read before the signature is verified.

use std::rc::Rc;

use thiserror::Error;

use crate::base64url;
use crate::claims::Claims;
use crate::json::Node;
use crate::jwk::{Verifier, VerifyingKey};

/// The longest token that is read, in bytes.
pub const MAX_TOKEN_LEN: usize = 16 * 1024;

/// The longest encoded header that is read, in bytes; ours take about 80.
const MAX_HEADER_LEN: usize = 1024;

/// Header parameters that would change what the token is, or that bring or point to a key of the sender's choice
/// (RFC 7515 sections 4.1.2 to 4.1.8, RFC 7516 section 4.1.3, RFC 7797 section 3). A token of ours has none of them.
const REFUSED_PARAMETERS: [&str; 10] = ["crit", "b64", "zip", "cty", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256"];

/// Why a token is refused before its claims are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// More than [`MAX_TOKEN_LEN`] bytes.
    #[error("the token is longer than 16 KiB")]
    TooLong,
    /// Not three parts with dots between them.
    #[error("the token is not three parts separated by dots")]
    Parts,
    /// A part is not canonical base64url.
    #[error("a part of the token is not base64url without padding")]
    Encoding,
    /// The header is not one strict JSON object, or holds a parameter of the wrong type.
    #[error("the token's header is not a JSON object with the right types and no name twice")]
    Header,
    /// The header holds a parameter that no token of this issuer has.
    #[error("the token's header holds a parameter that is not allowed (`crit`, `b64`, `zip`, `cty`, or one that brings a key)")]
    Parameter,
    /// `alg` is missing, not supported, or not the algorithm of the key that `kid` names.
    #[error("the token's `alg` is not the algorithm of its signing key")]
    Algorithm,
    /// `typ` is not `at+jwt`.
    #[error("the token's `typ` is not `at+jwt`")]
    Type,
    /// The header names no key, or none that is known.
    #[error("the token's header has no `kid` of a known key")]
    NoKey,
    /// The signature does not match the key.
    #[error("the token's signature does not match")]
    Signature,
    /// The payload is not one strict JSON object of claims.
    #[error("the token's claims are not a JSON object with every required claim, the right types and no name twice")]
    Claims,
}

/// A token that is well formed and whose signature has not been verified.
pub struct UnverifiedToken<'a> {
    signing_input: &'a [u8],
    encoded_header: &'a [u8],
    header: Rc<Header>,
    payload: &'a [u8],
    signature: Vec<u8>,
}

/// A token that a known key has signed.
pub struct SignedToken<'a> {
    typ: Option<&'a str>,
    payload: Vec<u8>,
}

impl<'a> UnverifiedToken<'a> {
    /// Splits an access token in compact form.
    pub fn parse(token: &'a [u8]) -> Result<Self, TokenError> {
        Self::parse_within(token, MAX_TOKEN_LEN, None)
    }

    /// The same, without reading the header again if it equals `known`: all tokens of a key have the same header.
    pub fn parse_knowing(token: &'a [u8], known: Option<&KnownHeader>) -> Result<Self, TokenError> {
        Self::parse_within(token, MAX_TOKEN_LEN, known)
    }

    /// Splits a token in compact form, of at most `max_len` bytes.
    pub(crate) fn parse_within(token: &'a [u8], max_len: usize, known: Option<&KnownHeader>) -> Result<Self, TokenError> {
        if token.len() > max_len {
            return Err(TokenError::TooLong);
        }
        // As text, because its searches look at several bytes at a time. A token is ASCII.
        let text = std::str::from_utf8(token).map_err(|_| TokenError::Encoding)?;
        let (signing_input, signature) = text.rsplit_once('.').ok_or(TokenError::Parts)?;
        let (header, payload) = signing_input.split_once('.').ok_or(TokenError::Parts)?;
        if payload.contains('.') {
            return Err(TokenError::Parts);
        }
        let [signing_input, header, payload, signature] = [signing_input, header, payload, signature].map(str::as_bytes);
        let parsed = match known {
            Some(known) if *known.encoded == *header => Rc::clone(&known.header),
            _ => Rc::new(Header::parse(header)?),
        };
        Ok(Self { signing_input, encoded_header: header, header: parsed, payload, signature: decode(signature)? })
    }

    /// Whether the token's header was the known one.
    pub fn has(&self, known: &KnownHeader) -> bool {
        Rc::ptr_eq(&self.header, &known.header)
    }

    /// The token's header, to compare with that of later tokens.
    pub fn known_header(&self) -> KnownHeader {
        KnownHeader { encoded: self.encoded_header.into(), header: Rc::clone(&self.header) }
    }

    /// The `kid` in the header: the name of the key that should verify the signature.
    pub fn kid(&self) -> Result<&str, TokenError> {
        self.header.kid.as_deref().ok_or(TokenError::NoKey)
    }

    /// Checks that the header says that this is an access token (RFC 9068 section 4). [`SignedToken::claims`] checks it
    /// again; an early check gives a better error to a caller that sends another kind of token.
    pub fn check_type(&self) -> Result<(), TokenError> {
        check_type(self.header.typ.as_deref(), "at+jwt")
    }

    /// Checks the signature with `key`, which must be for the algorithm that the header names. `verifier` is asked first, if it supports
    /// the algorithm.
    pub fn verify(&self, key: &VerifyingKey, verifier: &dyn Verifier) -> Result<SignedToken<'_>, TokenError> {
        if self.header.alg != key.algorithm().as_str() {
            return Err(TokenError::Algorithm);
        }
        if !key.verifies(self.signing_input, &self.signature, verifier) {
            return Err(TokenError::Signature);
        }
        Ok(SignedToken { typ: self.header.typ.as_deref(), payload: decode(self.payload)? })
    }
}

/// Whether the header says that this is a token of type `wanted`, in any case, with or without `application/` (RFC 7515 section
/// 4.1.9).
fn check_type(typ: Option<&str>, wanted: &str) -> Result<(), TokenError> {
    let typ = typ.unwrap_or_default();
    let subtype = match typ.split_once('/') {
        Some((kind, subtype)) if kind.eq_ignore_ascii_case("application") => subtype,
        _ => typ,
    };
    if subtype.eq_ignore_ascii_case(wanted) { Ok(()) } else { Err(TokenError::Type) }
}

impl SignedToken<'_> {
    /// The signed payload, as bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signed payload, as the claims of an access token.
    pub fn claims(&self) -> Result<Claims<'_>, TokenError> {
        self.read("at+jwt", Claims::read)
    }

    /// The signed payload, as bytes, if the token has the type `typ`.
    pub(crate) fn into_payload(self, typ: &str) -> Result<Vec<u8>, TokenError> {
        check_type(self.typ, typ)?;
        Ok(self.payload)
    }

    /// The signed payload, read by `read`, if the token has the type `typ`.
    pub(crate) fn read<'p, T>(&'p self, typ: &str, read: impl FnOnce(Node<'p>) -> Option<T>) -> Result<T, TokenError> {
        check_type(self.typ, typ)?;
        Node::parse(&self.payload).ok().and_then(read).ok_or(TokenError::Claims)
    }
}

fn decode(part: &[u8]) -> Result<Vec<u8>, TokenError> {
    base64url::decode(part).ok_or(TokenError::Encoding)
}

/// A header that was read.
#[derive(Debug)]
pub struct KnownHeader {
    encoded: Box<[u8]>,
    header: Rc<Header>,
}

#[derive(Debug)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
}

impl Header {
    fn parse(part: &[u8]) -> Result<Self, TokenError> {
        if part.len() > MAX_HEADER_LEN {
            return Err(TokenError::Header);
        }
        let json = decode(part)?;
        let Ok(Node::Object(members)) = Node::parse(&json) else { return Err(TokenError::Header) };
        let (mut alg, mut typ, mut kid) = (None, None, None);
        for (name, value) in members {
            match (name.as_bytes(), value) {
                (b"alg", Node::Text(text)) => alg = Some(text.into_owned()),
                (b"typ", Node::Text(text)) => typ = Some(text.into_owned()),
                (b"kid", Node::Text(text)) => kid = Some(text.into_owned()),
                (b"alg" | b"typ" | b"kid", _) => return Err(TokenError::Header),
                _ if REFUSED_PARAMETERS.contains(&&*name) => return Err(TokenError::Parameter),
                // Other parameters of the header are ignored (RFC 7515 section 4).
                _ => {}
            }
        }
        Ok(Self { alg: alg.ok_or(TokenError::Algorithm)?, typ, kid })
    }
}
