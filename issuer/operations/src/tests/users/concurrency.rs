//! Several at once: one refresh of a token succeeds, and the grant lives.

use std::sync::Barrier;
use std::thread;

use super::*;

on_both!(
    of_twenty_who_refresh_at_once_one_does_and_the_grant_lives,
    of_twenty_in_a_store_of_its_own_too,
    a_code_is_exchanged_once_by_eight,
    a_user_who_is_locked_while_clients_refresh_has_nothing_left,
);

fn at_once<T: Send>(count: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    let start = Barrier::new(count);
    let each = || {
        start.wait();
        work()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(each)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn refresh_at_once(fixture: &Fixture, name: &str) {
    let (user, keys) = (fixture.user(name), fixture.user_keys());
    let first = fixture.given(&keys, &user);
    let mut results = at_once(20, || fixture.refresh(&keys, &first, NOW.plus(1)));
    assert_eq!(results.iter().filter(|result| invalid(result)).count(), 19);
    results.retain(Result::is_ok);
    let winner = results.pop().unwrap().unwrap();
    assert!(results.is_empty() && fixture.lives(&winner) && !fixture.lives(&first));
    let mut last = winner;
    for step in 2..5 {
        let mut results = at_once(20, || fixture.refresh(&keys, &last, NOW.plus(step)));
        results.retain(Result::is_ok);
        assert_eq!(results.len(), 1);
        last = results.pop().unwrap().unwrap();
    }
    assert!(fixture.lives(&last));
}

fn of_twenty_who_refresh_at_once_one_does_and_the_grant_lives(on: On) {
    refresh_at_once(&Fixture::new(on), "alice@local");
}

fn of_twenty_in_a_store_of_its_own_too(on: On) {
    let (fixture, _own) = Fixture::with_own_store(on);
    refresh_at_once(&fixture, "olga@own");
}

fn a_code_is_exchanged_once_by_eight(on: On) {
    let fixture = Fixture::new(on);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let code = fixture.code(&keys, &alice, None, NOW).unwrap();
    let results = at_once(8, || fixture.exchange(&keys, &code, NOW));
    let got: Vec<_> = results.into_iter().filter_map(Result::ok).collect();
    // Whoever came second has ended what the first one got: of two who have a code, one has stolen it.
    assert_eq!(got.len(), 1);
    assert!(!fixture.lives(&got[0]));
}

fn a_user_who_is_locked_while_clients_refresh_has_nothing_left(on: On) {
    let (fixture, _own) = Fixture::with_own_store(on);
    let keys = fixture.user_keys();
    for name in ["alice@local", "olga@own"] {
        let user = fixture.user(name);
        let start = Barrier::new(5);
        let tokens: Vec<MintedUserToken> = thread::scope(|scope| {
            let renew = || {
                let mut tokens = vec![fixture.given(&keys, &user)];
                start.wait();
                while let Ok(next) = fixture.refresh(&keys, &tokens[tokens.len() - 1], NOW) {
                    tokens.push(next);
                }
                tokens
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(renew)).collect();
            start.wait();
            fixture.lock(&user);
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert!(tokens.iter().all(|token| !fixture.lives(token)), "{name}");
    }
}
