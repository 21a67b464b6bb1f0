//! Hints: the commands and flags that help with an error. The same error has the same hint on the local database and on a server.
//!
//! This is the only place that translates error codes of the management API into commands.

use std::sync::Arc;

use axum::http::StatusCode;
use postern_operations::{Error, SettingsError, SigningKeyError};
use postern_storage::StorageError;

use super::management::ErrorResponse;

/// Hints by error code.
const HINTS: [(&str, &str); 46] = [
    ("already_subscribed", "`postern subscription change` changes the tier"),
    ("api_exists", "`postern api change` changes an API"),
    ("api_in_use", "`postern api delete --force` ends the subscriptions and revokes their tokens"),
    ("application_blocked", "`postern application unblock` unblocks it"),
    ("changed", "run the command again"),
    ("edge_key_exists", "`postern admin edge-key list` shows the edge keys"),
    ("forbidden", "`postern whoami` shows your role; an administrator can change it with `postern admin member change`"),
    (
        "forever_forbidden",
        "`postern admin settings change --forever-allowed true --max-application-validity never` allows application tokens that never expire",
    ),
    ("grant_not_allowed", "`postern token keys change --grant-type` sets the grant types"),
    ("keys_exist", "`postern token regenerate` mints a new token, and with --new-secret creates a new secret"),
    ("last_administrator", "`postern admin member change --role` makes another member an administrator"),
    ("last_secret", "`postern token secret create` creates another secret"),
    ("member_exists", "`postern admin member change` changes the role of a member"),
    ("member_name_taken", "`postern admin member approve --name` gives the new member another name"),
    ("missing_token", LOG_IN),
    ("no_keys", "`postern token create` creates the key set"),
    ("no_such_api", "`postern api list` shows the APIs, `postern api create` creates one"),
    ("no_such_application", "`postern application list` shows the applications"),
    ("no_such_edge_key", "`postern admin edge-key list` shows the edge keys"),
    ("no_such_grant", "`postern admin user grant list` shows the grants of a user"),
    ("no_such_member", "`postern admin member list` shows the members"),
    ("no_such_member_request", "`postern admin member requests` lists the requests to become developers"),
    ("no_such_personal_token", "`postern personal-token list` shows the personal access tokens of a member"),
    ("no_such_registration_token", "`postern registration-token list` shows the initial access tokens"),
    ("no_such_scope", "`postern admin scope list` shows the scopes that have rules"),
    ("no_such_secret", "`postern token keys show` shows the ids of the secrets"),
    ("no_such_signing_key", "`postern admin signing-key list` shows the signing keys"),
    ("no_such_team", "`postern team list` shows the teams that you may see"),
    ("no_such_tier", "`postern tier list` shows the tiers, `postern tier create` creates one"),
    ("no_such_token", "`postern token list` shows the tokens of an application, each with its id as `jti`"),
    ("no_such_user", "`postern admin user list` shows the users"),
    ("no_such_user_store", "`postern admin user-store list` shows the user stores"),
    ("not_in_team", "`postern team show` shows the members of a team"),
    ("not_subscribed", "`postern subscription list` shows the subscriptions, `postern subscription create` creates one"),
    ("scope_forbidden", "`postern admin scope list` shows the rules, `postern admin scope change` changes them"),
    ("scope_not_held", "`postern token keys show` shows the scopes, `postern token keys change --scope` sets them"),
    ("signing_key_in_use", "`postern admin signing-key retire --force` revokes these tokens"),
    (
        "signing_key_shared_secret",
        "`postern admin signing-key create --algorithm HS256 --planned-for sandbox` creates a signing key for the sandbox",
    ),
    ("signing_key_signs", "`postern admin signing-key sign` makes another signing key sign"),
    ("tier_in_use", "`postern subscription change` changes the tier of a subscription"),
    ("tier_not_offered", "`postern api show` shows the tiers, `postern api change --tiers` changes them"),
    ("tier_offered", "`postern api change --tiers` changes the tiers that an API offers"),
    ("too_many_secrets", "`postern token secret delete` deletes a secret, `postern token keys show` shows their ids"),
    ("unknown_scope", "`postern admin scope create` creates a scope that no API lists"),
    ("unknown_token", LOG_IN),
    ("validity_too_long", "`postern admin settings show` shows the maximum"),
];

const LOG_IN: &str = "run `postern login` again, or set `POSTERN_TOKEN` to another personal access token";
const INITIALISE: &str = "run `postern init` first";
const TRY_LATER: &str = "try again later";
const WRONG_SERVER: &str = "check that this is the address of a Postern issuer";

/// The hint for an error, if there is one.
pub(crate) fn hint(error: &anyhow::Error) -> Option<&'static str> {
    if let Some(response) = error.chain().find_map(|cause| cause.downcast_ref()) {
        return for_response(response);
    }
    if let Some(error) = error.downcast_ref() {
        return for_storage(error);
    }
    let failed = error.downcast_ref::<Error>().or_else(|| error.downcast_ref::<Arc<Error>>().map(Arc::as_ref));
    match failed? {
        Error::Settings(SettingsError::AlreadyInitialised) => Some("--database names another database"),
        Error::Settings(SettingsError::NotInitialised) => Some(INITIALISE),
        Error::Storage(error) => for_storage(error),
        Error::SigningKey(SigningKeyError::NoMasterKey) => Some("--master-key-file or `POSTERN_MASTER_KEY` gives the master key"),
        _ => None,
    }
}

fn for_response(ErrorResponse { status, code, .. }: &ErrorResponse) -> Option<&'static str> {
    if let Some((_, hint)) = HINTS.iter().find(|(known, _)| known == code) {
        return Some(hint);
    }
    match *status {
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => Some(TRY_LATER),
        StatusCode::UNAUTHORIZED => Some(LOG_IN),
        _ if code.is_empty() => Some(WRONG_SERVER),
        _ => None,
    }
}

fn for_storage(error: &StorageError) -> Option<&'static str> {
    match error {
        StorageError::NoDatabase { .. } => {
            Some("run `postern init` first, name another database with --database, or `postern login` to a server")
        }
        StorageError::Empty => Some(INITIALISE),
        // On PostgreSQL only `recover` fails in this way: any number of issuers may serve the database.
        StorageError::InUse { process: None, .. } => Some("stop every issuer first"),
        StorageError::InUse { process: Some(_), .. } => {
            Some("stop that issuer first; for several issuers on one database, use PostgreSQL")
        }
        StorageError::Outdated => Some("start `postern serve` once: it migrates the database"),
        StorageError::Newer => Some("upgrade this program to the version that migrated the database"),
        StorageError::Foreign => Some("name another database with --database or in the configuration file"),
        StorageError::Unavailable(cause) if cause.is_missing_password() => {
            Some("`database_password_file` or `POSTERN_DATABASE_PASSWORD_FILE` names a file with the password")
        }
        StorageError::CopyUnsupported => Some("back up a PostgreSQL database with its own tools, such as `pg_dump`"),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn hints_are_in_order_and_name_commands_and_flags_that_exist() {
        assert!(HINTS.is_sorted_by_key(|(code, _)| *code));
        for (code, hint) in HINTS {
            assert_commands_exist(code, hint);
        }
    }

    #[test]
    fn a_storage_error_has_the_same_hint_on_its_own_and_from_an_operation() {
        let errors: [fn() -> StorageError; 6] = [
            || StorageError::NoDatabase { path: "postern.db".into() },
            || StorageError::Empty,
            || StorageError::Outdated,
            || StorageError::Newer,
            || StorageError::Foreign,
            || StorageError::CopyUnsupported,
        ];
        for error in errors {
            let found = hint(&error().into()).unwrap();
            assert_commands_exist(&error().to_string(), found);
            assert_eq!(hint(&Error::from(error()).into()), Some(found));
            assert_eq!(hint(&anyhow::Error::from(error()).context("cannot open the user store `local`")), Some(found));
        }
    }

    pub(in crate::cli) fn assert_commands_exist(error: &str, hint: &str) {
        for words in hint.split('`').filter(|words| words.starts_with("postern ")) {
            let mut command = Cli::command();
            let mut rest = words.split(' ').skip(1).peekable();
            while let Some(word) = rest.next() {
                match word.strip_prefix("--") {
                    Some(flag) => {
                        assert!(command.get_arguments().any(|argument| argument.get_long() == Some(flag)), "{error}: {words}");
                        // The value of the flag.
                        rest.next_if(|next| !next.starts_with("--"));
                    }
                    None => command = command.find_subcommand(word).unwrap_or_else(|| panic!("{error}: {words}")).clone(),
                }
            }
            assert!(!command.has_subcommands(), "{error}: {words}");
        }
    }
}
