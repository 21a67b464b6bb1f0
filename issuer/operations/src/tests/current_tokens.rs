//! Current tokens: a grant answers with the current token of its combination, made again from its record.

use postern_token::{Algorithm, DomainPattern, KeyType, Kid, Scopes};

use super::super::*;
use super::*;
use postern_model::{Actor, Obtained, TokenState, Validity};

on_both!(
    the_current_token_is_repeated_until_renewal_is_due,
    a_token_that_never_expires_is_always_repeated,
    repeating_the_current_token_writes_nothing,
    another_process_repeats_the_same_token,
    a_token_whose_claims_would_differ_is_not_repeated,
    each_combination_has_its_own_current_token,
    a_revoked_token_is_not_repeated,
);

const BOTH: [KeyType; 2] = [KeyType::Production, KeyType::Sandbox];

fn the_current_token_is_repeated_until_renewal_is_due(engine: Engine) {
    // The percentage, and the last second of 3600 at which the token is repeated.
    let policies = [(0, Some(3599)), (10, Some(3239)), (99, Some(35)), (100, None)];
    for algorithm in Algorithm::ALL {
        let fixture = Fixture::signing_with(engine, algorithm);
        fixture.subscribe("pizza");
        let keys = fixture.generate();
        for (round, (percent, last)) in (0..).zip(policies) {
            fixture.set_policies(PolicyChange { renew_below_percent: Some(percent), ..PolicyChange::default() });
            let now = NOW.plus(round * 10_000);
            let first = fixture.grant(&keys, Some("menu"), now).unwrap();
            assert_eq!(first.expires_in, Some(3600));
            let Some(last) = last else {
                assert_ne!(fixture.grant(&keys, Some("menu"), now).unwrap().id, first.id, "{percent} %");
                continue;
            };
            for seconds in [0, 1, last] {
                let again = fixture.grant(&keys, Some("menu"), now.plus(seconds)).unwrap();
                assert_eq!(again.access_token, first.access_token, "{algorithm:?}, {percent} %, after {seconds} s");
                assert_eq!(again.expires_in, Some(3600 - seconds));
            }
            let next = fixture.grant(&keys, Some("menu"), now.plus(last + 1)).unwrap();
            assert_ne!(next.id, first.id, "{algorithm:?}, {percent} %");
            assert_eq!(next.expires_in, Some(3600));
        }
    }
}

fn a_token_that_never_expires_is_always_repeated(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.allow_forever();
    let keys = generate(&fixture.act(), &GenerateRequest { validity: Some(Validity::Forever), ..fixture.request() }).unwrap();
    let again = fixture.grant(&keys, None, NOW.plus(1_000_000_000)).unwrap();
    assert_eq!((again.access_token, again.expires_in), (keys.token.access_token.clone(), None));
    fixture.never_find_current_token();
    assert_ne!(fixture.grant(&keys, None, NOW).unwrap().id, keys.token.id);
}

fn repeating_the_current_token_writes_nothing(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let (tokens, audit, revision) = (fixture.tokens(), fixture.audit(), fixture.revision());
    let reserved = "SELECT next_index FROM status_lists";
    let before = fixture.database.query(reserved).unwrap();
    for _ in 0..3 {
        assert_eq!(fixture.grant(&keys, None, NOW.plus(5)).unwrap().access_token, keys.token.access_token);
    }
    assert_eq!((fixture.tokens(), fixture.audit(), fixture.revision()), (tokens, audit, revision));
    assert_eq!(fixture.database.query(reserved).unwrap(), before);
}

fn another_process_repeats_the_same_token(engine: Engine) {
    for algorithm in Algorithm::ALL {
        let fixture = Fixture::signing_with(engine, algorithm);
        let keys = fixture.generate();
        let another = fixture.another(&fixture.master_key, 9);
        let answered = grant(&another.act(Actor::Operator), &keys, None).unwrap();
        let same = |one: &MintedToken, other: &MintedToken| {
            assert_eq!(one.id, other.id);
            // AWS-LC signs with a random number for ES256.
            if algorithm == Algorithm::Es256 {
                let signed = |token: &MintedToken| token.access_token.expose().rsplit_once('.').unwrap().0.to_owned();
                assert_eq!(signed(one), signed(other));
            } else {
                assert_eq!(one.access_token, other.access_token, "{algorithm:?}");
            }
        };
        same(&answered, &keys.token);
        let minted = grant(&another.act(Actor::Operator), &keys, Some("menu")).unwrap();
        same(&fixture.grant(&keys, Some("menu"), NOW).unwrap(), &minted);
    }
}

fn a_token_whose_claims_would_differ_is_not_repeated(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let application = &fixture.application;
    let mut last = keys.token.id.clone();
    let mut differs = |what: &str| {
        let token = fixture.grant(&keys, None, NOW).unwrap();
        assert_ne!(token.id, last, "{what}");
        assert_eq!(fixture.grant(&keys, None, NOW).unwrap().access_token, token.access_token, "{what}");
        last = token.id;
    };
    let pizza = fixture.subscribe("pizza");
    differs("another subscription");
    unsubscribe(&fixture.act(), application, &pizza, |_| true).unwrap();
    differs("a subscription less");
    let change = |changes| change_keys(&fixture.act(), application, KeyType::Production, changes, |_| true).unwrap();
    change(KeyChanges { domains: Some(vec![DomainPattern::parse("a.example").unwrap()]), ..KeyChanges::default() });
    differs("another domain");
    change(KeyChanges { ips: Some(vec!["192.0.2.0/24".parse().unwrap()]), ..KeyChanges::default() });
    differs("other addresses");
    change(KeyChanges { validity: Some(Validity::Seconds(60)), ..KeyChanges::default() });
    differs("another validity");
    let kid = fixture.create_key(Algorithm::Es256);
    sign_with_key(&fixture.act(), &kid, &BOTH).unwrap();
    differs("another key");
    // The earlier tokens stay valid until they expire.
    assert!(fixture.states().iter().filter(|(_, state)| *state == TokenState::Active).count() > 3);
    assert_eq!(fixture.tokens().iter().filter(|token| token.current).count(), 1);
}

fn each_combination_has_its_own_current_token(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let (all, menu, orders) = (
        fixture.grant(&keys, None, NOW).unwrap(),
        fixture.grant(&keys, Some("menu"), NOW).unwrap(),
        fixture.grant(&keys, Some("orders"), NOW).unwrap(),
    );
    assert_eq!(all.id, keys.token.id);
    assert!(menu.id != orders.id && menu.id != all.id && orders.id != all.id);
    for (scope, token) in [(None, &all), (Some("menu"), &menu), (Some("orders"), &orders), (Some("orders menu"), &all)] {
        assert_eq!(fixture.grant(&keys, scope, NOW.plus(1)).unwrap().access_token, token.access_token, "{scope:?}");
    }
    // A request with another validity gets a new token, which becomes the current one of its combination.
    let brief = |seconds| {
        let validity = Some(Validity::Seconds(seconds));
        find_or_mint(&fixture.act(), &ClientGrant { client: client(&keys), scope: None, validity }).unwrap()
    };
    let one = brief(60);
    assert_eq!((one.expires_in, brief(60).access_token), (Some(60), one.access_token.clone()));
    assert_eq!(fixture.tokens().iter().filter(|token| token.current).count(), 3);
    let scopes = Scopes::parse("orders menu").unwrap();
    let current = fixture.tokens().into_iter().find(|token| token.current && token.scopes() == Some(&scopes)).unwrap();
    assert_eq!((current.id, current.obtained), (one.id, Obtained::ClientCredentials));
}

fn a_revoked_token_is_not_repeated(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    revoke_token(&fixture.act(), &keys.token.id).unwrap();
    let second = fixture.grant(&keys, None, NOW).unwrap();
    assert_ne!(second.id, keys.token.id);
    let own = recognise_token(&fixture.act(), &proof(client(&keys)), &presented(&second)).unwrap().unwrap();
    revoke_own_token(&fixture.act(), &proof(client(&keys)), &own).unwrap();
    let third = fixture.grant(&keys, None, NOW).unwrap();
    revoke_all_tokens(&fixture.act(), &fixture.application).unwrap();
    let fourth = fixture.grant(&keys, None, NOW).unwrap();
    let (first, kid) = (fixture.signing(), fixture.create_key(Algorithm::EdDsa));
    let retire = |kid: &Kid<'_>| retire_signing_key(&fixture.act(), kid, true).unwrap();
    sign_with_key(&fixture.act(), &kid, &BOTH).unwrap();
    retire(&first);
    let fifth = fixture.grant(&keys, None, NOW).unwrap();
    let regenerated = fixture.regenerate(NOW).unwrap().token;
    let mut ids = vec![&second.id, &third.id, &fourth.id, &fifth.id, &regenerated.id];
    ids.dedup();
    assert_eq!(ids.len(), 5);
    let active: Vec<_> = fixture.tokens().into_iter().filter(|token| token.state == TokenState::Active).collect();
    assert_eq!(active.iter().map(|token| &token.id).collect::<Vec<_>>(), [&regenerated.id]);
    assert_eq!(fixture.grant(&keys, None, NOW).unwrap().access_token, regenerated.access_token);
}
