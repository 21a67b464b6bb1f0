//! Authorization requests: a user lets a client act for the user (RFC 6749 section 4.1.1).

use std::collections::BTreeMap;

use postern_token::Scopes;
use serde_json::json;

use super::scopes;
use super::scopes::common;
use crate::clients::scopes_of;
use crate::error::{ApplicationError, ConsumerKeyError, GrantError};
use crate::scopes::described;
use crate::users::check_standing;
use crate::{Act, Error};
use postern_model::{
    Action, ApiRecord, Application, ApplicationId, ApplicationState, AuthorizationCode, Consent, GrantType, KeySet, RedirectUri,
    ScopeDescription, SubscriptionState, UserId,
};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// The lifetime of an authorization code, in seconds. A client exchanges it at once; RFC 6749 section 4.1.2 recommends at most ten
/// minutes.
const CODE_LIFETIME: u64 = 60;

/// The client that sends a user, and the redirect URI that the user is sent back to.
#[derive(Debug, Clone)]
pub struct AuthorizationClient {
    /// Its keys.
    pub key_set: KeySet,
    /// Its application.
    pub application: Application,
    /// The redirect URI, which the client has registered.
    pub redirect_uri: RedirectUri,
}

/// What the consent page shows.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// Those of the requested scopes that the user may grant.
    pub scopes: Option<Scopes<'static>>,
    /// The APIs to which the application is subscribed.
    pub apis: Vec<ApiRecord>,
    /// What the scopes allow, as far as anyone has said.
    pub descriptions: BTreeMap<String, ScopeDescription>,
    /// Whether the user has already consented to all of this, for a client that can authenticate. Then no consent is needed.
    pub consented: bool,
}

/// The client with this id, if it has registered the redirect URI. No user is redirected before this check.
pub fn find_authorization_client(act: &Act<'_>, id: &str, redirect_uri: Option<&str>) -> Result<AuthorizationClient, Error> {
    act.storage().read(|transaction| {
        let key_set = transaction.key_set_of_client(id)?.ok_or(GrantError::UnknownClient)?;
        let application = transaction.application(&key_set.application)?;
        // Users are not redirected to a blocked application either.
        let application = application.filter(|application| application.state == ApplicationState::Active);
        let application = application.ok_or(GrantError::UnknownClient)?;
        let redirect_uri = match redirect_uri {
            Some(text) => key_set.redirect_uris.iter().find_map(|own| own.matching(text)),
            None => key_set.redirect_uris.first().filter(|_| key_set.redirect_uris.len() == 1).cloned(),
        };
        let redirect_uri = redirect_uri.ok_or(GrantError::UnknownRedirectUri)?;
        Ok(AuthorizationClient { key_set, application, redirect_uri })
    })
}

/// What the consent page asks the user, for a client that requests these scopes.
pub fn prepare_authorization(
    act: &Act<'_>,
    client: &AuthorizationClient,
    user: &UserId,
    scope: Option<&str>,
) -> Result<Authorization, Error> {
    let AuthorizationClient { key_set, application, .. } = client;
    if !key_set.grant_types.contains(&GrantType::AuthorizationCode) {
        return Err(ConsumerKeyError::GrantTypeNotAllowed.into());
    }
    if application.state == ApplicationState::Blocked {
        return Err(ApplicationError::Blocked(application.id.clone()).into());
    }
    let store = act.stores().find(&user.store)?;
    act.storage().read(|transaction| {
        let of_client = scopes_of(transaction, key_set)?;
        let asked = scopes::requested(&of_client, key_set, scope)?;
        store.read(transaction, |tables| {
            let standing = check_standing(tables, user)?;
            let scopes = of_client.effective(asked.as_ref(), &standing.roles);
            let consent = tables.consent(&user.name, &key_set.consumer_key)?;
            let covered = |consent: Consent| common(scopes.as_ref(), consent.scopes.as_ref()) == scopes;
            // Any program can claim to be a public client (RFC 8252 section 8.6).
            let consented = !key_set.for_users.public && consent.is_some_and(covered);
            let apis = callable_apis(transaction, &application.id)?;
            Ok(Authorization { scopes, descriptions: described(transaction, &apis)?, apis, consented })
        })
    })
}

/// The APIs that an application may call.
pub(super) fn callable_apis(transaction: &Transaction<'_>, application: &ApplicationId) -> Result<Vec<ApiRecord>, Error> {
    let subscriptions = transaction.subscriptions(application)?;
    let active = subscriptions.into_iter().filter(|held| held.state == SubscriptionState::Active);
    let mut apis = Vec::new();
    for held in active {
        apis.extend(transaction.api(&held.api)?);
    }
    Ok(apis)
}

/// Records the user's consent, and returns the code that the client exchanges.
pub fn allow_authorization(
    act: &Act<'_>,
    client: &AuthorizationClient,
    user: &UserId,
    scope: Option<&str>,
    challenge: &str,
) -> Result<PlainSecret, Error> {
    let authorization = prepare_authorization(act, client, user, scope)?;
    let AuthorizationClient { key_set, application, redirect_uri } = client;
    let act = &act.of_user(user);
    let store = act.stores().find(&user.store)?;
    let secret = PlainSecret::generate(&format!("poc_{}.", user.store), act.entropy)?;
    act.storage().write_concurrent(|transaction| {
        transaction.lock_application(&application.id)?;
        // The application may have been blocked or deleted since the request was read.
        let state = transaction.application(&application.id)?.map(|application| application.state);
        if state != Some(ApplicationState::Active) {
            return Err(ApplicationError::Blocked(application.id.clone()).into());
        }
        let details = json!({ "user": user, "scope": authorization.scopes });
        let subject = key_set.consumer_key.as_str();
        act.audit(transaction, Action::GrantConsent, Some(&application.id), Some(subject), Some(&details))?;
        store.write(transaction, |tables| {
            check_standing(tables, user)?;
            let before = tables.consent(&user.name, &key_set.consumer_key)?.and_then(|consent| consent.scopes);
            let scopes = both(before.as_ref(), authorization.scopes.as_ref());
            let consent = Consent { consumer_key: key_set.consumer_key.clone(), scopes, given_at: act.now };
            tables.put_consent(&user.name, &consent)?;
            let code = AuthorizationCode {
                user: user.name.clone(),
                consumer_key: key_set.consumer_key.clone(),
                redirect_uri: redirect_uri.clone(),
                scopes: authorization.scopes.clone(),
                challenge: challenge.to_owned(),
                expires_at: act.now.plus(CODE_LIFETIME),
                grant: None,
            };
            Ok(tables.insert_code(&HashedSecret::of(&secret), &code)?)
        })
    })?;
    Ok(secret)
}

/// The union of both sets of scopes.
fn both(one: Option<&Scopes<'static>>, other: Option<&Scopes<'static>>) -> Option<Scopes<'static>> {
    let mut all: Vec<&str> = Vec::new();
    for scope in [one, other].into_iter().flatten().flat_map(Scopes::iter) {
        if !all.contains(&scope) {
            all.push(scope);
        }
    }
    Scopes::parse(all.join(" ")).ok()
}
