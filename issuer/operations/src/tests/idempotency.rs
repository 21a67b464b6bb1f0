//! Idempotency: a repeated request runs once and gets the same response.

use std::sync::Barrier;
use std::thread;

use postern_token::KeyType;

use super::super::*;
use super::*;
use crate::error::ApplicationError;
use postern_model::Actor;

on_both!(
    a_response_is_repeated_for_a_day,
    a_failed_request_is_not_stored,
    a_request_that_mints_gets_one_status_index,
    concurrent_requests_get_the_same_response,
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

fn a_response_is_repeated_for_a_day(engine: Engine) {
    let fixture = Fixture::new(engine);
    let first = run_idempotent(&fixture.act(), &named("a", 1), create).unwrap();
    assert!(!first.again);
    let last = fixture.at(UnixSeconds(NOW.0 + IDEMPOTENCY_RETENTION - 1));
    let again = run_idempotent(&last, &named("a", 1), create).unwrap();
    assert!(again.again && again.answer == first.answer);
    assert!(matches!(run_idempotent(&last, &named("a", 2), create), Err(Error::IdempotencyKeyReused)));
    // The same idempotency key of another actor is another key.
    let member = fixture.member("root", postern_model::Role::Administrator);
    assert!(!run_idempotent(&member, &named("a", 2), create).unwrap().again);
    assert_eq!(applications(&fixture), 3);
    // The stored response is encrypted.
    let kept = fixture.database.query("SELECT answer FROM idempotency").unwrap();
    assert!(!kept.contains(std::str::from_utf8(&first.answer).unwrap()));
    let later = fixture.at(UnixSeconds(NOW.0 + IDEMPOTENCY_RETENTION));
    assert!(!run_idempotent(&later, &named("a", 2), create).unwrap().again);
    assert_eq!(applications(&fixture), 4);
}

fn a_failed_request_is_not_stored(engine: Engine) {
    let fixture = Fixture::new(engine);
    let half = |act: &Act<'_>| {
        create(act)?;
        // This step fails, so the application is rolled back.
        show_application(act, &"app_nobody".parse().unwrap()).map(|_| Vec::new())
    };
    assert!(matches!(
        run_idempotent(&fixture.act(), &named("a", 1), half),
        Err(Error::Application(ApplicationError::NotFound(_)))
    ));
    assert_eq!(applications(&fixture), 1);
    assert!(!run_idempotent(&fixture.act(), &named("a", 2), create).unwrap().again);
}

fn a_request_that_mints_gets_one_status_index(engine: Engine) {
    let fixture = Fixture::new(engine);
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
    assert_eq!(fixture.database.query(status_indexes).unwrap(), "2|2|2");
}

fn concurrent_requests_get_the_same_response(engine: Engine) {
    let fixture = Fixture::new(engine);
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
        let threads: Vec<_> = (0..12).map(ask).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(answers.iter().filter(|answer| !answer.again).count(), 1);
    assert!(answers.iter().all(|answer| answer.answer == answers[0].answer));
    assert_eq!(applications(&fixture), 2);
}
