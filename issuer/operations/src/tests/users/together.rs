//! Requests for tokens of users that share transactions.

use super::*;
use crate::error::TokenError;
use postern_model::Action;
use postern_storage::{AuditFilter, StorageError};

on_both!(
    requests_in_one_transaction_get_their_own_answers,
    requests_about_one_grant_are_answered_one_after_the_other,
    a_secret_that_is_used_again_ends_its_own_grant_only,
    a_client_with_one_grant_for_each_user_gets_one_live_token,
    a_failed_transaction_issues_no_token,
);

type Answers = Vec<Result<MintedUserToken, Error>>;

/// Answers requests as a server does that gets them at the same time.
fn together(fixture: &Fixture, now: UnixSeconds, grants: &[UserGrantRequest]) -> Answers {
    let act = fixture.at(now);
    let requests: Vec<_> = grants.iter().map(|grant| UserRequest { act: act.clone(), grant }).collect();
    let ahead = look_ahead(&requests);
    let mut shared = Vec::new();
    for (request, ahead) in requests.iter().zip(&ahead) {
        match ahead {
            Ok(Ahead::Shared(store)) => shared.push((request.clone(), store)),
            Ok(Ahead::Alone) => panic!("{:?} has to be answered alone", request.grant.grant_type()),
            Err(_) => {}
        }
    }
    let mut issued = issue_in_turn(&shared).into_iter();
    let mut answers = Vec::new();
    for ahead in ahead {
        answers.push(ahead.and_then(|_| issued.next().unwrap()?.sign()));
    }
    answers
}

/// Asks again for what was postponed. The first request never is.
fn issue_in_turn(requests: &[(UserRequest<'_>, &postern_model::UserStoreName)]) -> Vec<Result<UnsignedUserTokens, Error>> {
    if requests.is_empty() {
        return Vec::new();
    }
    let issued = issue_for_users(requests);
    assert!(!matches!(issued[0], Ok(None)));
    let postponed: Vec<_> = requests
        .iter()
        .zip(&issued)
        .filter(|(_, issued)| matches!(issued, Ok(None)))
        .map(|(request, _)| request.clone())
        .collect();
    let mut later = issue_in_turn(&postponed).into_iter();
    issued.into_iter().map(|issued| issued.transpose().unwrap_or_else(|| later.next().unwrap())).collect()
}

fn renewal(keys: &GeneratedKeys, token: &MintedUserToken) -> UserGrantRequest {
    UserGrantRequest::Refresh(Fixture::refresh_grant(keys, token))
}

fn exchange(keys: &GeneratedKeys, code: &PlainSecret) -> UserGrantRequest {
    UserGrantRequest::Code(Fixture::code_grant(keys, code))
}

/// A device that the user has allowed.
fn allowed_device(fixture: &Fixture, keys: &GeneratedKeys, user: &UserId) -> UserGrantRequest {
    let begun = begin_device(&fixture.act(), &proof(client(keys)), None).unwrap();
    decide(&fixture.act(), user, &begun.user_code, true).unwrap();
    UserGrantRequest::Device(DeviceGrant { client: proof(client(keys)), device_code: begun.device_code, validity: None })
}

fn requests_in_one_transaction_get_their_own_answers(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (keys, others) = (fixture.user_keys(), fixture.keys_of_other_application());
    let [alice, bob, carol, locked] =
        ["alice@local", "bob@local", "carol@partners", "locked@local"].map(|name| fixture.user_with(name, &["cook", "clerk"]));
    let [of_alice, of_bob, of_locked] = [&alice, &bob, &locked].map(|user| fixture.authorize(&keys, user));
    set_user_state(&fixture.act(), &locked, UserState::Locked, |_| true).unwrap();
    let entries = || {
        let filter = AuditFilter { action: Some(Action::TokenMint.as_str().to_owned()), ..AuditFilter::default() };
        fixture.instance.storage().read(|transaction| transaction.audit(&filter, 100)).unwrap()
    };
    let before = entries().len();
    let code = |keys: &GeneratedKeys, user: &UserId| fixture.code(keys, user, Some("menu"), NOW).unwrap();
    let wrong_verifier = CodeGrant { verifier: secret(&"x".repeat(43)), ..Fixture::code_grant(&keys, &code(&keys, &bob)) };
    let narrower = RefreshGrant { scope: Some("orders".into()), ..Fixture::refresh_grant(&keys, &of_alice) };
    let wider = RefreshGrant { scope: Some("menu admin".into()), ..Fixture::refresh_grant(&keys, &of_bob) };
    let unknown = RefreshGrant { refresh_token: secret("por_local.x"), ..Fixture::refresh_grant(&keys, &of_bob) };
    let answers = together(
        &fixture,
        NOW.plus(5),
        &[
            UserGrantRequest::Refresh(narrower),
            UserGrantRequest::Refresh(unknown),
            exchange(&others, &code(&others, &alice)),
            exchange(&others, &code(&keys, &alice)),
            allowed_device(&fixture, &keys, &carol),
            renewal(&keys, &of_locked),
            UserGrantRequest::Code(wrong_verifier),
            UserGrantRequest::Refresh(wider),
            exchange(&keys, &code(&keys, &carol)),
        ],
    );
    let expected = [
        Some((&alice, "orders", &keys)),
        None,
        Some((&alice, "menu", &others)),
        None,
        Some((&carol, "orders menu", &keys)),
        None,
        None,
        None,
        Some((&carol, "menu", &keys)),
    ];
    let mut ids = Vec::new();
    for (at, (answer, expected)) in answers.iter().zip(expected).enumerate() {
        let Some((user, scope, keys)) = expected else {
            assert!(answer.is_err(), "{at}");
            continue;
        };
        let token = answer.as_ref().unwrap();
        fixture.claims(&token.token, |claims| {
            assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (&*user.to_string(), keys.consumer_key.as_str()));
        });
        assert!(fixture.is_live(token) && scopes(token) == scope, "{at}");
        let record = fixture.record_of_user_token(token);
        assert_eq!((record.record.id.as_str(), &record.user), (token.token.id.as_str(), &user.name));
        assert_eq!(record.record.issued_at, NOW.plus(5));
        ids.push(token.token.id.as_str().to_owned());
    }
    assert!(answers.iter().enumerate().all(|(at, answer)| at == 7 || expected[at].is_some() || invalid(answer)), "{answers:?}");
    assert!(matches!(answers[7], Err(Error::Token(TokenError::ScopeNotAllowed { .. }))));
    // The refused requests have changed nothing: bob's grant is as before. Alice's token was replaced.
    assert!(fixture.is_live(&of_bob) && !fixture.is_live(&of_alice));
    assert!(fixture.is_live(&fixture.refresh(&keys, &of_bob, NOW.plus(6)).unwrap()));
    let mut minted: Vec<_> = entries().into_iter().filter_map(|entry| entry.subject).collect();
    minted.remove(0);
    minted.truncate(minted.len() - before);
    minted.sort();
    ids.sort();
    assert_eq!(minted, ids);
    // Each refresh token continues its own grant.
    for (answer, expected) in answers.iter().zip(expected) {
        if let (Ok(token), Some((user, _, keys))) = (answer, expected) {
            let next = fixture.refresh(keys, token, NOW.plus(7)).unwrap();
            fixture.claims(&next.token, |claims| assert_eq!(claims.sub.as_str(), user.to_string()));
        }
    }
}

fn requests_about_one_grant_are_answered_one_after_the_other(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, bob, keys) = (fixture.user("alice@local"), fixture.user("bob@local"), fixture.user_keys());
    let (first, other) = (fixture.authorize(&keys, &alice), fixture.authorize(&keys, &bob));
    // A client that asks again gets an answer each time; only the last token is live, and so is that of another user.
    let asked = [renewal(&keys, &first), renewal(&keys, &first), renewal(&keys, &other), renewal(&keys, &first)];
    let answers: Vec<_> = together(&fixture, NOW, &asked).into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().map(|token| fixture.is_live(token)).collect::<Vec<_>>(), [false, false, true, true]);
    assert!(fixture.is_live(&fixture.refresh(&keys, &answers[0], NOW).unwrap()) && !fixture.is_live(&answers[3]));
    // A code is exchanged once, also in one transaction: the second use ends the grant.
    let code = fixture.code(&keys, &alice, None, NOW).unwrap();
    let answers = together(&fixture, NOW, &[exchange(&keys, &code), exchange(&keys, &code)]);
    assert!(invalid(&answers[1]) && !fixture.is_live(answers[0].as_ref().unwrap()));
    assert_eq!(fixture.count("grant.reuse"), 1);
    let device = allowed_device(&fixture, &keys, &alice);
    let answers = together(&fixture, NOW, &[device.clone(), device]);
    assert!(invalid(&answers[1]) && fixture.is_live(answers[0].as_ref().unwrap()));
}

fn a_secret_that_is_used_again_ends_its_own_grant_only(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, bob, keys) = (fixture.user("alice@local"), fixture.user("bob@local"), fixture.user_keys());
    let (first, other) = (fixture.authorize(&keys, &alice), fixture.authorize(&keys, &bob));
    let second = fixture.refresh(&keys, &first, NOW).unwrap();
    let third = fixture.refresh(&keys, &second, NOW).unwrap();
    let answers = together(&fixture, NOW.plus(1), &[renewal(&keys, &first), renewal(&keys, &other)]);
    assert!(invalid(&answers[0]) && !fixture.is_live(&third) && fixture.is_live(answers[1].as_ref().unwrap()));
    assert!(invalid(&fixture.refresh(&keys, &third, NOW.plus(1))));
    assert_eq!(fixture.count("grant.reuse"), 1);
}

fn a_client_with_one_grant_for_each_user_gets_one_live_token(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.keys_with(|request| request.for_users.one_grant = true);
    let (alice, bob) = (fixture.user("alice@local"), fixture.user("bob@local"));
    let asked: Vec<_> = [&alice, &bob, &alice, &alice]
        .map(|user| exchange(&keys, &fixture.code(&keys, user, None, NOW).unwrap()))
        .into_iter()
        .chain([allowed_device(&fixture, &keys, &bob)])
        .collect();
    let answers: Vec<_> = together(&fixture, NOW, &asked).into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().map(|token| fixture.is_live(token)).collect::<Vec<_>>(), [false, false, false, true, true]);
}

fn a_failed_transaction_issues_no_token(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.user_keys();
    let tokens = ["alice@local", "bob@local"].map(|name| fixture.authorize(&keys, &fixture.user(name)));
    let asked = tokens.each_ref().map(|token| renewal(&keys, token));
    fixture.execute("ALTER TABLE audit RENAME TO audit_away");
    let failed = together(&fixture, NOW, &asked);
    assert!(failed.iter().all(|result| matches!(result, Err(Error::Storage(StorageError::Unavailable(_))))), "{failed:?}");
    fixture.execute("ALTER TABLE audit_away RENAME TO audit");
    assert!(tokens.iter().all(|token| fixture.is_live(token)));
    assert!(together(&fixture, NOW, &asked).iter().all(Result::is_ok));
}
