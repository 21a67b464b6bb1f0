//! A worker with a gate and open streams, for the tests.

mod memory;
mod rules;
mod time;

use std::rc::Rc;

use postern_token::bundle::Bundle;
use postern_vectors::{Forge, TokenSpec};
use serde_json::Value;

use super::*;
use crate::Settings;

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const LIMIT: u64 = 1 << 20;

fn at(seconds: u64) -> UnixSeconds {
    NOW.plus(seconds)
}

/// The bundle of the vectors, changed.
fn bundle(change: impl FnOnce(&mut Value)) -> Bundle {
    let mut json: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    change(&mut json);
    Bundle::from_json(json.to_string().as_bytes()).unwrap()
}

fn gate_of(change: impl FnOnce(&mut Value)) -> Gate {
    Gate::new(bundle(change), Rc::new(Settings::default()))
}

fn gate() -> Gate {
    gate_of(|_| ())
}

/// A request for an order, with further fields.
struct Opened {
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    path: &'static str,
}

const EVENTS: (&str, &str) = ("accept", "text/event-stream");

/// The fields of a request with a token that has these claims.
fn with_token(claims: Value, more: &[(&str, &str)]) -> Opened {
    let Value::Object(claims) = claims else { panic!("no object") };
    let token = Forge::new(NOW.0).token(&TokenSpec { claims, ..TokenSpec::default() });
    let mut fields = vec![(b"authorization".to_vec(), format!("Bearer {token}").into_bytes())];
    fields.extend(more.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())));
    Opened { fields, path: "/pizza/1.0.0/orders/1" }
}

fn public(more: &[(&str, &str)]) -> Opened {
    let fields = more.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
    Opened { fields, path: "/pizza/1.0.0/menu" }
}

impl Opened {
    fn with(&self, decide: &mut dyn FnMut(&Request<'_>)) {
        let headers: Vec<(&[u8], &[u8])> = self.fields.iter().map(|(name, value)| (&name[..], &value[..])).collect();
        let request = Request {
            method: b"GET",
            path: self.path.as_bytes(),
            authority: b"api.example",
            headers: &headers,
            client_address: &|| None,
        };
        decide(&request);
    }
}

/// A worker: its gate and its streams, each with a name.
struct Worker {
    gate: Gate,
    streams: OpenStreams<(&'static str, Opened)>,
    /// How many streams were judged by their whole request.
    whole: usize,
}

impl Worker {
    fn new(gate: Gate) -> Self {
        Self { gate, streams: OpenStreams::new(LIMIT), whole: 0 }
    }

    fn open(&mut self, name: &'static str, opened: Opened, now: UnixSeconds) -> StreamKey {
        self.open_with(name, opened, 100, now)
    }

    /// Opens a stream whose header fields take `len` bytes.
    fn open_with(&mut self, name: &'static str, opened: Opened, len: usize, now: UnixSeconds) -> StreamKey {
        let mut admission = None;
        opened.with(&mut |request| match self.gate.decide(request, now).verdict {
            Verdict::Allow(grounds) => admission = Some(Admission::of(request, &grounds, &self.gate)),
            Verdict::Deny(reason) => panic!("{name}: {reason:?}"),
        });
        self.streams.insert((name, opened), admission.unwrap(), len, now)
    }

    /// Whether a request that the gate would let pass is refused.
    fn refuses(&self, opened: &Opened) -> bool {
        let mut refuses = None;
        opened.with(&mut |request| match self.gate.decide(request, NOW).verdict {
            Verdict::Allow(grounds) => refuses = Some(self.streams.refuses(&grounds)),
            Verdict::Deny(reason) => panic!("{reason:?}"),
        });
        refuses.unwrap()
    }

    fn replace_gate(&mut self, change: impl FnOnce(&mut Value)) {
        let mut new = gate_of(change);
        new.replace(Some(&mut self.gate));
        self.gate = new;
    }

    fn name(&self, key: StreamKey) -> Option<&'static str> {
        self.streams.slots.find(key.0)?.stream.as_ref().map(|(name, _)| *name)
    }

    /// Does a slice of the work, and removes what must be reset. Returns the names of the judged streams, and the codes of the resets.
    fn slice(&mut self, changed: bool, now: UnixSeconds) -> (Vec<&'static str>, Vec<(&'static str, Code)>) {
        let (mut judged, mut reset) = (Vec::new(), Vec::new());
        self.streams.begin(Some(&mut self.gate), changed, now);
        while let Some(key) = self.streams.next_due(now) {
            let name = self.name(key).unwrap();
            judged.push(name);
            let whole = &mut self.whole;
            let code = self.streams.judge(key, &self.gate, now, |(_, opened), decide| {
                *whole += 1;
                opened.with(decide);
            });
            if let Some(code) = code {
                reset.push((name, code));
                assert_eq!(self.streams.end(key).unwrap().0, name);
                self.streams.remove(key);
            }
        }
        (judged, reset)
    }

    fn judged(&mut self, changed: bool, now: UnixSeconds) -> Vec<&'static str> {
        self.slice(changed, now).0
    }

    fn reset(&mut self, changed: bool, now: UnixSeconds) -> Vec<(&'static str, Code)> {
        self.slice(changed, now).1
    }
}
