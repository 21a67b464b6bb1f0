//! The table `edge_contacts`: what edges last asked with.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{BundleRevision, EdgeContact, EdgeContacts, EdgeName, HeldBundle, RecordedContact};

const TABLE: &str = "edge_contacts";

/// A condition: the edge lacks the bundle of the epoch ?1 and the revision ?2.
const LACKS: &str = "(revision IS NULL OR epoch <> ?1 OR revision <> ?2)";

/// How many edges were heard lately, and how many of them are behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeCounts {
    /// Those that were heard lately.
    pub heard: u64,
    /// Those of them that lack the current bundle.
    pub behind: u64,
    /// Those of all edges that lack the current bundle, of which this is not recorded yet.
    pub unmarked: u64,
}

impl Transaction<'_> {
    /// Locks the contacts until the end of the transaction: two processes may write the same rows in a different order.
    pub fn lock_edge_contacts(&self) -> Result<(), StorageError> {
        self.lock(TABLE)
    }

    /// Records a contact, unless a later one is recorded. Does nothing if there is no such edge key.
    pub fn record_edge_contact(&self, edge: &EdgeName, source: &str, contact: &EdgeContact) -> Result<(), StorageError> {
        let sql = "INSERT INTO edge_contacts (edge, source, heard_at, epoch, revision, sent_epoch, sent_revision)
                   SELECT name, ?2, ?3, CAST(?4 AS BIGINT), CAST(?5 AS BIGINT), CAST(?6 AS BIGINT), CAST(?7 AS BIGINT)
                   FROM edge_keys WHERE name = ?1
                   ON CONFLICT (edge, source) DO UPDATE SET heard_at = excluded.heard_at,
                   epoch = CASE WHEN ?8 = 1 THEN edge_contacts.epoch ELSE excluded.epoch END,
                   revision = CASE WHEN ?8 = 1 THEN edge_contacts.revision ELSE excluded.revision END,
                   sent_epoch = excluded.sent_epoch, sent_revision = excluded.sent_revision,
                   behind_since = CASE WHEN excluded.revision IS NULL THEN edge_contacts.behind_since END
                   WHERE edge_contacts.heard_at <= excluded.heard_at";
        let held = match contact.held {
            HeldBundle::Current(held) => Some(held),
            HeldBundle::Nothing | HeldBundle::Earlier => None,
        };
        let (epoch, revision) = columns_of(held);
        let (sent_epoch, sent_revision) = columns_of(contact.sent);
        let keeps = contact.held == HeldBundle::Earlier;
        let values = values![edge.as_str(), source, contact.heard_at, epoch, revision, sent_epoch, sent_revision, keeps];
        self.change(sql, values).map(drop)
    }

    /// Deletes the contacts of an edge key that exceed the bound. Those of edges that were heard since `lately` and lack the bundle `current`
    /// go last, the others in the order of their times.
    pub fn bound_edge_contacts(&self, edge: &EdgeName, current: BundleRevision, lately: UnixSeconds) -> Result<(), StorageError> {
        let sql = format!(
            "DELETE FROM edge_contacts WHERE edge = ?3 AND source NOT IN (
                 SELECT source FROM edge_contacts WHERE edge = ?3
                 ORDER BY CASE WHEN heard_at >= ?4 AND {LACKS} THEN 0 ELSE 1 END, heard_at DESC, source LIMIT ?5)"
        );
        let (epoch, revision) = columns_of(Some(current));
        self.change(&sql, values![epoch, revision, edge.as_str(), lately, EdgeContacts::MAX_SOURCES]).map(drop)
    }

    /// Deletes the contacts from before `time`, except the last one of each edge key.
    pub fn delete_edge_contacts(&self, time: UnixSeconds) -> Result<(), StorageError> {
        let sql = "DELETE FROM edge_contacts WHERE heard_at < ?1 AND EXISTS (
                       SELECT 1 FROM edge_contacts AS later
                       WHERE later.edge = edge_contacts.edge AND later.heard_at > edge_contacts.heard_at)";
        self.change(sql, values![time]).map(drop)
    }

    /// Records at which edges the bundle `current` is missing since `now`.
    pub fn mark_edges_behind(&self, current: BundleRevision, now: UnixSeconds) -> Result<(), StorageError> {
        let sql = format!("UPDATE edge_contacts SET behind_since = ?3 WHERE behind_since IS NULL AND {LACKS}");
        let (epoch, revision) = columns_of(Some(current));
        self.change(&sql, values![epoch, revision, now]).map(drop)
    }

    /// The number of edges, and of those that lack the bundle `current`. `lately` is when edges that count were heard.
    pub fn count_edges(&self, current: BundleRevision, lately: UnixSeconds) -> Result<EdgeCounts, StorageError> {
        let sql = format!(
            "SELECT coalesce(sum(CASE WHEN heard_at >= ?3 THEN 1 ELSE 0 END), 0) AS heard,
                    coalesce(sum(CASE WHEN heard_at >= ?3 AND {LACKS} THEN 1 ELSE 0 END), 0) AS behind,
                    coalesce(sum(CASE WHEN behind_since IS NULL AND {LACKS} THEN 1 ELSE 0 END), 0) AS unmarked
             FROM edge_contacts"
        );
        let (epoch, revision) = columns_of(Some(current));
        let counts = self.find(&sql, values![epoch, revision, lately], |row| {
            let columns = Columns::new(row, TABLE);
            let (heard, behind) = (columns.count("heard")?, columns.count("behind")?);
            Ok(EdgeCounts { heard, behind, unmarked: columns.count("unmarked")? })
        })?;
        counts.ok_or(StorageError::Corrupt { table: TABLE, column: "heard" })
    }

    /// All contacts, each with the name of its edge key, in the order of names.
    pub fn edge_contacts(&self) -> Result<Vec<(EdgeName, RecordedContact)>, StorageError> {
        let sql = "SELECT edge, source, heard_at, epoch, revision, sent_epoch, sent_revision, behind_since
                   FROM edge_contacts ORDER BY edge, source";
        self.list(sql, &[], read)
    }

    /// The age of the bundle that edges get now.
    pub fn bundle_revision(&self) -> Result<BundleRevision, StorageError> {
        Ok(BundleRevision { epoch: self.epoch()?, revision: self.revision()? })
    }
}

/// The age of a bundle as parameters. Both numbers are in the range of their columns, as times are.
fn columns_of(bundle: Option<BundleRevision>) -> (Option<UnixSeconds>, Option<UnixSeconds>) {
    (bundle.map(|bundle| UnixSeconds(bundle.epoch)), bundle.map(|bundle| UnixSeconds(bundle.revision)))
}

fn read(row: Row<'_>) -> Result<(EdgeName, RecordedContact), StorageError> {
    let columns = Columns::new(row, TABLE);
    let bundle = |epoch, revision| {
        let numbers = columns.optional_count(epoch)?.zip(columns.optional_count(revision)?);
        Ok::<_, StorageError>(numbers.map(|(epoch, revision)| BundleRevision { epoch, revision }))
    };
    let contact = RecordedContact {
        source: Some(columns.text("source")?).filter(|source| !source.is_empty()),
        heard_at: columns.time("heard_at")?,
        held: bundle("epoch", "revision")?,
        sent: bundle("sent_epoch", "sent_revision")?,
        behind_since: columns.optional_time("behind_since")?,
    };
    Ok((columns.parsed("edge")?, contact))
}
