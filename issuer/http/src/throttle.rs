//! Slowing down those who guess, and those who ask too often.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::peer::neighbourhood;

/// How many are kept in mind at most, some 64 bytes each.
const MAX_ENTRIES: usize = 100_000;

/// Counts what each name does from each neighbourhood: failures, or everything. A name from elsewhere, and another name, are not concerned.
#[derive(Debug)]
pub(super) struct Throttle {
    /// How many times it may happen at once, and in each period after that.
    limit: u32,
    period: Duration,
    hasher: RandomState,
    counts: Mutex<HashMap<Key, Count>>,
}

/// Who does it: the name's hash, which nobody outside can foresee, and the neighbourhood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(u64, IpAddr);

/// How many times count at a moment; with time they count less.
#[derive(Debug, Clone, Copy)]
struct Count {
    times: f64,
    at: Instant,
}

impl Throttle {
    pub(super) fn new(limit: u32, period: Duration) -> Self {
        Self { limit: limit.max(1), period, hasher: RandomState::new(), counts: Mutex::default() }
    }

    pub(super) fn key(&self, name: &str, address: IpAddr) -> Key {
        Key(self.hasher.hash_one(name), neighbourhood(address))
    }

    /// How long this one has to wait before the next time, if it has.
    pub(super) fn wait(&self, key: Key, now: Instant) -> Option<Duration> {
        let count = self.counts().get(&key).copied()?;
        self.excess(count, now)
    }

    fn excess(&self, count: Count, now: Instant) -> Option<Duration> {
        let excess = self.times(count, now) - f64::from(self.limit) + 1.0;
        (excess > 0.0).then(|| self.period.mul_f64(excess / f64::from(self.limit)))
    }

    /// Begins a try, which counts as a failure until [`Self::forgive`] takes that back; or says how long this one has to wait. It is one step: however many
    /// come at once, no more of them are tried than if they came one after the other.
    pub(super) fn attempt(&self, key: Key, now: Instant) -> Result<(), Duration> {
        let mut counts = self.counts();
        if let Some(wait) = counts.get(&key).and_then(|count| self.excess(*count, now)) {
            return Err(wait);
        }
        self.count_in(&mut counts, key, now);
        Ok(())
    }

    /// Takes one time back: it was no failure.
    pub(super) fn forgive(&self, key: Key, now: Instant) {
        if let Some(count) = self.counts().get_mut(&key) {
            *count = Count { times: (self.times(*count, now) - 1.0).max(0.0), at: now };
        }
    }

    /// Counts one time.
    pub(super) fn count(&self, key: Key, now: Instant) {
        self.count_in(&mut self.counts(), key, now);
    }

    fn count_in(&self, counts: &mut HashMap<Key, Count>, key: Key, now: Instant) {
        if counts.len() >= MAX_ENTRIES && !counts.contains_key(&key) {
            counts.retain(|_, kept| self.times(*kept, now) >= 1.0);
            if counts.len() >= MAX_ENTRIES {
                // So many at once: better to forget them all than to grow, or to let the next ones go uncounted.
                counts.clear();
            }
        }
        let entry = counts.entry(key).or_insert(Count { times: 0.0, at: now });
        // However many come at once: nobody waits for longer than a period and a bit.
        let most = 2.0 * f64::from(self.limit);
        *entry = Count { times: (self.times(*entry, now) + 1.0).min(most), at: now };
    }

    fn times(&self, count: Count, now: Instant) -> f64 {
        let periods = now.saturating_duration_since(count.at).as_secs_f64() / self.period.as_secs_f64();
        (count.times - periods * f64::from(self.limit)).max(0.0)
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Key, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_fails_too_often_waits_and_nobody_else_does() {
        let throttle = Throttle::new(20, Duration::from_mins(1));
        let start = Instant::now();
        let here = "192.0.2.1".parse().unwrap();
        let key = throttle.key("alice", here);
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
    fn of_many_that_come_at_once_no_more_are_tried() {
        let throttle = Throttle::new(20, Duration::from_mins(1));
        let now = Instant::now();
        let key = throttle.key("alice", "192.0.2.1".parse().unwrap());
        let tried = |count: usize| (0..count).filter(|_| throttle.attempt(key, now).is_ok()).count();
        assert_eq!(tried(100), 20);
        assert_eq!(throttle.attempt(key, now), Err(Duration::from_secs(3)));
        // One of them was right.
        throttle.forgive(key, now);
        assert_eq!(tried(100), 1);
        // However many are right, what was not is still counted, and nobody saves any up.
        let other = throttle.key("bob", "192.0.2.1".parse().unwrap());
        for _ in 0..100 {
            assert_eq!(throttle.attempt(other, now), Ok(()));
            throttle.forgive(other, now);
        }
        assert_eq!((0..100).filter(|_| throttle.attempt(other, now).is_ok()).count(), 20);
    }

    #[test]
    fn a_whole_network_of_ipv6_is_one() {
        let throttle = Throttle::new(1, Duration::from_mins(1));
        let key = |address: &str| throttle.key("alice", address.parse().unwrap());
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
    }

    #[test]
    fn its_memory_has_an_end() {
        let throttle = Throttle::new(20, Duration::from_mins(1));
        let (start, here) = (Instant::now(), "192.0.2.1".parse().unwrap());
        for number in 0..MAX_ENTRIES + 10 {
            throttle.count(throttle.key(&number.to_string(), here), start);
        }
        assert!(throttle.counts().len() <= MAX_ENTRIES);
    }
}
