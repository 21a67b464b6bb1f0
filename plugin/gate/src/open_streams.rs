//! The requests of one worker that passed and are still open, and which of them to judge again.
//!
//! An ordinary request is judged once. A stream that stays open is judged again when the gate gets a new bundle, and when its token
//! expires: otherwise a WebSocket would outlive its token.

use postern_token::UnixSeconds;

use crate::decision::{Decision, Grounds, Reason, Verdict};
use crate::request::Request;
use crate::settings::Settings;

/// How long an ordinary request may take before it is treated as a stream, in seconds. A response to it can be an event stream that the
/// request did not announce.
const ORDINARY_SECONDS: u64 = 10;

/// How long a stream is expected to stay open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lifetime {
    /// An ordinary request. If it is still open after 10 seconds, it is judged again with every new bundle, but not when its token expires.
    Ordinary,
    /// An upgrade, a tunnel (`CONNECT`), a gRPC call or an event stream, which can stay open for days.
    Long,
}

impl Lifetime {
    /// The lifetime to expect of a request.
    fn of(request: &Request<'_>) -> Self {
        let long = request.method == b"CONNECT" || request.headers.iter().any(|(name, value)| announces_long(name, value));
        if long { Self::Long } else { Self::Ordinary }
    }
}

fn announces_long(name: &[u8], value: &[u8]) -> bool {
    // The length first, because most names differ in it.
    match name.len() {
        6 => name.eq_ignore_ascii_case(b"accept") && contains(value, b"text/event-stream"),
        7 => name.eq_ignore_ascii_case(b"upgrade"),
        12 => name.eq_ignore_ascii_case(b"content-type") && value.starts_with(b"application/grpc"),
        _ => false,
    }
}

fn contains(value: &[u8], part: &[u8]) -> bool {
    value.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

/// What is known about a stream when its request passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    lifetime: Lifetime,
    /// When a long stream must be judged again because its token is no longer accepted.
    ends: UnixSeconds,
}

impl Admission {
    /// For a request that passed for `grounds`.
    pub fn of(request: &Request<'_>, grounds: &Grounds, settings: &Settings) -> Self {
        let lifetime = Lifetime::of(request);
        let expires = match (lifetime, grounds) {
            (Lifetime::Long, Grounds::Token(identity)) => identity.claims.exp,
            _ => None,
        };
        Self { lifetime, ends: expires.map_or(NEVER, |exp| exp.plus(settings.leeway_seconds)) }
    }
}

/// The open streams of a worker. `S` is what the host needs to judge a stream again and to reset it.
#[derive(Debug)]
pub struct OpenStreams<S> {
    slots: Vec<Slot<S>>,
    /// The first free slot; each free slot holds the next one.
    free: Option<usize>,
    /// A lower bound: no token of a stream expires earlier.
    earliest_end: UnixSeconds,
}

#[derive(Debug)]
enum Slot<S> {
    Open(Open<S>),
    Free(Option<usize>),
}

#[derive(Debug)]
struct Open<S> {
    stream: S,
    lifetime: Lifetime,
    opened: UnixSeconds,
    ends: UnixSeconds,
}

/// Identifies an open stream until it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamKey(usize);

impl<S> Default for OpenStreams<S> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: None, earliest_end: NEVER }
    }
}

/// The end of a token that never expires.
const NEVER: UnixSeconds = UnixSeconds(u64::MAX);

impl<S> OpenStreams<S> {
    /// Adds a stream that passed at `now`.
    pub fn insert(&mut self, stream: S, admission: Admission, now: UnixSeconds) -> StreamKey {
        let Admission { lifetime, ends } = admission;
        self.earliest_end = self.earliest_end.min(ends);
        let open = Slot::Open(Open { stream, lifetime, opened: now, ends });
        if let Some(at) = self.free
            && let Some(slot) = self.slots.get_mut(at)
            && let Slot::Free(next) = slot
        {
            self.free = *next;
            *slot = open;
            StreamKey(at)
        } else {
            self.slots.push(open);
            StreamKey(self.slots.len() - 1)
        }
    }

    /// Removes a stream that has ended.
    pub fn remove(&mut self, StreamKey(at): StreamKey) {
        if let Some(slot) = self.slots.get_mut(at)
            && matches!(slot, Slot::Open(_))
        {
            *slot = Slot::Free(self.free);
            self.free = Some(at);
        }
    }

    /// The stream of a key.
    pub fn stream(&self, StreamKey(at): StreamKey) -> Option<&S> {
        match self.slots.get(at)? {
            Slot::Open(open) => Some(&open.stream),
            Slot::Free(_) => None,
        }
    }

    /// The streams to judge again at `now`: those whose token has expired and, if the gate's basis for decisions has changed since the last
    /// call (`changed`), all others except ordinary requests that are younger than 10 seconds.
    pub fn due(&mut self, now: UnixSeconds, changed: bool) -> Vec<StreamKey> {
        if !changed && now < self.earliest_end {
            return Vec::new();
        }
        let mut due = Vec::new();
        self.earliest_end = NEVER;
        for (at, slot) in self.slots.iter().enumerate() {
            let Slot::Open(open) = slot else { continue };
            let judged = match open.lifetime {
                Lifetime::Long => changed,
                Lifetime::Ordinary => changed && now >= open.opened.plus(ORDINARY_SECONDS),
            };
            if judged || now >= open.ends {
                due.push(StreamKey(at));
            }
            self.earliest_end = self.earliest_end.min(open.ends);
        }
        due
    }

    /// Whether a stream must be reset after a new decision on its request.
    pub fn must_reset(&self, StreamKey(at): StreamKey, decision: &Decision<'_>) -> bool {
        let Some(Slot::Open(open)) = self.slots.get(at) else { return false };
        match &decision.verdict {
            Verdict::Allow(_) => false,
            // A long download passed while its token was valid.
            Verdict::Deny(Reason::Expired) => open.lifetime == Lifetime::Long,
            Verdict::Deny(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

    fn at(seconds: u64) -> UnixSeconds {
        NOW.plus(seconds)
    }

    fn long(ends: UnixSeconds) -> Admission {
        Admission { lifetime: Lifetime::Long, ends }
    }

    const ORDINARY: Admission = Admission { lifetime: Lifetime::Ordinary, ends: NEVER };

    fn names(streams: &mut OpenStreams<&'static str>, now: UnixSeconds, changed: bool) -> Vec<&'static str> {
        let due = streams.due(now, changed);
        due.into_iter().filter_map(|key| streams.stream(key).copied()).collect()
    }

    fn deny(reason: Reason<'static>) -> Decision<'static> {
        Decision { api: None, bearer: None, verdict: Verdict::Deny(reason) }
    }

    #[test]
    fn the_request_announces_how_long_its_stream_stays_open() {
        let cases = [
            (&b"GET"[..], &b"upgrade"[..], &b"websocket"[..], Lifetime::Long),
            (b"GET", b"Upgrade", b"anything", Lifetime::Long),
            (b"GET", b"accept", b"text/event-stream", Lifetime::Long),
            (b"GET", b"ACCEPT", b"application/json, Text/Event-Stream;q=0.5", Lifetime::Long),
            (b"POST", b"content-type", b"application/grpc", Lifetime::Long),
            (b"POST", b"Content-Type", b"application/grpc-web+proto", Lifetime::Long),
            (b"CONNECT", b"accept", b"*/*", Lifetime::Long),
            (b"GET", b"accept", b"text/event", Lifetime::Ordinary),
            (b"GET", b"accept", b"", Lifetime::Ordinary),
            (b"GET", b"expect", b"text/event-stream", Lifetime::Ordinary),
            (b"GET", b"upgrad3", b"websocket", Lifetime::Ordinary),
            (b"POST", b"content-type", b"application/json", Lifetime::Ordinary),
            (b"POST", b"content-typo", b"application/grpc", Lifetime::Ordinary),
            (b"connect", b"accept", b"*/*", Lifetime::Ordinary),
        ];
        for (method, name, value, expected) in cases {
            let headers = [(&b":path"[..], &b"/"[..]), (name, value)];
            let request = Request { method, path: b"/", authority: b"", headers: &headers, client_address: &|| None };
            assert_eq!(Lifetime::of(&request), expected, "{:?}", String::from_utf8_lossy(value));
        }
    }

    #[test]
    fn a_change_makes_every_long_stream_due_and_only_old_ordinary_requests() {
        let mut streams = OpenStreams::default();
        streams.insert("socket", long(NEVER), NOW);
        streams.insert("request", ORDINARY, NOW);
        assert!(names(&mut streams, at(100), false).is_empty());
        assert_eq!(names(&mut streams, NOW, true), ["socket"]);
        assert_eq!(names(&mut streams, at(9), true), ["socket"]);
        assert_eq!(names(&mut streams, at(10), true), ["socket", "request"]);
    }

    #[test]
    fn a_long_stream_is_due_when_its_token_ends() {
        let mut streams = OpenStreams::default();
        streams.insert("late", long(at(20)), NOW);
        let early = streams.insert("early", long(at(10)), NOW);
        streams.insert("never", long(NEVER), NOW);
        assert!(names(&mut streams, at(9), false).is_empty());
        assert_eq!(names(&mut streams, at(10), false), ["early"]);
        // Until it is removed it stays due: the host may have failed to reset it.
        assert_eq!(names(&mut streams, at(11), false), ["early"]);
        streams.remove(early);
        assert!(names(&mut streams, at(19), false).is_empty());
        assert_eq!(names(&mut streams, at(20), false), ["late"]);
    }

    #[test]
    fn slots_are_used_again_and_removing_twice_does_no_harm() {
        let mut streams = OpenStreams::default();
        let keys: Vec<StreamKey> = ["a", "b", "c"].into_iter().map(|name| streams.insert(name, long(NEVER), NOW)).collect();
        streams.remove(keys[0]);
        streams.remove(keys[2]);
        streams.remove(keys[2]);
        assert_eq!(streams.stream(keys[0]), None);
        assert_eq!(streams.insert("d", long(NEVER), NOW), keys[2]);
        assert_eq!(streams.insert("e", long(NEVER), NOW), keys[0]);
        assert_eq!(streams.insert("f", long(NEVER), NOW), StreamKey(3));
        assert_eq!(names(&mut streams, NOW, true), ["e", "b", "d", "f"]);
        streams.remove(StreamKey(99));
        assert_eq!(streams.stream(StreamKey(99)), None);
    }

    #[test]
    fn a_refusal_resets_but_an_ordinary_request_may_outlive_its_token() {
        let mut streams = OpenStreams::default();
        let (socket, request) = (streams.insert("socket", long(NEVER), NOW), streams.insert("request", ORDINARY, NOW));
        let allow = Decision { api: None, bearer: None, verdict: Verdict::Allow(Grounds::Public) };
        for (decision, resets) in [
            (allow, [false, false]),
            (deny(Reason::Expired), [true, false]),
            (deny(Reason::Revoked), [true, true]),
            (deny(Reason::StaleBundle), [true, true]),
        ] {
            assert_eq!([socket, request].map(|key| streams.must_reset(key, &decision)), resets, "{decision:?}");
        }
        streams.remove(socket);
        assert!(!streams.must_reset(socket, &deny(Reason::Revoked)));
    }

    #[test]
    fn a_token_ends_its_long_stream_at_its_expiry_and_the_leeway() {
        let gate = crate::Gate::from_json(format!(r#"{{"bundle":{}}}"#, postern_vectors::bundle()).as_bytes()).unwrap();
        for (exp, upgrade, ends) in [(at(5), true, at(65)), (at(5), false, NEVER)] {
            let claims = serde_json::Map::from_iter([("exp".to_owned(), exp.0.into())]);
            let token = postern_vectors::Forge::new(NOW.0).token(&postern_vectors::TokenSpec { claims, ..Default::default() });
            let authorization = format!("Bearer {token}");
            let mut headers = vec![(&b"authorization"[..], authorization.as_bytes())];
            headers.extend(upgrade.then_some((&b"upgrade"[..], &b"websocket"[..])));
            let request = Request {
                method: b"GET",
                path: b"/pizza/1.0.0/orders/1",
                authority: b"api.example",
                headers: &headers,
                client_address: &|| None,
            };
            let decision = gate.decide(&request, NOW);
            let Verdict::Allow(grounds) = &decision.verdict else { panic!("{decision:?}") };
            let admission = Admission::of(&request, grounds, &gate.settings());
            assert_eq!(admission.ends, ends);
            assert_eq!(Admission::of(&request, &Grounds::Public, &gate.settings()).ends, NEVER);
        }
    }
}
