//! The decision, step by step, in the order that ARCHITECTURE.md gives.

use postern_token::bundle::{Api, At, Auth, Bundle, ClientDomainRule, Operation, Problems};
use postern_token::{AddressBlock, Claims, KeySet, KeyType, Kind, NormalPath, TokenError, UnixSeconds, UnverifiedToken};

use crate::client_domain;
use crate::config::{Otherwise, PluginDocument, Settings};
use crate::credential::Credential;
use crate::decision::{Decision, Grounds, Identity, Reason};
use crate::index::{ApiIndex, Found, operation};
use crate::request::{Field, Request, is_token};

/// A bundle and the settings beside it, made ready to decide.
#[derive(Debug)]
pub struct Gate {
    issuer: String,
    audience: String,
    environment: Option<KeyType>,
    keys: KeySet,
    apis: ApiIndex,
    settings: Settings,
}

impl Gate {
    /// A gate for a bundle.
    pub fn new(bundle: Bundle, settings: Settings) -> Self {
        Self {
            issuer: bundle.issuer,
            audience: bundle.audience,
            environment: bundle.environment,
            keys: bundle.keys,
            apis: ApiIndex::new(bundle.apis),
            settings,
        }
    }

    /// A gate from the plugin's configuration in JSON, or all that is wrong with it.
    pub fn from_json(json: &[u8]) -> Result<Self, Problems> {
        Problems::read_and_check(json, |document: PluginDocument, problems| {
            let bundle = Bundle::check(&document.bundle, At::Root.field("bundle"), problems);
            document.settings.check(problems);
            Some(Self::new(bundle?, document.settings))
        })
    }

    /// What a host needs to carry a decision out.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Decides one request at the moment `now`.
    pub fn decide(&self, request: &Request<'_>, now: UnixSeconds) -> Decision<'_> {
        match self.check(request, now) {
            Ok(grounds) => Decision::Allow(grounds),
            Err(reason) => Decision::Deny(reason),
        }
    }

    fn check(&self, request: &Request<'_>, now: UnixSeconds) -> Result<Grounds<'_>, Reason<'_>> {
        let path = NormalPath::of_target(request.path).map_err(Reason::BadPath)?;
        let (api, end) = match self.apis.find(path.as_str(), request.authority) {
            Found::Api(api, end) => (api, end),
            Found::Nothing if self.settings.unmatched == Otherwise::Allow => return Ok(Grounds::Unmatched),
            Found::Nothing | Found::Almost => return Err(Reason::NoSuchApi),
        };
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
        let unverified = UnverifiedToken::parse(token)?;
        unverified.check_type()?;
        let key = self.keys.find(unverified.kid()?).ok_or(TokenError::NoKey)?;
        let signed = unverified.verify(key)?;
        self.authorize(signed.claims()?, api, operation, request, now)
    }

    /// The steps that a token's claims decide.
    fn authorize<'a>(
        &self,
        claims: Claims<'_>,
        api: &'a Api,
        operation: &'a Operation,
        request: &Request<'_>,
        now: UnixSeconds,
    ) -> Result<Grounds<'a>, Reason<'a>> {
        self.check_claims(&claims, now)?;
        if claims.status.is_some() {
            return Err(Reason::Stale);
        }
        if self.environment.is_some_and(|environment| environment != claims.key_type) {
            return Err(Reason::WrongEnvironment);
        }
        check_kind(operation.auth, claims.kind)?;
        let tier = claims.apis.tier(&api.reference).ok_or(Reason::NotSubscribed)?.clone().into_owned();
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
        Ok(Grounds::Token(Box::new(Identity::of(claims, api, tier))))
    }

    /// For whom the token is and when (RFC 9068 section 4, RFC 7519 section 4.1).
    fn check_claims<'a>(&self, claims: &Claims<'_>, now: UnixSeconds) -> Result<(), Reason<'a>> {
        if claims.iss != self.issuer {
            return Err(Reason::WrongIssuer);
        }
        if !claims.aud.iter().any(|audience| *audience == self.audience) {
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
