//! Throttles: slow down callers that guess, and callers that send too many requests.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use postern_model::network;

/// The most counters in memory, about 64 bytes each.
const MAX_ENTRIES: usize = 100_000;

/// Counts the events of each name from each network: failures, or all requests. Each name and network has a separate count.
#[derive(Debug)]
pub struct Throttle {
    /// The number of events that are allowed in a burst, and in each period after it.
    limit: u32,
    period: Duration,
    hasher: RandomState,
    counts: Mutex<HashMap<ThrottleKey, Count>>,
}

/// The key of a count: the hash of the name, which clients cannot predict, and the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThrottleKey(u64, IpAddr);

/// A number of events, which decreases with time.
#[derive(Debug, Clone, Copy)]
struct Count {
    times: f64,
    at: Instant,
}

impl Throttle {
    /// A throttle that allows `limit` events in a burst and in each `period` after it.
    pub fn new(limit: u32, period: Duration) -> Self {
        Self { limit: limit.max(1), period, hasher: RandomState::new(), counts: Mutex::default() }
    }

    /// The key under which `name` is counted at `address`.
    pub fn key(&self, name: &str, address: IpAddr) -> ThrottleKey {
        ThrottleKey(self.hasher.hash_one(name), network(address))
    }

    /// How long this key must wait before the next event, if it must.
    pub fn wait(&self, key: ThrottleKey, now: Instant) -> Option<Duration> {
        let count = self.counts().get(&key).copied()?;
        self.excess(count, now)
    }

    fn excess(&self, count: Count, now: Instant) -> Option<Duration> {
        let excess = self.times(count, now) - f64::from(self.limit) + 1.0;
        (excess > 0.0).then(|| self.period.mul_f64(excess / f64::from(self.limit)))
    }

    /// Begins an attempt, which is counted as a failure until [`Self::forgive`] uncounts it; or returns how long this key must wait. This
    /// is one atomic step, so no more attempts are allowed at once than one after the other.
    pub fn attempt(&self, key: ThrottleKey, now: Instant) -> Result<(), Duration> {
        let mut counts = self.counts();
        if let Some(wait) = counts.get(&key).and_then(|count| self.excess(*count, now)) {
            return Err(wait);
        }
        self.count_in(&mut counts, key, now);
        Ok(())
    }

    /// Uncounts one event, because it was not a failure.
    pub fn forgive(&self, key: ThrottleKey, now: Instant) {
        if let Some(count) = self.counts().get_mut(&key) {
            *count = Count { times: (self.times(*count, now) - 1.0).max(0.0), at: now };
        }
    }

    /// Counts one event.
    pub fn count(&self, key: ThrottleKey, now: Instant) {
        self.count_in(&mut self.counts(), key, now);
    }

    fn count_in(&self, counts: &mut HashMap<ThrottleKey, Count>, key: ThrottleKey, now: Instant) {
        if counts.len() >= MAX_ENTRIES && !counts.contains_key(&key) {
            counts.retain(|_, kept| self.times(*kept, now) >= 1.0);
            if counts.len() >= MAX_ENTRIES {
                // Too many at once: it is better to delete all counts than to grow, or to leave further events uncounted.
                counts.clear();
            }
        }
        let entry = counts.entry(key).or_insert(Count { times: 0.0, at: now });
        // A limit, so that the wait is never much longer than a period, even after a flood.
        let most = 2.0 * f64::from(self.limit);
        *entry = Count { times: (self.times(*entry, now) + 1.0).min(most), at: now };
    }

    fn times(&self, count: Count, now: Instant) -> f64 {
        let periods = now.saturating_duration_since(count.at).as_secs_f64() / self.period.as_secs_f64();
        (count.times - periods * f64::from(self.limit)).max(0.0)
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<ThrottleKey, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_caller_that_fails_too_often_waits() {
        let throttle = Throttle::new(20, Duration::from_mins(1));
        let start = Instant::now();
        let address = "192.0.2.1".parse().unwrap();
        let key = throttle.key("alice", address);
        for _ in 0..20 {
            assert_eq!(throttle.wait(key, start), None);
            throttle.count(key, start);
        }
        assert_eq!(throttle.wait(key, start), Some(Duration::from_secs(3)));
        for (name, address) in [("bob", "192.0.2.1"), ("alice", "192.0.2.2"), ("alice", "2001:db8::1")] {
            assert_eq!(throttle.wait(throttle.key(name, address.parse().unwrap()), start), None);
        }
        assert_eq!(throttle.wait(key, start + Duration::from_secs(3)), None);
        assert_eq!(throttle.wait(key, start + Duration::from_mins(2)), None);
    }

    #[test]
    fn concurrent_attempts_do_not_exceed_the_limit() {
        let throttle = Throttle::new(20, Duration::from_mins(1));
        let now = Instant::now();
        let key = throttle.key("alice", "192.0.2.1".parse().unwrap());
        let tried = |count: usize| (0..count).filter(|_| throttle.attempt(key, now).is_ok()).count();
        assert_eq!(tried(100), 20);
        assert_eq!(throttle.attempt(key, now), Err(Duration::from_secs(3)));
        // One attempt succeeded.
        throttle.forgive(key, now);
        assert_eq!(tried(100), 1);
        // Successful attempts do not raise the limit for failures.
        let other = throttle.key("bob", "192.0.2.1".parse().unwrap());
        for _ in 0..100 {
            assert_eq!(throttle.attempt(other, now), Ok(()));
            throttle.forgive(other, now);
        }
        assert_eq!((0..100).filter(|_| throttle.attempt(other, now).is_ok()).count(), 20);
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_key() {
        let throttle = Throttle::new(1, Duration::from_mins(1));
        let key = |address: &str| throttle.key("alice", address.parse().unwrap());
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
    }

    #[test]
    fn the_number_of_entries_is_limited() {
        let throttle = Throttle::new(20, Duration::from_mins(1));
        let (start, address) = (Instant::now(), "192.0.2.1".parse().unwrap());
        for number in 0..MAX_ENTRIES + 10 {
            throttle.count(throttle.key(&number.to_string(), address), start);
        }
        assert!(throttle.counts().len() <= MAX_ENTRIES);
    }
}
