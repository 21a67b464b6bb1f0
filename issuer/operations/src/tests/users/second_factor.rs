//! The second factor: set up, asked for, used up, removed, reset, required. Codes are computed by other code than the issuer's.

use std::sync::Barrier;
use std::thread;

use super::*;
use postern_model::SecondFactorPolicy;
use postern_secrets::MasterKey;
use postern_secrets::testing::FixedClock;
use postern_vectors::one_time_code;

on_both!(
    a_code_of_the_app_completes_a_sign_in_once,
    a_store_with_its_own_database_keeps_second_factors_too,
    an_unfinished_sign_in_ends_with_time_use_lock_and_password,
    two_browsers_have_separate_sign_ins,
    concurrent_requests_with_one_code_sign_in_once,
    each_recovery_code_signs_in_once,
    codes_cannot_be_guessed,
    an_enrolment_counts_with_its_first_code_and_ends_other_sessions,
    a_user_removes_the_second_factor_with_a_code,
    an_administrator_resets_the_second_factor,
    everyone_sets_up_a_second_factor_where_it_is_required,
    nobody_is_asked_where_second_factors_are_off,
    a_password_alone_gives_no_token_to_a_user_with_a_second_factor,
    a_given_password_is_changed_after_the_code,
    second_factors_survive_a_change_of_the_master_key,
);

const LIMITS: GuessLimits = GuessLimits { per_minute: 1000, per_account: 100 };

/// What an app with this secret shows.
fn code(app: &PlainSecret, at: UnixSeconds) -> PlainSecret {
    secret(&one_time_code(app.expose(), at.0))
}

/// A user with a second factor that was set up at [`NOW`].
struct Enrolled {
    id: UserId,
    app: PlainSecret,
    recovery_codes: RecoveryCodes,
    session: PlainSecret,
}

impl Enrolled {
    fn new(fixture: &Fixture, name: &str) -> Self {
        let id = fixture.user(name);
        let session = fixture.session(&id, NOW);
        let enrolment = begin_enrolment(&fixture.act(), &session, &secret(PASSWORD)).unwrap();
        let first = code(&enrolment.secret, NOW);
        let recovery_codes = finish_enrolment(&fixture.act(), &session, &enrolment.kept, &first).unwrap();
        Self { id, app: enrolment.secret, recovery_codes, session }
    }

    fn code(&self, at: UnixSeconds) -> PlainSecret {
        code(&self.app, at)
    }

    fn recovery(&self, number: usize) -> &PlainSecret {
        &self.recovery_codes.codes()[number]
    }
}

/// The unfinished sign-in of a user who gave the right password.
fn begun(fixture: &Fixture, user: &UserId, now: UnixSeconds) -> UnfinishedSignIn {
    match super::super::super::sign_in(&fixture.at(now), &user.to_string(), &secret(PASSWORD), None).unwrap() {
        SignInProgress::Unfinished(more) => more,
        SignInProgress::Done(_) => panic!("signed in with the password alone"),
    }
}

fn done(progress: Result<SignInProgress, Error>) -> NewSession {
    match progress.unwrap() {
        SignInProgress::Done(session) => session,
        SignInProgress::Unfinished(more) => panic!("{:?}", more.step),
    }
}

fn wrong_code<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::User(UserError::WrongCode)))
}

fn stale<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::User(UserError::StaleSignIn)))
}

fn set_policy(fixture: &Fixture, policy: SecondFactorPolicy) {
    fixture.set_policies(PolicyChange { second_factor: Some(policy), ..PolicyChange::default() });
}

fn a_code_of_the_app_completes_a_sign_in_once(engine: Engine) {
    sign_in_with_codes(&Fixture::new(engine), "alice@local");
}

fn a_store_with_its_own_database_keeps_second_factors_too(engine: Engine) {
    let (fixture, _own) = Fixture::with_own_store(engine);
    sign_in_with_codes(&fixture, "olga@own");
}

fn sign_in_with_codes(fixture: &Fixture, name: &str) {
    let user = Enrolled::new(fixture, name);
    let enter = |kept: &PlainSecret, entered: &PlainSecret, now| enter_code(&fixture.at(now), kept, entered, None);
    assert!(wrong(&super::super::super::sign_in(&fixture.act(), name, &secret("wrong"), None)));
    let later = NOW.plus(90);
    let more = begun(fixture, &user.id, later);
    assert_eq!(more.step, Step::Code);
    let next = find_next_step(&fixture.at(later), &more.kept).unwrap();
    assert_eq!((next.user, next.step), (user.id.clone(), Step::Code));
    // It is no session.
    assert!(find_session(&fixture.at(later), &more.kept).is_err());
    for bad in ["", "000000", "12345", "1234567", "abcdef", "zzzzz-zzzzz-zzzzz-zzzzz"] {
        assert!(wrong_code(&enter(&more.kept, &secret(bad), later)), "{bad}");
    }
    // The code with which it was set up, and codes that are two steps old, are refused.
    let early = begun(fixture, &user.id, NOW.plus(30));
    assert!(wrong_code(&enter(&early.kept, &user.code(NOW), NOW.plus(30))));
    assert!(wrong_code(&enter(&more.kept, &user.code(NOW.plus(30)), later)));
    let first = user.code(NOW.plus(60));
    let session = done(enter(&more.kept, &first, later));
    assert_eq!(find_session(&fixture.at(later), &session.secret).unwrap().user, user.id);
    // Neither the code nor the sign-in is used again.
    assert!(stale(&enter(&more.kept, &user.code(later), later)));
    let more = begun(fixture, &user.id, later);
    assert!(wrong_code(&enter(&more.kept, &first, later)));
    // An app shows codes with a space in the middle. One step ahead is accepted, and then no earlier step.
    let ahead = user.code(later.plus(30));
    let spaced = format!("{} {}", &ahead.expose()[..3], &ahead.expose()[3..]);
    done(enter(&more.kept, &secret(&spaced), later));
    let more = begun(fixture, &user.id, later);
    assert!(wrong_code(&enter(&more.kept, &user.code(later), later)));
    let entries = fixture.audit();
    let entry = entries.iter().rfind(|entry| entry.action == "user.sign_in").unwrap();
    assert_eq!(entry.details, Some(serde_json::json!({ "second_factor": "code" })));
    assert!(entries.iter().any(|entry| entry.action == "second_factor.add" && entry.subject == Some(user.id.to_string())));
}

fn an_unfinished_sign_in_ends_with_time_use_lock_and_password(engine: Engine) {
    let fixture = Fixture::new(engine);
    let user = Enrolled::new(&fixture, "alice@local");
    let at = NOW.plus(60);
    let more = begun(&fixture, &user.id, at);
    let ends = |more: &UnfinishedSignIn, now: UnixSeconds| {
        stale(&find_next_step(&fixture.at(now), &more.kept))
            && stale(&enter_code(&fixture.at(now), &more.kept, &user.code(now), None))
    };
    assert!(find_next_step(&fixture.at(at.plus(299)), &more.kept).is_ok() && ends(&more, at.plus(300)) && ends(&more, NOW));
    let changed = format!("{}x", more.kept.expose());
    assert!(stale(&enter_code(&fixture.at(at), &secret(&changed), &user.code(at), None)));
    // One of another issuer.
    let other = Fixture::new(engine);
    other.user("alice@local");
    let foreign = fixture.another(&MasterKey::generate(&SeededEntropy::new(77)).unwrap(), 5);
    let foreign = foreign.act(postern_model::Actor::Stranger);
    assert!(stale(&find_next_step(&foreign, &more.kept)));
    set_user_state(&fixture.act(), &user.id, UserState::Locked, |_| true).unwrap();
    assert!(ends(&more, at));
    fixture.unlock(&user.id);
    reset_password(&fixture.at(at), &user.id, &secret("another horse that reads")).unwrap();
    assert!(ends(&more, at));
    reset_second_factor(&fixture.act(), &user.id, |_| true).unwrap();
    assert!(ends(&more, at));
    delete_user(&fixture.act(), &user.id, |_| true).unwrap();
    assert!(ends(&more, at));
}

fn two_browsers_have_separate_sign_ins(engine: Engine) {
    let fixture = Fixture::new(engine);
    let user = Enrolled::new(&fixture, "alice@local");
    let at = NOW.plus(60);
    let [one, other] = [begun(&fixture, &user.id, at), begun(&fixture, &user.id, at)];
    let first = done(enter_code(&fixture.at(at), &one.kept, &user.code(at), None));
    // The other one goes on, but needs another code; and the sessions are two.
    assert!(wrong_code(&enter_code(&fixture.at(at), &other.kept, &user.code(at), None)));
    let next = at.plus(30);
    let second = done(enter_code(&fixture.at(next), &other.kept, &user.code(next), None));
    sign_out(&fixture.at(next), &first.secret).unwrap();
    assert!(find_session(&fixture.at(next), &first.secret).is_err() && find_session(&fixture.at(next), &second.secret).is_ok());
}

fn concurrent_requests_with_one_code_sign_in_once(engine: Engine) {
    let fixture = Fixture::new(engine);
    let user = Enrolled::new(&fixture, "alice@local");
    let other = fixture.another(&fixture.master_key, 3);
    let at = NOW.plus(60);
    let begun: Vec<_> = (0..8).map(|_| begun(&fixture, &user.id, at)).collect();
    let start = Barrier::new(begun.len());
    let enter = |number: usize, more: &UnfinishedSignIn| {
        start.wait();
        let instance = if number.is_multiple_of(2) { &fixture.instance } else { &other };
        let act = instance.act(postern_model::Actor::Stranger).at(at);
        enter_code(&act, &more.kept, &user.code(at), None).is_ok()
    };
    let signed_in: usize = thread::scope(|scope| {
        let enter = &enter;
        let threads: Vec<_> = begun.iter().enumerate().map(|(number, more)| scope.spawn(move || enter(number, more))).collect();
        threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
    });
    assert_eq!(signed_in, 1);
}

fn each_recovery_code_signs_in_once(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, bob) = (Enrolled::new(&fixture, "alice@local"), Enrolled::new(&fixture, "bob@local"));
    let enter =
        |user: &Enrolled, entered: &PlainSecret| enter_code(&fixture.act(), &begun(&fixture, &user.id, NOW).kept, entered, None);
    assert_eq!(alice.recovery_codes.codes().len(), 10);
    assert!(wrong_code(&enter(&bob, alice.recovery(0))));
    done(enter(&alice, alice.recovery(0)));
    assert!(wrong_code(&enter(&alice, alice.recovery(0))));
    // As a person may write it.
    let written = alice.recovery(1).expose().to_uppercase().replace('-', " ").replace('0', "O").replace('1', "l");
    done(enter(&alice, &secret(&written)));
    assert_eq!(show_second_factor(&fixture.act(), &alice.id).unwrap().recovery_codes, 8);
    let entry = fixture.audit().into_iter().rfind(|entry| entry.action == "user.sign_in").unwrap();
    assert_eq!(entry.details, Some(serde_json::json!({ "second_factor": "recovery_code" })));
    // New codes replace the old ones, and need a code themselves.
    let renew = |entered: &PlainSecret| renew_recovery_codes(&fixture.at(NOW.plus(30)), &alice.session, entered);
    assert!(wrong_code(&renew(&secret("000000"))));
    let new = renew(&alice.code(NOW.plus(30))).unwrap();
    assert!(wrong_code(&enter(&alice, alice.recovery(2))));
    done(enter(&alice, &new.codes()[0]));
    // They are hashed at rest, and the secret of the app is sealed.
    let stored = fixture.database.query("SELECT second_factor FROM \"users@local\"").unwrap()
        + &fixture.database.query("SELECT code_hash FROM \"recovery_codes@local\"").unwrap();
    assert!(!stored.contains(new.codes()[1].expose()) && !stored.contains(alice.app.expose()));
}

fn codes_cannot_be_guessed(engine: Engine) {
    let fixture = Fixture::new(engine);
    let user = Enrolled::new(&fixture, "alice@local");
    let other = fixture.another(&fixture.master_key, 3);
    let enter = |instance: &Instance, now: UnixSeconds, entered: &PlainSecret| {
        let act = instance.act(postern_model::Actor::Stranger).at(now);
        // The right password resets no count of codes.
        let more = begun(&fixture, &user.id, now);
        let guard = Guard::of_second_factor(LIMITS, &user.id);
        guarded(&act, &guard, || enter_code(&act, &more.kept, entered, None))
    };
    let tries = |now: UnixSeconds| {
        let instance = |number: usize| if number.is_multiple_of(2) { &fixture.instance } else { &other };
        (0..200).take_while(|number| wrong_code(&enter(instance(*number), now, &secret("000000")))).count()
    };
    let at = NOW.plus(60);
    assert_eq!(tries(at), 10);
    // Neither a right code nor a recovery code is accepted then, until time passes.
    for right in [&user.code(at), user.recovery(0)] {
        assert!(matches!(enter(&fixture.instance, at, right), Err(Error::User(UserError::Throttled { seconds: 90 }))));
    }
    let rounds: usize = (1..20).map(|round| tries(at.plus(900 * round))).sum();
    assert_eq!(10 + rounds, 100, "in a row");
    let late = at.plus(900 * 50);
    assert!(matches!(enter(&fixture.instance, late, &user.code(late)), Err(Error::User(UserError::TooManyFailures))));
    fixture.unlock(&user.id);
    done(enter(&fixture.instance, late, &user.code(late)));
    // A right code resets the count in a row, but not the rate.
    let next = late.plus(30);
    assert_eq!(tries(next), 10);
}

fn an_enrolment_counts_with_its_first_code_and_ends_other_sessions(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, bob) = (fixture.user("alice@local"), fixture.user("bob@local"));
    let [session, other, bobs] = [&alice, &alice, &bob].map(|user| fixture.session(user, NOW));
    assert!(wrong(&begin_enrolment(&fixture.act(), &session, &secret("wrong"))));
    let begin = || begin_enrolment(&fixture.act(), &session, &secret(PASSWORD)).unwrap();
    let [one, two] = [begin(), begin()];
    assert_ne!(one.secret.expose(), two.secret.expose());
    let finish = |session: &PlainSecret, enrolment: &Enrolment, entered: &PlainSecret, now: UnixSeconds| {
        finish_enrolment(&fixture.at(now), session, &enrolment.kept, entered)
    };
    // It does not count yet.
    assert_eq!(show_second_factor(&fixture.act(), &alice).unwrap().since, None);
    assert!(find_session(&fixture.act(), &fixture.session(&alice, NOW)).is_ok());
    assert!(wrong_code(&finish(&session, &one, &code(&two.secret, NOW), NOW)));
    // It is of one session, and ends with time.
    for wrong in [&other, &bobs] {
        assert!(stale(&finish(wrong, &one, &code(&one.secret, NOW), NOW)));
    }
    assert!(stale(&finish(&session, &one, &code(&one.secret, NOW.plus(900)), NOW.plus(900))));
    finish(&session, &one, &code(&one.secret, NOW), NOW).unwrap();
    assert!(find_session(&fixture.act(), &session).is_ok() && find_session(&fixture.act(), &other).is_err());
    assert!(find_session(&fixture.act(), &bobs).is_ok());
    let exists = |result: Result<RecoveryCodes, Error>| matches!(result, Err(Error::User(UserError::SecondFactorExists)));
    assert!(exists(finish(&session, &two, &code(&two.secret, NOW), NOW)));
    assert_eq!(show_user(&fixture.act(), &alice).unwrap().second_factor_at, Some(NOW));
    assert_eq!(find_own_second_factor(&fixture.act(), &session).unwrap().unwrap().recovery_codes, 10);
}

fn a_user_removes_the_second_factor_with_a_code(engine: Engine) {
    let fixture = Fixture::new(engine);
    let user = Enrolled::new(&fixture, "alice@local");
    let at = NOW.plus(60);
    let remove = |entered: &PlainSecret| remove_own_second_factor(&fixture.at(at), &user.session, entered);
    assert!(wrong_code(&remove(&secret("000000"))) && wrong_code(&remove(&secret(PASSWORD))));
    set_policy(&fixture, SecondFactorPolicy::Required);
    assert!(matches!(remove(&user.code(at)), Err(Error::User(UserError::SecondFactorRequired))));
    set_policy(&fixture, SecondFactorPolicy::Optional);
    // The refusal used no code up.
    remove(&user.code(at)).unwrap();
    assert!(matches!(remove(&user.code(at.plus(30))), Err(Error::User(UserError::NoSecondFactor(_)))));
    fixture.session(&user.id, at);
    assert_eq!(fixture.database.query("SELECT count(*) FROM \"recovery_codes@local\"").unwrap(), "0");
}

fn an_administrator_resets_the_second_factor(engine: Engine) {
    let fixture = Fixture::new(engine);
    let user = Enrolled::new(&fixture, "alice@local");
    let stranger = fixture.instance.act(postern_model::Actor::Stranger);
    assert!(matches!(reset_second_factor(&stranger, &user.id, |_| true), Err(Error::Forbidden { .. })));
    assert!(matches!(reset_second_factor(&fixture.act(), &user.id, |_| false), Err(Error::PreconditionFailed)));
    let after = reset_second_factor(&fixture.act(), &user.id, |user| user.second_factor_at.is_some()).unwrap();
    assert_eq!(after.second_factor_at, None);
    assert!(find_session(&fixture.act(), &user.session).is_err());
    let again = reset_second_factor(&fixture.act(), &user.id, |_| true);
    assert!(matches!(again, Err(Error::User(UserError::NoSecondFactor(_)))));
    assert!(
        fixture.audit().iter().any(|entry| entry.action == "second_factor.reset" && entry.subject == Some(user.id.to_string()))
    );
    let session = fixture.session(&user.id, NOW);
    let enrolment = begin_enrolment(&fixture.act(), &session, &secret(PASSWORD)).unwrap();
    assert!(finish_enrolment(&fixture.act(), &session, &enrolment.kept, &code(&enrolment.secret, NOW)).is_ok());
}

fn everyone_sets_up_a_second_factor_where_it_is_required(engine: Engine) {
    let fixture = Fixture::new(engine);
    let alice = fixture.user("alice@local");
    set_policy(&fixture, SecondFactorPolicy::Required);
    let more = begun(&fixture, &alice, NOW);
    assert_eq!(more.step, Step::SecondFactor);
    assert!(stale(&enter_code(&fixture.act(), &more.kept, &secret("000000"), None)));
    let enrolment = begin_required_enrolment(&fixture.act(), &more.kept, None).unwrap();
    let again = begin_required_enrolment(&fixture.act(), &more.kept, Some(&enrolment.kept)).unwrap();
    assert_eq!(again.secret.expose(), enrolment.secret.expose());
    // Of another sign-in.
    let other = begun(&fixture, &alice, NOW);
    let finish = |kept: &PlainSecret, entered: &PlainSecret| {
        finish_required_enrolment(&fixture.act(), kept, &enrolment.kept, entered, None)
    };
    let right = code(&enrolment.secret, NOW);
    assert!(stale(&finish(&other.kept, &right)) && wrong_code(&finish(&more.kept, &secret("000000"))));
    let (progress, codes) = finish(&more.kept, &right).unwrap();
    let session = done(Ok(progress));
    assert_eq!((codes.codes().len(), session.user), (10, alice.clone()));
    // From now on a code is asked for, also in the sign-in that waited for a second factor.
    assert_eq!(find_next_step(&fixture.act(), &other.kept).unwrap().step, Step::Code);
    assert!(stale(&begin_required_enrolment(&fixture.act(), &other.kept, None)));
    assert_eq!(begun(&fixture, &alice, NOW).step, Step::Code);
}

fn nobody_is_asked_where_second_factors_are_off(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, bob) = (Enrolled::new(&fixture, "alice@local"), fixture.user("bob@local"));
    set_policy(&fixture, SecondFactorPolicy::Off);
    fixture.session(&alice.id, NOW);
    let session = fixture.session(&bob, NOW);
    let refused = begin_enrolment(&fixture.act(), &session, &secret(PASSWORD));
    assert!(matches!(refused, Err(Error::User(UserError::SecondFactorOff))));
    set_policy(&fixture, SecondFactorPolicy::Optional);
    assert_eq!(begun(&fixture, &alice.id, NOW).step, Step::Code, "it was kept");
}

fn a_password_alone_gives_no_token_to_a_user_with_a_second_factor(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, bob) = (Enrolled::new(&fixture, "alice@local"), fixture.user("bob@local"));
    let keys = fixture.user_keys();
    let passwords = ApplicationChange { passwords: Some(true), ..ApplicationChange::default() };
    change_application(&fixture.act(), &fixture.application, passwords, |_| true).unwrap();
    let grant = |user: &UserId, password: &str| {
        let (client, username, password) = (super::super::fixture::proof_of(&keys), user.to_string(), secret(password));
        grant_password(&fixture.act(), &PasswordGrant { client, username, password, scope: None, validity: None })
    };
    let needs_browser = |result: &Result<MintedUserToken, Error>| matches!(result, Err(Error::Grant(GrantError::NeedsBrowser)));
    assert!(needs_browser(&grant(&alice.id, PASSWORD)) && invalid(&grant(&alice.id, "wrong")));
    assert!(grant(&bob, PASSWORD).is_ok());
    set_policy(&fixture, SecondFactorPolicy::Required);
    assert!(needs_browser(&grant(&bob, PASSWORD)));
    set_policy(&fixture, SecondFactorPolicy::Off);
    assert!(grant(&alice.id, PASSWORD).is_ok() && grant(&bob, PASSWORD).is_ok());
}

fn a_given_password_is_changed_after_the_code(engine: Engine) {
    let fixture = Fixture::new(engine);
    let user = Enrolled::new(&fixture, "alice@local");
    let prepared = prepare_password(&fixture.act(), &user.id, &secret(PASSWORD)).unwrap();
    give_password(&fixture.act(), &prepared, true, |_| true).unwrap();
    let at = NOW.plus(60);
    let more = begun(&fixture, &user.id, at);
    let new = secret("a cow that writes");
    assert!(stale(&choose_password(&fixture.at(at), &more.kept, &new, None)), "the code comes first");
    let SignInProgress::Unfinished(next) = enter_code(&fixture.at(at), &more.kept, &user.code(at), None).unwrap() else {
        panic!("signed in with a password that an administrator knows");
    };
    assert_eq!(next.step, Step::NewPassword);
    let choose = |new: &PlainSecret| choose_password(&fixture.at(at), &next.kept, new, None);
    assert!(matches!(choose(&secret(PASSWORD)), Err(Error::User(UserError::SamePassword))));
    assert!(matches!(choose(&secret("short")), Err(Error::User(UserError::Password(_)))));
    let session = done(choose(&new));
    assert!(find_session(&fixture.at(at), &session.secret).is_ok() && stale(&choose(&secret("a third animal"))));
    assert!(!show_user(&fixture.act(), &user.id).unwrap().must_change_password);
    // Without a second factor, it is the only step; and no token is given for such a password.
    let new_user = NewUser { id: id("carl@local"), password: secret(PASSWORD), roles: Vec::new(), must_change_password: true };
    create_user(&fixture.act(), &new_user).unwrap();
    let more = begun(&fixture, &new_user.id, NOW);
    assert_eq!(more.step, Step::NewPassword);
    assert!(find_next_step(&fixture.at(NOW.plus(899)), &more.kept).is_ok());
    assert!(stale(&choose_password(&fixture.at(NOW.plus(900)), &more.kept, &new, None)));
    done(choose_password(&fixture.at(NOW.plus(1)), &more.kept, &new, None));
}

fn second_factors_survive_a_change_of_the_master_key(engine: Engine) {
    let (fixture, own) = Fixture::with_own_store(engine);
    let users = [Enrolled::new(&fixture, "alice@local"), Enrolled::new(&fixture, "olga@own")];
    let new = MasterKey::generate(&SeededEntropy::new(99)).unwrap();
    change_master_key(&fixture.act(), &new).unwrap();
    let another = |master_key: &MasterKey, seed| {
        let storage = Storage::open(&fixture.database.location()).unwrap();
        let (clock, entropy) = (Box::new(FixedClock(NOW)), Box::new(SeededEntropy::new(seed)));
        let stores = UserStores::new(vec![main_store("local"), main_store("partners"), own.open()]);
        let instance = Instance::for_server(storage, super::super::fixture::keyring(master_key), clock, entropy);
        instance.with_user_stores(stores).unwrap()
    };
    let (old, new) = (another(&fixture.master_key, 3), another(&new, 4));
    let at = NOW.plus(60);
    let try_it = |instance: &Instance, user: &Enrolled| {
        let act = instance.act(postern_model::Actor::Stranger).at(at);
        let progress = super::super::super::sign_in(&act, &user.id.to_string(), &secret(PASSWORD), None)?;
        let SignInProgress::Unfinished(more) = progress else { panic!("no code was asked for") };
        enter_code(&act, &more.kept, &user.code(at), None)
    };
    for user in &users {
        let refused = try_it(&old, user);
        assert!(matches!(refused, Err(Error::SigningKey(SigningKeyError::WrongMasterKeyForUsers))), "{refused:?}");
        done(try_it(&new, user));
    }
}
