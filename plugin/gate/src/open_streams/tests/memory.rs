//! How much work a slice does, and how much memory the streams take.

use serde_json::json;

use super::*;

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

#[test]
fn open_requests_never_take_twice_as_much_as_they_may_and_end_those_of_the_application_that_has_most() {
    let mut worker = Worker::new(gate());
    let size = 100 + OVERHEAD;
    let (most, few) = (LIMIT / size, 5);
    for _ in 0..few {
        worker.open("few", with_token(json!({"app": "app-few"}), &[EVENTS]), NOW);
    }
    for _ in 0..few {
        worker.open("public", public(&[]), NOW);
    }
    for _ in 0..most {
        worker.open("most", with_token(json!({"app": "app-most"}), &[]), NOW);
    }
    assert!(!worker.streams.is_full());
    let reset = worker.reset(false, NOW);
    assert_eq!(reset.len() as u64, 2 * few);
    assert!(reset.iter().all(|end| *end == ("most", Code::Overloaded)), "{reset:?}");
    assert!(worker.reset(false, NOW).is_empty());
    // Those without a token count together.
    for _ in 0..most {
        worker.open("anonymous", public(&[]), NOW);
    }
    assert!(!worker.streams.is_full());
    while !worker.streams.is_full() {
        worker.open("anonymous", public(&[]), NOW);
    }
    let mut ended = Vec::new();
    for _ in 0..20 {
        ended.extend(worker.reset(false, NOW));
    }
    assert!(!worker.streams.is_full() && worker.streams.bytes.sum() <= LIMIT);
    assert!(ended.iter().all(|(name, code)| *name != "few" && *code == Code::Overloaded));
}

#[test]
fn slots_are_used_again_and_memory_is_given_back() {
    let mut worker = Worker::new(gate());
    let keys: Vec<StreamKey> = ["a", "b", "c"].into_iter().map(|name| worker.open(name, public(&[EVENTS]), NOW)).collect();
    worker.streams.remove(keys[0]);
    worker.streams.remove(keys[2]);
    worker.streams.remove(keys[2]);
    assert!(worker.streams.stream(keys[0]).is_none());
    assert_eq!(worker.open("d", public(&[EVENTS]), NOW), keys[2]);
    assert_eq!(worker.open("e", public(&[EVENTS]), NOW), keys[0]);
    assert_eq!(worker.open("f", public(&[EVENTS]), NOW), StreamKey(3));
    assert_eq!(worker.judged(true, NOW), ["e", "b", "d", "f"]);
    worker.streams.remove(StreamKey(99));
    assert!(worker.streams.stream(StreamKey(99)).is_none());

    let keys: Vec<StreamKey> = (0..3000).map(|_| worker.open("more", public(&[EVENTS]), NOW)).collect();
    assert_eq!(worker.streams.slots.len(), 3004);
    for key in (0..4).map(StreamKey).chain(keys) {
        assert!(worker.streams.bytes.sum() > 0);
        worker.streams.remove(key);
    }
    assert_eq!((worker.streams.slots.len(), worker.streams.bytes.sum()), (0, 0));
    assert_eq!(worker.open("g", public(&[EVENTS]), NOW), StreamKey(0));
    assert_eq!(worker.judged(true, NOW), ["g"]);
}
