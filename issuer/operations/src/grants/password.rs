//! The password grant (RFC 6749 section 4.3). It is off unless an administrator allows it for an application: users who enter a password
//! into an application give it away, and learn to do the same elsewhere (RFC 9700 section 2.4).

use super::client::{ClientProof, recognise, recognise_to_mint};
use super::issuance::{Basis, Issuance, MintedUserToken, Spent, Stored, store};
use super::scopes;
use crate::client_memory::Client;
use crate::error::{ConsumerKeyError, GrantError, UserError};
use crate::sign_in::Step;
use crate::status_indexes::set_status_bits;
use crate::tokens::{ExtendedLists, check_for_users, minting_concurrent};
use crate::users::authenticate_user;
use crate::{Act, Error};
use postern_model::{GrantOrigin, GrantType, Validity};
use postern_secrets::PlainSecret;
use postern_storage::StorageError;
use postern_token::Scopes;

/// Whether any client may use this grant: an administrator has allowed its application, and its keys have the grant type.
pub fn is_password_grant_used(act: &Act<'_>) -> Result<bool, Error> {
    act.storage().read(|transaction| Ok(transaction.any_key_set_with_passwords()?))
}

/// The request of a client.
#[derive(Debug, Clone)]
pub struct PasswordGrant {
    /// The client.
    pub client: ClientProof,
    /// The user's name, with or without the name of a store.
    pub username: String,
    /// The password.
    pub password: PlainSecret,
    /// The scopes; `None` means all that the client has.
    pub scope: Option<String>,
    /// The validity of the access token; `None` means the client's default.
    pub validity: Option<Validity>,
}

const REFUSED: GrantError = GrantError::Invalid("the user is unknown or the password is wrong");

/// Issues the first tokens for a user whose password the client has. The client is checked before the password, so that only a known client
/// can try passwords.
pub fn grant_password(act: &Act<'_>, asked: &PasswordGrant) -> Result<MintedUserToken, Error> {
    act.storage().read(|transaction| {
        let client = recognise(act, transaction, &asked.client)?;
        check_allowed(&client)?;
        requested(&client, asked)
    })?;
    let known = authenticate_user(act, &asked.username, &asked.password).map_err(refused)?;
    let minted = minting_concurrent(act, |main, reserved| {
        let (client, revision) = recognise_to_mint(act, main, &asked.client, GrantType::Password)?;
        let status_index = reserved.check_epoch(revision.epoch)?;
        check_allowed(&client)?;
        let scopes = requested(&client, asked)?;
        known.store.write(main, |tables| {
            let user = known.check_unchanged(tables).map_err(refused)?;
            if Step::next(&client.settings.policies, known.store, &user, false).is_some() {
                return Err(GrantError::NeedsBrowser.into());
            }
            let (id, validity) = (&known.id, asked.validity);
            for bound in check_for_users(act, tables, &[(&client.key_set.consumer_key, &id.name)])? {
                bound?;
            }
            let issuance = Issuance { client: &client, id, user: &user, validity, status_index };
            let basis = Basis::New(GrantOrigin::Password, scopes, Spent::Nothing);
            let prepared = issuance.prepare(act, main, basis, &mut ExtendedLists::default())?;
            let Stored { tokens, ended } = store(act, main, tables, vec![prepared])?;
            set_status_bits(main, &ended, act.now)?;
            Ok(tokens)
        })
    })?;
    minted.into_iter().next().ok_or(StorageError::Empty)?.sign()
}

fn refused(error: Error) -> Error {
    match error {
        Error::User(UserError::WrongCredentials) => REFUSED.into(),
        other => other,
    }
}

fn requested(client: &Client, asked: &PasswordGrant) -> Result<Option<Scopes<'static>>, Error> {
    scopes::requested(&client.scopes, &client.key_set, asked.scope.as_deref())
}

fn check_allowed(Client { key_set, application, .. }: &Client) -> Result<(), Error> {
    if !key_set.grant_types.contains(&GrantType::Password) {
        return Err(ConsumerKeyError::GrantTypeNotAllowed.into());
    }
    if application.passwords { Ok(()) } else { Err(GrantError::PasswordsNotAllowed.into()) }
}
