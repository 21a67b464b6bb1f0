//! A model of the memory that workers share.

use std::collections::BTreeMap;

use crate::sync::record::{Lease, Record, Version, list_in};
use crate::sync::{Command, Event};

#[derive(Default)]
pub(super) struct Records {
    stored: BTreeMap<Record, (Vec<u8>, u32)>,
    last_stamp: u32,
    /// The number of next writes that fail, as if another worker had been faster.
    pub(super) failing: BTreeMap<Record, u32>,
    /// How often each record was read.
    pub(super) reads: BTreeMap<Record, usize>,
    /// Every write that succeeded, in order.
    pub(super) written: Vec<Record>,
}

impl Records {
    /// Carries out a command that is about a record.
    pub(super) fn carry_out(&mut self, command: Command) -> Event {
        match command {
            Command::Read(record) => self.read(&record),
            Command::Write { record, value, stamp } => Event::Written(self.write(record, value, stamp)),
            other => panic!("not about a record: {other:?}"),
        }
    }

    fn read(&mut self, record: &Record) -> Event {
        *self.reads.entry(record.clone()).or_default() += 1;
        if let (None, Some(initial)) = (self.stored.get(record), record.initial()) {
            self.put(record.clone(), initial);
        }
        let stored = self.stored.get(record);
        Event::Read { value: stored.map(|(value, _)| value.clone()), stamp: stored.map(|(_, stamp)| *stamp) }
    }

    fn write(&mut self, record: Record, value: Option<Vec<u8>>, stamp: Option<u32>) -> bool {
        if let Some(left) = self.failing.get_mut(&record).filter(|left| **left > 0) {
            *left -= 1;
            return false;
        }
        let current = self.stored.get(&record).map(|(_, current)| *current);
        if stamp.is_some() && current.is_some() && current != stamp {
            return false;
        }
        self.written.push(record.clone());
        match value {
            Some(value) => self.put(record, value),
            None => drop(self.stored.remove(&record)),
        }
        true
    }

    /// Writes a record without a condition, as another worker would.
    pub(super) fn put(&mut self, record: Record, value: Vec<u8>) {
        self.last_stamp += 1;
        self.stored.insert(record, (value, self.last_stamp));
    }

    /// Removes a record, as a host may that is short of memory.
    pub(super) fn lose(&mut self, record: &Record) {
        self.stored.remove(record);
    }

    pub(super) fn value(&self, record: &Record) -> Option<&[u8]> {
        self.stored.get(record).map(|(value, _)| value.as_slice())
    }

    /// Identifies the state of a record; 0 when it is absent.
    pub(super) fn stamp(&self, record: &Record) -> u32 {
        self.stored.get(record).map_or(0, |(_, stamp)| *stamp)
    }

    pub(super) fn lease(&self) -> Lease {
        self.value(&Record::Lease).and_then(Lease::from_bytes).unwrap_or_default()
    }

    pub(super) fn version(&self) -> Version {
        self.value(&Record::Version).and_then(Version::from_bytes).unwrap_or_default()
    }

    /// The bytes of the list at `uri`, if the record is of that version.
    pub(super) fn list(&self, uri: &str, version: &str) -> Option<&[u8]> {
        self.value(&Record::List(uri.into())).and_then(|record| list_in(record, version))
    }
}
