//! Who may sign in, and where a name is looked for.

use super::*;

on_both!(
    the_right_password_of_an_active_user_signs_in,
    a_name_is_looked_for_in_the_store_that_it_says_and_otherwise_in_the_first,
    a_name_may_hold_an_at,
    the_session_that_the_browser_had_before_is_over,
    a_password_that_was_reset_meanwhile_gives_nothing,
    a_password_is_hashed_anew_where_the_hash_is_old,
);

fn the_right_password_of_an_active_user_signs_in(on: On) {
    let fixture = Fixture::new(on);
    let alice = fixture.user("alice@local");
    let try_it = |name: &str, password: &str| sign_in(&fixture.act(), name, &secret(password), None);
    let session = try_it("alice", PASSWORD).unwrap();
    assert_eq!(session.user, alice);
    assert!(session.secret.expose().starts_with("pse_local."));
    assert_eq!(find_session(&fixture.act(), &session.secret).unwrap().user, alice);
    let long = "x".repeat(100_000);
    for (name, password) in [
        ("alice", "a horse that writes"),
        ("alice", ""),
        ("alice", "A horse that reads"),
        ("alice", long.as_str()),
        ("bob", PASSWORD),
        ("bob", long.as_str()),
        ("", PASSWORD),
        ("\0", "\0"),
        ("alice' OR 1=1 --", PASSWORD),
        ("@", PASSWORD),
        ("alice@nowhere", PASSWORD),
    ] {
        assert!(wrong(&try_it(name, password)), "`{name}`");
    }
    fixture.lock(&alice);
    assert!(wrong(&try_it("alice", PASSWORD)));
    fixture.unlock(&alice);
    try_it("ALICE@local", PASSWORD).unwrap();
    assert_eq!(fixture.count("user.sign_in"), 2);
}

fn a_name_is_looked_for_in_the_store_that_it_says_and_otherwise_in_the_first(on: On) {
    let fixture = Fixture::new(on);
    fixture.user("bob@partners");
    let who = |name: &str| sign_in(&fixture.act(), name, &secret(PASSWORD), None).map(|session| session.user.to_string());
    assert!(wrong(&who("bob")));
    assert_eq!(who("bob@partners").unwrap(), "bob@partners");
    fixture.user("bob@local");
    assert_eq!(who("bob").unwrap(), "bob@local");
    assert_eq!(who("Bob@partners").unwrap(), "bob@partners");
}

fn a_name_may_hold_an_at(on: On) {
    let fixture = Fixture::new(on);
    let carol = fixture.user("carol@example.com@local");
    let who = |name: &str| sign_in(&fixture.act(), name, &secret(PASSWORD), None).map(|session| session.user);
    // No store has that name, so it is all one name.
    assert_eq!(who("carol@example.com").unwrap(), carol);
    assert_eq!(who("carol@example.com@local").unwrap(), carol);
    assert!(wrong(&who("carol")));
    // A store's name goes before a name that looks like it.
    let dave = fixture.user("dave@partners@local");
    assert!(wrong(&who("dave@partners")));
    assert_eq!(who("dave@partners@local").unwrap(), dave);
}

fn the_session_that_the_browser_had_before_is_over(on: On) {
    let fixture = Fixture::new(on);
    let (alice, bob) = (fixture.user("alice@local"), fixture.user("bob@partners"));
    let (hers, his) = (fixture.session(&alice, NOW), fixture.session(&bob, NOW));
    let again = sign_in(&fixture.act(), "alice", &secret(PASSWORD), Some(&his)).unwrap();
    assert!(!fixture.signed_in(&his, NOW) && fixture.signed_in(&hers, NOW) && fixture.signed_in(&again.secret, NOW));
    // Who does not sign in ends nothing, and what was planted never becomes a session.
    assert!(wrong(&sign_in(&fixture.act(), "alice", &secret("wrong"), Some(&hers))));
    assert!(fixture.signed_in(&hers, NOW));
    let planted = secret("pse_local.planted");
    let new = sign_in(&fixture.act(), "alice", &secret(PASSWORD), Some(&planted)).unwrap();
    assert!(!fixture.signed_in(&planted, NOW));
    assert_ne!(new.secret.expose(), planted.expose());
}

fn a_password_that_was_reset_meanwhile_gives_nothing(on: On) {
    let fixture = Fixture::new(on);
    let alice = fixture.user("alice@local");
    let act = fixture.act();
    let known = super::super::super::users::authenticate_user(&act, "alice", &secret(PASSWORD)).unwrap();
    let still = || {
        fixture.instance.storage.read(|main| known.store.read(main, |tables| known.check_unchanged(tables))).map(|user| user.name)
    };
    assert_eq!(still().unwrap(), alice.name);
    reset_password(&fixture.at(NOW.plus(1)), &alice, &secret("another horse that reads")).unwrap();
    assert!(wrong(&still()));
    assert!(wrong(&sign_in(&fixture.act(), "alice", &secret(PASSWORD), None)));
    sign_in(&fixture.act(), "alice", &secret("another horse that reads"), None).unwrap();
}

fn a_password_is_hashed_anew_where_the_hash_is_old(on: On) {
    let fixture = Fixture::new(on);
    let alice = fixture.user("alice@local");
    // The same password with fewer passes and less memory.
    let old = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$";
    let params = argon2::Params::new(64, 1, 1, None).unwrap();
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut output = [0; 32];
    argon.hash_password_into(PASSWORD.as_bytes(), b"saltsaltsaltsalt", &mut output).unwrap();
    let old = format!("{old}{}", base64::engine::general_purpose::STANDARD_NO_PAD.encode(output));
    fixture.execute(&format!("UPDATE \"users@local\" SET password = '{old}'"));
    let kept = || fixture.place.query("SELECT password FROM \"users@local\"").unwrap();
    assert!(wrong(&sign_in(&fixture.act(), "alice", &secret("wrong"), None)));
    assert_eq!(kept(), old);
    fixture.session(&alice, NOW);
    let new = kept();
    assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
    fixture.session(&alice, NOW);
    assert_eq!(kept(), new);
}
