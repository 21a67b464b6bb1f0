//! The follower's records, in the memory that Envoy's workers share.

use postern_gate::SyncSettings;
use postern_gate::sync::{Event, Record, RecordNames};
use proxy_wasm::hostcalls as sdk;

/// The records of one configuration.
pub(super) struct SharedRecords(RecordNames);

impl SharedRecords {
    pub(super) fn new(settings: &SyncSettings) -> Self {
        Self(RecordNames::new(settings))
    }

    /// Reads a record, and creates it first if `Record::initial` has a value for it.
    pub(super) fn read(&self, record: &Record) -> Event {
        let name = self.0.name(record);
        if let (value @ Some(_), stamp) = get(&name) {
            return Event::Read { value, stamp };
        }
        let Some(initial) = record.initial() else { return Event::Read { value: None, stamp: None } };
        set(&name, Some(&initial), None);
        let (value, stamp) = get(&name);
        Event::Read { value: Some(value.unwrap_or(initial)), stamp }
    }

    /// Writes a record. A stamp says nothing about a record that is absent: any write to it succeeds.
    pub(super) fn write(&self, record: &Record, value: Option<&[u8]>, stamp: Option<u32>) -> Event {
        Event::Written(set(&self.0.name(record), value, stamp))
    }
}

fn get(name: &str) -> (Option<Vec<u8>>, Option<u32>) {
    sdk::get_shared_data(name).unwrap_or_default()
}

/// Whether the record was written.
fn set(name: &str, value: Option<&[u8]>, stamp: Option<u32>) -> bool {
    sdk::set_shared_data(name, value, stamp).is_ok()
}
