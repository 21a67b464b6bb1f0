//! What edges have asked with: the bundle that each of them has.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use postern_token::UnixSeconds;

use super::{EdgeKey, EdgeName};

/// The age of a bundle: revisions are counted within an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BundleRevision {
    /// The epoch; 0 in a database of an older version.
    pub epoch: u64,
    /// The revision.
    pub revision: u64,
}

/// The bundle that an edge has, as its request tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBundle {
    /// None: the request names no bundle.
    Nothing,
    /// Another one than the current one: the one that the edge had before, if the issuer knows it.
    Earlier,
    /// The one that was current at the time of the request.
    Current(BundleRevision),
}

/// What an edge with this key asked with last, from this address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeContact {
    /// When.
    pub heard_at: UnixSeconds,
    /// The bundle that the edge has.
    pub held: HeldBundle,
    /// The bundle in the answer, if it held one.
    pub sent: Option<BundleRevision>,
}

/// The last contacts, by edge key and address; the address is empty if it is not known. It is bounded for each edge key.
#[derive(Debug, Default)]
pub struct EdgeContacts(BTreeMap<EdgeName, BTreeMap<String, EdgeContact>>);

impl EdgeContacts {
    /// The most addresses of one edge key.
    pub const MAX_SOURCES: u32 = 64;

    /// Adds a contact that is later than those before it. Beyond the bound, a contact from a new address is left out, except that an edge
    /// without the current bundle takes the place of one that has it.
    pub fn add(&mut self, edge: &EdgeName, source: String, contact: EdgeContact) {
        let sources = self.0.entry(edge.clone()).or_default();
        let is_full = sources.len() >= usize::try_from(Self::MAX_SOURCES).unwrap_or(usize::MAX);
        match sources.entry(source) {
            Entry::Vacant(entry) if !is_full => {
                entry.insert(contact);
            }
            Entry::Vacant(entry) if !matches!(contact.held, HeldBundle::Current(_)) => {
                let source = entry.into_key();
                let current = sources.iter().find(|(_, known)| matches!(known.held, HeldBundle::Current(_)));
                if let Some(known) = current.map(|(known, _)| known.clone()) {
                    sources.remove(&known);
                    sources.insert(source, contact);
                }
            }
            Entry::Vacant(_) => {}
            Entry::Occupied(mut entry) => {
                let held = if contact.held == HeldBundle::Earlier { entry.get().held } else { contact.held };
                entry.insert(EdgeContact { held, ..contact });
            }
        }
    }

    /// Adds contacts that are earlier than those here.
    pub fn add_earlier(&mut self, earlier: Self) {
        let later = std::mem::replace(self, earlier);
        for (edge, sources) in later.0 {
            for (source, contact) in sources {
                self.add(&edge, source, contact);
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The contacts of each edge key, by address.
    pub fn iter(&self) -> impl Iterator<Item = (&EdgeName, &BTreeMap<String, EdgeContact>)> {
        self.0.iter()
    }
}

/// The record of the last contact of an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedContact {
    /// The address that the edge asked from; `None` if it is not known.
    pub source: Option<String>,
    /// When the edge asked or was answered.
    pub heard_at: UnixSeconds,
    /// The bundle that the edge was last known to have.
    pub held: Option<BundleRevision>,
    /// The bundle in the last answer, if it held one.
    pub sent: Option<BundleRevision>,
    /// When the issuer first saw that the edge lacks the current bundle.
    pub behind_since: Option<UnixSeconds>,
}

/// Whether the edges of an edge key have the current bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeState {
    /// No edge has asked with this key.
    Unseen,
    /// They have it.
    Current,
    /// It was sent to one that has not yet asked with it.
    Sent,
    /// One lacks it.
    Behind,
}

impl EdgeState {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unseen => "unseen",
            Self::Current => "current",
            Self::Sent => "sent",
            Self::Behind => "behind",
        }
    }
}

/// What is known of the edges of one edge key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeStatus {
    /// The edge key.
    pub key: EdgeKey,
    /// The bundle that an edge gets now.
    pub current: BundleRevision,
    /// When an edge was last heard.
    pub heard_at: Option<UnixSeconds>,
    /// How many addresses were heard lately.
    pub connected: u64,
    /// The edge whose bundle is the oldest of those that were heard lately; if none was, the one that was heard last.
    pub oldest: Option<RecordedContact>,
}

impl EdgeStatus {
    /// How long, in seconds, an edge counts that was not heard again: one that waits for a change asks every minute, and the rest is for the
    /// way of the request and for recording it.
    pub const LATELY: u64 = 120;

    /// The status at the time `now`, of the contacts of this edge key.
    pub fn of(key: EdgeKey, current: BundleRevision, contacts: Vec<RecordedContact>, now: UnixSeconds) -> Self {
        let heard_at = contacts.iter().map(|contact| contact.heard_at).max();
        let is_late = |contact: &RecordedContact| contact.heard_at.0.saturating_add(Self::LATELY) >= now.0;
        let connected = contacts.iter().filter(|contact| is_late(contact)).count();
        let described = contacts
            .into_iter()
            .filter(|contact| if connected > 0 { is_late(contact) } else { Some(contact.heard_at) == heard_at });
        let oldest = described.max_by_key(|contact| {
            (state_of(contact, current), std::cmp::Reverse(contact.held), std::cmp::Reverse(contact.behind_since))
        });
        Self { key, current, heard_at, connected: u64::try_from(connected).unwrap_or(u64::MAX), oldest }
    }

    /// Whether the edges have the current bundle.
    pub fn state(&self) -> EdgeState {
        self.oldest.as_ref().map_or(EdgeState::Unseen, |contact| state_of(contact, self.current))
    }

    /// How many revisions the oldest bundle is behind; `None` if it is of another epoch or not known.
    pub fn revisions_behind(&self) -> Option<u64> {
        let held = self.oldest.as_ref()?.held.filter(|held| held.epoch == self.current.epoch)?;
        self.current.revision.checked_sub(held.revision)
    }

    /// Since when the edge has lacked the current bundle.
    pub fn behind_since(&self) -> Option<UnixSeconds> {
        let oldest = self.oldest.as_ref().filter(|contact| contact.held != Some(self.current))?;
        oldest.behind_since
    }
}

fn state_of(contact: &RecordedContact, current: BundleRevision) -> EdgeState {
    match (contact.held, contact.sent) {
        (Some(held), _) if held == current => EdgeState::Current,
        (_, Some(sent)) if sent == current => EdgeState::Sent,
        _ => EdgeState::Behind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(revision: u64) -> BundleRevision {
        BundleRevision { epoch: 7, revision }
    }

    fn contact(source: &str, heard_at: u64, held: Option<u64>) -> RecordedContact {
        let (source, heard_at) = (Some(source.to_owned()), UnixSeconds(heard_at));
        RecordedContact { source, heard_at, held: held.map(at), sent: None, behind_since: Some(UnixSeconds(900)) }
    }

    fn status(contacts: Vec<RecordedContact>) -> EdgeStatus {
        let key = EdgeKey { name: "e".parse().unwrap(), environment: None, created_at: UnixSeconds(1) };
        EdgeStatus::of(key, at(5), contacts, UnixSeconds(1000))
    }

    #[test]
    fn the_oldest_bundle_of_the_edges_that_were_heard_lately_is_shown() {
        let shown = status(vec![
            contact("a", 1000, Some(5)),
            contact("b", 950, Some(3)),
            contact("c", 990, Some(4)),
            contact("gone", 100, Some(1)),
        ]);
        let oldest = shown.oldest.as_ref().unwrap();
        assert_eq!((oldest.source.as_deref(), shown.connected, shown.heard_at), (Some("b"), 3, Some(UnixSeconds(1000))));
        assert_eq!(
            (shown.state(), shown.revisions_behind(), shown.behind_since()),
            (EdgeState::Behind, Some(2), Some(UnixSeconds(900)))
        );
        let shown = status(vec![contact("a", 1000, Some(5)), contact("new", 1000, None)]);
        assert_eq!((shown.state(), shown.revisions_behind()), (EdgeState::Behind, None));
    }

    #[test]
    fn without_a_recent_contact_the_last_one_is_shown() {
        let shown = status(vec![contact("a", 100, Some(5)), contact("b", 90, Some(3))]);
        assert_eq!((shown.connected, shown.state(), shown.behind_since()), (0, EdgeState::Current, None));
        assert_eq!((status(Vec::new()).state(), status(Vec::new()).heard_at), (EdgeState::Unseen, None));
    }

    #[test]
    fn a_bundle_that_was_sent_counts_once_the_edge_asks_with_it() {
        let sent = |sent| RecordedContact { sent: Some(at(sent)), ..contact("a", 1000, Some(4)) };
        let shown = status(vec![sent(5)]);
        assert_eq!((shown.state(), shown.behind_since()), (EdgeState::Sent, Some(UnixSeconds(900))));
        assert_eq!(status(vec![sent(4)]).state(), EdgeState::Behind);
        let restored = RecordedContact { held: Some(BundleRevision { epoch: 6, revision: 9 }), ..contact("a", 1000, None) };
        assert_eq!(
            (status(vec![restored.clone()]).state(), status(vec![restored]).revisions_behind()),
            (EdgeState::Behind, None)
        );
    }

    #[test]
    fn contacts_are_merged_and_bounded() {
        let (mut contacts, edge) = (EdgeContacts::default(), "e".parse().unwrap());
        let heard = |at, held, sent| EdgeContact { heard_at: UnixSeconds(at), held, sent };
        contacts.add(&edge, "a".to_owned(), heard(1, HeldBundle::Current(at(4)), None));
        contacts.add(&edge, "a".to_owned(), heard(2, HeldBundle::Earlier, Some(at(5))));
        for number in 0..200 {
            contacts.add(&edge, number.to_string(), heard(3, HeldBundle::Current(at(5)), None));
        }
        let (_, sources) = contacts.iter().next().unwrap();
        assert_eq!((sources.len(), &sources["a"]), (64, &heard(2, HeldBundle::Current(at(4)), Some(at(5)))));
        let mut full = EdgeContacts::default();
        for number in 0..64 {
            full.add(&edge, number.to_string(), heard(3, HeldBundle::Current(at(5)), None));
        }
        full.add(&edge, "behind".to_owned(), heard(3, HeldBundle::Earlier, None));
        full.add(&edge, "current".to_owned(), heard(3, HeldBundle::Current(at(5)), None));
        let (_, sources) = full.iter().next().unwrap();
        assert!(sources.len() == 64 && sources.contains_key("behind") && !sources.contains_key("current"), "{sources:?}");
        let mut later = EdgeContacts::default();
        later.add(&edge, "a".to_owned(), heard(9, HeldBundle::Earlier, None));
        later.add_earlier(contacts);
        assert_eq!(later.iter().next().unwrap().1["a"], heard(9, HeldBundle::Current(at(4)), None));
    }
}
