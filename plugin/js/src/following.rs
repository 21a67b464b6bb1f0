//! Carries out the commands of the gate's follower. Requests to the issuer are collected for JavaScript, which sends them.

use std::rc::Rc;

use postern_gate::sync::{Answer, BundleAge, Command, Event, Failure, Follower, IssuerRequest, Outcome};
use postern_gate::{Gate, Settings, SyncSettings};
use postern_token::{SoftwareVerifier, UnixSeconds};

use crate::records::Records;

pub(crate) struct Following {
    follower: Follower,
    records: Records,
    /// The requests that JavaScript has not taken yet, each with its number.
    requests: Vec<(u32, IssuerRequest)>,
    last_call: u32,
}

impl Following {
    /// Starts to follow the issuer, or fails with the reason.
    pub(crate) fn start(sync: SyncSettings, settings: Rc<Settings>) -> Result<Self, Failure> {
        let follower = Follower::new(sync, settings, Rc::new(SoftwareVerifier));
        let mut following = Self { follower, records: Records::default(), requests: Vec::new(), last_call: 0 };
        match following.run(Event::Started, &mut None) {
            Some(Outcome::Failed(failure)) => Err(failure),
            _ => Ok(following),
        }
    }

    /// Brings `gate` up to date, and asks the issuer when it is time.
    pub(crate) fn tick(&mut self, now: u64, gate: &mut Option<Gate>) -> Option<Outcome> {
        self.run(Event::Tick { now }, gate)
    }

    /// Processes the answer to `call`. An answer that is too large is treated as none.
    pub(crate) fn answered(
        &mut self,
        call: u32,
        mut answer: Answer,
        (now, wall): (u64, UnixSeconds),
        gate: &mut Option<Gate>,
    ) -> Option<Outcome> {
        let limit = self.follower.answer_limit(call)?;
        answer.body = answer.body.filter(|body| body.len() <= limit);
        self.run(Event::Answered { call, answer, now, wall }, gate)
    }

    /// The largest body, in bytes, that the answer to `call` may have.
    pub(crate) fn answer_limit(&self, call: u32) -> usize {
        self.follower.answer_limit(call).unwrap_or_default()
    }

    /// The requests since the last call.
    pub(crate) fn take_requests(&mut self) -> Vec<(u32, IssuerRequest)> {
        std::mem::take(&mut self.requests)
    }

    /// The age of the bundle in milliseconds and its revision; `None` before the first bundle.
    pub(crate) fn age_and_revision(&self, now: u64) -> Option<(u64, u64)> {
        Some((self.follower.age(now)?, self.follower.revision()))
    }

    /// Runs a round: carries out commands until the follower waits.
    fn run(&mut self, begin: Event, gate: &mut Option<Gate>) -> Option<Outcome> {
        let mut event = begin;
        loop {
            event = match self.follower.handle(event, gate) {
                Command::Read(record) => self.records.read(record),
                Command::Write { record, value, stamp } => self.records.write(record, value, stamp),
                Command::Send(request) => {
                    self.last_call = self.last_call.wrapping_add(1);
                    self.requests.push((self.last_call, request));
                    Event::Sent(Some(self.last_call))
                }
                Command::Wait(outcome) => return outcome,
            }
        }
    }
}

/// What to log about an outcome, and whether it is an error; `None` when there is nothing to log.
pub(crate) fn message(outcome: &Outcome) -> Option<(bool, String)> {
    match outcome {
        Outcome::Failed(failure) => Some((failure.is_replay(), failure.to_string())),
        Outcome::NewEpoch(BundleAge { epoch, revision }) => {
            let what = format!("the issuer's bundle begins another epoch ({epoch}, revision {revision}) and is used from now on");
            Some((true, format!("{what}: was the issuer recovered, or replaced?")))
        }
        Outcome::Changed | Outcome::Unchanged => None,
    }
}
