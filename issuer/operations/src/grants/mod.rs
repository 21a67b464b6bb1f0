//! What users give to clients: a file for each flow. All of them end in [`hand_out::HandOut`].

mod authorization;
mod authorization_code;
mod client;
mod device;
mod end;
mod hand_out;
mod password;
mod presented;
mod refresh_token;
mod scopes;

use postern_token::Scopes;

pub use authorization::{
    Authorization, AuthorizationClient, allow_authorization, find_authorization_client, prepare_authorization,
};
pub use authorization_code::{CodeGrant, exchange_code};
pub use client::ClientProof;
pub use device::{
    DEVICE_CODE_LIFETIME, DeviceAuthorization, DeviceGrant, DeviceRequest, POLL_INTERVAL, begin_device, decide_device,
    find_device, grant_device,
};

pub use hand_out::MintedUserToken;
pub use password::{PasswordGrant, grant_password};
pub use presented::RefreshTokenDetails;
pub use refresh_token::{REUSE_LEEWAY, RefreshGrant, refresh};

pub(super) use client::recognise;
pub(super) use end::{end_all_of, end_grants};
pub(super) use presented::{belongs_to_living_grant, find_refresh_token, revoke_refresh_token};

use super::users::{UserStore, check_standing, look_up_again};
use super::{Act, Error};
use crate::error::{GrantError, UserError};
use postern_model::{User, UserId};
use postern_secrets::PlainSecret;
use postern_storage::UserTables;

/// The store that a secret of ours names between its prefix and its last point.
pub(super) fn store_of<'a>(act: &Act<'a>, prefix: &str, secret: &PlainSecret) -> Option<&'a UserStore> {
    let (name, _) = secret.expose().strip_prefix(prefix)?.rsplit_once('.')?;
    act.stores().find(&name.parse().ok()?).ok()
}

/// Those of `scopes` that are among `others`, in the order of the first.
fn common(scopes: Option<&Scopes<'static>>, others: Option<&Scopes<'static>>) -> Option<Scopes<'static>> {
    let (scopes, others) = (scopes?, others?);
    let kept: Vec<&str> = scopes.iter().filter(|scope| others.contains(scope)).collect();
    Scopes::parse(kept.join(" ")).ok()
}

/// The user, when it still is one who may have something; otherwise what is said of a code or a token whose user is not.
fn standing(tables: &UserTables<'_, '_>, id: &UserId, otherwise: GrantError) -> Result<User, Error> {
    check_standing(tables, id).map_err(|error| instead_of_wrong_credentials(error, otherwise))
}

/// Makes sure, before somebody is handed anything for the user, that a directory that others keep still knows the user, and hears what the user is there now:
/// that one may have left, or be something else, since the session in which a client was allowed to ask began.
fn still_known(act: &Act<'_>, store: &UserStore, id: &UserId, otherwise: GrantError) -> Result<(), Error> {
    look_up_again(act, store, id).map_err(|error| instead_of_wrong_credentials(error, otherwise))
}

fn instead_of_wrong_credentials(error: Error, otherwise: GrantError) -> Error {
    match error {
        Error::User(UserError::WrongCredentials) => otherwise.into(),
        other => other,
    }
}
