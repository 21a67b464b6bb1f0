//! Carries out the commands of the gate's follower, in Envoy.

use std::rc::Rc;

use postern_gate::SyncSettings;
use postern_gate::sync::{BundleAge, Command, Event, Failure, Follower, Outcome};
use postern_gate::{Gate, Settings};
use postern_token::UnixSeconds;
use proxy_wasm::types::LogLevel;

use super::hostcalls::monotonic_milliseconds;
use super::issuer;
use super::shared::SharedRecords;
use super::verifier::HostVerifier;

/// A plugin's follower, and the Envoy resources that it needs.
pub(super) struct Following {
    follower: Follower,
    records: SharedRecords,
    cluster: String,
    authority: String,
}

impl Following {
    /// Starts to follow the issuer, or fails with the reason.
    pub(super) fn start(sync: SyncSettings, settings: Rc<Settings>) -> Result<Self, Failure> {
        let records = SharedRecords::new(&sync);
        let (cluster, authority) = (sync.cluster.clone(), sync.authority.clone());
        let follower = Follower::new(sync, settings, Rc::new(HostVerifier));
        let mut following = Self { follower, records, cluster, authority };
        match following.run(Event::Started, &mut None) {
            Some(Outcome::Failed(failure)) => Err(failure),
            _ => Ok(following),
        }
    }

    /// Brings `gate` up to date, and asks the issuer when it is this worker's turn.
    pub(super) fn tick(&mut self, gate: &mut Option<Gate>) -> Option<Outcome> {
        logged(self.run(Event::Tick { now: monotonic_milliseconds() }, gate))
    }

    /// Processes the answer to `call`, which Envoy provides during the current callback.
    pub(super) fn answered(&mut self, call: u32, gate: &mut Option<Gate>, wall: UnixSeconds) -> Option<Outcome> {
        let answer = issuer::read_answer(self.follower.answer_limit(call)?);
        logged(self.run(Event::Answered { call, answer, now: monotonic_milliseconds(), wall }, gate))
    }

    /// The age of the bundle in milliseconds and its revision; `None` before the first bundle.
    pub(super) fn age_and_revision(&self) -> Option<(u64, u64)> {
        Some((self.follower.age(monotonic_milliseconds())?, self.follower.revision()))
    }

    /// Whether the gate's basis for decisions has changed since the last call.
    pub(super) fn take_change(&mut self) -> bool {
        self.follower.take_change()
    }

    /// Runs a round: carries out commands until the follower waits.
    fn run(&mut self, begin: Event, gate: &mut Option<Gate>) -> Option<Outcome> {
        let mut event = begin;
        loop {
            event = match self.follower.handle(event, gate) {
                Command::Read(record) => self.records.read(&record),
                Command::Write { record, value, stamp } => self.records.write(&record, value.as_deref(), stamp),
                Command::Send(request) => {
                    let (cluster, authority) = match &request.server {
                        Some(server) => (&server.cluster, &server.authority),
                        None => (&self.cluster, &self.authority),
                    };
                    Event::Sent(issuer::send(cluster, authority, &request))
                }
                Command::Wait(outcome) => return outcome,
            }
        }
    }
}

fn logged(outcome: Option<Outcome>) -> Option<Outcome> {
    match &outcome {
        Some(Outcome::Failed(failure)) => {
            let level = if failure.is_replay() { LogLevel::Error } else { LogLevel::Warn };
            super::log(level, &failure.to_string());
        }
        Some(Outcome::NewEpoch(BundleAge { epoch, revision })) => {
            let what = format!("the issuer's bundle begins another epoch ({epoch}, revision {revision}) and is used from now on");
            super::log(LogLevel::Error, &format!("{what}: was the issuer recovered, or replaced?"));
        }
        Some(Outcome::Changed | Outcome::Unchanged) | None => {}
    }
    outcome
}
