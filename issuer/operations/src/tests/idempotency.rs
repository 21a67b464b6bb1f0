//! What is asked for twice is done once.

use std::sync::Barrier;
use std::thread;

use postern_token::KeyType;

use super::super::*;
use super::*;
use crate::error::ApplicationError;
use postern_model::Actor;

on_both!(
    an_answer_is_given_again_for_a_day,
    what_is_refused_leaves_nothing,
    what_mints_has_a_place_for_its_token,
    those_who_come_together_get_one_answer,
);

fn named(key: &str, fingerprint: u8) -> IdempotentRequest {
    IdempotentRequest { key: key.into(), fingerprint: [fingerprint; 32] }
}

fn create(act: &Act<'_>) -> Result<Vec<u8>, Error> {
    Ok(create_application(act, "again".parse().unwrap())?.id.as_str().into())
}

fn applications(fixture: &Fixture) -> usize {
    list_applications(&fixture.act(), None, 100).unwrap().len()
}

fn an_answer_is_given_again_for_a_day(on: On) {
    let fixture = Fixture::new(on);
    let first = run_idempotent(&fixture.act(), &named("a", 1), create).unwrap();
    assert!(!first.again);
    let last = fixture.at(UnixSeconds(NOW.0 + IDEMPOTENCY_RETENTION - 1));
    let again = run_idempotent(&last, &named("a", 1), create).unwrap();
    assert!(again.again && again.answer == first.answer);
    assert!(matches!(run_idempotent(&last, &named("a", 2), create), Err(Error::IdempotencyKeyReused)));
    // Somebody else's key of that name is another one.
    let member = fixture.member("root", postern_model::Role::Administrator);
    assert!(!run_idempotent(&member, &named("a", 2), create).unwrap().again);
    assert_eq!(applications(&fixture), 3);
    // What is kept cannot be read in the database.
    let kept = fixture.place.query("SELECT answer FROM idempotency").unwrap();
    assert!(!kept.contains(std::str::from_utf8(&first.answer).unwrap()));
    let later = fixture.at(UnixSeconds(NOW.0 + IDEMPOTENCY_RETENTION));
    assert!(!run_idempotent(&later, &named("a", 2), create).unwrap().again);
    assert_eq!(applications(&fixture), 4);
}

fn what_is_refused_leaves_nothing(on: On) {
    let fixture = Fixture::new(on);
    let half = |act: &Act<'_>| {
        create(act)?;
        // The second half fails, and the first one goes with it.
        show_application(act, &"app_nobody".parse().unwrap()).map(|_| Vec::new())
    };
    assert!(matches!(
        run_idempotent(&fixture.act(), &named("a", 1), half),
        Err(Error::Application(ApplicationError::NotFound(_)))
    ));
    assert_eq!(applications(&fixture), 1);
    assert!(!run_idempotent(&fixture.act(), &named("a", 2), create).unwrap().again);
}

fn what_mints_has_a_place_for_its_token(on: On) {
    let fixture = Fixture::new(on);
    let generate = |act: &Act<'_>| Ok(generate(act, &fixture.request())?.token.access_token.expose().as_bytes().to_vec());
    let first = run_idempotent(&fixture.act(), &named("a", 1), generate).unwrap();
    let again = run_idempotent(&fixture.act(), &named("a", 1), generate).unwrap();
    assert!(again.again && again.answer == first.answer);
    let key_type = KeyType::Production;
    let regenerate = |act: &Act<'_>| {
        let request = RegenerateRequest::new(fixture.application.clone(), key_type);
        Ok(regenerate(act, &request)?.token.access_token.expose().as_bytes().to_vec())
    };
    assert_ne!(run_idempotent(&fixture.act(), &named("b", 1), regenerate).unwrap().answer, first.answer);
    let status_indexes = "SELECT count(*), count(DISTINCT status_index), count(status_index) FROM tokens";
    assert_eq!(fixture.place.query(status_indexes).unwrap(), "2|2|2");
}

fn those_who_come_together_get_one_answer(on: On) {
    let fixture = Fixture::new(on);
    let others: Vec<Instance> = (1..4).map(|seed| fixture.another(&fixture.master_key, seed)).collect();
    let start = Barrier::new(12);
    let answers = thread::scope(|scope| {
        let ask = |number: usize| {
            let (start, instance) = (&start, &others[number % others.len()]);
            scope.spawn(move || {
                start.wait();
                run_idempotent(&instance.act(Actor::Operator), &named("together", 1), create).unwrap()
            })
        };
        let asking: Vec<_> = (0..12).map(ask).collect();
        asking.into_iter().map(|asking| asking.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(answers.iter().filter(|answer| !answer.again).count(), 1);
    assert!(answers.iter().all(|answer| answer.answer == answers[0].answer));
    assert_eq!(applications(&fixture), 2);
}
