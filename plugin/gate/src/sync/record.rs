//! The records that all workers of a host share, and their form in shared memory. The workers are one program, so each record was written
//! by this code; a record of another form is treated as absent.

use std::fmt::Write as _;

use postern_token::bundle::by_address;
use postern_token::{DatedStatusList, StatusList, UnixSeconds, finish_sha256};
use sha2::{Digest as _, Sha256};

use crate::status_lists::Ages;
use crate::sync_settings::{FollowedEnvironment, SyncSettings};

/// A record that workers share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    /// The last number that a worker took.
    Workers,
    /// Who may ask the issuer: a [`Lease`].
    Lease,
    /// Which bundle is published: a [`Version`].
    Version,
    /// What the published bundle consists of: an [`Index`].
    Index,
    /// The published bundle as the issuer sent it.
    Document,
    /// The status list at this address.
    List(String),
}

impl Record {
    /// The value with which a host creates the record when it reads it and it is absent. A write with a stamp needs an existing record:
    /// otherwise two workers could both create it, and each would believe that it is the only one.
    pub fn initial(&self) -> Option<Vec<u8>> {
        match self {
            Self::Workers => Some(0_u64.to_le_bytes().to_vec()),
            Self::Lease => Some(Lease::default().to_bytes().to_vec()),
            Self::Version => Some(Version::default().to_bytes().to_vec()),
            Self::Index | Self::Document | Self::List(_) => None,
        }
    }
}

/// The names of the records in shared memory. Workers with other sync settings can share the same memory, so each set of settings has
/// separate records.
#[derive(Debug, Clone)]
pub struct RecordNames {
    prefix: String,
}

impl RecordNames {
    /// The names for these settings.
    pub fn new(settings: &SyncSettings) -> Self {
        let mut hash = Sha256::new();
        let target = settings.target();
        let issuer = settings.issuer.as_deref().unwrap_or_default();
        let environment = settings.environment.map_or("", FollowedEnvironment::as_str);
        let mut parts: Vec<&str> = vec![&settings.cluster, &settings.authority, &target, &settings.key, issuer, environment];
        parts.extend(settings.list_clusters.iter().flat_map(|(origin, cluster)| [origin, cluster]));
        let keys = settings.bundle_keys.iter().flat_map(|key| {
            let [first, second] = key.material.values();
            [key.kid.as_str(), key.alg.as_str(), first, second]
        });
        for part in parts.into_iter().chain(keys) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let digest = finish_sha256(hash);
        let number = digest.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        Self { prefix: format!("postern/{number:016x}") }
    }

    /// The name of a record.
    pub fn name(&self, record: &Record) -> String {
        let prefix = &self.prefix;
        match record {
            Record::Workers => format!("{prefix}/numbers"),
            Record::Lease => format!("{prefix}/lease"),
            Record::Version => format!("{prefix}/version"),
            Record::Index => format!("{prefix}/index"),
            Record::Document => format!("{prefix}/document"),
            Record::List(uri) => format!("{prefix}/list/{uri}"),
        }
    }
}

/// The record of a status list: its version, which holds no line break, when it expires, for how long it may be kept, when it was made,
/// and the list.
pub(super) fn list_record(version: &str, dated: &DatedStatusList) -> Vec<u8> {
    let Ages { exp, ttl, iat } = Ages::of(dated);
    [version.as_bytes(), b"\n", &pair(exp.0, ttl), &iat.0.to_le_bytes(), &dated.list.to_bytes()].concat()
}

/// What a record holds after its version, if the record has that version; a record can hold an older or a newer list.
pub(super) fn list_in<'a>(record: &'a [u8], version: &str) -> Option<&'a [u8]> {
    record.strip_prefix(version.as_bytes())?.strip_prefix(b"\n")
}

/// Reads what [`list_in`] found.
pub(super) fn read_list(bytes: &[u8]) -> Option<(StatusList, Ages)> {
    let (times, rest) = bytes.split_at_checked(16)?;
    let (exp, ttl) = unpair(times)?;
    let (iat, list) = rest.split_first_chunk()?;
    let iat = UnixSeconds(u64::from_le_bytes(*iat));
    Some((StatusList::from_bytes(list)?, Ages { exp: UnixSeconds(exp), ttl, iat }))
}

/// Which bundle is published, and when it was last confirmed. Small, because every worker reads it at each tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Version {
    /// Grows with each change; 0 before the first.
    pub(crate) generation: u64,
    /// When the issuer last confirmed the bundle, in milliseconds of the host's monotonic clock.
    pub(crate) confirmed_at: u64,
}

/// Who may ask the issuer, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lease {
    /// The worker's number; 0 means no worker.
    pub(crate) holder: u64,
    /// In milliseconds of the host's monotonic clock.
    pub(crate) until: u64,
}

/// The parts of a bundle: the document and its status lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Index {
    /// The entity tag of the whole bundle.
    pub(crate) etag: String,
    /// A digest of the bundle without its status lists and its revision.
    pub(crate) document: String,
    /// The bundle's place in its issuer's history.
    pub(crate) age: BundleAge,
    /// The status lists of the bundle's own issuer, in the order of [`by_address`].
    pub(crate) lists: Vec<Listed>,
    /// The status lists of trusted issuers that are to be fetched.
    pub(crate) trusted: Vec<TrustedListed>,
}

/// A status list of a trusted issuer, which no bundle gives a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrustedListed {
    /// Its address.
    pub(crate) uri: String,
    /// A digest of its issuer's name and keys: with other keys, it is a different list.
    pub(crate) owner: String,
    /// When it was fetched, in milliseconds of the host's monotonic clock; 0 if it was not fetched yet.
    pub(crate) fetched_at: u64,
}

impl TrustedListed {
    /// The text that is used as its version.
    pub(crate) fn version(&self) -> String {
        format!("{}.{}", self.owner, self.fetched_at)
    }
}

/// A bundle's place in its issuer's history, in the order of that history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct BundleAge {
    /// When the history began. It begins again when the issuer is recovered from an older copy of its database.
    pub epoch: u64,
    /// The number of changes since then.
    pub revision: u64,
}

/// A status list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its address, the `uri` of the tokens' claim `status`.
    pub(crate) uri: String,
    /// Its [`postern_token::status_list_version`].
    pub(crate) version: String,
}

impl Version {
    /// The record as shared memory holds it.
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        pair(self.generation, self.confirmed_at)
    }

    /// Reads the record; `None` when it has another form.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (generation, confirmed_at) = unpair(bytes)?;
        Some(Self { generation, confirmed_at })
    }
}

impl Lease {
    /// The record as shared memory holds it.
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        pair(self.holder, self.until)
    }

    /// Reads the record; `None` when it has another form.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (holder, until) = unpair(bytes)?;
        Some(Self { holder, until })
    }
}

fn pair(first: u64, second: u64) -> [u8; 16] {
    (u128::from(first) | u128::from(second) << 64).to_le_bytes()
}

fn unpair(bytes: &[u8]) -> Option<(u64, u64)> {
    let (first, second) = bytes.split_first_chunk()?;
    Some((u64::from_le_bytes(*first), u64::from_le_bytes(second.try_into().ok()?)))
}

impl Index {
    /// One line for each part; a list's line is its address and its version, or its address, its owner and when it was fetched.
    /// None of them holds a space or a line break: the
    /// bundle's validation and [`super::fetched`] make sure of that.
    pub(crate) fn to_text(&self) -> String {
        let BundleAge { epoch, revision } = self.age;
        let mut text = format!("{}\n{}\n{epoch} {revision}", self.etag, self.document);
        for Listed { uri, version } in &self.lists {
            let _ = write!(text, "\n{uri} {version}");
        }
        for TrustedListed { uri, owner, fetched_at } in &self.trusted {
            let _ = write!(text, "\n{uri} {owner} {fetched_at}");
        }
        text
    }

    /// Reads [`Self::to_text`]; `None` when it has another form.
    pub(crate) fn from_text(text: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(text).ok()?.split('\n');
        let (etag, document) = (lines.next()?.to_owned(), lines.next()?.to_owned());
        let (epoch, revision) = lines.next()?.split_once(' ')?;
        let age = BundleAge { epoch: epoch.parse().ok()?, revision: revision.parse().ok()? };
        let (mut lists, mut trusted) = (Vec::new(), Vec::new());
        for line in lines {
            let (uri, rest) = line.split_once(' ')?;
            let uri = uri.to_owned();
            match rest.split_once(' ') {
                None => lists.push(Listed { uri, version: rest.to_owned() }),
                Some((owner, at)) => trusted.push(TrustedListed { uri, owner: owner.to_owned(), fetched_at: at.parse().ok()? }),
            }
        }
        Some(Self { etag, document, age, lists, trusted })
    }

    /// All available lists: those of the bundle's own issuer, and the fetched ones of trusted issuers.
    pub(crate) fn every_list(&self) -> impl Iterator<Item = Listed> {
        let fetched = self.trusted.iter().filter(|listed| listed.fetched_at > 0);
        let fetched = fetched.map(|listed| Listed { uri: listed.uri.clone(), version: listed.version() });
        self.lists.iter().cloned().chain(fetched)
    }

    /// Keeps the time at which a list of a trusted issuer was fetched, if `before` has the list with the same owner.
    pub(crate) fn keep_fetched(&mut self, before: &Self) {
        for listed in &mut self.trusted {
            let same = before.trusted.iter().find(|other| other.uri == listed.uri && other.owner == listed.owner);
            listed.fetched_at = same.map_or(0, |other| other.fetched_at);
        }
    }

    /// The version of the own list at `uri`.
    pub(crate) fn version(&self, uri: &str) -> Option<&str> {
        let at = self.lists.binary_search_by(|listed| by_address(&listed.uri, uri)).ok()?;
        self.lists.get(at).map(|listed| listed.version.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_record_reads_back_the_same() {
        let version = Version { generation: 7, confirmed_at: u64::MAX };
        assert_eq!(Version::from_bytes(&version.to_bytes()), Some(version));
        let lease = Lease { holder: 1 << 40, until: 3 };
        assert_eq!(Lease::from_bytes(&lease.to_bytes()), Some(lease));
        let listed = |uri: &str, version: &str| Listed { uri: uri.into(), version: version.into() };
        let trusted = vec![TrustedListed { uri: "https://b/1".into(), owner: "o".into(), fetched_at: 7 }];
        for (lists, trusted) in [
            (vec![], vec![]),
            (vec![], trusted.clone()),
            (vec![listed("https://a/status/1", "x"), listed("https://a/status/2", "")], trusted),
        ] {
            let index =
                Index { etag: "\"t\"".into(), document: "d".into(), age: BundleAge { epoch: 4, revision: 9 }, lists, trusted };
            assert_eq!(Index::from_text(index.to_text().as_bytes()), Some(index));
        }
    }

    #[test]
    fn each_record_of_each_configuration_has_a_name_of_its_own() {
        let other = SyncSettings { authority: "other.example".into(), ..SyncSettings::default() };
        let records =
            [Record::Workers, Record::Lease, Record::Version, Record::Index, Record::Document, Record::List("u".into())];
        let names = [SyncSettings::default(), other].map(|settings| RecordNames::new(&settings));
        let all: std::collections::BTreeSet<String> =
            names.iter().flat_map(|names| records.iter().map(|record| names.name(record))).collect();
        assert_eq!(all.len(), 2 * records.len());
    }

    #[test]
    fn a_record_of_another_form_is_absent() {
        for bad in [&b""[..], &[0; 15], &[0; 17]] {
            assert_eq!((Version::from_bytes(bad), Lease::from_bytes(bad)), (None, None));
        }
        for bad in [&b""[..], b"a\nb", b"a\nb\nx", b"a\nb\n1", b"a\nb\n1 2\nc", b"\xff\nb\n1 2"] {
            assert_eq!(Index::from_text(bad), None);
        }
    }

    #[test]
    fn lists_are_found_by_their_address() {
        let lists = ["a", "b", "d"].map(|uri| Listed { uri: uri.into(), version: uri.to_uppercase() }).into();
        let index = Index { lists, ..Index::default() };
        assert_eq!((index.version("b"), index.version("c"), index.version("d")), (Some("B"), None, Some("D")));
    }
}
