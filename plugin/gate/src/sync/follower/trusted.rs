//! The status lists of trusted issuers: fetched again and again, because no bundle says when they change. They are published like the lists
//! of the bundle's own issuer, and a list that could not be fetched for too long is treated as missing.

use postern_token::{StatusList, UnixSeconds};

use super::list_request::{LIST_TIMEOUT, list_headers, split_url};
use super::work::{AnsweredTrustedList, Purpose};
use super::{After, Answer, Command, Event, Failure, Follower, IssuerRequest, Outcome, Server, Step};
use crate::gate::Gate;
use crate::status_lists::{self, Ages, HeldList};
use crate::sync::record::{Index, Record, TrustedListed, Version, list_record};

/// The longest time after which a list is fetched again, in milliseconds.
const LONGEST_INTERVAL: u64 = 60_000;

/// The shortest time after which a list is fetched again, even with a shorter `ttl`, in milliseconds.
const SHORTEST_INTERVAL: u64 = 500;

/// The first pause after a failure, in milliseconds. Each further failure doubles it, up to [`LAST_PAUSE`].
const FIRST_PAUSE: u64 = 1_000;

/// The longest pause after a failure, in milliseconds.
const LAST_PAUSE: u64 = 30_000;

/// A list of a trusted issuer, and when to fetch it next.
pub(super) struct Scheduled {
    listed: TrustedListed,
    next: u64,
    failures: u32,
}

/// A request for such a list that is not answered.
pub(super) struct PendingList {
    pub(super) call: u32,
    listed: TrustedListed,
    asked_at: u64,
}

/// The command whose result is the next event.
pub(super) enum Trusted {
    Sent(TrustedListed),
    IndexRead(Box<AnsweredTrustedList>),
    /// The write of the list, and the index that is written after it.
    ListWritten(TrustedListed, Vec<u8>),
    IndexWritten(TrustedListed),
    VersionRead(TrustedListed),
    VersionWritten(TrustedListed),
}

impl Follower {
    /// Where the list at `uri` is fetched: from the cluster that the settings name for its origin, or from the issuer's cluster if the
    /// origin is the issuer's.
    pub(super) fn server_of(&self, uri: &str) -> Option<Server> {
        let (origin, authority, _) = split_url(uri)?;
        let named = self.sync.list_clusters.find(origin).map(ToOwned::to_owned);
        let own = || (authority == self.sync.authority).then(|| self.sync.cluster.clone());
        Some(Server { cluster: named.or_else(own)?, authority: authority.to_owned() })
    }

    /// Takes over which lists the published bundle names, and when each was fetched.
    pub(super) fn schedule(&mut self, index: &Index, gate: &mut Gate) {
        let lists = gate.status_lists();
        let before = std::mem::take(&mut self.trusted);
        for listed in &index.trusted {
            let known = before.iter().find(|known| known.listed == *listed);
            let ttl = status_lists::find(lists, &listed.uri).and_then(HeldList::ages).map_or(0, |ages| ages.ttl);
            let interval = (ttl.saturating_mul(1_000) / 2).clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
            let due = if listed.fetched_at == 0 { 0 } else { listed.fetched_at.saturating_add(interval) };
            let (next, failures) = known.map_or((due, 0), |known| (known.next.max(due), known.failures));
            self.trusted.push(Scheduled { listed: listed.clone(), next, failures });
        }
    }

    /// The list to fetch now, if this worker holds the lease and waits for no other list.
    pub(super) fn due_list(&mut self) -> Option<TrustedListed> {
        let now = self.now;
        self.pending_list.take_if(|pending| now.saturating_sub(pending.asked_at) > 2 * LIST_TIMEOUT);
        if self.lease_until <= now || self.pending_list.is_some() {
            return None;
        }
        self.trusted.iter().find(|list| list.next <= now).map(|list| list.listed.clone())
    }

    pub(super) fn ask_for_list(&mut self, listed: TrustedListed) -> Command {
        let server = self.server_of(&listed.uri);
        let path = split_url(&listed.uri).map(|(_, _, path)| path.to_owned());
        let (Some(server), Some(path)) = (server, path) else { return self.list_failed(&listed, Failure::ListAddress) };
        self.step = Step::Trusted(Trusted::Sent(listed));
        Command::Send(IssuerRequest { path, headers: list_headers(), timeout: LIST_TIMEOUT, server: Some(server) })
    }

    pub(super) fn continue_trusted(&mut self, step: Trusted, result: Event) -> Command {
        match step {
            Trusted::Sent(listed) => {
                let Event::Sent(Some(call)) = result else { return self.list_failed(&listed, Failure::NotSent) };
                self.pending_list = Some(PendingList { call, listed, asked_at: self.now });
                self.lead()
            }
            Trusted::IndexRead(answered) => {
                let AnsweredTrustedList { listed, asked_at, dated } = *answered;
                let index = result.into_stored().0.and_then(|text| Index::from_text(&text));
                let Some(mut index) = index else { return self.conclude(None) };
                let same = |own: &&mut TrustedListed| own.uri == listed.uri && own.owner == listed.owner;
                // A bundle that was published meanwhile may not name the list any more.
                let Some(own) = index.trusted.iter_mut().find(same) else { return self.conclude(None) };
                // A worker that had the lease meanwhile may have fetched a newer list.
                if own.fetched_at > asked_at {
                    return self.conclude(None);
                }
                own.fetched_at = listed.fetched_at;
                let record = list_record(&listed.version(), &dated);
                let step = Trusted::ListWritten(listed.clone(), index.to_text().into_bytes());
                self.write(Record::List(listed.uri), Some(record), None, Step::Trusted(step))
            }
            Trusted::ListWritten(listed, index) if result.is_written() => {
                self.write(Record::Index, Some(index), None, Step::Trusted(Trusted::IndexWritten(listed)))
            }
            Trusted::IndexWritten(listed) if result.is_written() => {
                self.read(Record::Version, Step::Trusted(Trusted::VersionRead(listed)))
            }
            Trusted::VersionRead(listed) => {
                let (value, stamp) = result.into_stored();
                let Some(version) = value.as_deref().and_then(Version::from_bytes) else { return self.conclude(None) };
                let version = Version { generation: version.generation.saturating_add(1), ..version };
                let step = Step::Trusted(Trusted::VersionWritten(listed));
                self.write(Record::Version, Some(version.to_bytes().to_vec()), stamp, step)
            }
            Trusted::VersionWritten(_) if result.is_written() => self.conclude(None),
            Trusted::ListWritten(listed, _) | Trusted::IndexWritten(listed) | Trusted::VersionWritten(listed) => {
                self.list_failed(&listed, Failure::NoSharedRecords)
            }
        }
    }

    pub(super) fn trusted_list_answered(
        &mut self,
        PendingList { mut listed, asked_at, .. }: PendingList,
        answer: Answer,
        wall: UnixSeconds,
        gate: Option<&Gate>,
    ) -> Command {
        self.after = After::Finish(None);
        if answer.status != 200 {
            return self.list_failed(&listed, Failure::ListStatus(answer.status));
        }
        let Some(token) = answer.body else { return self.list_failed(&listed, Failure::ListTooLarge) };
        // A bundle that was published meanwhile may not name the list any more.
        let Some(gate) = gate else { return self.conclude(None) };
        let Some(keys) = gate.keys_for_list(&listed.uri) else { return self.conclude(None) };
        match StatusList::from_token(&token, &listed.uri, keys, &*self.verifier, wall) {
            // An older list would accept what was revoked since.
            Ok(dated) if dated.times.iat < gate.iat_of_list(&listed.uri) => self.list_failed(&listed, Failure::OlderList),
            Ok(mut dated) => {
                // It must be fetched again before it expires.
                let left = Ages::of(&dated).exp.0.saturating_sub(wall.0);
                dated.times.ttl = Some(dated.times.ttl.unwrap_or(u64::MAX).min(left));
                listed.fetched_at = self.now.max(1);
                self.renew_lease(Purpose::PublishList(Box::new(AnsweredTrustedList { listed, asked_at, dated })))
            }
            Err(error) => self.list_failed(&listed, Failure::List(error)),
        }
    }

    /// Publishes a list. The lease was just renewed. The version is written last, as for a bundle.
    pub(super) fn publish_list(&mut self, answered: Box<AnsweredTrustedList>) -> Command {
        self.read(Record::Index, Step::Trusted(Trusted::IndexRead(answered)))
    }

    /// Ends an attempt to fetch a list. The requests to the bundle's own issuer continue unchanged.
    fn list_failed(&mut self, listed: &TrustedListed, cause: Failure) -> Command {
        if let Some(list) = self.trusted.iter_mut().find(|list| list.listed.uri == listed.uri) {
            let pause = FIRST_PAUSE.saturating_mul(1 << list.failures.min(10)).min(LAST_PAUSE);
            list.failures = list.failures.saturating_add(1);
            list.next = self.now.saturating_add(pause);
        }
        Command::Wait(Some(Outcome::Failed(Failure::TrustedList { uri: listed.uri.clone(), cause: Box::new(cause) })))
    }
}
