//! Limits for guesses at passwords, which all processes on a database share.

use std::net::IpAddr;
use std::sync::Barrier;
use std::thread;

use postern_secrets::MasterKey;

use super::*;

on_both!(
    wrong_passwords_are_limited_for_each_name_at_an_address,
    an_account_is_limited_over_all_addresses_and_strangers_cannot_lock_its_own_browser,
    a_known_browser_has_a_limit_of_its_own,
    a_device_cookie_is_valid_for_its_user_and_issuer_only,
    an_address_that_tries_many_names_is_slowed,
    a_right_password_ends_the_counts_and_a_failure_of_the_issuer_counts_nothing,
    an_administrator_ends_the_count_of_an_account,
    concurrent_guesses_of_several_processes_share_the_limits,
    counts_that_have_fallen_to_zero_are_pruned,
);

const LIMITS: GuessLimits = GuessLimits { per_minute: 5, per_account: 100 };

/// The address with this number.
fn address(number: u32) -> IpAddr {
    IpAddr::V4((0x0a00_0000 + number).into())
}

/// How a guess ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Right,
    Wrong,
    Wait(u64),
    Limited,
}

/// A guess at a password, which is not hashed: tests make hundreds of them.
struct Guess<'a> {
    login: &'a str,
    from: IpAddr,
    device: Option<&'a PlainSecret>,
    right: bool,
    now: UnixSeconds,
}

impl<'a> Guess<'a> {
    fn wrong(login: &'a str, from: u32) -> Self {
        Self { login, from: address(from), device: None, right: false, now: NOW }
    }

    fn right(login: &'a str, from: u32) -> Self {
        Self { right: true, ..Self::wrong(login, from) }
    }

    fn at(self, seconds: u64) -> Self {
        Self { now: NOW.plus(seconds), ..self }
    }

    fn with(self, device: &'a PlainSecret) -> Self {
        Self { device: Some(device), ..self }
    }

    fn by(self, instance: &Instance) -> Ended {
        let act = instance.act(postern_model::Actor::Stranger).at(self.now);
        let guard = Guard::of_sign_in(&act, LIMITS, self.login, self.from, self.device);
        let verify = || if self.right { Ok(()) } else { Err(UserError::WrongCredentials.into()) };
        match guarded(&act, &guard, verify) {
            Ok(()) => Ended::Right,
            Err(Error::User(UserError::WrongCredentials)) => Ended::Wrong,
            Err(Error::User(UserError::Throttled { seconds })) => {
                assert!(check_guess(&act, &guard).is_err(), "the early check refuses too");
                Ended::Wait(seconds)
            }
            Err(Error::User(UserError::TooManyFailures)) => Ended::Limited,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Makes wrong guesses from a new address each until the account is limited. Returns their number.
fn exhaust(fixture: &Fixture, login: &str) -> usize {
    (0..200).take_while(|number| Guess::wrong(login, *number).by(&fixture.instance) == Ended::Wrong).count()
}

fn device(fixture: &Fixture, user: &UserId, sent: Option<&PlainSecret>) -> PlainSecret {
    remember_device(&fixture.act(), user, sent).unwrap()
}

fn wrong_passwords_are_limited_for_each_name_at_an_address(engine: Engine) {
    let fixture = Fixture::new(engine);
    let by = &fixture.instance;
    for _ in 0..5 {
        assert_eq!(Guess::wrong("alice", 1).by(by), Ended::Wrong);
    }
    // However the login is written, and after a restart.
    let restarted = fixture.another(&fixture.master_key, 3);
    for login in ["alice", "ALICE", "alice@local"] {
        assert_eq!(Guess::right(login, 1).by(&restarted), Ended::Wait(12), "{login}");
    }
    assert_eq!(Guess::right("bob", 1).by(by), Ended::Right);
    assert_eq!(Guess::wrong("alice", 2).by(by), Ended::Wrong);
    // One more for every twelve seconds.
    assert_eq!(Guess::wrong("alice", 1).at(12).by(by), Ended::Wrong);
    assert_eq!(Guess::wrong("alice", 1).at(12).by(&restarted), Ended::Wait(12));
    assert_eq!(Guess::right("alice", 1).at(24).by(&restarted), Ended::Right);
}

fn an_account_is_limited_over_all_addresses_and_strangers_cannot_lock_its_own_browser(engine: Engine) {
    let fixture = Fixture::new(engine);
    let alice = fixture.user("alice@local");
    let known = device(&fixture, &alice, None);
    assert_eq!(exhaust(&fixture, "alice"), 100);
    // For ever: waiting does not help, nor does a restart.
    let restarted = fixture.another(&fixture.master_key, 3);
    for seconds in [0, 3600, 86400 * 365] {
        assert_eq!(Guess::right("alice", 1000).at(seconds).by(&restarted), Ended::Limited);
    }
    // A name without a user is limited alike.
    assert_eq!(exhaust(&fixture, "nobody"), 100);
    // Alice signs in with the browser that she has used before, and with that the others may try again.
    assert_eq!(Guess::right("alice", 1).with(&known).by(&restarted), Ended::Right);
    assert_eq!(Guess::right("alice", 1000).by(&restarted), Ended::Right);
}

fn a_known_browser_has_a_limit_of_its_own(engine: Engine) {
    let fixture = Fixture::new(engine);
    let alice = fixture.user("alice@local");
    let known = device(&fixture, &alice, None);
    exhaust(&fixture, "alice");
    // The browser has its own count at every address. Beyond its limit it is treated as unknown.
    for number in 0..10 {
        assert_eq!(Guess::wrong("alice", number).with(&known).by(&fixture.instance), Ended::Wrong);
    }
    assert_eq!(Guess::right("alice", 1000).with(&known).by(&fixture.instance), Ended::Limited);
    let another = device(&fixture, &alice, None);
    assert_ne!(another.expose(), known.expose());
    assert_eq!(Guess::right("alice", 1000).with(&another).by(&fixture.instance), Ended::Right);
}

fn a_device_cookie_is_valid_for_its_user_and_issuer_only(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, bob) = (fixture.user("alice@local"), fixture.user("bob@local"));
    let text = device(&fixture, &bob, None).expose().to_owned();
    exhaust(&fixture, "alice");
    exhaust(&fixture, "bob");
    let stranger = fixture.another(&MasterKey::generate(&SeededEntropy::new(77)).unwrap(), 4);
    let forged = remember_device(&stranger.act(postern_model::Actor::Stranger), &alice, None).unwrap();
    let changed = format!("{}{}", if text.starts_with('0') { '1' } else { '0' }, &text[1..]);
    let short = &text[..text.len() - 1];
    for bad in [&text, forged.expose(), "", "~~~~~~", &changed, short] {
        let cookie = secret(bad);
        assert_eq!(Guess::right("alice", 1000).with(&cookie).by(&fixture.instance), Ended::Limited, "{bad}");
        let valid = bad == text;
        assert_eq!(Guess::right("bob", 1000).with(&cookie).by(&fixture.instance) == Ended::Right, valid, "{bad}");
        exhaust(&fixture, "bob");
    }
    // A browser of several users: each of the last five has an entry, and what is no entry is not kept.
    let both = device(&fixture, &alice, Some(&secret(&format!("{text}~junk~<script>"))));
    assert!(both.expose().split('~').count() == 2 && both.expose().ends_with(&text));
    assert_eq!(device(&fixture, &alice, Some(&both)).expose(), both.expose(), "the entry is kept");
    for login in ["alice", "bob"] {
        assert_eq!(Guess::right(login, 1000).with(&both).by(&fixture.instance), Ended::Right);
    }
    let mut cookie = both;
    for number in 0..7 {
        cookie = device(&fixture, &id(&format!("user{number}@local")), Some(&cookie));
    }
    assert_eq!(cookie.expose().split('~').count(), 5);
}

fn an_address_that_tries_many_names_is_slowed(engine: Engine) {
    let fixture = Fixture::new(engine);
    let by = &fixture.instance;
    let spray = |from: u32, now: u64, seed: &str| {
        let tried = |number: &u32| Guess::wrong(&format!("{seed}{number}"), from).at(now).by(by) == Ended::Wrong;
        (0..100).take_while(tried).count()
    };
    assert_eq!(spray(1, 0, "a"), 5);
    assert_eq!(spray(1, 60, "b"), 0, "one name in two minutes");
    assert_eq!(spray(1, 600, "c"), 5);
    // Further guesses at a name that counts already are limited by name, not as further names.
    assert_eq!(Guess::wrong("c1", 1).at(600).by(by), Ended::Wrong);
    // A user with the right password must wait there too, unless the browser is known. At other addresses there is no wait.
    assert!(matches!(Guess::right("alice", 1).at(600).by(by), Ended::Wait(_)));
    let known = device(&fixture, &fixture.user("alice@local"), None);
    assert_eq!(Guess::right("alice", 1).with(&known).at(600).by(by), Ended::Right);
    assert_eq!(Guess::right("alice", 2).at(600).by(by), Ended::Right);
}

fn a_right_password_ends_the_counts_and_a_failure_of_the_issuer_counts_nothing(engine: Engine) {
    let fixture = Fixture::new(engine);
    for round in 0..3 {
        for number in 0..99 {
            assert_eq!(Guess::wrong("alice", round * 1000 + number).by(&fixture.instance), Ended::Wrong);
        }
        assert_eq!(Guess::right("alice", round * 1000 + 999).by(&fixture.instance), Ended::Right);
    }
    let act = fixture.act();
    let guard = Guard::of_sign_in(&act, LIMITS, "carol", address(1), None);
    for _ in 0..110 {
        assert!(guarded::<()>(&act, &guard, || Err(UserError::NoSession.into())).is_err());
        assert!(guarded(&act, &guard, || Ok(())).is_ok());
    }
    let counts = "SELECT count(*) FROM guesses WHERE drained_at IS NULL";
    assert_eq!(fixture.database.query(counts).unwrap(), "0", "nothing counts any more");
}

fn an_administrator_ends_the_count_of_an_account(engine: Engine) {
    let fixture = Fixture::new(engine);
    let alice = fixture.user("alice@local");
    assert_eq!(exhaust(&fixture, "alice"), 100);
    fixture.unlock(&alice);
    assert_eq!(Guess::right("alice", 500).by(&fixture.instance), Ended::Right);
    let wrong = |number: &u32| Guess::wrong("alice", 1000 + number).by(&fixture.instance) == Ended::Wrong;
    assert_eq!((0..200).take_while(wrong).count(), 100);
    assert_eq!(Guess::right("alice", 501).by(&fixture.instance), Ended::Limited);
    reset_password(&fixture.act(), &alice, &secret("another horse that reads")).unwrap();
    assert_eq!(Guess::right("alice", 501).by(&fixture.instance), Ended::Right);
}

fn concurrent_guesses_of_several_processes_share_the_limits(engine: Engine) {
    let fixture = Fixture::new(engine);
    let others = [fixture.another(&fixture.master_key, 3), fixture.another(&fixture.master_key, 4)];
    let instances = [&fixture.instance, &others[0], &others[1]];
    let tried = |from: fn(u32, u32) -> u32, round: u32| {
        let start = Barrier::new(30);
        let guess = |number: u32| {
            start.wait();
            Guess::wrong("alice", from(round, number)).by(instances[number as usize % 3]) == Ended::Wrong
        };
        thread::scope(|scope| {
            let guess = &guess;
            let threads: Vec<_> = (0..30).map(|number| scope.spawn(move || guess(number))).collect();
            threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum::<usize>()
        })
    };
    assert_eq!(tried(|_, _| 1, 0), 5, "from one address");
    let elsewhere: usize = (1..6).map(|round| tried(|round, number| 1000 * round + number, round)).sum();
    assert_eq!(5 + elsewhere, 100, "from many addresses");
}

fn counts_that_have_fallen_to_zero_are_pruned(engine: Engine) {
    let fixture = Fixture::new(engine);
    for number in 0..3 {
        Guess::wrong("alice", number).by(&fixture.instance);
    }
    let counts = || fixture.database.query("SELECT count(*) FROM guesses").unwrap();
    // Of each address: the name there, the address, and the names that it tried; and the account.
    assert_eq!(counts(), "10");
    assert!(!prune_guesses(&fixture.at(NOW.plus(60))).unwrap());
    assert_eq!(counts(), "4");
    prune_guesses(&fixture.at(NOW.plus(1000))).unwrap();
    assert_eq!(counts(), "1", "only the account's count stays");
}
