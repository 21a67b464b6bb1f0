//! Concurrent requests for the same grant.

use std::sync::Barrier;
use std::thread;

use super::*;

on_both!(
    twenty_concurrent_refreshes_succeed_and_leave_one_live_pair,
    twenty_concurrent_refreshes_leave_one_live_pair_in_a_store_with_its_own_database,
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
    let mut last = fixture.authorize(&keys, &user);
    for step in 1..5 {
        let results = at_once(20, || fixture.refresh(&keys, &last, NOW.plus(step)));
        let mut tokens: Vec<MintedUserToken> = results.into_iter().map(Result::unwrap).collect();
        assert_eq!(tokens.iter().filter(|token| fixture.is_live(token)).count(), 1);
        // The client continues with any of the answers: it cannot know which was made last.
        let kept = tokens.swap_remove(7);
        let next = fixture.refresh(&keys, &kept, NOW.plus(step)).unwrap();
        assert!(fixture.is_live(&next) && tokens.iter().all(|token| !fixture.is_live(token)));
        last = next;
    }
    assert_eq!(fixture.count("grant.reuse"), 0);
}

fn twenty_concurrent_refreshes_succeed_and_leave_one_live_pair(engine: Engine) {
    refresh_at_once(&Fixture::new(engine), "alice@local");
}

fn twenty_concurrent_refreshes_leave_one_live_pair_in_a_store_with_its_own_database(engine: Engine) {
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
