//! The decision, step by step, in the order that ARCHITECTURE.md gives.

use std::cell::RefCell;
use std::rc::Rc;

use postern_token::bundle::{Api, Auth, Bundle, ClientDomainRule, Issuer, ListedStatus, Operation, by_address};
use postern_token::{
    AddressBlock, Claims, Identifier, KeyType, Kind, KnownHeader, NormalPath, SoftwareVerifier, Status, StatusList,
    StatusReference, UnixSeconds, UnverifiedToken, Verifier,
};

use crate::client_domain;
use crate::credential::{Credential, is_joined};
use crate::decision::{Decision, Grounds, Identity, Reason, Verdict};
use crate::index::{ApiIndex, Found, operation};
use crate::request::{Field, Request, is_token};
use crate::settings::{Otherwise, Settings};
use crate::token_cache::{CacheUse, TokenCache, VerifiedToken};

/// A bundle and the settings beside it, made ready to decide.
///
/// What it keeps between requests, verified tokens, changes what a decision costs and never what it is.
#[derive(Debug)]
pub struct Gate {
    issuers: Vec<Issuer>,
    environment: Option<KeyType>,
    apis: ApiIndex,
    settings: Rc<Settings>,
    verifier: Rc<dyn Verifier>,
    tokens: RefCell<TokenCache>,
    /// The header of the last token whose signature held.
    header: RefCell<Option<KnownHeader>>,
    fresh: bool,
}

impl Gate {
    /// A gate for a bundle.
    pub fn new(bundle: Bundle, settings: Rc<Settings>) -> Self {
        Self {
            issuers: bundle.issuers,
            environment: bundle.environment,
            apis: ApiIndex::new(bundle.apis),
            tokens: RefCell::new(TokenCache::new(settings.token_cache)),
            header: RefCell::default(),
            settings,
            verifier: Rc::new(SoftwareVerifier),
            fresh: true,
        }
    }

    /// The same gate, asking `verifier` first where a signature of RSA or ECDSA is to be verified.
    #[must_use]
    pub fn with_verifier(mut self, verifier: Rc<dyn Verifier>) -> Self {
        self.verifier = verifier;
        self
    }

    /// What a host needs to carry a decision out.
    pub fn settings(&self) -> Rc<Settings> {
        Rc::clone(&self.settings)
    }

    /// Says whether the bundle may still be used; one that is too old refuses every request.
    pub(crate) fn set_fresh(&mut self, fresh: bool) {
        self.fresh = fresh;
    }

    /// The status lists of the bundle's own issuer, in the order of [`by_address`], for a host that fetches them.
    pub(crate) fn status_lists(&mut self) -> Option<&mut Vec<ListedStatus>> {
        self.issuers.first_mut().map(|issuer| &mut issuer.status_lists)
    }

    /// How the cache of verified tokens has been used since this was last asked.
    pub fn take_cache_use(&self) -> CacheUse {
        self.tokens.borrow_mut().take_use()
    }

    /// Decides one request at the moment `now`.
    pub fn decide(&self, request: &Request<'_>, now: UnixSeconds) -> Decision<'_> {
        let mut seen = Seen { api: None, bearer: None };
        let verdict = match self.check(request, now, &mut seen) {
            Ok(grounds) => Verdict::Allow(grounds),
            Err(reason) => Verdict::Deny(reason),
        };
        Decision { api: seen.api.map(|api| &api.reference), bearer: seen.bearer, verdict }
    }

    fn check<'a>(&'a self, request: &Request<'_>, now: UnixSeconds, seen: &mut Seen<'a>) -> Result<Grounds, Reason<'a>> {
        if !self.fresh {
            return Err(Reason::StaleBundle);
        }
        let path = NormalPath::of_target(request.path).map_err(Reason::BadPath)?;
        let (api, end) = match self.apis.find(path.as_str(), request.authority) {
            Found::Api(api, end) => (api, end),
            Found::Nothing if self.settings.unmatched == Otherwise::Allow => return Ok(Grounds::Unmatched),
            Found::Nothing | Found::Almost => return Err(Reason::NoSuchApi),
        };
        seen.api = Some(api);
        let rest = path.as_str().get(end..).unwrap_or_default();
        if self.settings.preflight == Otherwise::Allow
            && let Some(method) = preflight_method(request)
            && operation(api, rest, method).is_some()
        {
            return Ok(Grounds::Preflight);
        }
        let operation = operation(api, rest, request.method).ok_or(Reason::NoSuchApi)?;
        if operation.auth == Auth::None {
            return Ok(Grounds::Public);
        }
        let token = match Credential::of(request, &self.settings.credential) {
            Credential::Token(token) => token,
            Credential::None => return Err(Reason::MissingToken),
            Credential::Several => return Err(Reason::InvalidRequest),
        };
        let VerifiedToken { claims, issuer } = self.verified(token)?;
        seen.bearer = Some(Rc::clone(&claims));
        let issuer = self.issuers.get(issuer).ok_or(Reason::UnknownKey)?;
        self.check_claims(&claims, issuer, now)?;
        let tier = self.authorize(&claims, issuer, (api, operation), request)?;
        Ok(Grounds::Token(Identity { claims, tier }))
    }

    /// The token's claims and the issuer whose key has signed it: from the cache, or by checking its form and its signature.
    /// A key counts for its own issuer alone (RFC 8725 section 3.8).
    fn verified(&self, token: &[u8]) -> Result<VerifiedToken, Reason<'static>> {
        if let Some(verified) = self.tokens.borrow_mut().find(token) {
            return Ok(verified);
        }
        // Two that were joined are no token, so that the one question is asked only where the other was answered.
        self.verify(token).map_err(|reason| if is_joined(token) { Reason::InvalidRequest } else { reason })
    }

    fn verify(&self, token: &[u8]) -> Result<VerifiedToken, Reason<'static>> {
        let unverified = UnverifiedToken::parse_knowing(token, self.header.borrow().as_ref())?;
        unverified.check_type()?;
        let kid = unverified.kid()?;
        let mut refused = Reason::UnknownKey;
        for (at, issuer) in self.issuers.iter().enumerate() {
            let Some(key) = issuer.keys.find(kid) else { continue };
            let reason = match unverified.verify(key, &*self.verifier) {
                Ok(signed) => {
                    let claims = signed.claims()?;
                    if claims.iss == issuer.name {
                        let verified = VerifiedToken { claims: Rc::new(claims.into_owned()), issuer: at };
                        self.tokens.borrow_mut().insert(token, &verified);
                        let mut known = self.header.borrow_mut();
                        if !known.as_ref().is_some_and(|known| unverified.has(known)) {
                            *known = Some(unverified.known_header());
                        }
                        return Ok(verified);
                    }
                    Reason::WrongIssuer
                }
                Err(error) => error.into(),
            };
            // Two issuers may have keys of one name. What came closest to holding says the most.
            if !matches!((&refused, &reason), (Reason::WrongIssuer, _) | (Reason::BadSignature, Reason::MalformedToken(_))) {
                refused = reason;
            }
        }
        Err(refused)
    }

    /// The steps that a token's claims decide, up to the tier of the subscription.
    fn authorize<'a>(
        &self,
        claims: &Claims<'static>,
        issuer: &Issuer,
        (api, operation): (&'a Api, &'a Operation),
        request: &Request<'_>,
    ) -> Result<Identifier<'static>, Reason<'a>> {
        if let Some(reference) = &claims.status {
            check_status(issuer, reference)?;
        }
        if self.environment.is_some_and(|environment| environment != claims.key_type) {
            return Err(Reason::WrongEnvironment);
        }
        check_kind(operation.auth, claims.kind)?;
        let tier = claims.apis.tier(&api.reference).ok_or(Reason::NotSubscribed)?;
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
        Ok(tier.clone())
    }

    /// For whom the token is and when (RFC 9068 section 4, RFC 7519 section 4.1).
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
        Ok(())
    }
}

/// What was found out on the way to a verdict.
struct Seen<'a> {
    api: Option<&'a Api>,
    bearer: Option<Rc<Claims<'static>>>,
}

/// Looks the token's state up (draft-ietf-oauth-status-list-18 section 8.3).
fn check_status<'a>(issuer: &Issuer, reference: &StatusReference<'_>) -> Result<(), Reason<'a>> {
    let lists = &issuer.status_lists;
    let place = lists.binary_search_by(|listed| by_address(&listed.uri, &reference.uri));
    let list = place.ok().and_then(|place| lists.get(place)).and_then(|listed| listed.list.as_ref());
    match list.and_then(|list: &StatusList| list.status(reference.index)) {
        Some(Status::Valid) => Ok(()),
        Some(Status::Revoked) => Err(Reason::Revoked),
        None => Err(Reason::UnknownStatus),
    }
}

/// The method that a CORS preflight asks about (Fetch standard, section "CORS-preflight fetch").
fn preflight_method<'a>(request: &Request<'a>) -> Option<&'a [u8]> {
    match (request.method, request.field("origin"), request.field("access-control-request-method")) {
        (b"OPTIONS", Field::Once(_), Field::Once(method)) if is_token(method) => Some(method),
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
