//! Servers reserve status indexes in blocks.

use std::collections::HashSet;
use std::thread;

use super::super::*;
use super::*;
use postern_model::{Actor, StatusBits, StatusIndex, StatusListId};

on_both!(
    two_processes_never_use_the_same_status_index,
    reserved_indexes_of_a_pruned_list_are_not_used,
    concurrent_grants_get_the_same_token,
    reservation_continues_in_the_next_list,
    reserved_indexes_of_an_earlier_epoch_are_not_used,
);

impl Fixture {
    fn status_index_of(&self, token: &MintedToken) -> StatusIndex {
        self.tokens().iter().find(|record| record.id == token.id).unwrap().status.unwrap()
    }
}

fn two_processes_never_use_the_same_status_index(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    fixture.never_find_current_token();
    let processes = [fixture.another(&fixture.master_key, 11), fixture.another(&fixture.master_key, 12)];
    thread::scope(|scope| {
        for instance in &processes {
            for _ in 0..2 {
                let keys = &keys;
                scope.spawn(move || {
                    for _ in 0..20 {
                        grant(&instance.act(Actor::Operator), keys, None).unwrap();
                    }
                });
            }
        }
    });
    let status_indexes = fixture.status_indexes();
    let distinct: HashSet<_> = status_indexes.iter().map(|status_index| (status_index.list, status_index.index)).collect();
    assert_eq!((status_indexes.len(), distinct.len()), (81, 81));
    // One index for the command, and a block for each server, or for each of its threads that found no free index at the same
    // time.
    let taken: u64 = fixture.database.query("SELECT next_index FROM status_lists").unwrap().parse().unwrap();
    assert!((1 + 2 * 256..=1 + 4 * 256).contains(&taken) && taken % 256 == 1, "{taken}");
}

fn reserved_indexes_of_a_pruned_list_are_not_used(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    fixture.never_find_current_token();
    let serving = fixture.another(&fixture.master_key, 11);
    let first = grant(&serving.act(Actor::Operator), &keys, None).unwrap();
    assert_eq!(fixture.status_index_of(&first).list, StatusListId(1));
    fixture.execute(&format!("UPDATE status_lists SET next_index = {}", StatusBits::CAPACITY));
    fixture.maintain_status_lists(NOW);
    // The list is pruned after its tokens have expired, while the process still has reserved indexes in it.
    let later = NOW.plus(1_000_000);
    assert_eq!(fixture.maintain_status_lists(later), 1);
    let next = grant(&serving.act(Actor::Operator).at(later), &keys, None).unwrap();
    assert_eq!(fixture.status_index_of(&next), StatusIndex { list: StatusListId(2), index: 0 });
    assert_eq!(revoke_token(&fixture.at(later), &next.id).unwrap().count, 1);
    assert_eq!(fixture.status(&next), Some(postern_token::Status::Revoked));
}

fn concurrent_grants_get_the_same_token(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let processes = [11, 12, 13].map(|seed| fixture.another(&fixture.master_key, seed));
    let tokens: HashSet<String> = thread::scope(|scope| {
        let threads: Vec<_> = processes
            .iter()
            .flat_map(|instance| {
                let keys = &keys;
                (0..3).map(move |_| {
                    scope.spawn(move || {
                        let token = grant(&instance.act(Actor::Operator), keys, Some("menu")).unwrap();
                        token.access_token.expose().to_owned()
                    })
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!((tokens.len(), fixture.tokens().len()), (1, 2));
}

fn reservation_continues_in_the_next_list(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    fixture.never_find_current_token();
    fixture.execute(&format!("UPDATE status_lists SET next_index = {}", StatusBits::CAPACITY - 2));
    fixture.maintain_status_lists(NOW);
    let serving = fixture.another(&fixture.master_key, 11);
    for _ in 0..4 {
        grant(&serving.act(Actor::Operator), &keys, None).unwrap();
    }
    let last = StatusBits::CAPACITY - 1;
    let expected = [(1, 0), (1, last - 1), (1, last), (2, 0), (2, 1)];
    assert_eq!(fixture.status_indexes(), expected.map(|(list, index)| StatusIndex { list: StatusListId(list), index }));
}

fn reserved_indexes_of_an_earlier_epoch_are_not_used(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    fixture.never_find_current_token();
    let serving = fixture.another(&fixture.master_key, 11);
    let first = grant(&serving.act(Actor::Operator), &keys, None).unwrap();
    assert_eq!(fixture.status_index_of(&first).list, StatusListId(1));
    // Beside a server that lost its connections for a moment.
    recover(&fixture.act()).unwrap();
    let next = grant(&serving.act(Actor::Operator), &keys, None).unwrap();
    assert_eq!(fixture.status_index_of(&next), StatusIndex { list: StatusListId(2), index: 0 });
    // An index of an idempotent request is reserved before its transaction too.
    recover(&fixture.act()).unwrap();
    let request = IdempotentRequest { key: "k".into(), fingerprint: [1; 32] };
    let regenerated = run_idempotent(&serving.act(Actor::Operator), &request, |act| {
        let request = RegenerateRequest::new(fixture.application.clone(), postern_token::KeyType::Production);
        Ok(regenerate(act, &request)?.token.id.as_str().as_bytes().to_vec())
    });
    regenerated.unwrap();
    assert!(fixture.status_indexes().contains(&StatusIndex { list: StatusListId(3), index: 0 }));
}
