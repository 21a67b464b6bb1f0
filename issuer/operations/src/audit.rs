//! The audit log: reading entries, and pruning old ones.

use postern_token::UnixSeconds;
use serde_json::json;

use super::{Act, Error};
use postern_model::{Action, AuditEntry};

pub use postern_storage::AuditFilter;

/// At most `limit` entries of the audit log that match a filter, newest first.
pub fn list_audit(act: &Act<'_>, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.audit(filter, limit)?))
}

/// The most entries that one transaction deletes, because other writers wait for it.
const STEP: u32 = 1000;

const DAY: u64 = 86400;

/// The result of pruning the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PrunedAudit {
    /// The number of deleted entries.
    pub entries: usize,
    /// Whether there may be more to delete.
    pub more: bool,
}

/// Deletes some of the entries that are older than `keep` seconds, counted in whole days. One entry records the deletion of a whole day, so
/// the log does not grow by its own pruning. Call it again while there may be more. The database itself refuses to delete entries that no
/// such record covers, and newer ones.
pub fn prune_audit(act: &Act<'_>, keep: u64) -> Result<PrunedAudit, Error> {
    let before = act.now.0.saturating_sub(keep);
    let before = UnixSeconds(before - before % DAY);
    let is_step = |deleted: usize| deleted >= usize::try_from(STEP).unwrap_or(usize::MAX);
    let mut pruned = act.storage().write(|transaction| {
        if let Some(last) = transaction.audit_before(before)? {
            let details = json!({ "before": before });
            act.audit(transaction, Action::AuditPrune, None, Some(&last.to_string()), Some(&details))?;
            transaction.raise_audit_floor(last, before)?;
        }
        let entries = transaction.delete_audit(STEP)?;
        Ok::<_, Error>(PrunedAudit { entries, more: is_step(entries) })
    })?;
    // Their profiles may be unused now.
    if pruned.entries > 0 && !pruned.more {
        pruned.more = is_step(act.storage().write(|transaction| transaction.delete_unused_profiles(STEP))?);
    }
    Ok(pruned)
}
