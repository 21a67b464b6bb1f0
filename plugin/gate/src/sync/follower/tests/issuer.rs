//! A model of an issuer: a bundle that changes, and status lists of some bits, each of which is a state of the list.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use postern_token::{DatedStatusList, Identifier, SigningKey, StatusList, StatusListTimes, UnixSeconds};
use postern_vectors::Forge;
use serde_json::{Value, json};

use crate::sync::Answer;

/// The time of day of every test.
pub(super) const WALL: UnixSeconds = UnixSeconds(1_800_000_000);

pub(super) struct Issuer {
    pub(super) revision: u64,
    pub(super) epoch: Option<u64>,
    /// What the document holds beside the status lists.
    document: Value,
    /// The state of each list, by its address.
    pub(super) lists: BTreeMap<String, u8>,
}

/// The address of a list.
pub(super) fn uri(number: usize) -> String {
    format!("https://issuer.example/status/{number}")
}

/// The list in that state: its bits are the state's.
pub(super) fn list(state: u8) -> StatusList {
    StatusList::of_bits(vec![state; 4])
}

/// The same without an end, signed by `k1`.
pub(super) fn dated(state: u8) -> DatedStatusList {
    let times = StatusListTimes { iat: WALL, exp: None, ttl: None };
    DatedStatusList { list: list(state), times, kid: Identifier::parse("k1").unwrap() }
}

/// The version of [`dated`], which the bundle names.
pub(super) fn version(state: u8) -> &'static str {
    static VERSIONS: LazyLock<Vec<String>> = LazyLock::new(|| (0..=u8::MAX).map(|state| dated(state).version()).collect());
    &VERSIONS[usize::from(state)]
}

impl Issuer {
    pub(super) fn new() -> Self {
        let document = serde_json::from_str(postern_vectors::bundle()).unwrap();
        Self { revision: 1, epoch: None, document, lists: BTreeMap::new() }
    }

    /// Adds or changes a list.
    pub(super) fn set_list(&mut self, number: usize, state: u8) {
        self.lists.insert(uri(number), state);
        self.revision += 1;
    }

    pub(super) fn remove_list(&mut self, number: usize) {
        self.lists.remove(&uri(number));
        self.revision += 1;
    }

    /// Changes a field of the document, or removes it with `null`.
    pub(super) fn set(&mut self, field: &str, value: Value) {
        let members = self.document.as_object_mut().unwrap();
        if value.is_null() {
            members.remove(field)
        } else {
            members.insert(field.to_owned(), value)
        };
        self.revision += 1;
    }

    /// The entity tag of the bundle.
    pub(super) fn etag(&self) -> String {
        etag(&self.bundle())
    }

    pub(super) fn bundle(&self) -> Answer {
        let mut document = self.document.clone();
        document["revision"] = self.revision.into();
        if let Some(epoch) = self.epoch {
            document["epoch"] = epoch.into();
        }
        let listed = |(uri, state): (&String, &u8)| json!({"uri": uri, "version": version(*state)});
        document["status_lists"] = self.lists.iter().map(listed).collect();
        Answer { status: 200, body: Some(document.to_string().into_bytes()), age: 0 }
    }

    /// The answer to a request for the bundle with that tag.
    pub(super) fn bundle_unless(&self, tag: Option<&str>) -> Answer {
        if tag == Some(&self.etag()) { not_modified() } else { self.bundle() }
    }

    /// The answer to the request for the list at that path, whatever version the path names.
    pub(super) fn list_at(&self, path: &str) -> Answer {
        let path = path.split('?').next().unwrap();
        let uri = format!("https://issuer.example{path}");
        self.lists.get(&uri).map_or_else(|| status(404), |state| signed_list(&uri, *state))
    }
}

pub(super) fn signed_list(uri: &str, state: u8) -> Answer {
    sign(uri, state, StatusListTimes { iat: WALL, exp: None, ttl: None }, "k1")
}

/// The list in that state, signed with a key of that name.
pub(super) fn sign(uri: &str, state: u8, times: StatusListTimes, key: &str) -> Answer {
    let key = SigningKey::hs256(Identifier::parse(key.to_owned()).unwrap(), &Forge::secret(key)).unwrap();
    let token = list(state).sign(&Identifier::parse(uri.to_owned()).unwrap(), times, &key).unwrap();
    Answer { status: 200, body: Some(token.into_bytes()), age: 0 }
}

/// The entity tag of an answer.
pub(super) fn etag(answer: &Answer) -> String {
    format!("\"{}\"", postern_token::content_digest(answer.body.as_ref().unwrap()))
}

pub(super) fn not_modified() -> Answer {
    status(304)
}

/// An answer with an empty body.
pub(super) fn status(status: u16) -> Answer {
    Answer { status, body: Some(Vec::new()), age: 0 }
}
