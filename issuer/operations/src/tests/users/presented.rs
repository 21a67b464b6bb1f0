//! Requests about presented tokens that share a transaction, and what a process remembers of tokens.

use std::sync::{Arc, mpsc};
use std::thread;

use postern_token::{Algorithm, KeyType};

use super::*;
use crate::error::ConsumerKeyError;
use postern_model::{Action, Actor, AuditEntry, StatusBits, TokenId};
use postern_storage::StorageError;

on_both!(
    introspections_in_one_transaction_get_their_own_answers,
    recognitions_in_one_transaction_get_their_own_answers,
    revocations_in_one_transaction_get_their_own_results,
    a_failed_transaction_fails_every_revocation_in_it,
    a_remembered_token_counts_only_as_it_is_on_record,
    a_remembered_signature_does_not_outlive_its_key,
    signatures_are_verified_early_only_for_clients_that_were_seen,
    revocations_in_several_lists_do_not_wait_for_each_other,
);

/// A request in the tests.
struct Case {
    name: &'static str,
    client: ClientProof,
    token: PlainSecret,
}

fn case(name: &'static str, client: &ClientProof, token: impl AsRef<str>) -> Case {
    Case { name, client: client.clone(), token: secret(token.as_ref()) }
}

fn wrong_secret(client: &ClientProof) -> ClientProof {
    ClientProof { secret: Some(secret("wrong")), ..client.clone() }
}

fn text(token: &MintedToken) -> &str {
    token.access_token.expose()
}

/// Asks for all cases in one transaction.
fn ask<T>(act: &Act<'_>, cases: &[Case], shared: fn(&[Presentation<'_>]) -> Answers<T>) -> Answers<T> {
    let present = |case: &Case| PresentedToken::new(act, Arc::new(case.client.clone()), case.token.clone());
    let presented: Vec<_> = cases.iter().map(present).collect();
    shared(&presented.iter().map(|presented| Presentation { act: act.clone(), presented }).collect::<Vec<_>>())
}

/// How a request was answered, in one word.
fn word<T>(answer: Result<Shared<Option<T>>, Error>) -> &'static str {
    match answer {
        Ok(Shared::Answer(Some(_))) => "yes",
        Ok(Shared::Answer(None)) => "no",
        Ok(Shared::Alone) => "alone",
        Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient)) => "refused",
        Err(error) => panic!("{error}"),
    }
}

fn words<T>(cases: &[Case], answers: Answers<Option<T>>) -> Vec<(&'static str, &'static str)> {
    assert_eq!(answers.len(), cases.len());
    cases.iter().zip(answers).map(|(case, answer)| (case.name, word(answer))).collect()
}

/// Clients with tokens of all kinds.
struct Scene {
    fixture: Fixture,
    own: OwnStore,
    keys: GeneratedKeys,
    sandbox: GeneratedKeys,
    others: GeneratedKeys,
    revoked: MintedToken,
    users: Vec<MintedUserToken>,
}

impl Scene {
    fn new(engine: Engine) -> Self {
        let own = OwnStore::new(engine);
        let fixture = Fixture::signing_with(engine, Algorithm::Es256).with_store(&own);
        let keys = fixture.user_keys();
        let sandbox = fixture.keys_with(|request| request.key_type = KeyType::Sandbox);
        let others = fixture.keys_of_other_application();
        let revoked = fixture.grant(&keys, Some("menu"), NOW).unwrap();
        revoke_token(&fixture.act(), &revoked.id).unwrap();
        let users = ["alice@local", "olga@own"].map(|name| fixture.authorize(&keys, &fixture.user(name))).into();
        Self { fixture, own, keys, sandbox, others, revoked, users }
    }

    /// Another process, which remembers nothing yet.
    fn process(&self) -> Instance {
        let stores = UserStores::new(vec![main_store("local"), main_store("partners"), self.own.open()]);
        self.fixture.another_with(&self.fixture.master_key, 5, stores)
    }

    /// Requests of the client with the keys `keys`.
    fn cases(&self) -> Vec<Case> {
        let own = proof(client(&self.keys));
        let token = text(&self.keys.token);
        let (head, signature) = token.rsplit_once('.').unwrap();
        let forged = format!("{head}.{}{}", if signature.starts_with('A') { "B" } else { "A" }, &signature[1..]);
        vec![
            case("own", &own, token),
            case("wrong secret", &wrong_secret(&own), token),
            case("unknown client", &ClientProof { id: "\0 no client".into(), ..own.clone() }, token),
            case("unknown", &own, "x"),
            case("forged", &own, forged),
            case("own again", &own, token),
            case("revoked", &own, text(&self.revoked)),
            case("other environment", &own, text(&self.sandbox.token)),
            case("other application", &own, text(&self.others.token)),
            case("of another application, by its client", &proof(client(&self.others)), text(&self.others.token)),
            case("refresh token", &own, self.users[0].refresh_token.as_ref().unwrap().expose()),
            case("user", &own, text(&self.users[0].token)),
            case("user in another database", &own, text(&self.users[1].token)),
            case("user, wrong secret", &wrong_secret(&own), text(&self.users[0].token)),
        ]
    }
}

fn introspections_in_one_transaction_get_their_own_answers(engine: Engine) {
    let scene = Scene::new(engine);
    let process = scene.process();
    let cases = scene.cases();
    // First nothing is remembered, then clients, keys and signatures are.
    for _ in 0..3 {
        let act = process.act(Actor::Operator);
        let answers = ask(&act, &cases, introspect_tokens);
        let Ok(Shared::Answer(Some(own))) = &answers[0] else { panic!("{:?}", answers[0]) };
        let IntrospectedToken::Access(record, None) = &own.token else { panic!("{own:?}") };
        assert_eq!((&record.id, &record.consumer_key), (&scene.keys.token.id, &scene.keys.consumer_key));
        assert_eq!((own.issuer.as_str(), own.audience.as_str()), ("https://issuer.example", "https://api.example"));
        let Ok(Shared::Answer(Some(sandbox))) = &answers[7] else { panic!("{:?}", answers[7]) };
        let IntrospectedToken::Access(record, None) = &sandbox.token else { panic!("{sandbox:?}") };
        assert_eq!(record.id, scene.sandbox.token.id);
        let expected = [
            ("own", "yes"),
            ("wrong secret", "refused"),
            ("unknown client", "refused"),
            ("unknown", "no"),
            ("forged", "no"),
            ("own again", "yes"),
            ("revoked", "no"),
            ("other environment", "yes"),
            ("other application", "no"),
            ("of another application, by its client", "yes"),
            ("refresh token", "alone"),
            ("user", "alone"),
            ("user in another database", "alone"),
            ("user, wrong secret", "refused"),
        ];
        assert_eq!(words(&cases, answers), expected);
        let later = act.at(NOW.plus(3600));
        assert_eq!(word(ask(&later, &cases[..1], introspect_tokens).remove(0)), "no", "it has expired");
    }
}

fn recognitions_in_one_transaction_get_their_own_answers(engine: Engine) {
    let scene = Scene::new(engine);
    let process = scene.process();
    let cases = scene.cases();
    for _ in 0..3 {
        let answers = ask(&process.act(Actor::Operator), &cases, recognise_tokens);
        assert!(matches!(&answers[0], Ok(Shared::Answer(Some(OwnToken::Application(id)))) if *id == scene.keys.token.id));
        let expected = [
            ("own", "yes"),
            ("wrong secret", "refused"),
            ("unknown client", "refused"),
            ("unknown", "no"),
            ("forged", "no"),
            ("own again", "yes"),
            ("revoked", "no"),
            // A client revokes only its own tokens.
            ("other environment", "no"),
            ("other application", "no"),
            ("of another application, by its client", "yes"),
            ("refresh token", "alone"),
            ("user", "alone"),
            ("user in another database", "alone"),
            ("user, wrong secret", "refused"),
        ];
        assert_eq!(words(&cases, answers), expected);
    }
}

/// Revokes tokens in one transaction. Each request has its client as its actor and an address of its own.
fn revoke_all_at<'a>(
    instance: &Instance,
    requests: impl IntoIterator<Item = (&'a ClientProof, &'a TokenId)>,
) -> Vec<Result<Option<RevokedTokens>, Error>> {
    let request = |(at, (client, token)): (usize, (&'a ClientProof, &'a TokenId))| {
        let actor = client.id.parse().map_or(Actor::Stranger, Actor::Client);
        Revocation { act: instance.act(actor).from_source(Some(source(at))), client, token }
    };
    revoke_own_tokens(&requests.into_iter().enumerate().map(request).collect::<Vec<_>>())
}

fn source(at: usize) -> std::net::IpAddr {
    std::net::Ipv4Addr::new(192, 0, 2, u8::try_from(at).unwrap()).into()
}

fn revocations_in_one_transaction_get_their_own_results(engine: Engine) {
    let scene = Scene::new(engine);
    let Scene { fixture, keys, sandbox, others, revoked, .. } = &scene;
    let (sent, entries) = mpsc::channel();
    let process = scene.process().with_audit_sink(Box::new(move |entry| sent.send(entry.clone()).unwrap()));
    let [own, own_sandbox, own_others] = [keys, sandbox, others].map(|keys| proof(client(keys)));
    let menu = fixture.grant(sandbox, Some("menu"), NOW).unwrap();
    let old = fixture.grant(sandbox, Some("orders"), NOW).unwrap();
    // Such a token was minted before there were status lists.
    fixture.execute(&format!("UPDATE tokens SET status_list = NULL, status_index = NULL WHERE id = '{}'", old.id.as_str()));
    let (wrong, unknown) = (wrong_secret(&own_others), TokenId::parse("unknown".into()).unwrap());
    let revision = fixture.revision();
    let results = revoke_all_at(
        &process,
        [
            (&own, &keys.token.id),
            (&own, &keys.token.id),
            (&wrong, &others.token.id),
            (&own, &sandbox.token.id),
            (&own, &unknown),
            (&own, &revoked.id),
            (&own_sandbox, &menu.id),
            (&own_sandbox, &old.id),
        ],
    );
    assert!(matches!(results[2], Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    let results: Vec<_> = results.into_iter().map(Result::ok).collect();
    let (done, without) = (RevokedTokens { count: 1, without_status: 0 }, RevokedTokens { count: 0, without_status: 1 });
    let nothing = Some(None);
    assert_eq!(results, [Some(Some(done)), nothing, None, nothing, nothing, nothing, Some(Some(done)), Some(Some(without))]);
    // The list was written once.
    assert_eq!(fixture.revision(), revision + 1);
    let states = [&keys.token, &others.token, &sandbox.token, &menu].map(|token| fixture.status(token));
    assert_eq!(states, [Status::Revoked, Status::Valid, Status::Valid, Status::Revoked].map(Some));
    let state = |id: &TokenId| fixture.instance.storage().read(|transaction| transaction.token(id)).unwrap().unwrap().state;
    assert_eq!([&keys.token.id, &menu.id, &old.id].map(state), [TokenState::Revoked, TokenState::Revoked, TokenState::Active]);
    // Each revocation has its own entry, with its actor and its source.
    let handed: Vec<AuditEntry> = entries.try_iter().collect();
    let mut recorded = fixture.audit();
    assert_eq!(recorded.split_off(recorded.len() - 2), handed);
    let seen = |entry: &AuditEntry| (entry.action.clone(), entry.actor.clone(), entry.source, entry.subject.clone());
    let wanted = |client: &ClientProof, at, id: &TokenId| {
        let actor = Actor::Client(client.id.parse().unwrap()).to_string();
        (Action::TokenRevoke.as_str().to_owned(), actor, Some(source(at)), Some(id.as_str().to_owned()))
    };
    let wanted = [wanted(&own, 0, &keys.token.id), wanted(&own_sandbox, 6, &menu.id)];
    assert_eq!(handed.iter().map(seen).collect::<Vec<_>>(), wanted);
    assert!(handed.iter().all(|entry| entry.application.as_ref() == Some(&fixture.application)));
}

fn a_failed_transaction_fails_every_revocation_in_it(engine: Engine) {
    let scene = Scene::new(engine);
    let Scene { fixture, keys, others, .. } = &scene;
    let [own, own_others] = [keys, others].map(|keys| proof(client(keys)));
    let requests = [(&own, &keys.token.id), (&own_others, &others.token.id)];
    fixture.execute("ALTER TABLE status_list_bits RENAME TO bits_away");
    let failed = revoke_all_at(&fixture.instance, requests);
    assert!(failed.iter().all(|result| matches!(result, Err(Error::Storage(StorageError::Unavailable(_))))), "{failed:?}");
    fixture.execute("ALTER TABLE bits_away RENAME TO status_list_bits");
    let entries = fixture.audit().len();
    assert_eq!([&keys.token, &others.token].map(|token| fixture.status(token)), [Some(Status::Valid); 2]);
    assert!(revoke_all_at(&fixture.instance, requests).iter().all(Result::is_ok));
    assert_eq!([&keys.token, &others.token].map(|token| fixture.status(token)), [Some(Status::Revoked); 2]);
    assert_eq!(fixture.audit().len(), entries + 2);
}

fn a_remembered_token_counts_only_as_it_is_on_record(engine: Engine) {
    let scene = Scene::new(engine);
    let Scene { fixture, keys, users, .. } = &scene;
    let process = scene.process();
    let active = |token: &MintedToken| introspect(&process.act(Actor::Operator), &client(keys), &presented(token)).unwrap();
    for token in [&keys.token, &users[0].token, &users[1].token] {
        for _ in 0..2 {
            assert!(active(token).is_some());
        }
        // Another process revokes it, which changes nothing in the catalogue.
        revoke_token(&fixture.act(), &token.id).unwrap();
        assert!(active(token).is_none());
    }
}

fn a_remembered_signature_does_not_outlive_its_key(engine: Engine) {
    let scene = Scene::new(engine);
    let Scene { fixture, keys, users, .. } = &scene;
    let process = scene.process();
    let own = proof(client(keys));
    let tokens = [&keys.token, &users[0].token];
    let act = || process.act(Actor::Operator);
    let active = || tokens.map(|token| introspect(&act(), &client(keys), &presented(token)).unwrap().is_some());
    let owned = || tokens.map(|token| recognise_token(&act(), &own, &presented(token)).unwrap().is_some());
    for _ in 0..2 {
        assert_eq!((active(), owned()), ([true; 2], [true; 2]));
    }
    let first = fixture.signing();
    let second = fixture.create_key(Algorithm::Es256);
    sign_with_key(&fixture.act(), &second, &[KeyType::Production, KeyType::Sandbox]).unwrap();
    assert_eq!((active(), owned()), ([true; 2], [true; 2]));
    retire_signing_key(&fixture.act(), &first, true).unwrap();
    // Retiring it revoked its tokens. Without that, their signatures still count for nothing.
    fixture.execute("UPDATE tokens SET state = 'active'");
    fixture.execute("UPDATE \"tokens@local\" SET state = 'active'");
    assert_eq!((active(), owned()), ([false; 2], [false; 2]));
}

fn signatures_are_verified_early_only_for_clients_that_were_seen(engine: Engine) {
    let scene = Scene::new(engine);
    let process = scene.process();
    let act = process.act(Actor::Operator);
    let own = proof(client(&scene.keys));
    // That a token is a user's is known before the transaction only if its signature was verified then.
    let is_early =
        |client: &ClientProof, token: &str| PresentedToken::new(&act, Arc::new(client.clone()), secret(token)).is_of_user();
    let (user, refresh) = (text(&scene.users[0].token), scene.users[0].refresh_token.as_ref().unwrap().expose());
    assert_eq!((is_early(&own, user), is_early(&own, refresh)), (false, true));
    introspect(&act, &client(&scene.keys), &secret(user)).unwrap().unwrap();
    let without = ClientProof { secret: None, ..own.clone() };
    let found = [&own, &wrong_secret(&own), &without, &proof(client(&scene.others))].map(|client| is_early(client, user));
    assert_eq!(found, [true, false, false, false]);
    assert!(!is_early(&own, text(&scene.keys.token)));
}

fn revocations_in_several_lists_do_not_wait_for_each_other(engine: Engine) {
    const ROUNDS: usize = 12;
    let fixture = Fixture::new(engine);
    fixture.never_find_current_token();
    let keys = [fixture.user_keys(), fixture.keys_of_other_application()];
    let [one, other] = keys.each_ref().map(|keys| proof(client(keys)));
    let mint = |keys| (0..ROUNDS).map(|_| fixture.grant(keys, None, NOW).unwrap().id).collect::<Vec<_>>();
    let first_list = keys.each_ref().map(mint);
    fixture.execute(&format!("UPDATE status_lists SET next_index = {}", StatusBits::CAPACITY));
    fixture.maintain_status_lists(NOW);
    let second_list = keys.each_ref().map(mint);
    let [both, second, minting] = [11, 12, 13].map(|seed| fixture.another(&fixture.master_key, seed));
    thread::scope(|scope| {
        scope.spawn(|| {
            for ids in first_list[0].iter().zip(&second_list[0]) {
                let revoked = revoke_all_at(&both, [ids.0, ids.1].map(|id| (&one, id)));
                assert!(revoked.iter().all(|result| result.as_ref().unwrap().unwrap().count == 1));
            }
        });
        scope.spawn(|| {
            // The second list first.
            for id in second_list[1].iter().zip(&first_list[1]).flat_map(|(second, first)| [second, first]) {
                assert_eq!(revoke_all_at(&second, [(&other, id)]).remove(0).unwrap().unwrap().count, 1);
            }
        });
        scope.spawn(|| {
            for _ in 0..ROUNDS {
                // A new list is made, and the next token is minted in it.
                fixture.execute(&format!("UPDATE status_lists SET next_index = {} WHERE id > 2", StatusBits::CAPACITY));
                minting.status_indexes.forget();
                grant(&minting.act(Actor::Operator), &keys[0], None).unwrap();
            }
        });
    });
    for id in [first_list, second_list].iter().flatten().flatten() {
        let record = fixture.instance.storage().read(|transaction| transaction.token(id)).unwrap().unwrap();
        assert_eq!(record.state, TokenState::Revoked);
    }
}
