//! A follower for hosts with one worker: it has its records in its own memory. Requests to the issuer are collected, for the host to send.

use std::rc::Rc;

use postern_token::{SoftwareVerifier, UnixSeconds};

use super::local_records::LocalRecords;
use super::{Answer, Command, Event, Failure, Follower, IssuerRequest, Outcome};
use crate::gate::Gate;
use crate::settings::Settings;
use crate::sync_settings::SyncSettings;

/// Follows an issuer in a host with one worker.
pub struct SingleWorker {
    follower: Follower,
    records: LocalRecords,
    /// The requests that the host has not taken yet, each with its number.
    requests: Vec<(u32, IssuerRequest)>,
    last_call: u32,
}

impl SingleWorker {
    /// Starts to follow the issuer, or fails with the reason.
    pub fn start(sync: SyncSettings, settings: Rc<Settings>) -> Result<Self, Failure> {
        let follower = Follower::new(sync, settings, Rc::new(SoftwareVerifier));
        let mut following = Self { follower, records: LocalRecords::default(), requests: Vec::new(), last_call: 0 };
        match following.run(Event::Started, &mut None) {
            Some(Outcome::Failed(failure)) => Err(failure),
            _ => Ok(following),
        }
    }

    /// Brings `gate` up to date, and asks the issuer when it is time.
    pub fn tick(&mut self, now: u64, gate: &mut Option<Gate>) -> Option<Outcome> {
        self.run(Event::Tick { now }, gate)
    }

    /// Processes the answer to `call`. An answer that is too large is treated as none.
    pub fn answered(
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
    pub fn answer_limit(&self, call: u32) -> usize {
        self.follower.answer_limit(call).unwrap_or_default()
    }

    /// The requests since the last call.
    pub fn take_requests(&mut self) -> Vec<(u32, IssuerRequest)> {
        std::mem::take(&mut self.requests)
    }

    /// The age of the bundle in milliseconds and its revision; `None` before the first bundle.
    pub fn age_and_revision(&self, now: u64) -> Option<(u64, u64)> {
        Some((self.follower.age(now)?, self.follower.revision()))
    }

    /// Runs a round: carries out commands until the follower waits.
    fn run(&mut self, begin: Event, gate: &mut Option<Gate>) -> Option<Outcome> {
        let mut event = begin;
        loop {
            event = match self.follower.handle(event, gate) {
                Command::Read(record) => self.records.read(&record),
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
