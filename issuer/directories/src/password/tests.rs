//! Correct and wrong passwords, acceptable hashes, and costs.

use std::time::Instant;

use super::*;
use postern_secrets::testing::SeededEntropy;

fn secret(text: &str) -> PlainSecret {
    PlainSecret::presented(text.to_owned())
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::of(&secret(text), &SeededEntropy::new(1)).unwrap()
}

/// The reference implementation's hash of `password` with the salt `somesalt`.
const REFERENCE: &str = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

#[test]
fn only_the_hashed_password_verifies() {
    let stored = hash("correct horse");
    assert!(stored.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.as_str());
    let stored = PasswordHash::parse(stored.as_str()).unwrap();
    assert_eq!(stored.verify(&secret("correct horse")), Ok(Verification::Right { outdated: false }));
    for wrong in ["", "correct horse ", "Correct horse", "correct hors", "correct horse\0"] {
        assert_eq!(stored.verify(&secret(wrong)), Ok(Verification::Wrong), "{wrong:?}");
    }
    assert_eq!(format!("{stored:?}"), "PasswordHash(…)");
}

#[test]
fn characters_after_a_nul_are_significant() {
    let stored = hash("before\0after");
    assert_eq!(stored.verify(&secret("before\0after")), Ok(Verification::Right { outdated: false }));
    assert_eq!(stored.verify(&secret("before\0later")), Ok(Verification::Wrong));
    assert_eq!(stored.verify(&secret("before")), Ok(Verification::Wrong));
}

#[test]
fn two_hashes_of_one_password_differ() {
    let entropy = SeededEntropy::new(1);
    let of = || PasswordHash::of(&secret("correct horse"), &entropy).unwrap();
    assert_ne!(of(), of());
}

#[test]
fn equivalent_unicode_encodings_verify() {
    let stored = hash("caf\u{e9} 12");
    for same in ["cafe\u{301} 12", "caf\u{e9} \u{ff11}\u{ff12}"] {
        assert_eq!(stored.verify(&secret(same)), Ok(Verification::Right { outdated: false }), "{same}");
    }
    assert_eq!(stored.verify(&secret("cafe 12")), Ok(Verification::Wrong));
}

#[test]
fn a_hash_of_the_reference_implementation_verifies_and_is_outdated() {
    let stored = PasswordHash::parse(REFERENCE).unwrap();
    assert_eq!(stored.verify(&secret("password")), Ok(Verification::Right { outdated: true }));
    assert_eq!(stored.verify(&secret("Password")), Ok(Verification::Wrong));
}

#[test]
fn an_invalid_or_expensive_hash_is_refused() {
    let with = |from: &str, to: &str| REFERENCE.replace(from, to);
    for bad in [
        "",
        "password",
        "$2b$12$abcdefghijklmnopqrstuv",
        &with("argon2id", "argon2i"),
        &with("v=19", "v=16"),
        &with("$v=19", ""),
        &with("m=65536", "m=65537"),
        &with("m=65536", "m=4294967295"),
        &with("m=65536", "m=1"),
        &with("t=2", "t=9"),
        &with("p=1", "p=5"),
        &with("t=2,", ""),
        &with(",p=1", ",p=1,x=1"),
        &with("$c29tZXNhbHQ", "$c29t"),
        &with("$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", ""),
        &with("$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "$CTFhFdXPJO1aFaMa"),
        &format!("{REFERENCE}\n"),
        &format!("{REFERENCE}$x"),
    ] {
        assert_eq!(PasswordHash::parse(bad), Err(PasswordHashError), "{bad}");
    }
}

#[test]
fn a_password_that_is_too_long_is_refused_without_hashing() {
    let stored = hash("x");
    let longest = secret(&"x".repeat(MAX_PASSWORD_LEN));
    assert_eq!(stored.verify(&longest), Ok(Verification::Wrong));
    let long = secret(&"x".repeat(MAX_PASSWORD_LEN + 1));
    let begin = Instant::now();
    for _ in 0..10_000 {
        assert_eq!(stored.verify(&long), Err(PasswordError::TooLong));
    }
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(PasswordHash::of(&long, &SeededEntropy::new(1)), Err(PasswordError::TooLong));
    assert_eq!(PasswordHash::verify_dummy(&long), Err(PasswordError::TooLong));
}

/// The processor time of this thread so far, in which other processes have no part.
fn processor_time() -> Duration {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(times.split(' ').next().unwrap().parse().unwrap())
}

#[test]
fn an_unknown_user_costs_as_much_as_a_known_user() {
    let (stored, wrong) = (hash("x"), secret("y"));
    let fastest = |what: &dyn Fn()| {
        (0..5)
            .map(|_| {
                let begin = processor_time();
                what();
                processor_time().saturating_sub(begin)
            })
            .min()
            .unwrap()
    };
    let known = fastest(&|| assert_eq!(stored.verify(&wrong), Ok(Verification::Wrong)));
    let unknown = fastest(&|| assert_eq!(PasswordHash::verify_dummy(&wrong), Ok(())));
    assert!(unknown < 3 * known && known < 3 * unknown, "{known:?} {unknown:?}");
}

#[test]
fn the_parameters_of_new_hashes_are_valid_and_current() {
    assert!(Params::new(MEMORY_KIB, PASSES, LANES, None).is_ok());
    assert!(is_current(&phc::PasswordHash::new(hash("x").as_str()).unwrap()));
}
