//! What can be done with the issuer: one file for each action, each one transaction. Time and randomness are parameters.

mod add_api;
mod add_tier;
mod authenticate_client;
mod authenticate_edge;
mod check_health;
mod check_master_key;
mod compose_bundle;
mod create_application;
mod create_edge_key;
mod defaults;
mod delete_application;
mod error;
mod generate;
mod grant_client_credentials;
mod initialise;
mod list_apis;
mod list_applications;
mod list_edge_keys;
mod list_tokens;
mod mint;
mod regenerate;
mod remove_edge_key;
mod revocation;
mod revoke_presented_token;
mod revoke_token;
mod rotate_signing_keys;
mod signing_keys;
mod status_lists;
mod subscribe;
mod unsubscribe;

pub use add_api::add_api;
pub use add_tier::add_tier;
pub use authenticate_client::{ClientCredentials, authenticate_client};
pub use authenticate_edge::authenticate_edge;
pub use check_health::check_health;
pub use check_master_key::check_master_key;
pub use compose_bundle::{ComposedBundle, EdgeKeys, compose_bundle, compose_live_bundle, current_revision};
pub use create_application::create_application;
pub use create_edge_key::create_edge_key;
pub use defaults::{defaults, set_defaults};
pub use delete_application::delete_application;
pub use error::Error;
pub use generate::{GenerateRequest, GeneratedKeys, generate};
pub use grant_client_credentials::grant_client_credentials;
pub use initialise::{check_not_initialised, initialise};
pub use list_apis::list_apis;
pub use list_applications::{ApplicationDetails, list_applications};
pub use list_edge_keys::list_edge_keys;
pub use list_tokens::list_tokens;
pub use mint::MintedToken;
pub use regenerate::{RegenerateRequest, RegeneratedToken, regenerate};
pub use remove_edge_key::remove_edge_key;
pub use revocation::RevokedTokens;
pub use revoke_presented_token::{recognise_token, revoke_own_token};
pub use revoke_token::{revoke_all_tokens, revoke_token};
pub use rotate_signing_keys::{SigningKeyDetails, create_signing_key, list_signing_keys, retire_signing_key, sign_with_key};
pub use status_lists::{SignedStatusList, StatusListEdition, keep_status_lists, sign_status_list, status_list_edition};
pub use subscribe::subscribe;
pub use unsubscribe::unsubscribe;

#[cfg(test)]
mod tests;

use crate::catalogue::Settings;
use crate::storage::Transaction;

/// The settings, which `initialise` has written.
fn settings(transaction: &Transaction<'_>) -> Result<Settings, Error> {
    transaction.settings()?.ok_or(Error::NotInitialised)
}

/// The issuer's settings.
pub fn load_settings(storage: &crate::storage::Storage) -> Result<Settings, Error> {
    storage.read(settings)
}
