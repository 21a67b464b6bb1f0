//! Random sequences of events, and the invariants that must hold after each event.

use std::collections::BTreeMap;

use postern_vectors::Random;

use super::edge::{Edge, MAX_STALENESS, settings};
use super::issuer::{etag, list, not_modified, signed_list, status, version};
use crate::sync::record::{Index, Record};
use crate::sync::{Answer, BundleAge, Command, Event};

/// The number of sequences.
const SEEDS: u64 = 60;

/// The number of events in a sequence.
const EVENTS: usize = 400;

/// A sequence of events, and the state that is tracked independently of the edge.
struct Sequence {
    edge: Edge,
    random: Random,
    /// When the issuer last sent or confirmed a bundle.
    last_word: Option<u64>,
    /// An earlier answer of the issuer, which a cache or a slow issuer may send again.
    old_bundles: Vec<Answer>,
    /// The lists in the last bundle that a worker received.
    named: Vec<BTreeMap<String, u8>>,
    lists_of: BTreeMap<String, BTreeMap<String, u8>>,
    generation: u64,
    /// The age of the bundle that is published.
    age: BundleAge,
    seed: u64,
}

impl Sequence {
    fn new(seed: u64) -> Self {
        let edge = Edge::new(3);
        let random = Random::new(seed);
        let (lists_of, named) = (BTreeMap::new(), vec![BTreeMap::new(); 3]);
        Self {
            edge,
            random,
            last_word: None,
            old_bundles: Vec::new(),
            named,
            lists_of,
            generation: 0,
            age: BundleAge::default(),
            seed,
        }
    }

    fn step(&mut self, time_passes_in_rounds: bool) {
        match self.random.below(100) {
            0..20 => self.pass_time(time_passes_in_rounds),
            20..40 => self.begin_tick(),
            40..75 => self.advance(),
            75..93 => self.answer(),
            93..98 => self.change_issuer(),
            98 => self.restart_worker(),
            _ => self.fail_write(),
        }
        self.check();
    }

    fn worker(&mut self) -> usize {
        self.random.below(self.edge.workers.len())
    }

    fn pass_time(&mut self, time_passes_in_rounds: bool) {
        if !time_passes_in_rounds {
            for worker in 0..self.edge.workers.len() {
                self.finish(worker);
            }
        }
        let longest = *self.random.one_of(&[100, 100, 300, 300, 1_000, 3_000, 70_000]);
        self.edge.now += self.random.below(longest) as u64;
    }

    fn begin_tick(&mut self) {
        let worker = self.worker();
        if !self.edge.is_in_round(worker) {
            self.edge.begin(worker, Event::Tick { now: self.edge.now });
        }
    }

    fn advance(&mut self) {
        let worker = self.worker();
        if self.edge.is_in_round(worker) && self.edge.advance(worker).is_break() {
            self.check_freshness(worker);
        }
    }

    fn finish(&mut self, worker: usize) {
        while self.edge.is_in_round(worker) {
            let _ = self.edge.advance(worker);
        }
    }

    fn answer(&mut self) {
        let worker = self.worker();
        if self.edge.is_in_round(worker) || self.edge.asked(worker).is_none() {
            return;
        }
        let is_bundle = !self.edge.asked(worker).unwrap().path.starts_with("/status/");
        let honest = self.edge.honest_answer(worker);
        let answer = match self.random.below(10) {
            0 => status(*self.random.one_of(&[0, 304, 401, 404, 500, 503, 504])),
            1 => Answer { body: Some(b"{}".to_vec()), ..honest },
            2 => Answer { body: None, ..honest },
            3 if is_bundle && !self.old_bundles.is_empty() => self.random.one_of(&self.old_bundles).clone(),
            // An old list from a cache.
            3 if !is_bundle => {
                let path = self.edge.asked(worker).unwrap().path.split('?').next().unwrap().to_owned();
                signed_list(&format!("https://issuer.example{path}"), 1)
            }
            _ => honest,
        };
        if is_bundle && answer == self.edge.issuer.bundle() {
            self.lists_of.insert(etag(&answer), self.edge.issuer.lists.clone());
            self.old_bundles.push(answer.clone());
        }
        if is_bundle && answer.status == 200 {
            self.named[worker] =
                answer.body.is_some().then(|| self.lists_of.get(&etag(&answer))).flatten().cloned().unwrap_or_default();
        }
        // A bundle of an old revision is a confirmation too, because the edge cannot see its age.
        if is_bundle && (answer == not_modified() || self.old_bundles.contains(&answer)) {
            self.last_word = Some(self.edge.now);
        }
        let event = self.edge.answer_event(worker, answer);
        self.edge.begin(worker, event);
    }

    fn change_issuer(&mut self) {
        let number = 1 + self.random.below(4);
        match self.random.below(4) {
            0 => self.edge.issuer.remove_list(number),
            1 => {
                let environment = *self.random.one_of(&["production", "sandbox"]);
                self.edge.issuer.set("environment", environment.into());
            }
            _ => {
                let version = u8::try_from(1 + self.random.below(250)).unwrap();
                self.edge.issuer.set_list(number, version);
            }
        }
    }

    /// A worker traps, and a new one replaces it.
    fn restart_worker(&mut self) {
        let worker = self.worker();
        let new = self.edge.add_worker(&settings());
        self.edge.workers.swap_remove(worker);
        self.named[worker] = BTreeMap::new();
        assert_eq!(new, self.edge.workers.len());
    }

    /// Makes the next write of a random worker fail, as if another worker had written first.
    fn fail_write(&mut self) {
        let worker = self.worker();
        if let Some(Command::Write { record, .. }) = self.edge.command(worker) {
            self.edge.records.failing.insert(record.clone(), 1);
        }
    }

    /// Asserts the invariants of any time.
    fn check(&mut self) {
        let (seed, now) = (self.seed, self.edge.now);
        let holders = self.edge.workers.iter().filter(|worker| worker.follower.lease_until > now).count();
        assert!(holders <= 1, "seed {seed}: {holders} workers hold the lease");
        for (worker, named) in self.edge.workers.iter_mut().zip(&self.named) {
            let pause = worker.follower.next_attempt.saturating_sub(worker.follower.now);
            assert!(pause <= 2_000, "seed {seed}: a pause of {pause} ms");
            for listed in worker.gate.as_mut().map(crate::Gate::status_lists).into_iter().flatten() {
                let is_version = |own: &postern_token::StatusList| version(own.to_bytes()[1]) == listed.version;
                assert!(listed.list.as_ref().is_none_or(is_version), "seed {seed}: {listed:?}");
            }
            if let Some((_, request)) = &worker.asked
                && let Some((path, asked)) = request.path.split_once("?version=")
            {
                let uri = format!("https://issuer.example{path}");
                assert_eq!(named.get(&uri).map(|state| version(*state)), Some(asked), "seed {seed}: asks for {request:?}");
            }
        }
        let generation = self.edge.records.version().generation;
        assert!(generation >= self.generation, "seed {seed}: the generation went back");
        self.generation = generation;
        let published = self.edge.records.value(&Record::Index).and_then(Index::from_text).unwrap_or_default();
        assert!(published.age >= self.age, "seed {seed}: {published:?} after {:?}", self.age);
        self.age = published.age;
    }

    /// Asserts the invariants of the end of a round.
    fn check_freshness(&self, worker: usize) {
        let round = self.edge.workers[worker].follower.now;
        let is_too_old = self.last_word.is_none_or(|last| round.saturating_sub(last) > MAX_STALENESS);
        if is_too_old && let Some(code) = self.edge.decides_request(worker, "/pizza/1.0.0/menu", "") {
            assert_eq!(code, "stale", "seed {}", self.seed);
        }
    }

    /// Lets the issuer answer without faults for a while, and asserts that every worker then has its bundle.
    fn settle(&mut self) {
        self.edge.records.failing.clear();
        for worker in 0..self.edge.workers.len() {
            self.finish(worker);
        }
        for _ in 0..120 {
            self.edge.now += 100;
            for worker in 0..self.edge.workers.len() {
                self.edge.follow(worker);
            }
        }
        for (number, worker) in self.edge.workers.iter_mut().enumerate() {
            let seed = self.seed;
            assert_eq!(worker.follower.revision(), self.edge.issuer.revision, "seed {seed}: worker {number}");
            let lists = worker.gate.as_mut().unwrap().status_lists();
            let held: BTreeMap<_, _> = lists.iter().map(|listed| (listed.uri.clone(), listed.list.clone())).collect();
            let expected: BTreeMap<_, _> =
                self.edge.issuer.lists.iter().map(|(uri, version)| (uri.clone(), Some(list(*version)))).collect();
            assert_eq!(held, expected, "seed {seed}: worker {number}");
        }
        for worker in 0..self.edge.workers.len() {
            assert_eq!(self.edge.decides_request(worker, "/pizza/1.0.0/menu", ""), Some("public"), "seed {}", self.seed);
        }
    }
}

/// Rounds of several workers overlap, and each ends before time passes.
#[test]
fn whatever_happens_the_workers_agree_in_the_end() {
    for seed in 1..=SEEDS {
        let mut sequence = Sequence::new(seed);
        for _ in 0..EVENTS {
            sequence.step(false);
        }
        sequence.settle();
    }
}

/// A worker can be delayed for longer than its lease between any two of its commands.
#[test]
fn delayed_workers_do_no_lasting_harm() {
    for seed in 1..=SEEDS {
        let mut sequence = Sequence::new(1_000 + seed);
        for _ in 0..EVENTS {
            sequence.step(true);
        }
        sequence.settle();
    }
}
