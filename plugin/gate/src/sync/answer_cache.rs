//! Which answers of the issuer a host's cache may give, for hosts whose instances are too short-lived to keep a bundle themselves.

use std::collections::BTreeSet;

use postern_token::content_digest;

use super::issuer_link::{IssuerLink, MaxAge, StoredAnswer};
use super::{Answer, IssuerRequest, Server};
use crate::sync_settings::SyncSettings;

/// How many paths are kept whose answer was refused.
const MAX_REFUSED: usize = 100;

/// The rules of the cache. The follower verifies what comes from it as it verifies what comes from the issuer.
pub(super) struct AnswerCache {
    /// Names the answers for this edge key, issuer and environment.
    name: String,
    /// Whether bundles are signed. Others are not stored: what a cache returns could not be told from what the issuer sent.
    is_signed: bool,
    max_age: u64,
    /// The paths whose last answer was refused, so that the issuer is asked next.
    refused: BTreeSet<String>,
}

/// An answer to store once the follower has accepted it.
pub(super) struct Unstored {
    name: String,
    body: Vec<u8>,
}

impl AnswerCache {
    pub(super) fn new(sync: &SyncSettings, max_age: MaxAge) -> Self {
        let source = format!("{} {} {} {}", sync.key, sync.cluster, sync.authority, sync.target());
        let name = content_digest(source.as_bytes());
        Self { name, is_signed: !sync.bundle_keys.is_empty(), max_age: max_age.milliseconds(), refused: BTreeSet::new() }
    }

    /// The answer to a request to the issuer: from the cache, if it is young enough and was not refused. Otherwise from the issuer, with what is
    /// to be stored of it; or the last bundle, if the issuer is down and the instance has none.
    pub(super) fn answer(
        &mut self,
        issuer: &Server,
        request: &IssuerRequest,
        limit: usize,
        link: &mut impl IssuerLink,
    ) -> (Answer, Option<Unstored>) {
        let is_list = !request.headers.iter().any(|(name, _)| *name == "authorization");
        if !is_list && !self.is_signed {
            return (link.ask(issuer, request, limit), None);
        }
        let name = format!("postern {} {}", self.name, request.path);
        let found = if self.refused.remove(&request.path) { None } else { link.stored(&name, limit) };
        // A list has its version in its address, so it never changes.
        if let Some(found) = found.as_ref().filter(|found| is_list || found.age <= self.max_age) {
            return (unless_known(request, found), None);
        }
        let begin = link.monotonic();
        let answer = link.ask(issuer, request, limit);
        let waited = link.monotonic().saturating_sub(begin);
        let body = match (answer.status, &answer.body, found) {
            (200, Some(body), _) => Some(body.clone()),
            // The issuer has confirmed what the cache has: it is young again.
            (304, _, Some(found)) if has_tag_of(request, &found) => Some(found.body),
            // The issuer is down, and a new instance has no bundle yet: it gets the last one with its age, so it becomes stale like any other.
            (_, _, Some(found)) if tag(request).is_none() => {
                let age = found.age.saturating_add(waited);
                return (Answer { status: 200, body: Some(found.body), age }, None);
            }
            _ => None,
        };
        (answer, body.map(|body| Unstored { name, body }))
    }

    /// The follower has refused the answer to this request.
    pub(super) fn refuse(&mut self, request: IssuerRequest) {
        // Of a list that is no longer asked for, the path would stay.
        if self.refused.len() >= MAX_REFUSED {
            self.refused.clear();
        }
        self.refused.insert(request.path);
    }
}

impl Unstored {
    pub(super) fn store(&self, link: &mut impl IssuerLink) {
        link.store(&self.name, &self.body);
    }
}

/// The stored answer, or that the bundle has not changed, if the request has its tag.
fn unless_known(request: &IssuerRequest, found: &StoredAnswer) -> Answer {
    let (status, body) = if has_tag_of(request, found) { (304, Vec::new()) } else { (200, found.body.clone()) };
    Answer { status, body: Some(body), age: found.age }
}

fn has_tag_of(request: &IssuerRequest, found: &StoredAnswer) -> bool {
    tag(request).is_some_and(|tag| tag == format!("\"{}\"", content_digest(&found.body)))
}

/// The tag of the bundle that the instance has.
fn tag(request: &IssuerRequest) -> Option<&str> {
    request.headers.iter().find(|(name, _)| *name == "if-none-match").map(|(_, tag)| tag.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use postern_token::UnixSeconds;

    #[derive(Default)]
    struct Link {
        stored: BTreeMap<String, StoredAnswer>,
        asked: usize,
        answer: Answer,
    }

    impl IssuerLink for Link {
        fn monotonic(&self) -> u64 {
            0
        }

        fn unix_time(&self) -> UnixSeconds {
            UnixSeconds(0)
        }

        fn ask(&mut self, _: &Server, _: &IssuerRequest, _: usize) -> Answer {
            self.asked += 1;
            self.answer.clone()
        }

        fn log(&mut self, _: bool, _: &str) {}

        fn stored(&mut self, name: &str, _: usize) -> Option<StoredAnswer> {
            self.stored.get(name).cloned()
        }

        fn store(&mut self, name: &str, body: &[u8]) {
            self.stored.insert(name.to_owned(), StoredAnswer { body: body.to_vec(), age: 0 });
        }
    }

    fn cache(is_signed: bool) -> AnswerCache {
        AnswerCache { name: "a".into(), is_signed, max_age: 1_000, refused: BTreeSet::new() }
    }

    fn request(path: &str, headers: &[(&'static str, &str)]) -> IssuerRequest {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        IssuerRequest { path: path.into(), headers, timeout: 1, server: None }
    }

    fn bundle(tag: Option<&str>) -> IssuerRequest {
        let mut headers = vec![("authorization", "Bearer edge_abc")];
        headers.extend(tag.map(|tag| ("if-none-match", tag)));
        request("/edge/bundle", &headers)
    }

    /// Gets an answer, which the follower accepts: its status, its body, and how often the issuer was asked.
    fn get(cache: &mut AnswerCache, link: &mut Link, request: &IssuerRequest) -> (u16, Vec<u8>, usize) {
        let issuer = Server { cluster: "issuer".into(), authority: "issuer.example".into() };
        let (answer, unstored) = cache.answer(&issuer, request, 100, link);
        if let Some(unstored) = unstored {
            unstored.store(link);
        }
        (answer.status, answer.body.unwrap(), link.asked)
    }

    fn link(status: u16, body: &[u8]) -> Link {
        Link { answer: Answer { status, body: Some(body.to_vec()), age: 0 }, ..Link::default() }
    }

    #[test]
    fn a_signed_bundle_is_used_until_it_is_too_old() {
        let (mut cache, mut link) = (cache(true), link(200, b"one"));
        let tag = format!("\"{}\"", content_digest(b"one"));
        assert_eq!(get(&mut cache, &mut link, &bundle(None)), (200, b"one".to_vec(), 1));
        assert_eq!(get(&mut cache, &mut link, &bundle(None)), (200, b"one".to_vec(), 1));
        assert_eq!(get(&mut cache, &mut link, &bundle(Some(&tag))), (304, Vec::new(), 1));
        assert_eq!(get(&mut cache, &mut link, &bundle(Some("\"other\""))), (200, b"one".to_vec(), 1));
        let age = |link: &mut Link, age| link.stored.values_mut().for_each(|stored| stored.age = age);
        age(&mut link, 1_001);
        link.answer = Answer { status: 304, body: Some(Vec::new()), age: 0 };
        assert_eq!(get(&mut cache, &mut link, &bundle(Some("\"other\""))), (304, Vec::new(), 2));
        assert_eq!(get(&mut cache, &mut link, &bundle(None)).2, 3, "what was confirmed is another bundle");
        assert_eq!(get(&mut cache, &mut link, &bundle(Some(&tag))), (304, Vec::new(), 4));
        assert_eq!(get(&mut cache, &mut link, &bundle(None)), (200, b"one".to_vec(), 4), "confirmed, so it is young again");
        age(&mut link, 1_001);
        link.answer = Answer { status: 200, body: Some(b"two".to_vec()), age: 0 };
        assert_eq!(get(&mut cache, &mut link, &bundle(Some(&tag))), (200, b"two".to_vec(), 5));
        assert_eq!(get(&mut cache, &mut link, &bundle(None)), (200, b"two".to_vec(), 5));
    }

    #[test]
    fn while_the_issuer_is_down_an_instance_without_a_bundle_gets_the_last_one() {
        let (mut cache, mut link) = (cache(true), link(200, b"one"));
        get(&mut cache, &mut link, &bundle(None));
        link.stored.values_mut().for_each(|stored| stored.age = 1_001);
        for (status, asked) in [(0, 2), (401, 3), (503, 4)] {
            link.answer = Answer { status, body: Some(Vec::new()), age: 0 };
            let issuer = Server { cluster: "issuer".into(), authority: "issuer.example".into() };
            let (answer, unstored) = cache.answer(&issuer, &bundle(None), 100, &mut link);
            assert_eq!(answer, Answer { status: 200, body: Some(b"one".to_vec()), age: 1_001 });
            assert!(unstored.is_none() && link.asked == asked, "nothing new is known");
        }
        let known = bundle(Some("\"any\""));
        assert_eq!(get(&mut cache, &mut link, &known).0, 503, "an instance with a bundle keeps it, and asks again after a pause");
        cache.refuse(bundle(None));
        assert_eq!(get(&mut cache, &mut link, &bundle(None)).0, 503, "what the follower has refused is not used");
    }

    #[test]
    fn an_unsigned_bundle_and_what_is_no_answer_are_not_stored() {
        let mut link = link(200, b"one");
        for asked in 1..3 {
            assert_eq!(get(&mut cache(false), &mut link, &bundle(None)).2, asked);
        }
        for status in [0, 304, 401, 503] {
            link.answer.status = status;
            get(&mut cache(true), &mut link, &bundle(None));
        }
        assert!(link.stored.is_empty());
    }

    #[test]
    fn a_list_is_stored_under_its_version() {
        let (mut cache, mut link) = (cache(false), link(200, b"list"));
        assert_eq!(get(&mut cache, &mut link, &request("/status/1?version=a", &[])).2, 1);
        link.stored.values_mut().for_each(|stored| stored.age = 1_000_000);
        assert_eq!(get(&mut cache, &mut link, &request("/status/1?version=a", &[])).2, 1);
        assert_eq!(get(&mut cache, &mut link, &request("/status/1?version=b", &[])).2, 2);
    }

    #[test]
    fn after_a_refusal_the_issuer_is_asked_once() {
        let (mut cache, mut link) = (cache(true), link(200, b"list"));
        let list = request("/status/1?version=a", &[]);
        get(&mut cache, &mut link, &list);
        cache.refuse(list.clone());
        assert_eq!(get(&mut cache, &mut link, &request("/status/2?version=a", &[])).2, 2);
        assert_eq!(get(&mut cache, &mut link, &list).2, 3);
        assert_eq!(get(&mut cache, &mut link, &list).2, 3);
    }

    #[test]
    fn refused_paths_are_bounded() {
        let mut cache = cache(true);
        (0..1_000).for_each(|list| cache.refuse(request(&format!("/status/{list}"), &[])));
        assert_eq!(cache.refused.len(), MAX_REFUSED);
    }

    #[test]
    fn the_edge_key_is_not_in_the_name_and_decides_it() {
        let name =
            |key: &str| AnswerCache::new(&SyncSettings { key: key.into(), ..SyncSettings::default() }, MaxAge::default()).name;
        assert_ne!(name("edge_abc"), name("edge_abd"));
        assert!(!name("edge_abc").contains("edge_abc"));
    }
}
