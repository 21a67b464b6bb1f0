//! The requests of one worker that passed and are still open, and which of them to judge again or to end.
//!
//! An ordinary request is judged once. A stream that stays open is judged again after each change of what the gate decides by, and when its
//! token expires: otherwise a WebSocket would outlive its token. The work is divided: a slice of it at each tick, so that requests do not
//! wait for it.
//!
//! The memory of open requests is limited. When they take more, requests are ended of the subjects (users or clients) whose requests take
//! most. So a client, or all clients without a token together, can displace only their own requests, and those of no subject that has less
//! than half as many.

mod admission;
mod slots;
#[cfg(test)]
mod tests;

use postern_token::UnixSeconds;

pub use self::admission::Admission;
use self::admission::Lifetime;
use self::slots::Slots;
use crate::decision::{Code, Grounds, Verdict};
use crate::gate::Gate;
use crate::owner::{Accounts, Owner};
use crate::request::Request;

/// How long an ordinary request may take before it is treated as a stream, in seconds. Its response can be an event stream that the
/// request did not announce, and its body may never end.
const ORDINARY_SECONDS: u64 = 10;

/// How much work a slice may do. To judge a stream costs 1 if only the status lists have changed, and otherwise [`WHOLE_DECISION`].
const SLICE: u32 = 4096;

/// What it costs to decide a stream's request from the beginning, or to end the stream.
const WHOLE_DECISION: u32 = 8;

/// What a stream takes besides its header fields, in bytes: its entry here, its token's claims, and the host's own objects in this memory.
const OVERHEAD: u64 = 1024;

/// The open streams of a worker. `S` is what the host needs to judge a stream again and to reset it.
#[derive(Debug)]
pub struct OpenStreams<S> {
    slots: Slots<Open<S>>,
    /// The bytes of the streams.
    accounts: Accounts,
    /// How many bytes the streams may take. Beyond twice as many, requests are refused, and also those of a subject that has this much.
    limit: u64,
    /// Counts the changes of what the gate decides by.
    generation: u32,
    /// Where the search for streams to judge goes on, and how many positions are left.
    position: usize,
    left: usize,
    /// When to search again, unless something changes earlier.
    wake: UnixSeconds,
    /// How much work this slice may still do.
    work: u32,
    /// The gate's number, see [`Gate::edition`].
    edition: u32,
    /// While all streams together take more than they may: those of an owner that has more bytes than this are ended.
    level: u64,
}

#[derive(Debug)]
struct Open<S> {
    /// `None` after the stream was ended.
    stream: Option<S>,
    admission: Admission,
    owner: Owner,
    opened: UnixSeconds,
    /// The generation in which it was last judged.
    judged: u32,
    bytes: u64,
}

impl<S> Open<S> {
    /// When to judge the stream again.
    fn due(&self, generation: u32) -> UnixSeconds {
        let due = if self.judged == generation { self.admission.ends } else { self.opened };
        match self.admission.lifetime {
            Lifetime::Long => due,
            Lifetime::Ordinary => due.max(self.opened.plus(ORDINARY_SECONDS)),
        }
    }
}

/// Identifies an open stream until it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamKey(usize);

impl<S> OpenStreams<S> {
    /// No streams, and how many bytes they may take.
    pub fn new(limit: u64) -> Self {
        Self {
            slots: Slots::default(),
            accounts: Accounts::default(),
            limit,
            generation: 0,
            position: 0,
            left: 0,
            wake: UnixSeconds::NEVER,
            work: 0,
            edition: 0,
            level: u64::MAX,
        }
    }

    /// Whether a request that would pass must be refused: because the streams take twice as many bytes as they may, until the next slice
    /// has ended enough of them, or because those of the token's subject hold as many as all may take, or those without a token one and a
    /// half times as many.
    pub fn refuses(&self, grounds: &Grounds) -> bool {
        let owner = match grounds {
            Grounds::Token(identity) => identity.token.owner(),
            Grounds::Unmatched { .. } | Grounds::Preflight | Grounds::Public => Owner::NONE,
        };
        let is_own_limit_reached = if owner == Owner::NONE {
            // Clients without a token leave room for those with one. What was ended does not count: one of them could shut out all others.
            self.accounts.of(&owner).open >= self.limit.saturating_add(self.limit / 2)
        } else {
            self.accounts.of(&owner).held >= self.limit
        };
        is_own_limit_reached || self.accounts.open_bytes() >= self.limit.saturating_mul(2)
    }

    /// Adds a stream that passed at `now`, whose header fields take `len` bytes.
    pub fn insert(&mut self, stream: S, admission: Admission, len: usize, now: UnixSeconds) -> StreamKey {
        let bytes = len as u64 + OVERHEAD;
        let owner = admission.owner();
        self.accounts.open(&owner, bytes);
        let open = Open { stream: Some(stream), admission, owner, opened: now, judged: self.generation, bytes };
        self.wake = self.wake.min(open.due(self.generation));
        StreamKey(self.slots.insert(open))
    }

    /// Removes a stream that has ended.
    pub fn remove(&mut self, StreamKey(at): StreamKey) {
        if let Some(open) = self.slots.remove(at) {
            self.accounts.remove(&open.owner, open.bytes, open.stream.is_some());
        }
    }

    /// Takes a stream that is to be reset. It is not judged again, even if the host keeps it until the client has read its response.
    pub fn end(&mut self, StreamKey(at): StreamKey) -> Option<S> {
        let open = self.slots.find_mut(at)?;
        let stream = open.stream.take()?;
        open.admission.token = None;
        self.accounts.end(&open.owner, open.bytes);
        Some(stream)
    }

    /// Begins a slice. `changed` says whether the follower has changed what `gate` decides by; a status list that has ended is such a change
    /// too.
    pub fn begin(&mut self, gate: Option<&mut Gate>, changed: bool, now: UnixSeconds) {
        self.work = 0;
        let Some(gate) = gate else { return };
        self.edition = gate.edition();
        if gate.take_list_end(now) || changed {
            self.generation = self.generation.wrapping_add(1);
            self.wake = now;
        }
        // Without a list the tokens in it would be refused. The follower will have it, or another bundle, in one of its next rounds.
        if gate.lacks_list() {
            return;
        }
        self.work = SLICE;
        if self.is_excessive() {
            // Not only the owner with most: many owners may have few streams each, which would be opened faster than one owner's streams
            // are ended in each slice.
            self.level = self.accounts.level(self.accounts.open_bytes().saturating_sub(self.limit));
            self.wake = now;
        }
        if now >= self.wake {
            self.left = self.slots.len();
            self.wake = UnixSeconds::NEVER;
        }
    }

    const fn is_excessive(&self) -> bool {
        self.accounts.open_bytes() > self.limit
    }

    /// The next stream of this slice to judge. After a change, this is each stream once; an ordinary request when it has been open for 10
    /// seconds. While the streams take more memory than they may, it is also each stream of the subjects whose streams take most.
    pub fn next_due(&mut self, now: UnixSeconds) -> Option<StreamKey> {
        let is_excessive = self.is_excessive();
        while self.left > 0 && self.work > 0 {
            self.left -= 1;
            let at = if self.position < self.slots.len() { self.position } else { 0 };
            self.position = at + 1;
            let Some(open) = self.slots.find(at).filter(|open| open.stream.is_some()) else { continue };
            let is_displaced = is_excessive && self.accounts.of(&open.owner).open > self.level;
            if is_displaced || now >= open.due(self.generation) {
                let cost = if open.admission.edition == self.edition && !is_displaced { 1 } else { WHOLE_DECISION };
                self.work = self.work.saturating_sub(cost);
                return Some(StreamKey(at));
            }
            self.wake = self.wake.min(open.due(self.generation));
        }
        None
    }

    /// Judges a stream again. Returns the code of the refusal if it must be ended. `with_request` passes the stream's request to the function
    /// that it is given; it is called only if more than a status list can have changed.
    pub fn judge(
        &mut self,
        StreamKey(at): StreamKey,
        gate: &Gate,
        now: UnixSeconds,
        with_request: impl FnOnce(&S, &mut dyn FnMut(&Request<'_>)),
    ) -> Option<Code> {
        let is_excessive = self.is_excessive();
        let open = self.slots.find_mut(at)?;
        if is_excessive && self.accounts.of(&open.owner).open > self.level {
            return Some(Code::Overloaded);
        }
        let Open { stream: Some(stream), admission, .. } = &mut *open else { return None };
        let mut refused;
        if admission.edition == gate.edition() {
            refused = gate.check_again(admission.token.as_ref(), now).err().map(|reason| reason.code());
        } else {
            refused = Some(Code::NotReady);
            with_request(stream, &mut |request| match gate.decide_knowing(request, admission.token.as_ref(), now).verdict {
                Verdict::Allow(grounds) => {
                    *admission = Admission::of(request, &grounds, gate);
                    refused = None;
                }
                Verdict::Deny(reason) => refused = Some(reason.code()),
            });
        }
        open.judged = self.generation;
        self.wake = self.wake.min(open.due(self.generation));
        refused
    }
}
