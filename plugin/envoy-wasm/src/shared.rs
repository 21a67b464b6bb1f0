//! What the virtual machines of one edge share: the bundle that one of them has fetched, and who may fetch.
//!
//! Each set of sync settings has records of its own, because plugins of different configurations can share one memory.

use proxy_wasm::hostcalls as sdk;
use proxy_wasm::types::Status;
use sha2::{Digest as _, Sha256};

use postern_gate::sync::{Index, Lease, SyncSettings, Version};

/// The records of one configuration.
pub(super) struct Shared {
    prefix: String,
}

/// How often a record is tried again that others change at the same time.
const ATTEMPTS: usize = 100;

impl Shared {
    pub(super) fn new(settings: &SyncSettings) -> Self {
        let mut hash = Sha256::new();
        for part in [&settings.cluster, &settings.authority, &settings.target(), &settings.key] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        let number = digest.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        Self { prefix: format!("postern/{number:016x}/") }
    }

    /// A number that no other virtual machine has.
    pub(super) fn take_number(&self) -> Option<u64> {
        let key = self.key("numbers");
        for _ in 0..ATTEMPTS {
            let (bytes, cas) = get_or_make(&key, &0_u64.to_le_bytes());
            let next = u64::from_le_bytes(bytes.try_into().ok()?).saturating_add(1);
            if set(&key, Some(&next.to_le_bytes()), cas) {
                return Some(next);
            }
        }
        None
    }

    /// Takes or renews the lease for `holder` from `now` on, when nobody else holds it.
    pub(super) fn take_lease(&self, holder: u64, now: u64, milliseconds: u64) -> bool {
        let key = self.key("lease");
        let (bytes, cas) = get_or_make(&key, &Lease { holder: 0, until: 0 }.to_bytes());
        match Lease::from_bytes(&bytes) {
            Some(lease) if lease.holder != holder && lease.until > now => false,
            _ => set(&key, Some(&Lease { holder, until: now.saturating_add(milliseconds) }.to_bytes()), cas),
        }
    }

    /// Which bundle holds, and what [`Self::set_version`] needs to see that nobody has changed it since.
    pub(super) fn version(&self) -> (Version, Option<u32>) {
        let (bytes, cas) = get_or_make(&self.key("version"), &Version::default().to_bytes());
        (Version::from_bytes(&bytes).unwrap_or_default(), cas)
    }

    pub(super) fn index(&self) -> Option<Index> {
        Index::from_text(&get(&self.key("index")).0?)
    }

    pub(super) fn document(&self) -> Option<Vec<u8>> {
        get(&self.key("document")).0
    }

    /// The list at `uri`, when it is of that version: what stands there may be another's, older or newer.
    pub(super) fn list(&self, uri: &str, version: &str) -> Option<Vec<u8>> {
        let mut record = get(&self.list_key(uri)).0?;
        let bytes = record.strip_prefix(version.as_bytes())?.strip_prefix(b"\n")?.len();
        Some(record.split_off(record.len() - bytes))
    }

    /// Whether the version was written, because nobody else had.
    pub(super) fn set_version(&self, version: Version, cas: Option<u32>) -> bool {
        set(&self.key("version"), Some(&version.to_bytes()), cas)
    }

    pub(super) fn set_index(&self, index: &Index) {
        set(&self.key("index"), Some(index.to_text().as_bytes()), None);
    }

    pub(super) fn set_document(&self, json: &[u8]) {
        set(&self.key("document"), Some(json), None);
    }

    /// Keeps a list under its version, which holds no line break.
    pub(super) fn set_list(&self, uri: &str, version: &str, bytes: &[u8]) {
        set(&self.list_key(uri), Some(&[version.as_bytes(), b"\n", bytes].concat()), None);
    }

    pub(super) fn forget_list(&self, uri: &str) {
        set(&self.list_key(uri), None, None);
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn list_key(&self, uri: &str) -> String {
        format!("{}list/{uri}", self.prefix)
    }
}

fn get(key: &str) -> (Option<Vec<u8>>, Option<u32>) {
    sdk::get_shared_data(key).unwrap_or_default()
}

/// A record that is always there: on one that is absent two could write at the same time, each believing itself alone.
fn get_or_make(key: &str, first: &[u8]) -> (Vec<u8>, Option<u32>) {
    if let (Some(bytes), cas) = get(key) {
        return (bytes, cas);
    }
    set(key, Some(first), None);
    let (bytes, cas) = get(key);
    (bytes.unwrap_or_else(|| first.to_vec()), cas)
}

/// Whether the record was written: with `cas`, only if nobody else has written it since. On a record that is not there yet any
/// write succeeds.
fn set(key: &str, value: Option<&[u8]>, cas: Option<u32>) -> bool {
    matches!(sdk::set_shared_data(key, value, cas), Ok(()) | Err(Status::Ok))
}
