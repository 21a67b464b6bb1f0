//! Asks the issuer: for the bundle, and then for each status list that has changed.

use postern_token::bundle::{Bundle, SIGNED_BUNDLE_MEDIA_TYPE, verify_bundle};
use postern_token::{StatusList, TokenError, UnixSeconds, content_digest};

use super::list_request::{LIST_TIMEOUT, list_headers, split_url};
use super::work::{AnsweredList, Confirmation, IDLE_PAUSE, IncomingBundle, Purpose};
use super::{After, Answer, Command, Event, Failure, Follower, IssuerRequest, Outcome, Step};
use crate::gate::Gate;
use crate::sync::fetched::FetchedBundle;
use crate::sync::record::{Index, Listed, Record, Version, list_in, list_record};
use crate::sync_settings::FollowedEnvironment;

/// How much longer than `sync.wait_seconds` the answer with a bundle may take, in milliseconds.
const BUNDLE_TIMEOUT: u64 = 3_000;

/// The largest bundle that is read, in bytes.
const MAX_BUNDLE_LEN: usize = 8 << 20;

/// The largest signed bundle that is read, in bytes: the largest bundle in base64, and room for header and signature.
const MAX_SIGNED_BUNDLE_LEN: usize = MAX_BUNDLE_LEN / 3 * 4 + 4096;

/// The largest Status List Token that is read, in bytes.
const MAX_LIST_LEN: usize = 2 << 20;

/// A request that the issuer has not answered.
pub(super) struct Pending {
    call: u32,
    asked_at: u64,
    stage: Stage,
}

/// The purpose of a request.
pub(super) enum Stage {
    /// The bundle.
    Bundle,
    /// The changed status lists, one after the other; the bundle is used when all have arrived.
    Lists(Box<IncomingBundle>),
}

/// The command whose result is the next event.
pub(super) enum Fetch {
    /// The read of the index, for the entity tag of the published bundle.
    TagRead,
    Sent(Stage),
    /// The read of the version to confirm.
    VersionRead(Confirmation),
    VersionConfirmed(Confirmation),
    /// The read of the index, to find the lists that have changed.
    IndexRead(Box<IncomingBundle>),
    /// The read of a list with an unchanged version, to check that its record exists.
    ListRead(Box<Comparison>),
    ListWritten(Box<IncomingBundle>),
}

/// The comparison of a new bundle's lists with the published ones.
pub(super) struct Comparison {
    incoming: Box<IncomingBundle>,
    published: Index,
    /// Which list of the new index is next.
    position: usize,
}

impl Follower {
    /// The largest body, in bytes, that the answer to `call` may have; `None` when the follower does not wait for that answer.
    pub fn answer_limit(&self, call: u32) -> Option<usize> {
        if self.pending_list.as_ref().is_some_and(|pending| pending.call == call) {
            return Some(MAX_LIST_LEN);
        }
        self.pending.as_ref().filter(|pending| pending.call == call).map(|pending| match pending.stage {
            Stage::Bundle if self.bundle_keys.is_some() => MAX_SIGNED_BUNDLE_LEN,
            Stage::Bundle => MAX_BUNDLE_LEN,
            Stage::Lists(_) => MAX_LIST_LEN,
        })
    }

    /// When to ask again after an immediate answer without a change. Counted from when the issuer gave the answer, because an answer from a
    /// cache is already old.
    pub(super) const fn after_idle_pause(&self, answered_at: u64) -> u64 {
        let pause = if self.sync.wait_seconds == 0 { IDLE_PAUSE / 2 } else { IDLE_PAUSE };
        answered_at.saturating_add(pause)
    }

    pub(super) fn ask_for_bundle(&mut self) -> Command {
        // Only the tag of the bundle that this worker uses: with the tag of a bundle that it cannot read, the issuer would confirm that
        // bundle again and again.
        if self.held.as_ref().is_some_and(|held| held.generation == self.version.generation) {
            return self.read(Record::Index, Step::Fetch(Fetch::TagRead));
        }
        self.send_bundle_request(None)
    }

    fn send_bundle_request(&mut self, tag: Option<String>) -> Command {
        // A cache on the way must ask the issuer, whatever the answer that it has stored allows.
        let mut headers = vec![("authorization", format!("Bearer {}", self.sync.key)), ("cache-control", "no-cache".to_owned())];
        if self.bundle_keys.is_some() {
            headers.push(("accept", SIGNED_BUNDLE_MEDIA_TYPE.to_owned()));
        }
        // An issuer that was unreachable must answer at once, instead of holding its answer while the bundle becomes too old.
        let may_wait = self.now.saturating_sub(self.version.confirmed_at) <= 2 * IDLE_PAUSE;
        if self.sync.wait_seconds > 0 && may_wait {
            headers.push(("prefer", format!("wait={}", self.sync.wait_seconds)));
        }
        headers.extend(tag.filter(|tag| !tag.is_empty()).map(|tag| ("if-none-match", tag)));
        let timeout = self.sync.wait_seconds.saturating_mul(1_000).saturating_add(BUNDLE_TIMEOUT);
        self.send(IssuerRequest { path: self.sync.target(), headers, timeout, server: None }, Stage::Bundle)
    }

    fn send(&mut self, request: IssuerRequest, stage: Stage) -> Command {
        self.step = Step::Fetch(Fetch::Sent(stage));
        Command::Send(request)
    }

    pub(super) fn continue_fetch(&mut self, step: Fetch, result: Event) -> Command {
        match step {
            Fetch::TagRead => {
                let index = result.into_stored().0.and_then(|text| Index::from_text(&text));
                self.send_bundle_request(index.map(|index| index.etag))
            }
            Fetch::Sent(stage) => {
                let Event::Sent(Some(call)) = result else { return self.fail(Failure::NotSent) };
                self.pending = Some(Pending { call, asked_at: self.now, stage });
                self.conclude(None)
            }
            Fetch::VersionRead(confirmation) => {
                let (value, stamp) = result.into_stored();
                let version = value.as_deref().and_then(Version::from_bytes).unwrap_or_default();
                let confirmed = Version { confirmed_at: confirmation.answered_at.max(version.confirmed_at), ..version };
                let step = Step::Fetch(Fetch::VersionConfirmed(confirmation));
                self.write(Record::Version, Some(confirmed.to_bytes().to_vec()), stamp, step)
            }
            Fetch::VersionConfirmed(confirmation) => {
                if !result.is_written() {
                    return self.conclude(None);
                }
                // An issuer that does not wait must not be asked again at once.
                let has_waited = self.now.saturating_sub(confirmation.asked_at) >= IDLE_PAUSE / 2;
                self.next_attempt = if has_waited { self.now } else { self.after_idle_pause(confirmation.answered_at) };
                self.conclude(Some(Outcome::Unchanged))
            }
            Fetch::IndexRead(incoming) => {
                let published = result.into_stored().0.and_then(|text| Index::from_text(&text)).unwrap_or_default();
                if let Err(failure) = self.check_age(incoming.index.age, &published) {
                    return self.fail(failure);
                }
                self.compare_next(Box::new(Comparison { incoming, published, position: 0 }))
            }
            Fetch::ListRead(mut comparison) => {
                let Comparison { incoming, position, .. } = &mut *comparison;
                if let Some(listed) = incoming.index.lists.get(*position)
                    && result.into_stored().0.is_none_or(|record| list_in(&record, &listed.version).is_none())
                {
                    incoming.missing.push(listed.clone());
                }
                *position += 1;
                self.compare_next(comparison)
            }
            Fetch::ListWritten(incoming) if result.is_written() => self.fetch_next(incoming),
            Fetch::ListWritten(_) => self.fail(Failure::NoSharedRecords),
        }
    }

    pub(super) fn answered(
        &mut self,
        call: u32,
        answer: Answer,
        (now, wall): (u64, UnixSeconds),
        gate: Option<&Gate>,
    ) -> Command {
        if let Some(pending) = self.pending_list.take_if(|pending| pending.call == call) {
            self.now = now;
            return self.trusted_list_answered(pending, answer, wall, gate);
        }
        let Some(pending) = self.pending.take_if(|pending| pending.call == call) else { return Command::Wait(None) };
        self.now = now;
        self.after = After::Finish(None);
        match pending.stage {
            Stage::Bundle => self.bundle_answered(answer, pending.asked_at),
            Stage::Lists(incoming) => self.list_answered(incoming, answer, wall),
        }
    }

    fn bundle_answered(&mut self, answer: Answer, asked_at: u64) -> Command {
        let answered_at = self.now.saturating_sub(answer.age);
        match answer.status {
            304 if self.held.is_some() => self.renew_lease(Purpose::Confirm(Confirmation { asked_at, answered_at })),
            200 => {
                let Some(body) = answer.body else { return self.fail(Failure::BundleTooLarge) };
                // Computed, because the header is not signed: with another tag, which the issuer knows, it would confirm that bundle and never
                // send another.
                let etag = format!("\"{}\"", content_digest(&body));
                let json = match self.signed_bundle(body) {
                    Ok(json) => json,
                    Err(TokenError::NoKey) => return self.fail(Failure::BundleKey),
                    Err(error) => return self.fail(Failure::BundleSignature(error)),
                };
                let FetchedBundle { bundle, index } = match FetchedBundle::read(&json, etag) {
                    Ok(fetched) => fetched,
                    Err(problems) => return self.fail(Failure::Bundle(problems)),
                };
                if let Err(failure) = self.check_origin(&bundle) {
                    return self.fail(failure);
                }
                if let Some(unknown) = index.trusted.iter().find(|listed| self.server_of(&listed.uri).is_none()) {
                    return self.fail(Failure::ListCluster(unknown.uri.clone()));
                }
                let incoming = IncomingBundle { json, bundle, index, missing: Vec::new(), answered_at };
                self.read(Record::Index, Step::Fetch(Fetch::IndexRead(Box::new(incoming))))
            }
            401 | 403 => self.fail(Failure::EdgeKey),
            404 => self.fail(Failure::NoBundle),
            0 => self.fail(Failure::NoAnswer),
            status @ (503 | 504) => self.fail(Failure::Unavailable(status)),
            status => self.fail(Failure::BundleStatus(status)),
        }
    }

    /// The bundle in JSON, once its signature is verified where keys are pinned.
    fn signed_bundle(&self, body: Vec<u8>) -> Result<Vec<u8>, TokenError> {
        match &self.bundle_keys {
            Some(keys) => verify_bundle(&body, MAX_SIGNED_BUNDLE_LEN, keys, &*self.verifier),
            None => Ok(body),
        }
    }

    /// Refuses a bundle for another environment, or of another issuer, than the settings name. One bundle key signs the bundles of all
    /// environments.
    fn check_origin(&self, bundle: &Bundle) -> Result<(), Failure> {
        let found = FollowedEnvironment::from(bundle.environment);
        if let Some(expected) = self.sync.environment.filter(|expected| *expected != found) {
            return Err(Failure::OtherEnvironment { found, expected });
        }
        let found = bundle.issuers.first().map(|issuer| issuer.name.as_str()).unwrap_or_default();
        match &self.sync.issuer {
            Some(expected) if expected != found => {
                Err(Failure::OtherIssuer { found: found.to_owned(), expected: expected.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Confirms the published bundle. The lease, which was just renewed, prevents other workers from publishing at the same time.
    pub(super) fn confirm(&mut self, confirmation: Confirmation) -> Command {
        self.read(Record::Version, Step::Fetch(Fetch::VersionRead(confirmation)))
    }

    /// Finds the next list that is published with the same version, and reads its record to check that it exists. Every other list is
    /// missing.
    fn compare_next(&mut self, mut comparison: Box<Comparison>) -> Command {
        let Comparison { incoming, published, position } = &mut *comparison;
        while let Some(listed) = incoming.index.lists.get(*position) {
            if published.version(&listed.uri) == Some(&listed.version) {
                let record = Record::List(listed.uri.clone());
                return self.read(record, Step::Fetch(Fetch::ListRead(comparison)));
            }
            incoming.missing.push(listed.clone());
            *position += 1;
        }
        self.fetch_next(comparison.incoming)
    }

    /// Asks for the next missing list, or publishes the bundle when none is missing.
    fn fetch_next(&mut self, incoming: Box<IncomingBundle>) -> Command {
        let Some(next) = incoming.missing.last() else { return self.renew_lease(Purpose::Publish(incoming)) };
        let Some((_, _, path)) = split_url(&next.uri) else { return self.fail(Failure::ListAddress) };
        // A cache between edge and issuer keeps each version under its own address.
        let path = format!("{path}?version={}", next.version);
        self.send(IssuerRequest { path, headers: list_headers(), timeout: LIST_TIMEOUT, server: None }, Stage::Lists(incoming))
    }

    fn list_answered(&mut self, mut incoming: Box<IncomingBundle>, answer: Answer, wall: UnixSeconds) -> Command {
        if answer.status != 200 {
            return self.fail(Failure::ListStatus(answer.status));
        }
        let Some(token) = answer.body else { return self.fail(Failure::ListTooLarge) };
        let Some(listed) = incoming.missing.pop() else { return self.conclude(None) };
        // A worker that has lost the lease must not overwrite what its successor has published.
        self.renew_lease(Purpose::WriteList(Box::new(AnsweredList { incoming, listed, token, wall })))
    }

    pub(super) fn write_list(&mut self, answered: AnsweredList) -> Command {
        let AnsweredList { incoming, listed: Listed { uri, version }, token, wall } = answered;
        let Some(issuer) = incoming.bundle.issuers.first() else { return self.conclude(None) };
        match StatusList::from_token(&token, &uri, &issuer.keys, &*self.verifier, wall) {
            // A cache, or an attacker on the way, may answer with an older list. If it were used as the new version, the list would never be
            // fetched again. An entity tag would not show it, because it is not signed.
            Ok(dated) if dated.version() != version => self.fail(Failure::ListVersion),
            Ok(dated) => {
                let record = list_record(&version, &dated);
                self.write(Record::List(uri), Some(record), None, Step::Fetch(Fetch::ListWritten(incoming)))
            }
            Err(error) => self.fail(Failure::List(error)),
        }
    }
}
