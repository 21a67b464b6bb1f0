//! Asking a user to let a client act for that user (RFC 6749 section 4.1.1).

use postern_token::{ApiReference, Scopes};
use serde_json::json;

use super::{common, scopes};
use crate::error::{ApplicationError, ConsumerKeyError, GrantError};
use crate::users::check_standing;
use crate::{Act, Error};
use postern_model::{
    Action, Application, ApplicationState, AuthorizationCode, Consent, GrantType, KeySet, RedirectUri, SubscriptionState, UserId,
};
use postern_secrets::{HashedSecret, PlainSecret};

/// For how many seconds a code counts: the client exchanges it at once (RFC 6749 section 4.1.2 takes ten minutes for the most).
const CODE_LIFETIME: u64 = 60;

/// A client that sends a user, and where the user is sent back to.
#[derive(Debug, Clone)]
pub struct AuthorizationClient {
    /// Its keys.
    pub key_set: KeySet,
    /// Its application.
    pub application: Application,
    /// The redirect URI, which is one of the client's.
    pub redirect_uri: RedirectUri,
}

/// What a user is asked.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// The scopes that the user may give, of those that the client asks for.
    pub scopes: Option<Scopes<'static>>,
    /// The APIs to which the application is subscribed.
    pub apis: Vec<ApiReference<'static>>,
    /// Whether the user has allowed all of it before, to a client that can prove who it is. Then there is nothing to ask.
    pub consented: bool,
}

/// The client of that id, if users can be sent back from here to that place of its own. Until this is known, nobody is sent anywhere.
pub fn find_authorization_client(act: &Act<'_>, id: &str, redirect_uri: Option<&str>) -> Result<AuthorizationClient, Error> {
    act.storage().read(|transaction| {
        let key_set = transaction.key_set_of_client(id)?.ok_or(GrantError::UnknownClient)?;
        let application = transaction.application(&key_set.application)?;
        // Whoever blocked it does not want users to come to it by way of this place either.
        let application = application.filter(|application| application.state == ApplicationState::Active);
        let application = application.ok_or(GrantError::UnknownClient)?;
        let redirect_uri = match redirect_uri {
            Some(text) => key_set.redirect_uris.iter().find_map(|own| own.asked(text)),
            None => key_set.redirect_uris.first().filter(|_| key_set.redirect_uris.len() == 1).cloned(),
        };
        let redirect_uri = redirect_uri.ok_or(GrantError::UnknownRedirectUri)?;
        Ok(AuthorizationClient { key_set, application, redirect_uri })
    })
}

/// What the user is to be asked for a client that wants these scopes.
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
    let asked = scopes::asked(key_set, scope)?;
    let store = act.stores().find(&user.store)?;
    act.storage().read(|transaction| {
        store.read(transaction, |tables| {
            let standing = check_standing(tables, user)?;
            let scopes = scopes::of_this_moment(transaction, asked.as_ref(), key_set, &standing)?;
            let consent = tables.consent(&user.name, &key_set.consumer_key)?;
            let covered = |consent: Consent| common(scopes.as_ref(), consent.scopes.as_ref()) == scopes;
            // One that keeps no secret could be anybody who says so (RFC 8252 section 8.6).
            let consented = !key_set.for_users.public && consent.is_some_and(covered);
            let subscriptions = transaction.subscriptions(&application.id)?;
            let active = subscriptions.into_iter().filter(|held| held.state == SubscriptionState::Active);
            Ok(Authorization { scopes, apis: active.map(|held| held.api).collect(), consented })
        })
    })
}

/// Has the user allow what was asked, and gives the code that the client exchanges for it.
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
    act.storage().write_beside_others(|transaction| {
        transaction.lock_application(&application.id)?;
        // It may have been blocked, or deleted, since the request was read.
        let state = transaction.application(&application.id)?.map(|application| application.state);
        if state != Some(ApplicationState::Active) {
            return Err(ApplicationError::Blocked(application.id.clone()).into());
        }
        let details = json!({ "user": user, "scope": authorization.scopes });
        let subject = key_set.consumer_key.as_str();
        act.record(transaction, Action::GrantConsent, Some(&application.id), Some(subject), Some(&details))?;
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

/// Every scope of the one or the other, each once.
fn both(one: Option<&Scopes<'static>>, other: Option<&Scopes<'static>>) -> Option<Scopes<'static>> {
    let mut all: Vec<&str> = Vec::new();
    for scope in [one, other].into_iter().flatten().flat_map(Scopes::iter) {
        if !all.contains(&scope) {
            all.push(scope);
        }
    }
    Scopes::parse(all.join(" ")).ok()
}
