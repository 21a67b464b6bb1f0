//! Rotates the signing keys on the schedule of the policies.

use postern_token::{Algorithm, KeyType, Kid, UnixSeconds};
use serde_json::json;

use super::rotate::create_for;
use super::rotate::has_live_tokens;
use crate::status_lists::EXPIRY_GRACE;
use crate::tokens::end;
use crate::{Act, Error, settings};
use postern_model::{Action, KeyEnvironments, KeyState, Policies, SigningKeyRecord, TokenState};
use postern_storage::{SealedSigningKey, TokenSelector, Transaction};

/// The result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rotation {
    /// The keys that were created and published.
    pub published: Vec<Kid<'static>>,
    /// The keys that became active.
    pub signing: Vec<Kid<'static>>,
    /// The keys that were retired.
    pub retired: Vec<Kid<'static>>,
}

/// Takes the steps that are due under the policies: publishes a next key, activates it after `key_publish_ahead`, and replaces it after
/// `key_rotation`. A replaced key is retired when none of its tokens is unexpired. Where both environments have one signing key, the next
/// one is for both too. Without `key_rotation` nothing happens.
pub fn rotate_on_schedule(act: &Act<'_>) -> Result<Rotation, Error> {
    let mut done = Rotation::default();
    let due = act.storage().read(|transaction| Ok::<_, Error>(Plan::of(act, transaction)?.publish))?;
    for (key_type, algorithm) in due {
        // Before the transaction, because generating an RSA key is slow.
        let key = create_for(act, algorithm, key_type)?;
        let kept = act.storage().write(|transaction| {
            // Another process may have rotated the keys first.
            if !Plan::of(act, transaction)?.publish.contains(&(key_type, algorithm)) {
                return Ok::<_, Error>(false);
            }
            act.keyring().check(transaction)?;
            // If one key signs for both environments, its successor does too.
            let signers = [KeyType::Production, KeyType::Sandbox].map(|key_type| transaction.current_kid(key_type));
            let [production, sandbox] = signers;
            let is_shared = production? == sandbox?;
            let environments = if is_shared { KeyEnvironments::BOTH } else { key.environments };
            let key = SealedSigningKey { environments, ..key.clone() };
            transaction.insert_signing_key(&key, Some(key_type), act.now)?;
            let details = json!({ "algorithm": algorithm.as_str(), "planned_for": key_type });
            act.audit(transaction, Action::SigningKeyCreate, None, Some(key.kid.as_str()), Some(&details))?;
            Ok(true)
        })?;
        done.published.extend(kept.then_some(key.kid));
    }
    let idle = act.storage().read(|transaction| {
        let plan = Plan::of(act, transaction)?;
        Ok::<_, Error>(plan.sign.is_empty() && plan.retire.is_empty())
    })?;
    if idle {
        return Ok(done);
    }
    act.storage().write(|transaction| {
        let plan = Plan::of(act, transaction)?;
        for (kid, key_types) in plan.sign {
            for key_type in &key_types {
                transaction.sign_with(&kid, *key_type, act.now)?;
            }
            let details = json!({ "key_types": key_types });
            act.audit(transaction, Action::SigningKeySign, None, Some(kid.as_str()), Some(&details))?;
            done.signing.push(kid);
        }
        for kid in plan.retire {
            end(act, transaction, TokenSelector::Key(&kid), TokenState::Revoked)?;
            transaction.retire_signing_key(&kid)?;
            act.audit(transaction, Action::SigningKeyRetire, None, Some(kid.as_str()), None)?;
            done.retired.push(kid);
        }
        Ok(done)
    })
}

/// What is due.
#[derive(Debug, Default)]
struct Plan {
    publish: Vec<(KeyType, Algorithm)>,
    sign: Vec<(Kid<'static>, Vec<KeyType>)>,
    retire: Vec<Kid<'static>>,
}

impl Plan {
    fn of(act: &Act<'_>, transaction: &Transaction<'_>) -> Result<Self, Error> {
        let policies = settings::current(transaction)?.policies;
        let Some(rotation) = policies.key_rotation else { return Ok(Self::default()) };
        let records = transaction.signing_key_records()?;
        let mut plan = Self::default();
        for signer in records.iter().filter(|record| record.state == KeyState::Signing) {
            plan.follow(signer, &records, &policies, rotation, act.now);
        }
        for record in &records {
            let over = |stopped_at: UnixSeconds| stopped_at.0.saturating_add(EXPIRY_GRACE) <= act.now.0;
            let superseded = record.state == KeyState::Published && record.stopped_at.is_some_and(over);
            if superseded && !has_live_tokens(act, transaction, &record.kid)? {
                plan.retire.push(record.kid.clone());
            }
        }
        Ok(plan)
    }

    /// What is due for the types of keys that `signer` signs for.
    fn follow(
        &mut self,
        signer: &SigningKeyRecord,
        records: &[SigningKeyRecord],
        policies: &Policies,
        rotation: u64,
        now: UnixSeconds,
    ) {
        let age = |since: UnixSeconds| now.0.saturating_sub(since.0);
        let Some((key_type, since)) = signer.signs.first().copied() else { return };
        let planned = |record: &&SigningKeyRecord| {
            record.state == KeyState::Published && signer.signs.iter().any(|(signs, _)| record.planned_for == Some(*signs))
        };
        match records.iter().find(planned) {
            None if age(since).saturating_add(policies.key_publish_ahead) >= rotation => {
                self.publish.push((key_type, signer.algorithm));
            }
            Some(next) if age(next.created_at) >= policies.key_publish_ahead => {
                let key_types = signer.signs.iter().map(|(key_type, _)| *key_type).collect();
                self.sign.push((next.kid.clone(), key_types));
            }
            _ => {}
        }
    }
}
