//! The end of sessions.

use super::*;
use crate::error::UserError;

on_both!(
    a_session_expires_when_idle_and_after_its_lifetime,
    use_extends_a_session_with_the_shortest_idle_time,
    signing_out_ends_only_its_own_session,
    a_session_stays_ended_after_unlocking_or_recreating_the_user,
    a_changed_password_ends_every_other_session,
    invalid_session_secrets_are_refused,
    an_administrator_sees_and_ends_the_sessions_of_a_user,
);

fn a_session_expires_when_idle_and_after_its_lifetime(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.set_policies(PolicyChange { session_idle: Some(600), session_lifetime: Some(1500), ..PolicyChange::default() });
    let alice = fixture.user("alice@local");
    let session = fixture.session(&alice, NOW);
    assert!(!fixture.signed_in(&session, NOW.plus(600)));
    for seconds in [599, 1198, 1499] {
        assert!(fixture.signed_in(&session, NOW.plus(seconds)), "{seconds}");
    }
    assert!(!fixture.signed_in(&session, NOW.plus(1500)));
    // A stricter policy applies to existing sessions too.
    let session = fixture.session(&alice, NOW);
    fixture.set_policies(PolicyChange { session_idle: Some(100), ..PolicyChange::default() });
    assert!(!fixture.signed_in(&session, NOW.plus(100)));
}

fn use_extends_a_session_with_the_shortest_idle_time(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.set_policies(PolicyChange { session_idle: Some(60), ..PolicyChange::default() });
    let session = fixture.session(&fixture.user("alice@local"), NOW);
    for seconds in [40, 80, 120, 160] {
        assert!(fixture.signed_in(&session, NOW.plus(seconds)), "{seconds}");
    }
    assert!(!fixture.signed_in(&session, NOW.plus(220)));
}

fn signing_out_ends_only_its_own_session(engine: Engine) {
    let fixture = Fixture::new(engine);
    let alice = fixture.user("alice@local");
    let (one, other) = (fixture.session(&alice, NOW), fixture.session(&alice, NOW));
    sign_out(&fixture.act(), &one).unwrap();
    assert!(!fixture.signed_in(&one, NOW) && fixture.signed_in(&other, NOW));
    sign_out(&fixture.act(), &one).unwrap();
    sign_out(&fixture.act(), &secret("nothing")).unwrap();
}

fn a_session_stays_ended_after_unlocking_or_recreating_the_user(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, bob) = (fixture.user("alice@local"), fixture.user("bob@local"));
    let (hers, his) = (fixture.session(&alice, NOW), fixture.session(&bob, NOW));
    fixture.lock(&alice);
    assert!(!fixture.signed_in(&hers, NOW) && fixture.signed_in(&his, NOW));
    fixture.unlock(&alice);
    assert!(!fixture.signed_in(&hers, NOW));
    delete_user(&fixture.act(), &bob, |_| true).unwrap();
    assert!(!fixture.signed_in(&his, NOW));
    fixture.user("bob@local");
    assert!(!fixture.signed_in(&his, NOW));
}

fn a_changed_password_ends_every_other_session(engine: Engine) {
    let fixture = Fixture::new(engine);
    let alice = fixture.user("alice@local");
    let (one, other) = (fixture.session(&alice, NOW), fixture.session(&alice, NOW));
    let new = "another horse that reads";
    let later = fixture.at(NOW.plus(1));
    assert!(wrong(&change_own_password(&later, &one, &secret("wrong"), &secret(new))));
    let weak = change_own_password(&later, &one, &secret(PASSWORD), &secret("passwor"));
    assert!(matches!(weak, Err(Error::User(UserError::Password(_)))));
    assert!(fixture.signed_in(&other, NOW));
    change_own_password(&later, &one, &secret(PASSWORD), &secret(new)).unwrap();
    assert!(fixture.signed_in(&one, NOW) && !fixture.signed_in(&other, NOW));
    assert!(wrong(&sign_in(&later, "alice", &secret(PASSWORD), None)));
    // A reset by an administrator ends every session.
    reset_password(&fixture.at(NOW.plus(2)), &alice, &secret("a third horse that reads")).unwrap();
    assert!(!fixture.signed_in(&one, NOW));
    let stale = change_own_password(&later, &one, &secret(new), &secret(PASSWORD));
    assert!(matches!(stale, Err(Error::User(UserError::NoSession))));
}

fn invalid_session_secrets_are_refused(engine: Engine) {
    let fixture = Fixture::new(engine);
    let session = fixture.session(&fixture.user("alice@local"), NOW);
    let text = session.expose();
    let elsewhere = text.replacen("pse_local.", "pse_partners.", 1);
    let cut = &text[..text.len() - 1];
    for bad in ["", "pse_", "pse_local", "pse_local.", "pse_nowhere.x", "pse_local\".x", &elsewhere, cut, &format!("{text}A")] {
        assert!(!fixture.signed_in(&secret(bad), NOW), "{bad}");
    }
    assert!(fixture.signed_in(&session, NOW));
}

fn an_administrator_sees_and_ends_the_sessions_of_a_user(engine: Engine) {
    let (fixture, _own) = Fixture::with_own_store(engine);
    let bob = fixture.user("bob@local");
    let his = fixture.session(&bob, NOW);
    let stranger = fixture.instance.act(postern_model::Actor::Stranger);
    for user in [fixture.user("alice@local"), fixture.user("olga@own")] {
        let sessions: Vec<_> = (0..3).map(|number| fixture.session(&user, NOW.plus(number))).collect();
        let at = NOW.plus(60);
        let listed = || list_user_sessions(&fixture.at(at), &user).unwrap();
        let began: Vec<_> = listed().iter().map(|session| session.created_at.0 - NOW.0).collect();
        assert_eq!(began, [0, 1, 2]);
        assert!(matches!(list_user_sessions(&stranger, &user), Err(Error::Forbidden { .. })));
        assert!(matches!(end_user_sessions(&stranger, &user, None), Err(Error::Forbidden { .. })));
        let second = listed()[1].id.clone();
        // The id of one user's session ends none of another user.
        let foreign = end_user_sessions(&fixture.act(), &bob, Some(&second));
        assert!(matches!(foreign, Err(Error::User(UserError::NoSuchSession))));
        assert_eq!(end_user_sessions(&fixture.act(), &user, Some(&second)).unwrap(), 1);
        let live: Vec<_> = sessions.iter().map(|session| fixture.signed_in(session, at)).collect();
        assert_eq!((live, listed().len()), (vec![true, false, true], 2));
        assert!(
            list_user_sessions(&fixture.at(NOW.plus(43_200)), &user).unwrap().is_empty(),
            "those that expired are not listed"
        );
        assert_eq!(end_user_sessions(&fixture.act(), &user, None).unwrap(), 2);
        assert!(listed().is_empty() && !fixture.signed_in(&sessions[0], at));
    }
    assert!(fixture.signed_in(&his, NOW));
    assert_eq!(fixture.count("session.end"), 4);
    let nobody = end_user_sessions(&fixture.act(), &id("nobody@local"), None);
    assert!(matches!(nobody, Err(Error::User(UserError::NoSuchUser(_)))));
}
