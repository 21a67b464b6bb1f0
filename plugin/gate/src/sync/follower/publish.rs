//! Publishes a bundle in the shared records. The version is written last: it tells the workers that the other records are complete.

use super::work::IncomingBundle;
use super::{Command, Event, Failure, Follower, Outcome, Step};
use crate::sync::record::{BundleAge, Index, Record, Version};

/// The command whose result is the next event.
pub(super) enum Publish {
    /// The read of the index that was published before.
    IndexRead(Box<IncomingBundle>),
    /// A write before the version.
    Written(Publication),
    VersionRead(Publication),
    VersionWritten(Publication),
}

/// The remaining steps of publishing a bundle.
pub(super) struct Publication {
    /// The writes that come before the version, last first.
    writes: Vec<(Record, Option<Vec<u8>>)>,
    /// When the issuer answered with the bundle.
    answered_at: u64,
    /// Whether the bundle differs from the one before.
    is_new: bool,
    /// The bundle's place in its issuer's history, if it begins another epoch than the previous bundle.
    new_epoch: Option<BundleAge>,
}

impl Follower {
    /// Publishes a bundle whose lists have all arrived. The lease, which was just renewed, prevents other workers from overwriting it with
    /// an older bundle.
    pub(super) fn publish(&mut self, incoming: Box<IncomingBundle>) -> Command {
        self.read(Record::Index, Step::Publish(Publish::IndexRead(incoming)))
    }

    pub(super) fn continue_publish(&mut self, step: Publish, result: &Event) -> Command {
        match (step, result) {
            (Publish::IndexRead(incoming), result) => {
                let before = match result {
                    Event::Read { value: Some(text), .. } => Index::from_text(text),
                    _ => None,
                };
                let before = before.unwrap_or_default();
                // Another worker may have published since the bundle was compared.
                if let Err(failure) = self.check_age(incoming.index.age, &before) {
                    return self.fail(failure);
                }
                let held = self.held.as_ref().map(|held| held.document.as_str());
                let publication = Publication::new(*incoming, &before, held);
                self.write_next(publication)
            }
            (Publish::Written(publication), result) if result.is_written() => self.write_next(publication),
            (Publish::Written(_), _) => self.fail(Failure::NoSharedRecords),
            (Publish::VersionRead(publication), result) => {
                let (value, stamp) = match result {
                    Event::Read { value, stamp } => (value.as_deref(), *stamp),
                    _ => (None, None),
                };
                let before = value.and_then(Version::from_bytes).unwrap_or_default();
                let generation = before.generation.saturating_add(1);
                let version = Version { generation, confirmed_at: publication.answered_at };
                let step = Step::Publish(Publish::VersionWritten(publication));
                self.write(Record::Version, Some(version.to_bytes().to_vec()), stamp, step)
            }
            (Publish::VersionWritten(publication), result) => {
                if !result.is_written() {
                    return self.conclude(None);
                }
                // The same bundle again comes from an issuer that ignores entity tags, and would always answer at once.
                let next = if publication.is_new { self.now } else { self.after_idle_pause(publication.answered_at) };
                self.next_attempt = next;
                self.conclude(Some(publication.new_epoch.map_or(Outcome::Changed, Outcome::NewEpoch)))
            }
        }
    }

    fn write_next(&mut self, mut publication: Publication) -> Command {
        match publication.writes.pop() {
            Some((record, value)) => self.write(record, value, None, Step::Publish(Publish::Written(publication))),
            None => self.read(Record::Version, Step::Publish(Publish::VersionRead(publication))),
        }
    }
}

impl Publication {
    /// The writes for what differs from the previous index: the document, the index, and the removal of lists that are no longer in the
    /// index. A document that this worker does not hold is written too, because its record may be lost.
    fn new(incoming: IncomingBundle, before: &Index, held: Option<&str>) -> Self {
        let IncomingBundle { json, mut index, answered_at, .. } = incoming;
        index.keep_fetched(before);
        let is_gone = |uri: &String| index.every_list().all(|listed| listed.uri != *uri);
        let uris = before.lists.iter().map(|listed| &listed.uri).chain(before.trusted.iter().map(|listed| &listed.uri));
        let gone = uris.filter(|uri| is_gone(uri));
        let mut writes: Vec<_> = gone.map(|uri| (Record::List(uri.clone()), None)).collect();
        writes.reverse();
        writes.push((Record::Index, Some(index.to_text().into_bytes())));
        if before.document != index.document || held != Some(&index.document) {
            writes.push((Record::Document, Some(json)));
        }
        let is_first = before.document.is_empty();
        let new_epoch = Some(index.age).filter(|age| !is_first && age.epoch != before.age.epoch);
        Self { writes, answered_at, is_new: *before != index, new_epoch }
    }
}
