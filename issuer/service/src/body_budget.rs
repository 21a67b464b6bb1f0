//! Limits the memory that the bodies of all requests in progress take together.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use postern_model::network;

/// How long a body may take to arrive before it may be ended in favour of others. A client that sends without a pause needs less.
const PROTECTED: Duration = Duration::from_secs(1);

/// The bytes that the bodies of all requests in progress may take together, and those of one network half of that.
///
/// A body takes its bytes as they arrive. When they do not fit, those bodies that are still arriving and began first are ended, if they
/// began more than a second ago; otherwise the new bytes are refused. So a client that holds many unfinished bodies keeps others out only
/// as long as it sends the whole budget anew each second.
#[derive(Debug)]
pub struct BodyBudget {
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    held: usize,
    next: u64,
    /// In the order in which they began.
    bodies: BTreeMap<u64, Held>,
    networks: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct Held {
    network: Option<IpAddr>,
    began: Instant,
    bytes: usize,
    arriving: bool,
    refused: bool,
    waker: Option<Waker>,
}

/// The body of one request; its bytes are free again when this is dropped.
#[derive(Debug)]
pub struct HeldBody {
    budget: Arc<BodyBudget>,
    number: u64,
}

impl BodyBudget {
    /// A budget of `most` bytes, at least twice the largest body.
    pub fn new(most: usize) -> Self {
        Self { most, state: Mutex::default() }
    }

    /// Begins to receive a body from `source`.
    pub fn begin(self: &Arc<Self>, source: Option<IpAddr>, now: Instant) -> HeldBody {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        let network = source.map(network);
        state.bodies.insert(number, Held { network, began: now, bytes: 0, arriving: true, refused: false, waker: None });
        drop(state);
        HeldBody { budget: Arc::clone(self), number }
    }

    /// The bytes that are held now.
    pub fn held(&self) -> usize {
        self.state().held
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HeldBody {
    /// Takes `bytes` more. Returns false if this body is refused: its memory is to be freed.
    pub fn take(&self, bytes: usize, now: Instant) -> bool {
        let mut ended = Vec::new();
        let taken = self.budget.state().take(self.number, bytes, self.budget.most, now, &mut ended);
        ended.into_iter().for_each(Waker::wake);
        taken
    }

    /// Notes that the body has arrived, so that it is not ended in favour of others.
    pub fn arrived(&self) {
        if let Some(held) = self.budget.state().bodies.get_mut(&self.number) {
            held.arriving = false;
        }
    }

    /// Whether this body was refused, or ended in favour of others.
    pub fn is_refused(&self) -> bool {
        self.budget.state().bodies.get(&self.number).is_none_or(|held| held.refused)
    }

    /// The same. While it is not, the task is woken when the body is ended.
    pub fn poll_refused(&self, context: &Context<'_>) -> bool {
        let mut state = self.budget.state();
        let Some(held) = state.bodies.get_mut(&self.number) else { return true };
        if !held.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            held.waker = Some(context.waker().clone());
        }
        held.refused
    }
}

impl Drop for HeldBody {
    fn drop(&mut self) {
        let mut state = self.budget.state();
        state.refuse(self.number);
        state.bodies.remove(&self.number);
    }
}

impl State {
    fn take(&mut self, number: u64, bytes: usize, most: usize, now: Instant, ended: &mut Vec<Waker>) -> bool {
        loop {
            let Some(body) = self.bodies.get(&number).filter(|body| !body.refused) else { return false };
            let network = body.network;
            let of_network = network.and_then(|network| self.networks.get(&network)).copied().unwrap_or_default();
            let above_share = network.is_some() && of_network + bytes > most / 2;
            if !above_share && self.held + bytes <= most {
                self.add(number, bytes);
                return true;
            }
            let old = |held: &Held| now.saturating_duration_since(held.began) > PROTECTED;
            let mut oldest = self.bodies.iter().take_while(|(_, held)| old(held));
            let slowest = oldest.find(|(_, held)| held.arriving && held.bytes > 0 && (!above_share || held.network == network));
            let victim = slowest.map_or(number, |(slowest, _)| *slowest);
            ended.extend(self.refuse(victim));
        }
    }

    fn add(&mut self, number: u64, bytes: usize) {
        let Some(body) = self.bodies.get_mut(&number) else { return };
        body.bytes += bytes;
        self.held += bytes;
        if let Some(network) = body.network {
            *self.networks.entry(network).or_default() += bytes;
        }
    }

    /// Frees the bytes of a body and refuses more of it. Returns the task that receives it.
    fn refuse(&mut self, number: u64) -> Option<Waker> {
        let body = self.bodies.get_mut(&number)?;
        body.refused = true;
        let bytes = std::mem::take(&mut body.bytes);
        self.held -= bytes;
        if let Some(network) = body.network
            && let Some(of_network) = self.networks.get_mut(&network)
        {
            *of_network -= bytes;
            if *of_network == 0 {
                self.networks.remove(&network);
            }
        }
        body.waker.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "192.0.2.1";
    const LATE: Duration = Duration::from_millis(1500);

    fn begin(budget: &Arc<BodyBudget>, source: &str, now: Instant) -> HeldBody {
        budget.begin(Some(source.parse().unwrap()), now)
    }

    #[test]
    fn all_bodies_together_stay_within_the_budget_and_are_freed() {
        let (budget, now) = (Arc::new(BodyBudget::new(100)), Instant::now());
        let bodies: Vec<_> = (0..20).map(|number| begin(&budget, &format!("192.0.2.{number}"), now)).collect();
        let taken: Vec<bool> = bodies.iter().map(|body| body.take(6, now)).collect();
        assert_eq!(taken, [[true; 16].as_slice(), &[false; 4]].concat(), "no body is older than a second");
        assert!(bodies[19].is_refused() && !bodies[0].is_refused() && !bodies[19].take(1, now));
        assert_eq!(budget.held(), 96);
        drop(bodies);
        assert_eq!(budget.held(), 0);
        assert!(budget.state().networks.is_empty() && budget.state().bodies.is_empty());
    }

    #[test]
    fn a_network_holds_half_at_most() {
        let (budget, now) = (Arc::new(BodyBudget::new(100)), Instant::now());
        let [first, second] = ["2001:db8::1", "2001:db8::2"].map(|source| begin(&budget, source, now));
        assert!(first.take(30, now) && !second.take(30, now));
        let third = begin(&budget, "2001:db8:0:1::1", now);
        assert!(third.take(50, now) && !third.take(1, now));
        // Bodies whose source is unknown are bounded by the whole budget.
        let unknown = budget.begin(None, now);
        assert!(unknown.take(70, now) && !unknown.take(1, now));
    }

    #[test]
    fn the_body_that_began_first_is_ended_for_a_new_one_unless_it_has_arrived() {
        let (budget, now) = (Arc::new(BodyBudget::new(100)), Instant::now());
        let bodies: Vec<_> = (0..4).map(|number| begin(&budget, &format!("192.0.2.{}", number / 2), now)).collect();
        assert!(bodies.iter().all(|body| body.take(25, now)));
        bodies[0].arrived();
        let late = now + LATE;
        let other = begin(&budget, "198.51.100.1", late);
        assert!(other.take(40, late));
        let refused: Vec<bool> = bodies.iter().map(HeldBody::is_refused).collect();
        assert_eq!(refused, [false, true, true, false]);
        // The last of the old ones gives way, and then the younger body is not ended.
        let another = begin(&budget, "198.51.100.2", late);
        assert!(another.take(35, late) && !another.take(25, late) && !other.is_refused());
    }

    #[test]
    fn a_network_above_its_share_ends_its_own_bodies_alone() {
        let (budget, now) = (Arc::new(BodyBudget::new(100)), Instant::now());
        let [other, first] = ["198.51.100.1", HOST].map(|source| begin(&budget, source, now));
        assert!(other.take(10, now) && first.take(50, now));
        let late = now + LATE;
        let second = begin(&budget, HOST, late);
        assert!(second.take(10, late));
        assert!(first.is_refused() && !other.is_refused());
        // A body that is itself the oldest is refused instead of a younger one.
        let later = late + LATE;
        let third = begin(&budget, HOST, later);
        assert!(third.take(30, later) && !second.take(20, later) && !third.is_refused());
    }
}
