//! Looking at what was done.

use super::{Act, Error};
use crate::catalogue::AuditEntry;

pub use crate::storage::AuditFilter;

/// The entries of the audit log that a filter lets through, the newest first: so many at most.
pub fn list_audit(act: &Act<'_>, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>, Error> {
    act.inspect()?;
    act.storage().read(|transaction| Ok(transaction.audit(filter, limit)?))
}
