//! Some workers that share records, and the issuer that they follow.

use std::ops::ControlFlow;
use std::rc::Rc;

use postern_token::{SoftwareVerifier, UnixSeconds};
use postern_vectors::{Forge, TokenSpec};

use super::issuer::{Issuer, WALL};
use super::records::Records;
use crate::SyncSettings;
use crate::sync::{Answer, Command, Event, Follower, IssuerRequest, Outcome, Record};
use crate::{Gate, Request, Settings, Verdict};

/// When a test begins, in milliseconds: the host has been running for a while.
pub(super) const START: u64 = 1_000_000;

/// For how long a bundle may be used without a confirmation, in milliseconds.
pub(super) const MAX_STALENESS: u64 = 60_000;

pub(super) struct Worker {
    pub(super) follower: Follower,
    pub(super) gate: Option<Gate>,
    /// The request that is not answered yet, and its number.
    pub(super) asked: Option<(u32, IssuerRequest)>,
    /// The same for a request to the server of a trusted issuer.
    pub(super) asked_elsewhere: Option<(u32, IssuerRequest)>,
    /// Whether the host refuses to send requests.
    pub(super) sends_nothing: bool,
    /// The command that is to be carried out next.
    command: Option<Command>,
}

pub(super) struct Edge {
    pub(super) records: Records,
    pub(super) issuer: Issuer,
    pub(super) workers: Vec<Worker>,
    pub(super) now: u64,
    pub(super) wall: UnixSeconds,
    last_call: u32,
}

pub(super) fn settings() -> SyncSettings {
    SyncSettings {
        cluster: "issuer".into(),
        authority: "issuer.example".into(),
        key: "edge_abc".into(),
        wait_seconds: 30,
        max_staleness_seconds: MAX_STALENESS / 1_000,
        ..SyncSettings::default()
    }
}

impl Edge {
    pub(super) fn new(workers: usize) -> Self {
        Self::with_settings(workers, &settings())
    }

    pub(super) fn with_settings(workers: usize, settings: &SyncSettings) -> Self {
        let mut edge = Self {
            records: Records::default(),
            issuer: Issuer::new(),
            workers: Vec::new(),
            now: START,
            wall: WALL,
            last_call: 0,
        };
        for _ in 0..workers {
            edge.add_worker(settings);
        }
        edge
    }

    /// A worker that has started, and its position.
    pub(super) fn add_worker(&mut self, settings: &SyncSettings) -> usize {
        let follower = Follower::new(settings.clone(), Rc::new(Settings::default()), Rc::new(SoftwareVerifier));
        self.workers.push(Worker {
            follower,
            gate: None,
            asked: None,
            asked_elsewhere: None,
            sends_nothing: false,
            command: None,
        });
        let worker = self.workers.len() - 1;
        assert_eq!(self.run(worker, Event::Started), None);
        worker
    }

    /// One worker that has the issuer's bundle, and waits for the next answer.
    pub(super) fn following() -> Self {
        let mut edge = Self::new(1);
        edge.follow(0);
        edge
    }

    /// Begins a round.
    pub(super) fn begin(&mut self, worker: usize, event: Event) {
        let Worker { follower, gate, command, .. } = &mut self.workers[worker];
        *command = Some(follower.handle(event, gate));
    }

    /// Carries out one command of a round, or ends the round.
    pub(super) fn advance(&mut self, worker: usize) -> ControlFlow<Option<Outcome>> {
        let Worker { follower, gate, command, asked, asked_elsewhere, sends_nothing } = &mut self.workers[worker];
        let event = match command.take().expect("a round that is not over") {
            Command::Wait(outcome) => return ControlFlow::Break(outcome),
            Command::Send(_) if *sends_nothing => Event::Sent(None),
            Command::Send(request) => {
                self.last_call += 1;
                let asked = if request.server.is_some() { asked_elsewhere } else { asked };
                *asked = Some((self.last_call, request));
                Event::Sent(Some(self.last_call))
            }
            command => self.records.carry_out(command),
        };
        *command = Some(follower.handle(event, gate));
        ControlFlow::Continue(())
    }

    pub(super) fn is_in_round(&self, worker: usize) -> bool {
        self.workers[worker].command.is_some()
    }

    /// The command that `worker` is about to carry out.
    pub(super) fn command(&self, worker: usize) -> Option<&Command> {
        self.workers[worker].command.as_ref()
    }

    /// Runs a whole round.
    pub(super) fn run(&mut self, worker: usize, event: Event) -> Option<Outcome> {
        self.begin(worker, event);
        for _ in 0..10_000 {
            if let ControlFlow::Break(outcome) = self.advance(worker) {
                return outcome;
            }
        }
        panic!("a round that does not end")
    }

    pub(super) fn tick(&mut self, worker: usize) -> Option<Outcome> {
        self.run(worker, Event::Tick { now: self.now })
    }

    /// Lets time pass, and ticks.
    pub(super) fn tick_after(&mut self, worker: usize, milliseconds: u64) -> Option<Outcome> {
        self.now += milliseconds;
        self.tick(worker)
    }

    /// The request of `worker` that is not answered yet.
    pub(super) fn asked(&self, worker: usize) -> Option<&IssuerRequest> {
        self.workers[worker].asked.as_ref().map(|(_, request)| request)
    }

    /// The value of a header of that request.
    pub(super) fn asked_header(&self, worker: usize, name: &str) -> Option<&str> {
        let request = self.asked(worker).expect("a request");
        request.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    /// The event of an answer to the request of `worker`.
    pub(super) fn answer_event(&mut self, worker: usize, answer: Answer) -> Event {
        let (call, _) = self.workers[worker].asked.take().expect("a request");
        Event::Answered { call, answer, now: self.now, wall: self.wall }
    }

    pub(super) fn answer(&mut self, worker: usize, answer: Answer) -> Option<Outcome> {
        let event = self.answer_event(worker, answer);
        self.run(worker, event)
    }

    /// The issuer's answer to the request of `worker`.
    pub(super) fn honest_answer(&self, worker: usize) -> Answer {
        let request = self.asked(worker).expect("a request");
        if request.path.starts_with("/status/") {
            self.issuer.list_at(&request.path)
        } else {
            self.issuer.bundle_unless(self.asked_header(worker, "if-none-match"))
        }
    }

    /// Lets the issuer answer until `worker` has no request, and returns the last outcome.
    pub(super) fn serve(&mut self, worker: usize) -> Option<Outcome> {
        let mut last = None;
        while self.asked(worker).is_some() {
            let answer = self.honest_answer(worker);
            last = self.answer(worker, answer);
        }
        last
    }

    /// Ticks, and lets the issuer answer.
    pub(super) fn follow(&mut self, worker: usize) -> Option<Outcome> {
        self.tick(worker);
        self.serve(worker)
    }

    /// The code with which the gate of `worker` decides a request with a valid token, or `None` if it has no gate.
    pub(super) fn decides(&self, worker: usize) -> Option<&'static str> {
        self.decides_token(worker, &TokenSpec::default())
    }

    /// The same for a token in the list of that number, at index 0.
    pub(super) fn decides_listed(&self, worker: usize, number: usize) -> Option<&'static str> {
        let status = serde_json::json!({"status_list": {"idx": 0, "uri": super::issuer::uri(number)}});
        let claims = serde_json::Map::from_iter([("status".to_owned(), status)]);
        self.decides_token(worker, &TokenSpec { claims, ..TokenSpec::default() })
    }

    pub(super) fn decides_token(&self, worker: usize, token: &TokenSpec) -> Option<&'static str> {
        let authorization = format!("Bearer {}", Forge::new(WALL.0).token(token));
        self.decides_request(worker, "/pizza/1.0.0/orders/1", &authorization)
    }

    pub(super) fn decides_request(&self, worker: usize, path: &str, authorization: &str) -> Option<&'static str> {
        let gate = self.workers[worker].gate.as_ref()?;
        let request = Request {
            method: b"GET",
            path: path.as_bytes(),
            authority: b"api.example",
            headers: &[(b"authorization", authorization.as_bytes())],
            client_address: &|| None,
        };
        Some(match gate.decide(&request, self.wall).verdict {
            Verdict::Allow(grounds) => grounds.code(),
            Verdict::Deny(reason) => reason.code().as_str(),
        })
    }

    pub(super) fn reads(&self, record: &Record) -> usize {
        self.records.reads.get(record).copied().unwrap_or_default()
    }
}
