//! Looking at what was done, and forgetting what was done long ago.

use postern_token::UnixSeconds;
use serde_json::json;

use super::{Act, Error};
use postern_model::{Action, AuditEntry};

pub use postern_storage::AuditFilter;

/// The entries of the audit log that a filter lets through, the newest first: so many at most.
pub fn list_audit(act: &Act<'_>, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.audit(filter, limit)?))
}

/// How many entries one transaction forgets at most: others wait for it.
const STEP: u32 = 1000;

const DAY: u64 = 86400;

/// How much of the audit log was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PrunedAudit {
    /// How many entries.
    pub entries: usize,
    /// Whether there may be more.
    pub more: bool,
}

/// Forgets some of the entries that are older than `keep` seconds, counted in whole days: of each day's the log tells once that they are gone, and so does
/// not grow by its own pruning. It is to be called again while there may be more. The database itself refuses to forget anything that the log does not
/// tell of, and anything younger.
pub fn prune_audit(act: &Act<'_>, keep: u64) -> Result<PrunedAudit, Error> {
    let before = act.now.0.saturating_sub(keep);
    let before = UnixSeconds(before - before % DAY);
    act.storage().write(|transaction| {
        if let Some(last) = transaction.audit_before(before)? {
            let details = json!({ "before": before });
            act.audit(transaction, Action::AuditPrune, None, Some(&last.to_string()), Some(&details))?;
            transaction.raise_audit_floor(last, before)?;
        }
        let entries = transaction.delete_audit(STEP)?;
        Ok(PrunedAudit { entries, more: entries >= usize::try_from(STEP).unwrap_or(usize::MAX) })
    })
}
