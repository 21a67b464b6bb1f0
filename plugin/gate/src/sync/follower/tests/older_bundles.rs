//! Bundles that are older than the one in use.

use super::edge::Edge;
use super::issuer::uri;
use crate::sync::{BundleAge, Failure, Outcome, Record};

#[allow(clippy::unnecessary_wraps, reason = "it is compared with what a round ends with")]
fn older(incoming: (u64, u64), held: (u64, u64)) -> Option<Outcome> {
    let age = |(epoch, revision)| BundleAge { epoch, revision };
    Some(Outcome::Failed(Failure::OlderBundle { incoming: age(incoming), held: age(held) }))
}

/// An edge whose issuer is in epoch 5 at revision 9, in which the token of list 1 is revoked.
fn edge() -> Edge {
    let mut edge = Edge::new(2);
    edge.issuer.epoch = Some(5);
    edge.issuer.revision = 8;
    edge.issuer.set_list(1, 1);
    assert_eq!(edge.follow(0), Some(Outcome::Changed));
    edge.tick(1);
    edge
}

#[test]
fn a_lower_revision_of_the_same_epoch_is_refused() {
    let mut edge = edge();
    edge.tick(0);
    edge.issuer.lists.insert(uri(1), 0);
    edge.issuer.revision = 3;
    assert_eq!(edge.serve(0), older((5, 3), (5, 9)));
    for worker in 0..2 {
        edge.tick(worker);
        assert_eq!(edge.decides_listed(worker, 1), Some("revoked"));
    }
    edge.now += 2_000;
    edge.issuer.revision = 9;
    edge.tick(0);
    let same = edge.issuer.bundle();
    edge.answer(0, same);
    assert_eq!(edge.serve(0), Some(Outcome::Changed), "the same revision is not older");
}

#[test]
fn an_older_bundle_confirms_nothing() {
    let mut edge = edge();
    let age = edge.workers[0].follower.age(edge.now);
    edge.now += 1_500;
    edge.tick(0);
    edge.issuer.revision = 3;
    edge.serve(0);
    assert_eq!(edge.workers[0].follower.age(edge.now), age.map(|age| age + 1_500));
}

#[test]
fn a_bundle_without_a_revision_after_one_that_had_one_is_refused() {
    let mut edge = edge();
    edge.tick(0);
    edge.issuer.revision = 0;
    assert_eq!(edge.serve(0), older((5, 0), (5, 9)));
}

#[test]
fn a_later_epoch_is_accepted_whatever_its_revision() {
    let mut edge = edge();
    edge.tick(0);
    edge.issuer.epoch = Some(6);
    edge.issuer.revision = 1;
    edge.issuer.lists.insert(uri(1), 0);
    assert_eq!(edge.serve(0), Some(Outcome::NewEpoch(BundleAge { epoch: 6, revision: 1 })));
    edge.tick(1);
    assert_eq!(edge.decides_listed(1, 1), Some("token"));
}

/// Otherwise everything from before the issuer was recovered could be sent again.
#[test]
fn an_earlier_epoch_is_refused_whatever_its_revision() {
    for epoch in [Some(4), None] {
        let mut edge = edge();
        edge.tick(0);
        edge.issuer.epoch = epoch;
        edge.issuer.revision = 100;
        assert_eq!(edge.serve(0), older((epoch.unwrap_or(0), 100), (5, 9)));
    }
}

#[test]
fn a_worker_that_takes_over_knows_the_published_age() {
    let mut edge = edge();
    edge.issuer.revision = 3;
    edge.issuer.lists.insert(uri(1), 0);
    let late = edge.add_worker(&super::edge::settings());
    edge.tick_after(late, 3_000);
    edge.tick_after(late, 3_000);
    assert_eq!(edge.serve(late), older((5, 3), (5, 9)));
}

#[test]
fn a_worker_knows_the_age_of_its_bundle_when_the_records_are_lost() {
    for lost in [Record::Index, Record::Version] {
        let mut edge = edge();
        edge.tick(0);
        edge.records.lose(&lost);
        edge.issuer.revision = 3;
        assert_eq!(edge.serve(0), older((5, 3), (5, 9)), "{lost:?}");
    }
}

#[test]
fn what_another_worker_published_meanwhile_counts() {
    let mut edge = edge();
    edge.tick(0);
    edge.issuer.set_list(2, 0);
    let bundle = edge.issuer.bundle();
    assert_eq!(edge.answer(0, bundle), None, "it asks for list 2");
    let index = String::from_utf8(edge.records.value(&Record::Index).unwrap().to_vec()).unwrap();
    edge.records.put(Record::Index, index.replacen("5 9", "5 12", 1).into_bytes());
    assert_eq!(edge.serve(0), older((5, 10), (5, 12)));
}

#[test]
fn the_failure_says_what_to_do() {
    let Some(Outcome::Failed(failure)) = older((5, 3), (5, 9)) else { unreachable!() };
    let words = failure.to_string();
    assert!(words.contains("(epoch 5, revision 3)") && words.contains("(epoch 5, revision 9)"), "{words}");
    assert!(words.contains("`postern recover`"), "{words}");
}
