//! Keeps the gate of one virtual machine on the issuer's bundle. One of them all, whoever holds the lease, asks the issuer and
//! shares what it answers; each of them looks often at a small record that says whether something has changed.

use std::rc::Rc;

use postern_token::bundle::{Bundle, ListedStatus, by_address};
use postern_token::{StatusList, UnixSeconds};
use proxy_wasm::types::LogLevel;

use super::hostcalls::monotonic_milliseconds;
use super::issuer::{Answer, ask};
use super::shared::Shared;
use super::verifier::HostVerifier;
use postern_gate::sync::{FetchedBundle, Index, Listed, SyncSettings, Version};
use postern_gate::{Gate, Settings};

/// How long a lease holds. When its holder is gone, another takes over after that time.
const LEASE: u64 = 2_000;

/// How long before its end a lease is renewed.
const RENEWAL: u64 = 1_000;

/// How often one that does not hold the lease asks whether it is free.
const LEASE_CHECK: u64 = 250;

/// The first pause after a failure; each further one doubles it, up to the last.
const FIRST_PAUSE: u64 = 250;
const LAST_PAUSE: u64 = 2_000;

/// The pause after an answer that says nothing new and came at once, from an issuer that does not wait.
const IDLE_PAUSE: u64 = 1_000;

/// How long a list may take.
const LIST_TIMEOUT: u64 = 5_000;

/// How much longer than it was asked to wait an issuer may take.
const PATIENCE: u64 = 3_000;

/// The largest bundle in bytes that is looked at.
const MAX_BUNDLE_LEN: usize = 8 << 20;

/// The largest status list in bytes that is looked at.
const MAX_LIST_LEN: usize = 2 << 20;

/// What came of asking the issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Changed,
    Unchanged,
    Failed,
}

/// One virtual machine's view of its issuer.
pub(super) struct Follower {
    sync: SyncSettings,
    settings: Rc<Settings>,
    shared: Shared,
    /// This virtual machine among all.
    number: u64,
    /// What the gate was made of.
    held: Option<Held>,
    version: Version,
    lease_until: u64,
    /// When the lease is next looked at, or the issuer next asked.
    next: u64,
    failures: u32,
    pending: Option<Pending>,
}

struct Held {
    generation: u64,
    document: String,
    revision: u64,
}

/// A call to the issuer that has not been answered.
struct Pending {
    call: u32,
    asked_at: u64,
    stage: Stage,
}

enum Stage {
    /// The bundle.
    Bundle,
    /// The lists that have changed, one after the other, before the bundle that names them counts.
    Lists(Box<Arriving>),
}

/// A bundle whose lists are still being fetched.
struct Arriving {
    json: Vec<u8>,
    bundle: Bundle,
    index: Index,
    /// What is still to be fetched; the last one is being asked for.
    missing: Vec<Listed>,
    /// When the bundle itself came: what it says held then, however long its lists take.
    arrived_at: u64,
}

impl Follower {
    pub(super) fn new(sync: SyncSettings, settings: Rc<Settings>) -> Option<Self> {
        let shared = Shared::new(&sync);
        let number = shared.take_number()?;
        Some(Self {
            sync,
            settings,
            shared,
            number,
            held: None,
            version: Version::default(),
            lease_until: 0,
            next: 0,
            failures: 0,
            pending: None,
        })
    }

    /// How long ago the issuer last said that the bundle holds, in milliseconds; `None` before there is one.
    pub(super) fn age(&self) -> Option<u64> {
        self.held.as_ref().map(|_| monotonic_milliseconds().saturating_sub(self.version.confirmed_at))
    }

    /// The revision of the bundle that this virtual machine uses.
    pub(super) fn revision(&self) -> u64 {
        self.held.as_ref().map_or(0, |held| held.revision)
    }

    /// Brings `gate` to what is shared, and asks the issuer when that is this virtual machine's turn.
    pub(super) fn tick(&mut self, gate: &mut Option<Gate>) -> Option<Outcome> {
        let now = monotonic_milliseconds();
        self.catch_up(gate);
        let outcome = self.lead(now);
        self.judge_age(gate, now);
        outcome
    }

    /// Takes the answer to the call `call`.
    pub(super) fn answered(&mut self, call: u32, gate: &mut Option<Gate>, wall: UnixSeconds) -> Option<Outcome> {
        let pending = self.pending.take_if(|pending| pending.call == call)?;
        let now = monotonic_milliseconds();
        let outcome = match pending.stage {
            Stage::Bundle => self.bundle_answered(pending.asked_at, now),
            Stage::Lists(arriving) => self.list_answered(arriving, now, wall),
        };
        self.conclude(outcome, now);
        self.catch_up(gate);
        self.judge_age(gate, now);
        outcome
    }

    fn conclude(&mut self, outcome: Option<Outcome>, now: u64) {
        match outcome {
            Some(Outcome::Failed) => {
                let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10)).min(LAST_PAUSE);
                self.failures = self.failures.saturating_add(1);
                self.next = now.saturating_add(pause);
            }
            Some(Outcome::Changed | Outcome::Unchanged) => self.failures = 0,
            None => {}
        }
    }

    /// Refuses everything once nobody has heard from the issuer for too long.
    fn judge_age(&self, gate: &mut Option<Gate>, now: u64) {
        if let Some(gate) = gate {
            let age = now.saturating_sub(self.version.confirmed_at);
            gate.set_fresh(age <= self.sync.max_staleness_seconds.saturating_mul(1_000));
        }
    }

    /// Makes the gate anew when what is shared has changed. What cannot be read is tried again at the next tick.
    fn catch_up(&mut self, gate: &mut Option<Gate>) {
        self.version = self.shared.version().0;
        let generation = self.version.generation;
        if generation == 0 || self.held.as_ref().is_some_and(|held| held.generation == generation) {
            return;
        }
        let Some(index) = self.shared.index() else { return };
        if self.held.as_ref().is_none_or(|held| held.document != index.document) {
            let Some(bundle) = self.shared.document().and_then(|json| Bundle::from_json(&json).ok()) else { return };
            let mut new = Gate::new(bundle, Rc::clone(&self.settings)).with_verifier(Box::new(HostVerifier));
            if let (Some(lists), Some(old)) = (new.status_lists(), gate.as_mut().and_then(Gate::status_lists)) {
                *lists = std::mem::take(old);
            }
            *gate = Some(new);
        }
        let Some(lists) = gate.as_mut().and_then(Gate::status_lists) else { return };
        let complete = self.exchange(lists, &index);
        let Index { document, revision, .. } = index;
        // Not complete: another generation has begun, or is about to.
        self.held = Some(Held { generation: if complete { generation } else { 0 }, document, revision });
    }

    /// Replaces each list that has changed, one at a time, so that never more than one is there twice. A list that cannot be had
    /// is not there, and tokens that are on it are refused.
    fn exchange(&self, lists: &mut Vec<ListedStatus>, index: &Index) -> bool {
        lists.retain(|listed| index.version(&listed.uri).is_some());
        let mut complete = true;
        for Listed { uri, version } in &index.lists {
            let place = lists.binary_search_by(|listed| by_address(&listed.uri, uri));
            if let Ok(place) = place
                && lists.get(place).is_some_and(|listed| listed.version == *version && listed.list.is_some())
            {
                continue;
            }
            if let Ok(place) = place {
                lists.remove(place);
            }
            let list = self.shared.list(uri, version).and_then(|bytes| StatusList::from_bytes(&bytes));
            complete &= list.is_some();
            let place = lists.partition_point(|listed| by_address(&listed.uri, uri).is_lt());
            lists.insert(place, ListedStatus { uri: uri.clone(), version: version.clone(), list });
        }
        complete
    }

    /// Keeps the lease and asks the issuer, or looks whether the lease has become free.
    fn lead(&mut self, now: u64) -> Option<Outcome> {
        if self.pending.is_some() {
            if now.saturating_add(RENEWAL) >= self.lease_until && !self.renew(now) {
                // Another has taken over; what the issuer still answers is not ours to share.
                self.pending = None;
                self.next = now.saturating_add(LEASE_CHECK);
            }
            return None;
        }
        if now < self.next {
            // While it pauses after a failure it stays the one who asks.
            if self.lease_until > now && now.saturating_add(RENEWAL) >= self.lease_until {
                self.renew(now);
            }
            return None;
        }
        if !self.renew(now) {
            self.next = now.saturating_add(LEASE_CHECK);
            return None;
        }
        let outcome = self.ask_for_bundle(now);
        self.conclude(outcome, now);
        outcome
    }

    fn renew(&mut self, now: u64) -> bool {
        let held = self.shared.take_lease(self.number, now, LEASE);
        self.lease_until = if held { now.saturating_add(LEASE) } else { 0 };
        held
    }

    fn ask_for_bundle(&mut self, now: u64) -> Option<Outcome> {
        // Only what all have: a tag whose bundle could not be taken over would be confirmed for ever.
        let current = self.held.as_ref().is_some_and(|held| held.generation == self.version.generation);
        let known = if current { self.shared.index().map(|index| index.etag) } else { None };
        let authorization = format!("Bearer {}", self.sync.key);
        let wait = format!("wait={}", self.sync.wait_seconds);
        let target = self.sync.target();
        let mut headers = vec![("authorization", authorization.as_str())];
        // When the last word is from a while ago, any word is better than a new one: an issuer that has come back must not hold
        // its answer back while the bundle grows too old.
        if now.saturating_sub(self.version.confirmed_at) <= 2 * IDLE_PAUSE {
            headers.push(("prefer", wait.as_str()));
        }
        if let Some(tag) = known.as_deref().filter(|tag| !tag.is_empty()) {
            headers.push(("if-none-match", tag));
        }
        let timeout = self.sync.wait_seconds.saturating_mul(1_000).saturating_add(PATIENCE);
        self.call(&target, headers, timeout, now, Stage::Bundle)
    }

    fn call(&mut self, path: &str, headers: Vec<(&str, &str)>, timeout: u64, now: u64, stage: Stage) -> Option<Outcome> {
        match ask(&self.sync, path, headers, timeout) {
            Some(call) => {
                self.pending = Some(Pending { call, asked_at: now, stage });
                None
            }
            None => Some(failed("Envoy does not send requests to the issuer: has it a cluster of the name in `sync.cluster`?")),
        }
    }

    fn bundle_answered(&mut self, asked_at: u64, now: u64) -> Option<Outcome> {
        let answer = Answer::read(MAX_BUNDLE_LEN);
        match answer.status {
            304 if self.held.is_some() => {
                if !self.renew(now) {
                    return None;
                }
                let (version, cas) = self.shared.version();
                if !self.shared.set_version(Version { confirmed_at: now, ..version }, cas) {
                    return None;
                }
                let waited = now.saturating_sub(asked_at) >= IDLE_PAUSE / 2;
                self.next = if waited { now } else { now.saturating_add(IDLE_PAUSE) };
                Some(Outcome::Unchanged)
            }
            200 => {
                let Some(json) = answer.body else { return Some(failed("the bundle is larger than 8 MiB")) };
                let fetched = match FetchedBundle::read(&json, &answer.etag) {
                    Ok(fetched) => fetched,
                    Err(problems) => return Some(failed(&format!("the issuer's bundle is refused: {problems}"))),
                };
                let FetchedBundle { bundle, index } = fetched;
                let published = self.shared.index().unwrap_or_default();
                let is_missing = |listed: &&Listed| {
                    published.version(&listed.uri) != Some(&listed.version)
                        || self.shared.list(&listed.uri, &listed.version).is_none()
                };
                let missing = index.lists.iter().filter(is_missing).cloned().collect();
                self.fetch_next(Box::new(Arriving { json, bundle, index, missing, arrived_at: now }), now)
            }
            401 | 403 => Some(failed("the issuer does not know the edge's key (`sync.key`)")),
            0 => Some(failed("the issuer's answer is larger than Envoy takes, or broke off")),
            status @ (503 | 504) => {
                Some(failed(&format!("no bundle ({status}): does the issuer run, and does Envoy's cluster lead to it?")))
            }
            status => Some(failed(&format!("the issuer answered {status} to the request for the bundle"))),
        }
    }

    fn list_answered(&mut self, mut arriving: Box<Arriving>, now: u64, wall: UnixSeconds) -> Option<Outcome> {
        let answer = Answer::read(MAX_LIST_LEN);
        let (200, Some(token)) = (answer.status, answer.body) else {
            return Some(failed(&format!("the issuer answered {} to the request for a status list", answer.status)));
        };
        let (Some(listed), Some(issuer)) = (arriving.missing.pop(), arriving.bundle.issuers.first()) else { return None };
        // A cache on the way may still have the list as it was, and a list that is taken for a newer one is never fetched again.
        if !is_version(&answer.etag, &listed.version) {
            return Some(failed("the issuer's status list is not the version that its bundle names"));
        }
        // Whoever has lost the lease meanwhile must not write over what its successor has shared.
        if !self.renew(now) {
            return None;
        }
        match StatusList::from_token(&token, &listed.uri, &issuer.keys, &HostVerifier, wall) {
            Ok(list) => self.shared.set_list(&listed.uri, &listed.version, &list.to_bytes()),
            Err(error) => return Some(failed(&format!("the issuer's status list is refused: {error}"))),
        }
        self.fetch_next(arriving, now)
    }

    /// Asks for the next list that is missing, or shares the bundle when none is.
    fn fetch_next(&mut self, arriving: Box<Arriving>, now: u64) -> Option<Outcome> {
        let Some(next) = arriving.missing.last() else { return self.share(&arriving, now) };
        let after_scheme = next.uri.split_once(':').and_then(|(_, rest)| rest.strip_prefix("//"));
        let Some(path) = after_scheme.and_then(|rest| rest.find('/').and_then(|slash| rest.get(slash..))) else {
            return Some(failed("a status list's address is no URL"));
        };
        // The version is there for caches on the way, which keep each under an address of its own.
        let path = format!("{path}?version={}", next.version);
        self.call(
            &path,
            vec![("accept", "application/statuslist+jwt"), ("cache-control", "no-cache")],
            LIST_TIMEOUT,
            now,
            Stage::Lists(arriving),
        )
    }

    /// Shares a bundle with all virtual machines. The lease that was just renewed keeps others from sharing an older one over it.
    fn share(&mut self, arriving: &Arriving, now: u64) -> Option<Outcome> {
        if !self.renew(now) {
            return None;
        }
        let before = self.shared.index().unwrap_or_default();
        let Arriving { json, index, .. } = arriving;
        if before.document != index.document {
            self.shared.set_document(json);
        }
        self.shared.set_index(index);
        for listed in before.lists.iter().filter(|listed| index.version(&listed.uri).is_none()) {
            self.shared.forget_list(&listed.uri);
        }
        let (version, cas) = self.shared.version();
        let next = Version { generation: version.generation.saturating_add(1), confirmed_at: arriving.arrived_at };
        if !self.shared.set_version(next, cas) {
            return None;
        }
        // The same again at once would be an issuer that knows no tags.
        self.next = if before == *index { now.saturating_add(IDLE_PAUSE) } else { now };
        Some(Outcome::Changed)
    }
}

/// Whether an entity tag (RFC 9110 section 8.8.3) is `version`.
fn is_version(etag: &str, version: &str) -> bool {
    let tag = etag.strip_prefix("W/").unwrap_or(etag);
    tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')) == Some(version)
}

fn failed(what: &str) -> Outcome {
    super::log(LogLevel::Warn, what);
    Outcome::Failed
}
