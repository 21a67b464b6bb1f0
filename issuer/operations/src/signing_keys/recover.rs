//! Recovering after the database was restored from an older copy.

use postern_token::{KeyType, Kid, UnixSeconds};
use serde_json::json;

use super::rotate::create_for;
use crate::status_indexes::{create_list_if_needed, set_status_bits};
use crate::tokens::{RevokedTokens, end};
use crate::{Act, Error};
use postern_model::{Action, KeyState, TokenState};
use postern_storage::TokenSelector;

/// The result of a recovery.
#[derive(Debug)]
pub struct Recovery {
    /// The new active signing key of production.
    pub kid: Kid<'static>,
    /// The new active signing key of the sandbox.
    pub sandbox_kid: Kid<'static>,
    /// The epoch that begins.
    pub epoch: u64,
    /// How many keys were retired.
    pub retired: usize,
    /// How many recorded tokens were revoked with them.
    pub revoked: RevokedTokens,
}

/// Makes a restored database safe. It does not contain what was minted and revoked after it was copied. A new signing key becomes active in
/// each environment, with the algorithm of the previous one. Every other key is retired, so that every token issued before is revoked at
/// every edge. New tokens get indexes in new status lists, because the indexes of the old lists may be in use already. All grants and
/// sessions of users end too, because the copy accepts refresh tokens that were spent and sessions that were signed out. Every client needs
/// a new token, and every user has to sign in again.
pub fn recover(act: &Act<'_>) -> Result<Recovery, Error> {
    act.require_administrator()?;
    super::check_master_key(act)?;
    let next = |key_type| {
        let current = act.storage().read(|transaction| act.keyring().current(transaction, key_type))?;
        create_for(act, current.algorithm(), key_type)
    };
    let (key, sandbox) = (next(KeyType::Production)?, next(KeyType::Sandbox)?);
    let recovery = act.storage().write(|transaction| {
        for (key_type, key) in [(KeyType::Production, &key), (KeyType::Sandbox, &sandbox)] {
            transaction.insert_signing_key(key, None, act.now)?;
            transaction.sign_with(&key.kid, key_type, act.now)?;
        }
        // Revisions continue from those of the copy, so edges would treat the bundle as an old one.
        transaction.begin_epoch(act.now)?;
        let mut revoked = RevokedTokens::default();
        let mut retired = 0;
        for record in transaction.signing_key_records()? {
            if record.state == KeyState::Published {
                revoked += end(act, transaction, TokenSelector::Key(&record.kid), TokenState::Revoked)?;
                transaction.retire_signing_key(&record.kid)?;
                retired += 1;
            }
        }
        let lists = transaction.status_lists()?;
        act.stores().on_each(transaction, |tables| {
            let status_indexes = tables.end_everything(act.now)?;
            revoked.count += status_indexes.len();
            set_status_bits(transaction, &status_indexes, act.now)?;
            // The next lists reuse numbers of earlier lists, in which other tokens had the same indexes.
            Ok(tables.delete_endings_after(lists.last().map(|list| list.id))?)
        })?;
        transaction.delete_device_codes()?;
        transaction.close_status_lists()?;
        create_list_if_needed(transaction, act.now)?;
        // They may hold outdated content.
        transaction.delete_answers(UnixSeconds(u64::MAX))?;
        let details = json!({ "retired": retired, "revoked": revoked.count });
        act.audit(transaction, Action::IssuerRecover, None, Some(key.kid.as_str()), Some(&details))?;
        let epoch = transaction.epoch()?;
        Ok::<_, Error>(Recovery { kid: key.kid.clone(), sandbox_kid: sandbox.kid.clone(), epoch, retired, revoked })
    })?;
    act.instance.status_indexes.forget();
    Ok(recovery)
}
