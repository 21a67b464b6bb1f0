//! Refreshing an access token (RFC 6749 section 6), each time with another refresh token (RFC 9700 section 4.14.2).
//!
//! A response can be lost, so a refresh token may be used again for a short time, as long as none of the tokens that came from it was used:
//! neither its successor nor any later token. The unused successor is superseded and its access token ends. The use of a superseded token
//! is treated as another attempt of the same request, because requests can arrive in another order than the client sent them: the client
//! may keep the response to the attempt that was processed first. So of several successors of one refresh token, the first one that is used
//! stays valid, and every later use of its parent or of the others is reuse.

use postern_token::UnixSeconds;

use super::client::ClientProof;
use super::decision::Decision;
use super::issuance::Basis;
use super::scopes::common;
use crate::client_memory::Client;
use crate::error::{GrantError, TokenError};
use crate::{Act, Error};
use postern_model::{RefreshToken, Validity};
use postern_secrets::{HashedSecret, PlainSecret};

/// The request of a client.
#[derive(Debug, Clone)]
pub struct RefreshGrant {
    /// The client.
    pub client: ClientProof,
    /// The refresh token.
    pub refresh_token: PlainSecret,
    /// Fewer scopes than the grant has; `None` means all.
    pub scope: Option<String>,
    /// The validity of the access token; `None` means the client's default.
    pub validity: Option<Validity>,
}

pub(super) const UNKNOWN: GrantError =
    GrantError::Invalid("the refresh token is unknown, was used before, or is no longer valid");

/// What a client's refresh token leads to: the next tokens of its grant, whose current refresh token and access token end.
pub(super) fn decide(
    act: &Act<'_>,
    asked: &RefreshGrant,
    hash: &HashedSecret,
    client: &Client,
    found: RefreshToken,
) -> Result<Decision, Error> {
    let policies = &client.settings.policies;
    if found.grant.ended_at.is_some() {
        return Err(UNKNOWN.into());
    }
    let usage = Usage::of(&found, act.now, policies.refresh_grace);
    let RefreshToken { grant, issued_at, .. } = found;
    if usage == Usage::Reuse {
        return Ok(Decision::End(grant.user, grant.id));
    }
    let over = |since: UnixSeconds, seconds| act.now.0.saturating_sub(since.0) >= seconds;
    // A token that is used again was valid at its first use.
    let idle = usage == Usage::First && over(issued_at, policies.refresh_idle);
    if idle || over(grant.created_at, policies.refresh_lifetime) {
        return Err(UNKNOWN.into());
    }
    let scopes = match &asked.scope {
        Some(scope) => {
            let narrower = super::scopes::requested(&client.scopes, &client.key_set, Some(scope))?;
            let within = common(narrower.as_ref(), grant.scopes.as_ref());
            // This asks for more than the user granted, as opposed to a scope that the user lost with a role.
            if within != narrower {
                return Err(TokenError::ScopeNotAllowed { available: grant.scopes }.into());
            }
            narrower
        }
        None => grant.scopes,
    };
    let basis = Basis::Next { grant: grant.id, scopes, parent: hash.clone(), is_retry: usage == Usage::Retry };
    Ok(Decision::Issue(grant.user, basis))
}

/// Whether a use of a token now is reuse.
pub(super) fn is_reuse(token: &RefreshToken, now: UnixSeconds, grace: u64) -> bool {
    Usage::of(token, now, grace) == Usage::Reuse
}

/// The meaning of a use of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usage {
    /// The use of the grant's current refresh token.
    First,
    /// Another attempt of a request whose response may have been lost.
    Retry,
    /// Reuse: the token or its successor may be stolen, because a successor was used already or the attempt comes too late.
    Reuse,
}

impl Usage {
    /// `grace` is the number of seconds in which a replaced token may be used; 0 means never.
    fn of(token: &RefreshToken, now: UnixSeconds, grace: u64) -> Self {
        let in_time = |replaced_at: UnixSeconds| grace > 0 && now.0.saturating_sub(replaced_at.0) <= grace;
        match token.replaced_at() {
            None => Self::First,
            Some(replaced_at) if token.successor_unused && in_time(replaced_at) => Self::Retry,
            Some(_) => Self::Reuse,
        }
    }
}
