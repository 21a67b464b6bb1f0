//! The decision, step by step, in the order that ARCHITECTURE.md gives.

mod lookups;

use std::cell::RefCell;
use std::rc::Rc;

use postern_token::bundle::{Api, Auth, Bundle, ClientDomainRule, Issuer, MaxValidity, Operation, Route};
use postern_token::{
    AddressBlock, Claims, Identifier, KeySet, KeyType, Kind, KnownHeader, NormalPath, SoftwareVerifier, Status, StatusReference,
    UnixSeconds, UnverifiedToken, Verifier,
};

use crate::cause::Cause;
use crate::client_domain;
use crate::credential::{Credential, is_joined, tokens};
use crate::decision::{Decision, Grounds, Identity, Reason, Verdict};
use crate::deferred::{DeferredVerifier, KnownSignature, MissingSignature};
use crate::index::{ApiIndex, Found, Matched, Rest, operation};
use crate::owner::SubjectHash;
use crate::removed_fields::overrides_method;
use crate::request::{Field, Request, is_token};
use crate::settings::{Otherwise, Settings};
use crate::status_lists::{self, HeldList, take_lists};
use crate::token_cache::{CacheUse, TokenCache, VerifiedToken};

pub(crate) use lookups::Resource;

/// A bundle and the plugin's settings, prepared to decide requests.
///
/// Between requests the gate keeps verified tokens. They change the cost of a decision, never its result.
#[derive(Debug)]
pub struct Gate {
    issuers: Vec<Issuer>,
    /// The status lists of all issuers, in the order of [`postern_token::bundle::by_address`].
    status_lists: Vec<HeldList>,
    environment: Option<KeyType>,
    max_validity: MaxValidity,
    apis: ApiIndex,
    settings: Rc<Settings>,
    verifier: Rc<dyn Verifier>,
    tokens: RefCell<TokenCache>,
    /// The header of the last token whose signature was verified.
    header: RefCell<Option<KnownHeader>>,
    fresh: bool,
    /// Counts the gates of a worker that replaced one another; their status lists may be exchanged without a new number.
    edition: u32,
}

impl Gate {
    /// A gate for a bundle.
    pub fn new(mut bundle: Bundle, settings: Rc<Settings>) -> Self {
        Self {
            status_lists: take_lists(&mut bundle.issuers),
            issuers: bundle.issuers,
            environment: bundle.environment,
            max_validity: bundle.max_validity,
            apis: ApiIndex::new(bundle.apis),
            tokens: RefCell::new(TokenCache::new(settings.token_cache)),
            header: RefCell::default(),
            settings,
            verifier: Rc::new(SoftwareVerifier),
            fresh: true,
            edition: 0,
        }
    }

    /// The same gate, with a host's `verifier` for signatures of RSA and ECDSA.
    #[must_use]
    pub fn with_verifier(mut self, verifier: Rc<dyn Verifier>) -> Self {
        self.verifier = verifier;
        self
    }

    /// The settings, which a host needs to carry out a decision.
    pub fn settings(&self) -> Rc<Settings> {
        Rc::clone(&self.settings)
    }

    /// Why no rule covers a request that was refused for `reason`; `None` when the reason has only one cause. This compares the request with
    /// every API, so it is for people who ask, not for each refusal.
    pub fn cause(&self, reason: &Reason<'_>, request: &Request<'_>) -> Option<Cause> {
        Cause::of(reason, request, self.apis())
    }

    /// The APIs of the bundle.
    pub(crate) fn apis(&self) -> &[Api] {
        self.apis.apis()
    }

    /// Sets whether the bundle may still be used. If not, the gate refuses every request.
    pub(crate) fn set_fresh(&mut self, fresh: bool) {
        self.fresh = fresh;
    }

    /// The keys that sign the trusted issuer's list at `uri`.
    pub(crate) fn keys_for_list(&self, uri: &str) -> Option<&KeySet> {
        self.issuer_of_list(uri).and_then(|at| self.issuers.get(at)).map(|issuer| &issuer.keys)
    }

    /// When the fetched list at `uri` was made; 0 if there is none.
    pub(crate) fn iat_of_list(&self, uri: &str) -> UnixSeconds {
        let ages = status_lists::find(&self.status_lists, uri).and_then(HeldList::ages);
        ages.map_or(UnixSeconds(0), |ages| ages.iat)
    }

    /// The position of the trusted issuer to which the list at `uri` belongs.
    fn issuer_of_list(&self, uri: &str) -> Option<usize> {
        let names = |issuer: &Issuer| issuer.trust.is_some() && issuer.status_lists.iter().any(|list| list.uri == uri);
        self.issuers.iter().position(names)
    }

    /// The same for a fetched list; a list of no trusted issuer belongs to the bundle's own issuer.
    pub(crate) fn owner_of_list(&self, uri: &str) -> usize {
        self.issuer_of_list(uri).unwrap_or_default()
    }

    /// Takes the place of another gate, and takes over its fetched lists. Lists of the bundle's own issuer that are in the bundle are not
    /// used, because they are fetched.
    pub(crate) fn replace(&mut self, old: Option<&mut Self>) {
        let old = old.map_or_else(Vec::new, |old| {
            self.edition = old.edition.wrapping_add(1);
            std::mem::take(&mut old.status_lists)
        });
        let mut lists = std::mem::take(&mut self.status_lists);
        lists.retain(|held| held.issuer != 0);
        for mut held in old.into_iter().filter(HeldList::is_fetched) {
            held.issuer = self.owner_of_list(&held.uri);
            status_lists::insert(&mut lists, held);
        }
        self.status_lists = lists;
    }

    /// The status lists of all issuers, in the order of [`postern_token::bundle::by_address`].
    pub(crate) fn status_lists(&mut self) -> &mut Vec<HeldList> {
        &mut self.status_lists
    }

    /// The uses of the cache of verified tokens since the last call.
    pub fn take_cache_use(&self) -> CacheUse {
        self.tokens.borrow_mut().take_use()
    }

    /// The number of this gate among those that replaced one another.
    pub(crate) const fn edition(&self) -> u32 {
        self.edition
    }

    pub(crate) fn leeway_seconds(&self) -> u64 {
        self.settings.leeway_seconds
    }

    /// Whether a status list is missing, although the bundle may be used.
    pub(crate) fn lacks_list(&self) -> bool {
        self.fresh && self.status_lists.iter().any(|held| held.list.is_none())
    }

    /// Whether one of the status lists has ended since the last call, so that its tokens are refused now.
    pub(crate) fn take_list_end(&mut self, now: UnixSeconds) -> bool {
        status_lists::take_end(&mut self.status_lists, now)
    }

    /// Decides one request at the time `now`.
    pub fn decide(&self, request: &Request<'_>, now: UnixSeconds) -> Decision<'_> {
        self.decide_from(request, Source::Request(&*self.verifier), now)
    }

    /// Decides one request for a host that verifies signatures of RSA and ECDSA asynchronously. `known` holds the host's results for the
    /// request's token. If the decision needs another one, returns the check: the host carries it out, and calls again with the same
    /// request and all results so far.
    pub fn decide_in_steps(
        &self,
        request: &Request<'_>,
        known: &[KnownSignature],
        now: UnixSeconds,
    ) -> Result<Decision<'_>, MissingSignature> {
        let verifier = DeferredVerifier::new(known);
        let decision = self.decide_from(request, Source::Request(&verifier), now);
        match (&decision.verdict, verifier.into_missing()) {
            (Verdict::Deny(_), Some(missing)) => {
                self.tokens.borrow_mut().forget_miss();
                Err(missing)
            }
            _ => Ok(decision),
        }
    }

    /// The same as [`Self::decide`] for a request whose token an earlier gate has verified. No other token is read.
    pub(crate) fn decide_knowing(&self, request: &Request<'_>, known: Option<&VerifiedToken>, now: UnixSeconds) -> Decision<'_> {
        self.decide_from(request, known.map_or(Source::Request(&*self.verifier), Source::Earlier), now)
    }

    fn decide_from(&self, request: &Request<'_>, token: Source<'_>, now: UnixSeconds) -> Decision<'_> {
        let mut seen = Seen { api: None, bearer: None };
        let verdict = match self.check(request, token, now, &mut seen) {
            Ok(grounds) => Verdict::Allow(grounds),
            Err(reason) => Verdict::Deny(reason),
        };
        Decision { api: seen.api.map(|api| &api.reference), bearer: seen.bearer, verdict }
    }

    /// Decides again on a request that this gate has let pass with `token`: only time, freshness and status lists can have changed.
    pub(crate) fn check_again(&self, token: Option<&VerifiedToken>, now: UnixSeconds) -> Result<(), Reason<'_>> {
        if !self.fresh {
            return Err(Reason::StaleBundle);
        }
        token.map_or(Ok(()), |token| self.check_token(token, now).map(drop))
    }

    fn check<'a>(
        &'a self,
        request: &Request<'_>,
        token: Source<'_>,
        now: UnixSeconds,
        seen: &mut Seen<'a>,
    ) -> Result<Grounds, Reason<'a>> {
        if !self.fresh {
            return Err(Reason::StaleBundle);
        }
        let path = NormalPath::of_target(request.path).map_err(Reason::BadPath)?;
        let folded = path.folded();
        let (api, ends) = match self.apis.find(path.as_str(), &folded, request.authority) {
            Found::Api(api, ends) => (api, ends),
            Found::Nothing if self.settings.unmatched == Otherwise::Allow => {
                return Ok(Grounds::Unmatched { own_token: self.holds_own_token(request) });
            }
            Found::Nothing | Found::Almost => return Err(Reason::NoSuchApi),
        };
        seen.api = Some(api);
        let rest = Rest::of(&path, &folded, ends);
        if self.settings.preflight == Otherwise::Allow
            && let Some(method) = preflight_method(request)
            && let Matched::Operation(_) = operation(api, rest, method)
        {
            return Ok(Grounds::Preflight);
        }
        let operation = match operation(api, rest, request.method) {
            Matched::Operation(operation) => operation,
            Matched::WrongMethod(route) => return Err(Reason::MethodNotAllowed(methods(route))),
            Matched::Almost(_) | Matched::Nothing => return Err(Reason::NoSuchApi),
        };
        if operation.auth == Auth::None {
            return Ok(Grounds::Public);
        }
        let token = match (token, Credential::of(request, &self.settings.credential)) {
            (Source::Earlier(token), _) => self.found_again(token).ok_or(Reason::UnknownKey)?,
            (Source::Request(verifier), Credential::Token(token)) => self.verified(token, verifier)?,
            (Source::Request(_), Credential::None) => return Err(Reason::MissingToken),
            (Source::Request(_), Credential::Several) => return Err(Reason::InvalidRequest),
        };
        seen.bearer = Some(Rc::clone(&token.claims));
        let issuer = self.check_token(&token, now)?;
        let tier = self.authorize(&token.claims, issuer, (api, operation), request)?;
        Ok(Grounds::Token(Identity { token, tier, is_from_trusted_issuer: issuer.trust.is_some() }))
    }

    /// The checks of a token that do not depend on the request; the token's issuer.
    fn check_token<'a>(
        &'a self,
        VerifiedToken { claims, issuer: at, .. }: &VerifiedToken,
        now: UnixSeconds,
    ) -> Result<&'a Issuer, Reason<'a>> {
        let issuer = self.issuers.get(*at).ok_or(Reason::UnknownKey)?;
        self.check_claims(claims, issuer, now)?;
        if let Some(reference) = &claims.status {
            self.check_status(*at, reference, now)?;
        }
        Ok(issuer)
    }

    /// A token that an earlier gate has verified, if the same issuer still has the same signing key.
    fn found_again(&self, known: &VerifiedToken) -> Option<VerifiedToken> {
        let made_it = |issuer: &Issuer| issuer.name == known.claims.iss && issuer.keys.holds(known.key);
        Some(VerifiedToken { issuer: self.issuers.iter().position(made_it)?, ..known.clone() })
    }

    /// Whether a credential of the request is a token that names a signing key of the bundle. Its signature is not verified: no token
    /// that is valid at one of the APIs may reach an upstream for which it is not meant.
    fn holds_own_token(&self, request: &Request<'_>) -> bool {
        let is_own = |token| {
            UnverifiedToken::parse(token).is_ok_and(|token| {
                let is_known = |kid| self.issuers.iter().any(|issuer| issuer.keys.find(kid).is_some());
                token.kid().is_ok_and(is_known)
            })
        };
        tokens(request, &self.settings.credential).any(is_own)
    }

    /// The token's claims and the issuer whose signing key made it: from the cache, or by parsing and verifying the token. A signing key is
    /// valid for its own issuer only (RFC 8725 section 3.8).
    fn verified(&self, token: &[u8], verifier: &dyn Verifier) -> Result<VerifiedToken, Reason<'static>> {
        if let Some(verified) = self.tokens.borrow_mut().find(token) {
            return Ok(verified);
        }
        // Two joined tokens can never be verified, so it is enough to look for a comma after a failure.
        self.verify(token, verifier).map_err(|reason| if is_joined(token) { Reason::InvalidRequest } else { reason })
    }

    fn verify(&self, token: &[u8], signatures: &dyn Verifier) -> Result<VerifiedToken, Reason<'static>> {
        let unverified = UnverifiedToken::parse_knowing(token, self.header.borrow().as_ref())?;
        unverified.check_type()?;
        let kid = unverified.kid()?;
        let mut refused = Reason::UnknownKey;
        for (at, issuer) in self.issuers.iter().enumerate() {
            let Some(key) = issuer.keys.find(kid) else { continue };
            let reason = match unverified.verify(key, signatures) {
                Ok(signed) => {
                    let claims = signed.claims()?;
                    if claims.iss == issuer.name && !key.may_sign(claims.key_type) {
                        Reason::UnknownKey
                    } else if claims.iss == issuer.name {
                        let subject = SubjectHash::of(&claims);
                        let (claims, key) = (Rc::new(claims.into_owned()), key.fingerprint());
                        let verified = VerifiedToken { claims, issuer: at, key, subject };
                        self.tokens.borrow_mut().insert(token, &verified);
                        let mut known = self.header.borrow_mut();
                        if !known.as_ref().is_some_and(|known| unverified.has(known)) {
                            *known = Some(unverified.known_header());
                        }
                        return Ok(verified);
                    } else {
                        Reason::WrongIssuer
                    }
                }
                Err(error) => error.into(),
            };
            // Two issuers may have signing keys with the same `kid`. The failure that came closest to success is reported.
            if !matches!((&refused, &reason), (Reason::WrongIssuer, _) | (Reason::BadSignature, Reason::MalformedToken(_))) {
                refused = reason;
            }
        }
        Err(refused)
    }

    /// Looks up the token's status.
    fn check_status<'a>(&self, issuer: usize, reference: &StatusReference<'_>, now: UnixSeconds) -> Result<(), Reason<'a>> {
        match status_lists::status(&self.status_lists, issuer, reference, now) {
            Some(Status::Valid) => Ok(()),
            Some(Status::Revoked) => Err(Reason::Revoked),
            None => Err(Reason::UnknownStatus),
        }
    }

    /// The steps that the token's claims decide, and the tier of the subscription.
    fn authorize<'a>(
        &self,
        claims: &Claims<'static>,
        issuer: &Issuer,
        (api, operation): (&'a Api, &'a Operation),
        request: &Request<'_>,
    ) -> Result<Identifier<'static>, Reason<'a>> {
        if self.environment.is_some_and(|environment| environment != claims.key_type) {
            return Err(Reason::WrongEnvironment);
        }
        check_kind(operation.auth, claims.kind)?;
        let tier = claims.apis.tier(&api.reference).ok_or(Reason::NotSubscribed)?;
        let limit = match &issuer.trust {
            Some(trust) => Some(trust.tier(claims, &api.reference).ok_or(Reason::IssuerNotTrusted)?),
            None => None,
        };
        if let Some(required) = &operation.scopes {
            let held = |scope: &str| claims.scope.as_ref().is_some_and(|scopes| scopes.contains(scope));
            if !required.iter().all(held) {
                return Err(Reason::InsufficientScope(required));
            }
        }
        if claims.domains.is_some() || operation.client_domain == ClientDomainRule::Required {
            client_domain::check(request, self.settings.client_domain_header.as_deref(), claims.domains.as_deref())
                .map_err(Reason::DomainNotAllowed)?;
        }
        if let Some(blocks) = &claims.ips {
            check_address(blocks, request)?;
        }
        Ok(limit.unwrap_or(tier).clone())
    }

    /// Checks audience and times (RFC 9068 section 4, RFC 7519 section 4.1).
    fn check_claims<'a>(&self, claims: &Claims<'_>, issuer: &Issuer, now: UnixSeconds) -> Result<(), Reason<'a>> {
        if !claims.aud.iter().any(|audience| *audience == issuer.audience) {
            return Err(Reason::WrongAudience);
        }
        let leeway = self.settings.leeway_seconds;
        if claims.exp.is_some_and(|exp| now >= exp.plus(leeway)) {
            return Err(Reason::Expired);
        }
        let latest = now.plus(leeway);
        if claims.iat > latest || claims.nbf.is_some_and(|nbf| nbf > latest) {
            return Err(Reason::NotYetValid);
        }
        if self.max_validity.is_exceeded(claims) {
            return Err(Reason::ValidityTooLong);
        }
        Ok(())
    }
}

/// Where the token comes from.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// From the request. Its signature is verified by this verifier.
    Request(&'a dyn Verifier),
    /// An earlier gate has verified it.
    Earlier(&'a VerifiedToken),
}

/// What is known about a request before the verdict.
struct Seen<'a> {
    api: Option<&'a Api>,
    bearer: Option<Rc<Claims<'static>>>,
}

/// The methods of a route, as the header `allow` lists them (RFC 9110 section 10.2.1).
fn methods(route: &Route) -> String {
    let methods: Vec<&str> = route.operations.iter().flat_map(|operation| &operation.methods).map(String::as_str).collect();
    methods.join(", ")
}

/// The method that a CORS preflight asks about (Fetch standard, section "CORS-preflight fetch"). No browser sends a header that
/// overrides the method with a preflight: an upstream would serve that method without a token.
fn preflight_method<'a>(request: &Request<'a>) -> Option<&'a [u8]> {
    match (request.method, request.field("origin"), request.field("access-control-request-method")) {
        (b"OPTIONS", Field::Once(_), Field::Once(method)) if is_token(method) && !overrides_method(request) => Some(method),
        _ => None,
    }
}

fn check_kind<'a>(auth: Auth, kind: Kind) -> Result<(), Reason<'a>> {
    match (auth, kind) {
        (Auth::Any, _) | (Auth::Application, Kind::Application) | (Auth::User, Kind::User) => Ok(()),
        (Auth::None | Auth::Application | Auth::User, _) => Err(Reason::WrongKind),
    }
}

fn check_address<'a>(blocks: &[AddressBlock], request: &Request<'_>) -> Result<(), Reason<'a>> {
    match (request.client_address)() {
        Some(address) if blocks.iter().any(|block| block.contains(address)) => Ok(()),
        _ => Err(Reason::AddressNotAllowed),
    }
}

#[cfg(test)]
mod tests;
