//! The follower's records in a host with one worker: in its own memory.

use std::collections::BTreeMap;

use super::{Event, Record};

#[derive(Debug, Default)]
pub(super) struct LocalRecords(BTreeMap<Record, Stored>);

#[derive(Debug)]
struct Stored {
    value: Vec<u8>,
    /// Counts the writes.
    stamp: u32,
}

impl LocalRecords {
    /// Reads a record, and creates it first if [`Record::initial`] has a value for it.
    pub(super) fn read(&mut self, record: &Record) -> Event {
        if !self.0.contains_key(record)
            && let Some(value) = record.initial()
        {
            self.0.insert(record.clone(), Stored { value, stamp: 0 });
        }
        match self.0.get(record) {
            Some(stored) => Event::Read { value: Some(stored.value.clone()), stamp: Some(stored.stamp) },
            None => Event::Read { value: None, stamp: None },
        }
    }

    /// Writes a record. With a stamp, only if the record has not been written since the read that gave the stamp.
    pub(super) fn write(&mut self, record: Record, value: Option<Vec<u8>>, stamp: Option<u32>) -> Event {
        let before = self.0.get(&record).map(|stored| stored.stamp);
        if stamp.is_some() && stamp != before {
            return Event::Written(false);
        }
        match value {
            Some(value) => {
                let stamp = before.unwrap_or_default().wrapping_add(1);
                self.0.insert(record, Stored { value, stamp });
            }
            None => drop(self.0.remove(&record)),
        }
        Event::Written(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(event: &Event) -> Option<u32> {
        let Event::Read { stamp, .. } = event else { panic!("{event:?}") };
        *stamp
    }

    #[test]
    fn a_stamp_writes_only_what_has_not_changed() {
        let mut records = LocalRecords::default();
        let first = stamp(&records.read(&Record::Lease));
        assert!(first.is_some(), "the record is created");
        assert_eq!(records.write(Record::Lease, Some(vec![1]), first), Event::Written(true));
        assert_eq!(records.write(Record::Lease, Some(vec![2]), first), Event::Written(false));
        assert!(matches!(records.read(&Record::Lease), Event::Read { value: Some(value), .. } if value == [1]));
        assert_eq!(records.write(Record::Lease, Some(vec![3]), None), Event::Written(true));
    }

    #[test]
    fn a_removed_record_is_absent() {
        let mut records = LocalRecords::default();
        assert_eq!(records.read(&Record::Document), Event::Read { value: None, stamp: None });
        records.write(Record::Document, Some(vec![1]), None);
        assert!(stamp(&records.read(&Record::Document)).is_some());
        records.write(Record::Document, None, None);
        assert_eq!(records.read(&Record::Document), Event::Read { value: None, stamp: None });
    }
}
