//! What to do on the command line about an error of the issuer, which knows no flags and no commands.

use std::sync::Arc;

use postern_operations::{Error, SettingsError, SigningKeyError};

use super::management::Refusal;

/// The advice for an error, if there is any.
pub(crate) fn hint(error: &anyhow::Error) -> Option<&'static str> {
    if let Some(refusal) = error.downcast_ref::<Refusal>() {
        return of_code(&refusal.code);
    }
    let failed = error.downcast_ref::<Error>().or_else(|| error.downcast_ref::<Arc<Error>>().map(Arc::as_ref));
    match failed? {
        Error::Settings(SettingsError::AlreadyInitialised) => Some("choose another file with --database to start afresh"),
        Error::Settings(SettingsError::NotInitialised) => Some("run `postern init` first"),
        Error::SigningKey(SigningKeyError::NoMasterKey) => Some("give it with --master-key-file, or in `POSTERN_MASTER_KEY`"),
        _ => None,
    }
}

/// The advice for a stable code of the management API.
fn of_code(code: &str) -> Option<&'static str> {
    Some(match code {
        "api_in_use" | "signing_key_in_use" => "on the command line, this is --force",
        "keys_exist" => "`postern token regenerate` does that, with --new-secret if the secret is lost",
        "no_keys" => "`postern token generate` does that",
        "no_such_api" => "`postern admin api list` shows the APIs",
        "no_such_application" => "`postern admin application list` shows the applications",
        "no_such_edge_key" => "`postern admin edge-key list` shows the edge keys",
        "no_such_signing_key" => "`postern admin key list` shows the signing keys",
        "no_such_tier" => "`postern admin tier add` adds one",
        "no_such_token" => "`postern token list` shows an application's tokens, each with its id as `jti`",
        "signing_key_signs" => "`postern admin key sign` does that",
        _ => return None,
    })
}
