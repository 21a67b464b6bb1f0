//! Registers a client (RFC 7591 section 3): the holder of an initial access token gets an application with a key set for production.

use postern_token::{KeyType, Scopes};
use serde_json::json;

use crate::error::InitialAccessTokenError;
use crate::keys::{NewConsumerSecret, new_secret, store_key_set};
use crate::tokens::check_mintable;
use crate::{Act, Error, scopes, settings};
use postern_model::{
    Action, Application, ApplicationId, ApplicationName, ApplicationState, ConsumerKey, ForUsers, GrantType, KeySet, Owner,
    RedirectUri, RegistrationToken, Restrictions, Role,
};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// The metadata of a client that registers.
#[derive(Debug, Clone)]
pub struct ClientRegistration {
    /// The name of its application.
    pub name: ApplicationName,
    /// The grant types that the client may use. The password grant works only after an administrator has allowed it.
    pub grant_types: Vec<GrantType>,
    /// Its redirect URIs.
    pub redirect_uris: Vec<RedirectUri>,
    /// The scopes that its tokens may hold; `None` means that they hold none.
    pub scopes: Option<Scopes<'static>>,
    /// Whether it is a public client, which has no secret.
    pub public: bool,
}

/// A registered client.
#[derive(Debug)]
pub struct RegisteredClient {
    /// Its application.
    pub application: Application,
    /// The client id.
    pub consumer_key: ConsumerKey,
    /// The client's secret, which is shown only now; a public client has none.
    pub consumer_secret: Option<PlainSecret>,
    /// The scopes that its tokens may hold now. The other requested scopes wait for approval.
    pub scopes: Option<Scopes<'static>>,
}

/// Checks the initial access token, before the request's body is read.
pub fn check_registration_token(act: &Act<'_>, token: &PlainSecret) -> Result<(), Error> {
    act.storage().read(|transaction| find(act, transaction, token).map(drop))
}

/// Registers a client. No token is minted: the client asks for its own.
pub fn register_client(act: &Act<'_>, token: &PlainSecret, registration: &ClientRegistration) -> Result<RegisteredClient, Error> {
    let ClientRegistration { name, grant_types, redirect_uris, scopes: wanted, public } = registration.clone();
    act.storage().write(|transaction| {
        let token = find(act, transaction, token)?;
        scopes::check_registered(transaction, token.owner.as_ref(), wanted.as_ref())?;
        if !transaction.count_registration(&token.id)? {
            return Err(InitialAccessTokenError::Invalid.into());
        }
        let application = Application {
            id: ApplicationId::generate(act.entropy)?,
            name,
            validities: settings::current(transaction)?.default_validities,
            created_at: act.now,
            state: ApplicationState::Active,
            owner: token.owner.clone().map(Owner::Member),
            passwords: false,
        };
        transaction.insert_application(&application)?;
        if application.owner.is_none() {
            transaction.leave_application(&application.id)?;
        }
        let subject = Some(application.name.as_str());
        let details = json!({ "registration_token": token.id, "owner": token.owner });
        act.audit(transaction, Action::ApplicationCreate, Some(&application.id), subject, Some(&details))?;
        let key_set = KeySet {
            consumer_key: ConsumerKey::generate(act.entropy)?,
            application: application.id.clone(),
            key_type: KeyType::Production,
            restrictions: Restrictions { scopes: wanted.clone(), ..Restrictions::default() },
            validity: application.validities.application,
            grant_types,
            redirect_uris,
            for_users: ForUsers { public, ..ForUsers::default() },
        };
        store_key_set(act, transaction, &key_set)?;
        check_mintable(act, transaction, &key_set)?;
        let new = || new_secret(act, transaction, &key_set.consumer_key, NewConsumerSecret::default());
        let consumer_secret = if public { None } else { Some(new()?.0) };
        let scopes = scopes::permitted(transaction, &key_set)?;
        Ok(RegisteredClient { application, consumer_key: key_set.consumer_key, consumer_secret, scopes })
    })
}

/// The initial access token, if it is valid and its owner may still have applications.
fn find(act: &Act<'_>, transaction: &Transaction<'_>, token: &PlainSecret) -> Result<RegistrationToken, Error> {
    let found = transaction.presented_registration_token(&HashedSecret::of(token))?;
    let found = found.filter(|found| found.is_usable(act.now)).ok_or(InitialAccessTokenError::Invalid)?;
    let Some(owner) = &found.owner else { return Ok(found) };
    let role = transaction.member(owner)?.map(|member| member.role);
    if matches!(role, Some(Role::Administrator | Role::Developer)) {
        Ok(found)
    } else {
        Err(Error::InitialAccessToken(InitialAccessTokenError::Invalid))
    }
}
