//! Generates a key set and its first token.

use postern_token::{KeyType, Kind};
use serde_json::json;

use super::secrets::{NewConsumerSecret, new_secret};
use crate::error::ConsumerKeyError;
use crate::scopes::TokenWarning;
use crate::settings::TokenValidity;
use crate::tokens::{MintRequest, MintedToken, minting};
use crate::{Act, Error, scopes, settings};
use postern_model::{
    Action, ApplicationId, ConsumerKey, ConsumerSecret, ForUsers, GrantType, KeySet, Obtained, RedirectUri, Restrictions,
    Validity,
};
use postern_secrets::PlainSecret;
use postern_storage::Transaction;

/// The request.
#[derive(Debug, Clone)]
pub struct GenerateRequest {
    /// The application.
    pub application: ApplicationId,
    /// The environment.
    pub key_type: KeyType,
    /// The restrictions of the tokens.
    pub restrictions: Restrictions,
    /// The validity of the tokens; `None` means that of the application.
    pub validity: Option<Validity>,
    /// The grant types that the client may use.
    pub grant_types: Vec<GrantType>,
    /// Its redirect URIs.
    pub redirect_uris: Vec<RedirectUri>,
    /// The settings of user tokens.
    pub for_users: ForUsers,
}

impl GenerateRequest {
    /// A key set without restrictions, whose client obtains application tokens.
    pub fn new(application: ApplicationId, key_type: KeyType) -> Self {
        Self {
            application,
            key_type,
            restrictions: Restrictions::default(),
            validity: None,
            grant_types: vec![GrantType::ClientCredentials],
            redirect_uris: Vec::new(),
            for_users: ForUsers::default(),
        }
    }
}

/// The result, which is shown to the owner only once.
#[derive(Debug)]
pub struct GeneratedKeys {
    /// The client id.
    pub consumer_key: ConsumerKey,
    /// The client's secret, of which only the hash is kept; a public client has none.
    pub consumer_secret: Option<PlainSecret>,
    /// The record of the secret.
    pub secret: Option<ConsumerSecret>,
    /// The first token.
    pub token: MintedToken,
    /// Warnings about the token: it gives access to nothing, it does not hold a scope, or a scope has no effect.
    pub warnings: Vec<TokenWarning>,
}

/// Creates an application's key set for one environment, and mints its first token.
pub fn generate(act: &Act<'_>, request: &GenerateRequest) -> Result<GeneratedKeys, Error> {
    let GenerateRequest { application: id, key_type, restrictions, validity, grant_types, redirect_uris, for_users } = request;
    let (consumer_key, consumer_secret, secret, token, warnings) = minting(act, |transaction, status_index| {
        let application = act.application_to_change(transaction, id)?;
        for (kind, validity) in [(Kind::Application, *validity), (Kind::User, for_users.validity)] {
            validity.map_or(Ok(()), |validity| settings::check_validity(transaction, kind, validity))?;
        }
        scopes::check_wanted(transaction, &application, None, restrictions.scopes.as_ref())?;
        let validity = validity.unwrap_or(application.validities.application);
        let key_set = KeySet {
            consumer_key: ConsumerKey::generate(act.entropy)?,
            application: id.clone(),
            key_type: *key_type,
            restrictions: restrictions.clone(),
            validity,
            grant_types: grant_types.clone(),
            redirect_uris: redirect_uris.clone(),
            for_users: *for_users,
        };
        store_key_set(act, transaction, &key_set)?;
        scopes::approve_added(act, transaction, &key_set, None, true)?;
        let new = || new_secret(act, transaction, &key_set.consumer_key, NewConsumerSecret::default());
        let (consumer_secret, secret) = if for_users.public { None } else { Some(new()?) }.unzip();
        let order = MintRequest {
            key_set: &key_set,
            application_state: application.state,
            scopes: scopes::permitted(transaction, &key_set)?,
            validity: TokenValidity { asked: None, usual: validity },
            obtained: Obtained::Generated,
        };
        let token = order.mint(act, transaction, status_index)?;
        let warnings = scopes::warnings(transaction, &key_set)?;
        Ok((key_set.consumer_key, consumer_secret, secret, token, warnings))
    })?;
    Ok(GeneratedKeys { consumer_key, consumer_secret, secret, token: token.sign()?, warnings })
}

/// Stores a new key set, which has no secret yet.
pub(crate) fn store_key_set(act: &Act<'_>, transaction: &Transaction<'_>, key_set: &KeySet) -> Result<(), Error> {
    let KeySet { application, key_type, consumer_key, .. } = key_set;
    if !transaction.insert_key_set(key_set, act.now)? {
        return Err(ConsumerKeyError::AlreadyExist { application: application.clone(), key_type: *key_type }.into());
    }
    let details = json!({ "key_type": key_type });
    act.audit(transaction, Action::KeysGenerate, Some(application), Some(consumer_key.as_str()), Some(&details))
}
