//! Keeps the gate of one worker up to date with an issuer: a state machine that takes events and gives commands.
//!
//! All workers of a host share a few records (see [`Record`]). One worker holds a lease, asks the issuer and publishes
//! the answer in the records; every worker reads one small record at each tick, which says whether something has changed.
//!
//! A host drives the follower in rounds. [`Event::Started`], [`Event::Tick`] or [`Event::Answered`] begins a round. The host
//! carries out each command and passes the result to [`Follower::handle`] as the next event, until [`Command::Wait`] ends
//! the round. No event can make the follower panic.

mod catch_up;
mod failure;
mod fetch;
mod lease;
mod list_request;
mod publish;
#[cfg(test)]
mod tests;
mod trusted;
mod work;

use std::rc::Rc;

use postern_token::{KeySet, UnixSeconds, Verifier};

use self::catch_up::CatchUp;
pub use self::failure::Failure;
use self::fetch::{Fetch, Pending};
use self::lease::LeaseStep;
use self::publish::Publish;
use self::trusted::{PendingList, Scheduled, Trusted};
use self::work::Purpose;
use super::record::{BundleAge, Index, Record, Version};
use crate::gate::Gate;
use crate::settings::Settings;
use crate::status_lists::{AgeClock, set_ages};
use crate::sync_settings::SyncSettings;

/// The first pause after a failure, in milliseconds. Each further failure doubles it, up to [`LAST_PAUSE`].
const FIRST_PAUSE: u64 = 250;

/// The longest pause after a failure, in milliseconds.
const LAST_PAUSE: u64 = 2_000;

/// How many times a worker tries to take a number while other workers take theirs.
const NUMBER_ATTEMPTS: u32 = 100;

/// What happened. `now` is in milliseconds of a monotonic clock that all workers share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The worker starts. Comes once, before every other event.
    Started,
    /// Some time has passed; 50 ms is a good interval.
    Tick {
        /// The monotonic time.
        now: u64,
    },
    /// The issuer answered a request, or the request failed.
    Answered {
        /// The number that [`Event::Sent`] gave the request.
        call: u32,
        /// The answer.
        answer: Answer,
        /// The monotonic time.
        now: u64,
        /// The time of day, for the expiry of status lists.
        wall: UnixSeconds,
    },
    /// The result of [`Command::Read`].
    Read {
        /// The content; `None` when the record is absent.
        value: Option<Vec<u8>>,
        /// Identifies this state of the record, for [`Command::Write`].
        stamp: Option<u32>,
    },
    /// The result of [`Command::Write`]: whether the record was written.
    Written(bool),
    /// The result of [`Command::Send`]: the request's number, or `None` when the host could not send it.
    Sent(Option<u32>),
}

/// What the host must do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Read a record. If it is absent and [`Record::initial`] gives a value, write that value first.
    Read(Record),
    /// Write a record.
    Write {
        /// The record.
        record: Record,
        /// The content; `None` removes the record.
        value: Option<Vec<u8>>,
        /// With a stamp, write only if the record was not written since the read that gave the stamp.
        stamp: Option<u32>,
    },
    /// Send a request to the issuer.
    Send(IssuerRequest),
    /// The round has ended. Wait for the next tick or answer.
    Wait(Option<Outcome>),
}

/// A GET request, to the issuer at the authority in [`SyncSettings`] unless it names another server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerRequest {
    /// The path and the query.
    pub path: String,
    /// The header fields.
    pub headers: Vec<(&'static str, String)>,
    /// How long the answer may take, in milliseconds.
    pub timeout: u64,
    /// The server, if it is not the issuer in the settings.
    pub server: Option<Server>,
}

/// A server of a trusted issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The host's name for it; in Envoy, a cluster.
    pub cluster: String,
    /// Its authority.
    pub authority: String,
}

/// The issuer's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status; 0 when there is no answer: it was incomplete, or larger than the host allows.
    pub status: u16,
    /// The body; `None` when it is larger than [`Follower::answer_limit`] allows.
    pub body: Option<Vec<u8>>,
    /// How long ago the issuer gave the answer, in milliseconds, for a host that keeps answers in a cache; 0 for an answer that has just
    /// arrived. The monotonic clock must be greater.
    pub age: u64,
}

/// The result of asking the issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A new bundle was published.
    Changed,
    /// The same, and the bundle begins another epoch: the issuer was recovered, or replaced by another one.
    NewEpoch(BundleAge),
    /// The issuer confirmed the bundle.
    Unchanged,
    /// No usable answer.
    Failed(Failure),
}

impl Outcome {
    /// The label `result` of the metric `postern_sync_total`.
    pub const fn result(&self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::NewEpoch(_) => "new_epoch",
            Self::Unchanged => "unchanged",
            Self::Failed(Failure::OlderBundle { .. }) => "older",
            Self::Failed(Failure::OtherEnvironment { .. } | Failure::OtherIssuer { .. }) => "foreign",
            Self::Failed(_) => "failed",
        }
    }

    /// What a host logs, and whether it is an error; `None` when there is nothing to log.
    pub fn message(&self) -> Option<(bool, String)> {
        match self {
            Self::Failed(failure) => Some((failure.is_replay(), failure.to_string())),
            Self::NewEpoch(BundleAge { epoch, revision }) => {
                let what =
                    format!("the issuer's bundle begins another epoch ({epoch}, revision {revision}) and is used from now on");
                Some((true, format!("{what}: was the issuer recovered, or replaced?")))
            }
            Self::Changed | Self::Unchanged => None,
        }
    }
}

/// The follower of one worker.
pub struct Follower {
    sync: SyncSettings,
    settings: Rc<Settings>,
    verifier: Rc<dyn Verifier>,
    /// The bundle keys, one of which must have signed the bundle; `None` when it needs no signature.
    bundle_keys: Option<KeySet>,
    /// This worker's number, which no other worker has; `None` before [`Event::Started`].
    worker: Option<u64>,
    /// The parts from which the gate was made.
    held: Option<Held>,
    /// The record [`Record::Version`] as it was last read.
    version: Version,
    /// Until when this worker holds the lease; 0 when it does not.
    lease_until: u64,
    /// When to check the lease or to ask the issuer next.
    next_attempt: u64,
    /// How many attempts have failed since the last success.
    failures: u32,
    pending: Option<Pending>,
    /// The status lists of trusted issuers, and when to fetch each.
    trusted: Vec<Scheduled>,
    pending_list: Option<PendingList>,
    /// When the round began.
    now: u64,
    /// What follows in this round after the gate is up to date.
    after: After,
    step: Step,
    /// The basis of the gate's last decisions, for [`Self::take_change`].
    decided_by: (u64, bool),
}

/// The parts that a gate was made of.
struct Held {
    /// 0 when a status list was missing, so that the next round tries again.
    generation: u64,
    document: String,
    age: BundleAge,
}

/// What follows in a round after the gate is up to date.
enum After {
    /// In a tick: the lease.
    Lead,
    /// After an answer: the end of the round.
    Finish(Option<Outcome>),
}

/// Which command the next event is the result of.
#[derive(Default)]
enum Step {
    /// None; the next event begins a round.
    #[default]
    Idle,
    /// The read of [`Record::Workers`], and how often it was read before.
    NumberRead(u32),
    /// The write of a number to [`Record::Workers`].
    NumberWritten(u32, u64),
    CatchUp(CatchUp),
    Lease(LeaseStep, Purpose),
    Fetch(Fetch),
    Publish(Publish),
    Trusted(Trusted),
}

impl Follower {
    /// A follower that has no bundle. `verifier` verifies signatures of RSA and ECDSA, in status lists and for the gate.
    pub fn new(sync: SyncSettings, settings: Rc<Settings>, verifier: Rc<dyn Verifier>) -> Self {
        Self {
            bundle_keys: sync.pinned_keys(),
            sync,
            settings,
            verifier,
            worker: None,
            held: None,
            version: Version::default(),
            lease_until: 0,
            next_attempt: 0,
            failures: 0,
            pending: None,
            trusted: Vec::new(),
            pending_list: None,
            now: 0,
            after: After::Lead,
            step: Step::Idle,
            decided_by: (0, false),
        }
    }

    /// Takes an event and returns the next command. `gate` is the worker's gate, `None` before the first bundle; the follower
    /// replaces it, exchanges its status lists, and says whether its bundle may still be used.
    ///
    /// An event that begins a round is ignored until the current round has ended. A result that does not fit the command
    /// is handled as a failed command.
    pub fn handle(&mut self, event: Event, gate: &mut Option<Gate>) -> Command {
        let command = match event {
            Event::Started | Event::Tick { .. } | Event::Answered { .. } if !matches!(self.step, Step::Idle) => {
                return Command::Wait(None);
            }
            Event::Started => self.take_number(0),
            // Without a number a worker could take another worker's lease for its own.
            Event::Tick { .. } if self.worker.is_none() => Command::Wait(None),
            Event::Tick { now } => {
                self.now = now;
                self.catch_up(After::Lead)
            }
            Event::Answered { call, answer, now, wall } => self.answered(call, answer, (now, wall), gate.as_ref()),
            result => match std::mem::take(&mut self.step) {
                Step::Idle => Command::Wait(None),
                Step::NumberRead(attempts) => self.number_read(attempts, result),
                Step::NumberWritten(attempts, number) => self.number_written(attempts, number, &result),
                Step::CatchUp(step) => self.continue_catch_up(step, result, gate),
                Step::Lease(step, purpose) => self.continue_lease(step, purpose, &result),
                Step::Fetch(step) => self.continue_fetch(step, result),
                Step::Trusted(step) => self.continue_trusted(step, result),
                Step::Publish(step) => self.continue_publish(step, &result),
            },
        };
        if matches!(command, Command::Wait(_)) {
            self.set_freshness(gate);
        }
        command
    }

    /// How long ago the issuer last confirmed the bundle, in milliseconds; `None` before the first bundle.
    pub fn age(&self, now: u64) -> Option<u64> {
        self.held.as_ref().map(|_| now.saturating_sub(self.version.confirmed_at))
    }

    /// The revision of the bundle that this worker uses; 0 before the first bundle.
    pub fn revision(&self) -> u64 {
        self.held.as_ref().map_or(0, |held| held.age.revision)
    }

    /// Whether the gate's basis for decisions has changed since the last call: another bundle, other status lists, or a bundle that has
    /// become stale. While a status list is missing, which the next rounds repair, a change is not reported yet.
    pub fn take_change(&mut self) -> bool {
        let Some(held) = &self.held else { return false };
        let decides_by = (held.generation, self.is_fresh());
        if held.generation == 0 && decides_by.1 || decides_by == self.decided_by {
            return false;
        }
        self.decided_by = decides_by;
        true
    }

    /// Makes the gate refuse every request after the issuer has not confirmed the bundle for too long, and refuse the tokens of each list
    /// that has not been confirmed within its `ttl`.
    fn set_freshness(&self, gate: &mut Option<Gate>) {
        if let Some(gate) = gate {
            let age = self.now.saturating_sub(self.version.confirmed_at);
            let max_staleness = self.max_staleness();
            gate.set_fresh(self.is_fresh());
            set_ages(gate.status_lists(), AgeClock { now: self.now, bundle_age: age, max_staleness });
        }
    }

    fn is_fresh(&self) -> bool {
        let age = self.now.saturating_sub(self.version.confirmed_at);
        age <= self.max_staleness()
    }

    const fn max_staleness(&self) -> u64 {
        self.sync.max_staleness_seconds.saturating_mul(1_000)
    }

    fn take_number(&mut self, attempts: u32) -> Command {
        if attempts == NUMBER_ATTEMPTS {
            return Command::Wait(Some(Outcome::Failed(Failure::NoSharedRecords)));
        }
        self.read(Record::Workers, Step::NumberRead(attempts))
    }

    fn number_read(&mut self, attempts: u32, result: Event) -> Command {
        let (value, stamp) = result.into_stored();
        let Some(last) = value.and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes) else {
            return Command::Wait(Some(Outcome::Failed(Failure::NoSharedRecords)));
        };
        let number = last.saturating_add(1);
        self.write(Record::Workers, Some(number.to_le_bytes().to_vec()), stamp, Step::NumberWritten(attempts, number))
    }

    fn number_written(&mut self, attempts: u32, number: u64, result: &Event) -> Command {
        if !result.is_written() {
            return self.take_number(attempts + 1);
        }
        self.worker = Some(number);
        Command::Wait(None)
    }

    /// Ends an attempt to ask the issuer: after a failure, the next attempt waits. After an answer, the round continues with the records,
    /// which may have changed.
    fn conclude(&mut self, outcome: Option<Outcome>) -> Command {
        match outcome {
            Some(Outcome::Failed(_)) => {
                let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10)).min(LAST_PAUSE);
                self.failures = self.failures.saturating_add(1);
                self.next_attempt = self.now.saturating_add(pause);
            }
            Some(Outcome::Changed | Outcome::NewEpoch(_) | Outcome::Unchanged) => self.failures = 0,
            None => {}
        }
        match self.after {
            After::Lead => Command::Wait(outcome),
            After::Finish(_) => self.catch_up(After::Finish(outcome)),
        }
    }

    /// Refuses a bundle that is older than the published one, or than the one that this worker uses, because the records may be lost. With
    /// an older bundle, revoked tokens would be accepted again.
    fn check_age(&self, incoming: BundleAge, published: &Index) -> Result<(), Failure> {
        let held = self.held.as_ref().map(|held| held.age).max(Some(published.age)).unwrap_or_default();
        if incoming < held { Err(Failure::OlderBundle { incoming, held }) } else { Ok(()) }
    }

    fn fail(&mut self, failure: Failure) -> Command {
        self.conclude(Some(Outcome::Failed(failure)))
    }

    fn read(&mut self, record: Record, step: Step) -> Command {
        self.step = step;
        Command::Read(record)
    }

    fn write(&mut self, record: Record, value: Option<Vec<u8>>, stamp: Option<u32>, step: Step) -> Command {
        self.step = step;
        Command::Write { record, value, stamp }
    }
}

impl Event {
    /// The content and the stamp of a record that was read.
    fn into_stored(self) -> (Option<Vec<u8>>, Option<u32>) {
        match self {
            Self::Read { value, stamp } => (value, stamp),
            _ => (None, None),
        }
    }

    const fn is_written(&self) -> bool {
        matches!(self, Self::Written(true))
    }
}
