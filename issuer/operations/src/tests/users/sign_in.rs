//! Signing in, and the look-up of user names in stores.

use super::*;

on_both!(
    only_an_active_user_with_the_right_password_signs_in,
    a_name_without_a_store_is_looked_up_in_the_first_store,
    a_user_name_may_contain_an_at_sign,
    signing_in_ends_the_previous_session_of_the_browser,
    a_password_reset_during_sign_in_refuses_it,
    signing_in_upgrades_an_old_password_hash,
);

fn only_an_active_user_with_the_right_password_signs_in(engine: Engine) {
    let fixture = Fixture::new(engine);
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

fn a_name_without_a_store_is_looked_up_in_the_first_store(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.user("bob@partners");
    let signed_in_as =
        |name: &str| sign_in(&fixture.act(), name, &secret(PASSWORD), None).map(|session| session.user.to_string());
    assert!(wrong(&signed_in_as("bob")));
    assert_eq!(signed_in_as("bob@partners").unwrap(), "bob@partners");
    fixture.user("bob@local");
    assert_eq!(signed_in_as("bob").unwrap(), "bob@local");
    assert_eq!(signed_in_as("Bob@partners").unwrap(), "bob@partners");
}

fn a_user_name_may_contain_an_at_sign(engine: Engine) {
    let fixture = Fixture::new(engine);
    let carol = fixture.user("carol@example.com@local");
    let signed_in_as = |name: &str| sign_in(&fixture.act(), name, &secret(PASSWORD), None).map(|session| session.user);
    // No store is called `example.com`, so the whole text is the name.
    assert_eq!(signed_in_as("carol@example.com").unwrap(), carol);
    assert_eq!(signed_in_as("carol@example.com@local").unwrap(), carol);
    assert!(wrong(&signed_in_as("carol")));
    // If a store has that name, the text before it is the name of the user.
    let dave = fixture.user("dave@partners@local");
    assert!(wrong(&signed_in_as("dave@partners")));
    assert_eq!(signed_in_as("dave@partners@local").unwrap(), dave);
}

fn signing_in_ends_the_previous_session_of_the_browser(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, bob) = (fixture.user("alice@local"), fixture.user("bob@partners"));
    let (hers, his) = (fixture.session(&alice, NOW), fixture.session(&bob, NOW));
    let again = sign_in(&fixture.act(), "alice", &secret(PASSWORD), Some(&his)).unwrap();
    assert!(!fixture.signed_in(&his, NOW) && fixture.signed_in(&hers, NOW) && fixture.signed_in(&again.secret, NOW));
    // A failed sign-in ends no session, and a planted secret never becomes a session.
    assert!(wrong(&sign_in(&fixture.act(), "alice", &secret("wrong"), Some(&hers))));
    assert!(fixture.signed_in(&hers, NOW));
    let planted = secret("pse_local.planted");
    let new = sign_in(&fixture.act(), "alice", &secret(PASSWORD), Some(&planted)).unwrap();
    assert!(!fixture.signed_in(&planted, NOW));
    assert_ne!(new.secret.expose(), planted.expose());
}

fn a_password_reset_during_sign_in_refuses_it(engine: Engine) {
    let fixture = Fixture::new(engine);
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

fn signing_in_upgrades_an_old_password_hash(engine: Engine) {
    let fixture = Fixture::new(engine);
    let alice = fixture.user("alice@local");
    // The same password, hashed with fewer passes and less memory.
    let old = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$";
    let params = argon2::Params::new(64, 1, 1, None).unwrap();
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut output = [0; 32];
    argon.hash_password_into(PASSWORD.as_bytes(), b"saltsaltsaltsalt", &mut output).unwrap();
    let old = format!("{old}{}", base64::engine::general_purpose::STANDARD_NO_PAD.encode(output));
    fixture.execute(&format!("UPDATE \"users@local\" SET password = '{old}'"));
    let kept = || fixture.database.query("SELECT password FROM \"users@local\"").unwrap();
    assert!(wrong(&sign_in(&fixture.act(), "alice", &secret("wrong"), None)));
    assert_eq!(kept(), old);
    fixture.session(&alice, NOW);
    let new = kept();
    assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
    fixture.session(&alice, NOW);
    assert_eq!(kept(), new);
}
