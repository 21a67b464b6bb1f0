//! A decision that was made, and what its explanation is drawn from.

use std::rc::Rc;

use postern_token::bundle::Issuer;
use postern_token::{Claims, Node, TokenError, UnixSeconds, dangerous_unverified_parts};

use crate::credential::Credential;
use crate::decision::{Decision, Grounds, Reason, Step, Verdict};
use crate::gate::{Gate, Resource};
use crate::request::Request;
use crate::settings::Settings;

/// A request, the decision on it, and what both refer to.
pub(super) struct Case<'a> {
    pub(super) gate: &'a Gate,
    pub(super) request: &'a Request<'a>,
    pub(super) decision: &'a Decision<'a>,
    pub(super) now: UnixSeconds,
    pub(super) settings: Rc<Settings>,
    pub(super) resource: Option<Resource<'a>>,
    pub(super) credential: Credential<'a>,
    /// Header and payload of the token, where they can be decoded.
    pub(super) parts: [Option<Vec<u8>>; 2],
}

impl<'a> Case<'a> {
    pub(super) fn new(gate: &'a Gate, request: &'a Request<'a>, decision: &'a Decision<'a>, now: UnixSeconds) -> Self {
        let settings = gate.settings();
        let credential = Credential::of(request, &settings.credential);
        let parts = match credential {
            Credential::Token(token) => dangerous_unverified_parts(token),
            Credential::None | Credential::Several => [None, None],
        };
        Self { gate, request, decision, now, settings, resource: gate.resource(request), credential, parts }
    }

    /// Why the request is refused.
    pub(super) fn reason(&self) -> Option<&'a Reason<'a>> {
        match &self.decision.verdict {
            Verdict::Deny(reason) => Some(reason),
            Verdict::Allow(_) => None,
        }
    }

    /// Why the request passes.
    pub(super) fn grounds(&self) -> Option<&'a Grounds> {
        match &self.decision.verdict {
            Verdict::Deny(_) => None,
            Verdict::Allow(grounds) => Some(grounds),
        }
    }

    /// The last step that was reached.
    pub(super) const fn last_step(&self) -> Step {
        match &self.decision.verdict {
            Verdict::Deny(reason) => reason.step(),
            Verdict::Allow(Grounds::Token(_)) => Step::Address,
            Verdict::Allow(Grounds::Unmatched { .. } | Grounds::Preflight | Grounds::Public) => Step::Resource,
        }
    }

    /// The claims of a token whose signature was verified.
    pub(super) fn claims(&self) -> Option<&'a Claims<'static>> {
        self.decision.bearer.as_deref()
    }

    /// Whether the decision found that a key of the bundle has signed the token. Some reasons are found only after that, although the
    /// decision then reports no claims.
    pub(super) fn is_verified(&self) -> bool {
        match self.reason() {
            Some(Reason::WrongIssuer | Reason::MalformedToken(TokenError::Claims)) => true,
            Some(Reason::UnknownKey) => self.names_known_key(),
            _ => self.claims().is_some(),
        }
    }

    /// Whether the token's `kid` names a key of the bundle. If it does and the key is still refused, the key may not sign such a token.
    fn names_known_key(&self) -> bool {
        let Some(Ok(Node::Object(header))) = self.parts[0].as_deref().map(Node::parse) else { return false };
        let is_known = |kid: &str| self.gate.issuers().iter().any(|issuer| issuer.keys.find(kid).is_some());
        header.iter().any(|(name, value)| matches!(value, Node::Text(kid) if name == "kid" && is_known(kid)))
    }

    /// The issuer of a token whose signature was verified, with its position.
    pub(super) fn issuer(&self) -> Option<(usize, &'a Issuer)> {
        let claims = self.claims()?;
        self.gate.issuers().iter().enumerate().find(|(_, issuer)| issuer.name == claims.iss)
    }
}
