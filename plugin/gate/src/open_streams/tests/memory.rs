//! How much work a slice does, and how much memory the streams take.

use serde_json::{Value, json};

use super::*;

/// What a stream of the tests takes.
const SIZE: u64 = 100 + OVERHEAD;

#[test]
fn a_slice_is_bounded_and_the_next_one_goes_on() {
    let mut worker = Worker::new(gate());
    worker.streams.limit = u64::MAX / 4;
    let total = SLICE as usize + 100;
    for _ in 0..total {
        worker.open("socket", public(&[EVENTS]), NOW);
    }
    assert_eq!(worker.judged(true, NOW).len(), SLICE as usize);
    // A further change before the first has been worked off starves no stream: the search goes on where it was.
    assert_eq!(worker.judged(true, NOW).len(), SLICE as usize);
    assert_eq!(worker.judged(false, NOW).len(), total - SLICE as usize);
    assert_eq!(worker.judged(false, NOW).len(), 0);
    // Where the whole request is decided, fewer are judged in a slice.
    worker.replace_gate(|_| ());
    assert_eq!(worker.judged(true, NOW).len(), (SLICE / WHOLE_DECISION) as usize);
}

/// A token of that user.
fn user(name: &str) -> Value {
    json!({"kind": "user", "sub": name})
}

#[test]
fn when_open_requests_take_too_much_those_of_the_subject_with_most_are_ended() {
    let mut worker = Worker::new(gate());
    let (most, few) = (LIMIT / SIZE, 5);
    for _ in 0..few {
        worker.open("few", with_token(user("few@main"), &[EVENTS]), NOW);
        worker.open("public", public(&[]), NOW);
    }
    for _ in 0..most {
        worker.open("most", with_token(user("most@main"), &[]), NOW);
    }
    let reset = worker.reset(false, NOW);
    assert_eq!(reset.len() as u64, 2 * few);
    assert!(reset.iter().all(|end| *end == ("most", Code::Overloaded)), "{reset:?}");
    assert!(worker.reset(false, NOW).is_empty());
    // Those without a token count together.
    for _ in 0..most {
        worker.open("public", public(&[]), NOW);
    }
    let mut ended: Vec<_> = (0..20).flat_map(|_| worker.reset(false, NOW)).collect();
    assert!(worker.streams.accounts.open_bytes() <= LIMIT);
    ended.retain(|end| *end != ("public", Code::Overloaded) && *end != ("most", Code::Overloaded));
    assert_eq!(ended, []);
}

/// If a slice ended the requests of one subject only, they could be opened faster.
#[test]
fn requests_of_many_subjects_are_ended_in_one_slice() {
    let mut worker = Worker::new(gate());
    for _ in 0..5 {
        worker.open("some", with_token(user("some@main"), &[]), NOW);
    }
    for number in 0..LIMIT / SIZE / 10 + 20 {
        for _ in 0..10 {
            worker.open("many", with_token(user(&format!("u{number}@main")), &[]), NOW);
        }
    }
    let reset = worker.reset(false, NOW);
    assert!(worker.streams.accounts.open_bytes() <= LIMIT, "{} were reset", reset.len());
    assert!(reset.iter().all(|end| *end == ("many", Code::Overloaded)), "{reset:?}");
}

#[test]
fn requests_are_refused_when_open_ones_take_twice_as_much_as_they_may() {
    let mut worker = Worker::new(gate());
    while !worker.refuses(&public(&[])) {
        worker.open("public", public(&[]), NOW);
    }
    let without_token = LIMIT + LIMIT / 2;
    assert!((without_token..without_token + SIZE).contains(&worker.streams.accounts.open_bytes()));
    while worker.streams.accounts.open_bytes() < 2 * LIMIT {
        assert!(!worker.refuses(&with_token(user("other@main"), &[])), "those with a token have room");
        worker.open("public", public(&[]), NOW);
    }
    assert!(worker.refuses(&public(&[])) && worker.refuses(&with_token(user("other@main"), &[])));
    while !worker.reset(false, NOW).is_empty() {}
    assert!(!worker.refuses(&public(&[])) && worker.streams.accounts.open_bytes() <= LIMIT);
}

#[test]
fn nothing_is_ended_before_open_requests_take_more_than_they_may() {
    let mut worker = Worker::new(gate());
    worker.streams.limit = 10 * SIZE;
    for _ in 0..10 {
        worker.open("public", public(&[]), NOW);
    }
    assert_eq!(worker.reset(false, NOW), []);
    worker.open("public", public(&[]), NOW);
    assert!(!worker.reset(false, NOW).is_empty());
}

#[test]
fn a_subject_that_has_as_much_as_each_may_keep_loses_nothing() {
    // One less than a power of two, as every level is.
    let size: u64 = 2047;
    let len = usize::try_from(size - OVERHEAD).unwrap();
    for changed in [false, true] {
        let mut worker = Worker::new(gate());
        worker.streams.limit = 5 * size - 5000;
        worker.open_with("few", with_token(user("few@main"), &[EVENTS]), len, NOW);
        for _ in 0..4 {
            worker.open_with("most", with_token(user("most@main"), &[EVENTS]), len, NOW);
        }
        let (judged, reset) = worker.slice(changed, NOW);
        assert_eq!(reset, [("most", Code::Overloaded); 3]);
        assert_eq!(worker.streams.level, size);
        assert_eq!(judged.contains(&"few"), changed, "judged for the change only");
        // When there is room again, the level does not matter.
        worker.streams.limit = LIMIT;
        worker.open_with("most", with_token(user("most@main"), &[EVENTS]), len, NOW);
        assert_eq!(worker.slice(true, NOW), (vec!["few", "most", "most"], vec![]));
    }
}

#[test]
fn a_subject_whose_ended_requests_stay_is_refused_and_nothing_else() {
    let mut worker = Worker::new(gate());
    let own = || with_token(user("slow@main"), &[]);
    let keys: Vec<StreamKey> = (0..=LIMIT / SIZE).map(|_| worker.open("slow", own(), NOW)).collect();
    for key in &keys {
        assert_eq!(worker.streams.end(*key).map(|(name, _)| name), Some("slow"));
        assert!(worker.streams.end(*key).is_none());
    }
    assert_eq!(worker.streams.accounts.open_bytes(), 0);
    assert!(worker.refuses(&own()));
    assert!(!worker.refuses(&public(&[])) && !worker.refuses(&with_token(user("other@main"), &[])));
    assert!(worker.judged(true, at(20)).is_empty(), "what was ended is not judged again");
    for key in keys {
        worker.streams.remove(key);
    }
    assert!(!worker.refuses(&own()));
    // For those without a token it would be a way to shut out others.
    for _ in 0..=LIMIT / SIZE {
        let key = worker.open("slow", public(&[]), NOW);
        worker.streams.end(key);
    }
    assert!(!worker.refuses(&public(&[])));
}

#[test]
fn slots_are_used_again_and_memory_is_given_back() {
    let mut worker = Worker::new(gate());
    let keys: Vec<StreamKey> = ["a", "b", "c"].into_iter().map(|name| worker.open(name, public(&[EVENTS]), NOW)).collect();
    worker.streams.remove(keys[0]);
    worker.streams.remove(keys[2]);
    worker.streams.remove(keys[2]);
    assert!(worker.name(keys[0]).is_none());
    assert_eq!(worker.open("d", public(&[EVENTS]), NOW), keys[2]);
    assert_eq!(worker.open("e", public(&[EVENTS]), NOW), keys[0]);
    assert_eq!(worker.open("f", public(&[EVENTS]), NOW), StreamKey(3));
    assert_eq!(worker.judged(true, NOW), ["e", "b", "d", "f"]);
    worker.streams.remove(StreamKey(99));
    assert!(worker.name(StreamKey(99)).is_none());

    let keys: Vec<StreamKey> = (0..3000).map(|_| worker.open("more", public(&[EVENTS]), NOW)).collect();
    assert_eq!(worker.streams.slots.len(), 3004);
    for key in (0..4).map(StreamKey).chain(keys) {
        assert!(worker.streams.accounts.open_bytes() > 0);
        worker.streams.remove(key);
    }
    assert_eq!((worker.streams.slots.len(), worker.streams.accounts.open_bytes()), (0, 0));
    // A small table keeps its memory.
    for (count, kept) in [(1024, 1024), (1025, 0)] {
        let keys: Vec<StreamKey> = (0..count).map(|_| worker.open("more", public(&[EVENTS]), NOW)).collect();
        for key in keys {
            worker.streams.remove(key);
        }
        assert_eq!(worker.streams.slots.len(), kept);
    }
    assert_eq!(worker.open("g", public(&[EVENTS]), NOW), StreamKey(0));
    assert_eq!(worker.judged(true, NOW), ["g"]);
}
