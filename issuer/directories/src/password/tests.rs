//! What is right, what is wrong, and what costs too much.

use std::time::Instant;

use super::*;
use postern_secrets::testing::SeededEntropy;

fn secret(text: &str) -> PlainSecret {
    PlainSecret::presented(text.to_owned())
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::of(&secret(text), &SeededEntropy::new(1)).unwrap()
}

/// Of `password`, with the salt `somesalt`, by the reference implementation.
const REFERENCE: &str = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

#[test]
fn the_right_one_and_no_other() {
    let kept = hash("correct horse");
    assert!(kept.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", kept.as_str());
    let kept = PasswordHash::parse(kept.as_str()).unwrap();
    assert_eq!(kept.verify(&secret("correct horse")), Ok(Verification::Right { outdated: false }));
    for wrong in ["", "correct horse ", "Correct horse", "correct hors", "correct horse\0"] {
        assert_eq!(kept.verify(&secret(wrong)), Ok(Verification::Wrong), "{wrong:?}");
    }
    assert_eq!(format!("{kept:?}"), "PasswordHash(…)");
}

#[test]
fn a_nul_ends_nothing() {
    let kept = hash("before\0after");
    assert_eq!(kept.verify(&secret("before\0after")), Ok(Verification::Right { outdated: false }));
    assert_eq!(kept.verify(&secret("before\0later")), Ok(Verification::Wrong));
    assert_eq!(kept.verify(&secret("before")), Ok(Verification::Wrong));
}

#[test]
fn two_hashes_of_one_password_differ() {
    let entropy = SeededEntropy::new(1);
    let of = || PasswordHash::of(&secret("correct horse"), &entropy).unwrap();
    assert_ne!(of(), of());
}

#[test]
fn a_keyboard_may_compose_its_letters_as_it_likes() {
    let kept = hash("caf\u{e9} 12");
    for same in ["cafe\u{301} 12", "caf\u{e9} \u{ff11}\u{ff12}"] {
        assert_eq!(kept.verify(&secret(same)), Ok(Verification::Right { outdated: false }), "{same}");
    }
    assert_eq!(kept.verify(&secret("cafe 12")), Ok(Verification::Wrong));
}

#[test]
fn the_reference_implementations_hash_counts_and_is_outdated() {
    let kept = PasswordHash::parse(REFERENCE).unwrap();
    assert_eq!(kept.verify(&secret("password")), Ok(Verification::Right { outdated: true }));
    assert_eq!(kept.verify(&secret("Password")), Ok(Verification::Wrong));
}

#[test]
fn what_is_no_hash_or_costs_too_much() {
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
fn what_is_too_long_is_refused_before_it_costs_anything() {
    let kept = hash("x");
    let longest = secret(&"x".repeat(MAX_PASSWORD_LEN));
    assert_eq!(kept.verify(&longest), Ok(Verification::Wrong));
    let long = secret(&"x".repeat(MAX_PASSWORD_LEN + 1));
    let begin = Instant::now();
    for _ in 0..10_000 {
        assert_eq!(kept.verify(&long), Err(PasswordError::TooLong));
    }
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(PasswordHash::of(&long, &SeededEntropy::new(1)), Err(PasswordError::TooLong));
    assert_eq!(PasswordHash::verify_dummy(&long), Err(PasswordError::TooLong));
}

#[test]
fn nobodys_costs_what_somebodys_does() {
    let (kept, wrong) = (hash("x"), secret("y"));
    let fastest = |what: &dyn Fn()| {
        (0..5)
            .map(|_| {
                let begin = Instant::now();
                what();
                begin.elapsed()
            })
            .min()
            .unwrap()
    };
    let somebody = fastest(&|| assert_eq!(kept.verify(&wrong), Ok(Verification::Wrong)));
    let nobody = fastest(&|| assert_eq!(PasswordHash::verify_dummy(&wrong), Ok(())));
    assert!(nobody < 3 * somebody && somebody < 3 * nobody, "{somebody:?} {nobody:?}");
}

#[test]
fn a_hash_of_todays_parameters_can_be_made() {
    assert!(Params::new(MEMORY_KIB, PASSES, LANES, None).is_ok());
    assert!(is_current(&phc::PasswordHash::new(hash("x").as_str()).unwrap()));
}
