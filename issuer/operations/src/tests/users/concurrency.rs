//! Concurrent requests for the same grant.

use std::sync::Barrier;
use std::thread;

use super::*;

on_both!(
    one_of_twenty_concurrent_refreshes_succeeds_and_the_grant_stays_valid,
    one_of_twenty_concurrent_refreshes_succeeds_in_a_store_with_its_own_database,
    one_of_eight_concurrent_code_exchanges_succeeds,
    locking_a_user_during_refreshes_revokes_all_its_tokens,
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
    let first = fixture.authorize(&keys, &user);
    let mut results = at_once(20, || fixture.refresh(&keys, &first, NOW.plus(1)));
    assert_eq!(results.iter().filter(|result| invalid(result)).count(), 19);
    results.retain(Result::is_ok);
    let winner = results.pop().unwrap().unwrap();
    assert!(results.is_empty() && fixture.is_live(&winner) && !fixture.is_live(&first));
    let mut last = winner;
    for step in 2..5 {
        let mut results = at_once(20, || fixture.refresh(&keys, &last, NOW.plus(step)));
        results.retain(Result::is_ok);
        assert_eq!(results.len(), 1);
        last = results.pop().unwrap().unwrap();
    }
    assert!(fixture.is_live(&last));
}

fn one_of_twenty_concurrent_refreshes_succeeds_and_the_grant_stays_valid(engine: Engine) {
    refresh_at_once(&Fixture::new(engine), "alice@local");
}

fn one_of_twenty_concurrent_refreshes_succeeds_in_a_store_with_its_own_database(engine: Engine) {
    let (fixture, _own) = Fixture::with_own_store(engine);
    refresh_at_once(&fixture, "olga@own");
}

fn one_of_eight_concurrent_code_exchanges_succeeds(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let code = fixture.code(&keys, &alice, None, NOW).unwrap();
    let results = at_once(8, || fixture.exchange(&keys, &code, NOW));
    let got: Vec<_> = results.into_iter().filter_map(Result::ok).collect();
    // The second exchange ended the grant of the first one, because one of the two clients has stolen the code.
    assert_eq!(got.len(), 1);
    assert!(!fixture.is_live(&got[0]));
}

fn locking_a_user_during_refreshes_revokes_all_its_tokens(engine: Engine) {
    let (fixture, _own) = Fixture::with_own_store(engine);
    let keys = fixture.user_keys();
    for name in ["alice@local", "olga@own"] {
        let user = fixture.user(name);
        let start = Barrier::new(5);
        let tokens: Vec<MintedUserToken> = thread::scope(|scope| {
            let renew = || {
                let mut tokens = vec![fixture.authorize(&keys, &user)];
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
        assert!(tokens.iter().all(|token| !fixture.is_live(token)), "{name}");
    }
}
