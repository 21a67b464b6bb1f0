//! Writes decisions to the output.

use postern_gate::reply::{self, Changes, Reply};
use postern_gate::sync::IssuerRequest;
use postern_gate::{
    Cause, ConnectionFields, Decision, Grounds, MissingSignature, Reason, ReplyMessage, Request, Settings, Verdict,
};
use postern_token::{Algorithm, ApiReference};

use crate::output::Output;

/// The kinds of output.
const DENY: u32 = 0;
const ALLOW: u32 = 1;
const VERIFY: u32 = 2;
const ROUND: u32 = 3;

impl Output {
    /// A decision: for a refusal the reply, for a request that passes its changes.
    pub(crate) fn decision(&mut self, decision: &Decision<'_>, request: &Request<'_>, settings: &Settings) {
        match &decision.verdict {
            Verdict::Deny(reason) => self.refusal(decision, reason, reply::deny(reason, request)),
            Verdict::Allow(grounds) => {
                self.begin(ALLOW);
                self.common(grounds.code(), decision);
                self.optional(grounds.tier());
                self.scope(grounds);
                self.changes(reply::allow(grounds, request, settings), request);
            }
        }
    }

    /// The reply of a gate that cannot decide.
    pub(crate) fn not_ready(&mut self, request: &Request<'_>) {
        let decision = Decision { api: None, bearer: None, verdict: Verdict::Deny(Reason::NotReady) };
        self.refusal(&decision, &Reason::NotReady, reply::deny(&Reason::NotReady, request));
    }

    fn refusal(&mut self, decision: &Decision<'_>, reason: &Reason<'_>, reply: Reply) {
        self.begin(DENY);
        self.common(reason.code().as_str(), decision);
        self.part(reason.step().as_str().as_bytes());
        self.part(reply.detail.as_bytes());
        let message = ReplyMessage::from(reply);
        self.number(message.status);
        self.part(message.body.as_bytes());
        self.count(message.headers.len());
        for (name, value) in &message.headers {
            self.part(name.as_bytes());
            self.part(value.as_bytes());
        }
    }

    /// The code, the API, and what the token says about its bearer, if its signature was verified.
    fn common(&mut self, code: &str, decision: &Decision<'_>) {
        self.part(code.as_bytes());
        self.optional(decision.api.map(ApiReference::as_str));
        let claims = decision.bearer.as_deref();
        self.optional(claims.map(|claims| &*claims.iss));
        self.optional(claims.map(|claims| claims.app.as_str()));
        self.optional(claims.map(|claims| claims.client_id.as_str()));
        self.optional(claims.map(|claims| claims.key_type.as_str()));
        self.optional(decision.user());
    }

    fn scope(&mut self, grounds: &Grounds) {
        let scope = match grounds {
            Grounds::Token(identity) => identity.scope().map(postern_token::Scopes::as_str),
            Grounds::Unmatched { .. } | Grounds::Preflight | Grounds::Public => None,
        };
        self.optional(scope);
    }

    /// The changes, with those of the fields that are for one connection only.
    fn changes<'a>(&mut self, mut changes: Changes<'a>, request: &Request<'a>) {
        let connection = ConnectionFields::of(request.headers);
        changes.remove.extend(request.headers.iter().map(|(name, _)| *name).filter(|name| connection.hold(name)));
        changes.set.extend(connection.set().map(|(name, value)| (name, value.into())));
        self.optional(changes.authority.as_deref());
        self.count(changes.remove.len());
        for name in &changes.remove {
            self.part(name);
        }
        self.count(changes.set.len());
        for (name, value) in &changes.set {
            self.part(name.as_bytes());
            self.part(value.as_bytes());
        }
    }

    /// A signature that JavaScript must verify, with the number of its key.
    pub(crate) fn missing(&mut self, missing: &MissingSignature, key: u32) {
        self.begin(VERIFY);
        self.number(key);
        self.part(match missing.algorithm {
            Algorithm::Es256 => b"ES256",
            _ => b"RS256",
        });
        self.part(&missing.message);
        self.part(&missing.signature);
    }

    /// The end of the follower's round: its result, if the issuer has answered, what to log, and the requests to send.
    pub(crate) fn round(&mut self, result: Option<&str>, message: Option<&(bool, String)>, requests: &[(u32, IssuerRequest)]) {
        self.begin(ROUND);
        self.optional(result);
        self.number(u32::from(message.is_some_and(|(is_error, _)| *is_error)));
        self.optional(message.map(|(_, message)| message.as_str()));
        self.count(requests.len());
        for (call, request) in requests {
            self.number(*call);
            self.number(u32::try_from(request.timeout).unwrap_or(u32::MAX));
            // The names of servers are their origins.
            self.optional(request.server.as_ref().map(|server| server.cluster.as_str()));
            self.part(request.path.as_bytes());
            self.count(request.headers.len());
            for (name, value) in &request.headers {
                self.part(name.as_bytes());
                self.part(value.as_bytes());
            }
        }
    }

    /// The cause of a refusal: its name and a sentence, both empty when the code has only one cause.
    pub(crate) fn cause(&mut self, cause: Option<&Cause>) {
        self.begin(DENY);
        self.optional(cause.map(|cause| cause.name));
        self.optional(cause.map(|cause| cause.text.as_str()));
    }
}
