//! What is known about a stream when its request passes.

use postern_token::UnixSeconds;

use crate::decision::Grounds;
use crate::gate::Gate;
use crate::owner::Owner;
use crate::request::{Request, is_named};
use crate::token_cache::VerifiedToken;

/// How long a stream is expected to stay open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// An ordinary request, which is judged once if it takes less than 10 seconds.
    Ordinary,
    /// An upgrade, a tunnel (`CONNECT`), a gRPC call or an event stream, which can stay open for days.
    Long,
}

impl Lifetime {
    /// The lifetime to expect of a request.
    pub(super) fn of(request: &Request<'_>) -> Self {
        let long = request.method == b"CONNECT" || request.headers.iter().any(|(name, value)| announces_long(name, value));
        if long { Self::Long } else { Self::Ordinary }
    }
}

fn announces_long(name: &[u8], value: &[u8]) -> bool {
    // The length first, because most names differ in it.
    match name.len() {
        6 => is_named(name, b"accept") && contains(value, b"text/event-stream"),
        7 => is_named(name, b"upgrade"),
        12 => is_named(name, b"content-type") && value.get(..GRPC.len()).is_some_and(|head| head.eq_ignore_ascii_case(GRPC)),
        _ => false,
    }
}

/// The beginning of the media types of gRPC and gRPC-Web. Media types are compared without regard to case (RFC 9110 section 8.3.1).
const GRPC: &[u8] = b"application/grpc";

fn contains(value: &[u8], part: &[u8]) -> bool {
    value.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

/// What is known about a stream when its request passes.
#[derive(Debug, Clone)]
pub struct Admission {
    pub(super) lifetime: Lifetime,
    /// The token that was accepted, if one was needed.
    pub(super) token: Option<VerifiedToken>,
    /// When the token is no longer accepted.
    pub(super) ends: UnixSeconds,
    /// The gate that let the request pass.
    pub(super) edition: u32,
}

impl Admission {
    /// For a request that `gate` let pass for `grounds`.
    pub fn of(request: &Request<'_>, grounds: &Grounds, gate: &Gate) -> Self {
        let token = match grounds {
            Grounds::Token(identity) => Some(identity.token.clone()),
            Grounds::Unmatched { .. } | Grounds::Preflight | Grounds::Public => None,
        };
        let expires = token.as_ref().and_then(|token| token.claims.exp);
        let ends = expires.map_or(UnixSeconds::NEVER, |exp| exp.plus(gate.leeway_seconds()));
        Self { lifetime: Lifetime::of(request), token, ends, edition: gate.edition() }
    }

    /// For which owner the stream counts. All requests without a token have the same.
    pub(super) fn owner(&self) -> Owner {
        self.token.as_ref().map_or(Owner::NONE, VerifiedToken::owner)
    }
}
