//! What a process remembers of clients: it never outlives a change, whichever process makes it. And requests that share a transaction.

use std::collections::BTreeSet;

use postern_token::{DomainPattern, KeyType, Scopes, UnixSeconds};

use super::super::*;
use super::*;
use crate::error::{ApplicationError, ConsumerKeyError, TokenError};
use postern_model::{
    Action, Actor, ApplicationState, GrantType, HolderRule, Member, Obtained, Owner, Role, ScopeRule, TokenState, Validity,
};
use postern_secrets::PlainSecret;
use postern_storage::{AuditFilter, StorageError};

on_both!(
    a_change_by_another_process_counts_at_once,
    a_change_that_is_rolled_back_is_not_remembered,
    the_role_of_an_owner_counts_at_once,
    requests_in_one_transaction_get_their_own_answers,
    a_failed_transaction_fails_every_request_in_it,
    what_was_found_counts_only_while_nothing_changes,
    a_remembered_token_that_was_revoked_is_not_repeated,
    requests_of_one_combination_share_a_token,
    bounds_hold_within_a_transaction,
    a_client_that_got_a_new_token_is_expected_to_need_another,
);

fn grant_for(keys: &GeneratedKeys, secret: &PlainSecret, scope: Option<&str>) -> ClientGrant {
    let client = ClientCredentials { secret: secret.clone(), ..client(keys) };
    ClientGrant { client, scope: scope.map(str::to_owned), validity: None }
}

fn request<'a>(act: &Act<'a>, grant: &'a ClientGrant) -> ClientRequest<'a> {
    ClientRequest { act: act.clone(), grant, found: None }
}

fn a_change_by_another_process_counts_at_once(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let secret = keys.consumer_secret.clone().unwrap();
    // Both have the client in memory before each change; `fixture` makes the changes.
    let processes = [fixture.another(&fixture.master_key, 5), fixture.another(&fixture.master_key, 6)];
    let ask = |secret: &PlainSecret| {
        let answers = processes.each_ref().map(|process| {
            let act = process.act(Actor::Operator);
            let answer = find_or_mint(&act, &grant_for(&keys, secret, None));
            assert_eq!(
                introspect(
                    &act,
                    &ClientCredentials { secret: secret.clone(), ..client(&keys) },
                    &PlainSecret::presented("x".into())
                )
                .is_ok(),
                !matches!(answer, Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient)))
            );
            answer
        });
        let [one, other] = answers;
        assert_eq!(one.as_ref().map(|token| &token.id).ok(), other.as_ref().map(|token| &token.id).ok());
        one
    };
    let mut last = ask(&secret).unwrap();
    let mut gets_another = |what: &str| {
        let token = ask(&secret).unwrap();
        assert_ne!(token.id, last.id, "{what}");
        last = token;
        last.scopes.clone()
    };
    let act = fixture.act();
    let change = |changes| change_keys(&act, &fixture.application, KeyType::Production, changes, |_| true).unwrap();
    change(KeyChanges { domains: Some(vec![DomainPattern::parse("a.example").unwrap()]), ..KeyChanges::default() });
    gets_another("domains");
    let pizza = fixture.subscribe("pizza");
    gets_another("a subscription");
    unsubscribe(&act, &fixture.application, &pizza, |_| true).unwrap();
    gets_another("no subscription");
    let holders = HolderRule { member_roles: Vec::new(), approval: true };
    bind_scope(&act, "menu", &ScopeRule { holders, ..ScopeRule::default() }, |_| true).unwrap();
    assert_eq!(gets_another("a scope that needs approval").as_ref().map(Scopes::as_str), Some("orders"));
    decide_scope(&act, &fixture.application, KeyType::Production, "menu", true).unwrap();
    assert_eq!(ask(&secret).unwrap().scopes.as_ref().map(Scopes::as_str), Some("orders menu"));
    fixture.set_defaults(Some(Validity::Seconds(600)), None).unwrap();
    fixture.set_policies(PolicyChange { max_application_validity: Some(Some(600)), ..PolicyChange::default() });
    assert_eq!(ask(&secret).unwrap().expires_in, Some(600));
    let kid = fixture.create_key(postern_token::Algorithm::EdDsa);
    sign_with_key(&act, &kid, &[KeyType::Production]).unwrap();
    let token = ask(&secret).unwrap();
    assert_eq!(fixture.tokens().into_iter().find(|record| record.id == token.id).unwrap().kid, kid);
    let state = |state| {
        let change = ApplicationChange { state: Some(state), ..ApplicationChange::default() };
        change_application(&act, &fixture.application, change, |_| true).unwrap();
    };
    state(ApplicationState::Blocked);
    assert!(matches!(ask(&secret), Err(Error::Application(ApplicationError::Blocked(_)))));
    state(ApplicationState::Active);
    ask(&secret).unwrap();
    let (second, id) = create_secret(&act, &fixture.application, KeyType::Production, NewConsumerSecret::default())
        .map(|(plain, secret)| (plain, secret.id))
        .unwrap();
    ask(&second).unwrap();
    remove_secret(&act, &fixture.application, KeyType::Production, &id).unwrap();
    assert!(matches!(ask(&second), Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    ask(&secret).unwrap();
    change(KeyChanges { grant_types: Some(vec![GrantType::AuthorizationCode]), ..KeyChanges::default() });
    assert!(matches!(ask(&secret), Err(Error::ConsumerKey(ConsumerKeyError::GrantTypeNotAllowed))));
    delete_application(&act, fixture.application.as_str(), |_| true).unwrap();
    assert!(matches!(ask(&secret), Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
}

fn the_role_of_an_owner_counts_at_once(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let member = fixture.member("alice", Role::Administrator);
    let owner = Owner::Member("alice".parse().unwrap());
    let change = ApplicationChange { owner: Some(Some(owner)), ..ApplicationChange::default() };
    change_application(&fixture.act(), &fixture.application, change, |_| true).unwrap();
    let holders = HolderRule { member_roles: vec![Role::Administrator], approval: false };
    bind_scope(&fixture.act(), "menu", &ScopeRule { holders, ..ScopeRule::default() }, |_| true).unwrap();
    let process = fixture.another(&fixture.master_key, 5);
    let scopes = || grant(&process.act(Actor::Operator), &keys, None).unwrap().scopes.map(|scopes| scopes.as_str().to_owned());
    assert_eq!(scopes().as_deref(), Some("orders menu"));
    let Actor::Member(name, _) = member.actor().clone() else { panic!("{:?}", member.actor()) };
    let developer = Member { name, role: Role::Developer, account: None, from_groups: false, created_at: NOW };
    fixture.instance.storage().write(|transaction| transaction.update_member(&developer)).unwrap();
    assert_eq!(scopes().as_deref(), Some("orders"));
}

fn a_change_that_is_rolled_back_is_not_remembered(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let storage = fixture.instance.storage();
    let is_right = |transaction: &postern_storage::Transaction<'_>| {
        let revision = transaction.catalogue_revision()?;
        let secret = keys.consumer_secret.as_ref();
        let found =
            crate::clients::authenticate_in_memory(&fixture.act(), transaction, revision, (keys.consumer_key.as_str(), secret));
        Ok::<_, Error>(found.is_ok())
    };
    let undone = storage.write(|transaction| {
        let secrets = transaction.consumer_secrets(keys.consumer_key.as_str())?;
        transaction.delete_consumer_secret(&keys.consumer_key, &secrets[0].id)?;
        assert!(!is_right(transaction)?, "the transaction sees its own change");
        Err::<(), Error>(StorageError::failed().into())
    });
    assert!(undone.is_err());
    // Another change gets the same revision.
    fixture.set_policies(PolicyChange { renew_below_percent: Some(20), ..PolicyChange::default() });
    assert!(storage.read(is_right).unwrap());
}

fn requests_in_one_transaction_get_their_own_answers(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let other = create_application(&fixture.act(), "Other".parse().unwrap()).unwrap().id;
    let other_keys = generate(&fixture.act(), &GenerateRequest { application: other.clone(), ..fixture.request() }).unwrap();
    let (sent, entries) = std::sync::mpsc::channel();
    let process =
        fixture.another(&fixture.master_key, 5).with_audit_sink(Box::new(move |entry| sent.send(entry.clone()).unwrap()));
    let secret = |keys: &GeneratedKeys| keys.consumer_secret.clone().unwrap();
    let grants = [
        grant_for(&keys, &secret(&keys), Some("menu")),
        grant_for(&keys, &PlainSecret::presented("wrong".into()), Some("menu")),
        grant_for(&other_keys, &secret(&other_keys), Some("menu")),
        grant_for(&keys, &secret(&keys), Some("menu")),
        grant_for(&keys, &secret(&keys), Some("admin")),
        grant_for(&keys, &secret(&keys), Some("orders")),
        ClientGrant {
            client: ClientCredentials { id: "\0 no client".into(), secret: secret(&keys) },
            scope: None,
            validity: Some(Validity::Forever),
        },
        // The token that was generated is the current one.
        grant_for(&keys, &secret(&keys), None),
    ];
    let act = process.act(Actor::Operator);
    let requests: Vec<ClientRequest<'_>> = grants.iter().map(|grant| request(&act, grant)).collect();
    let found = find_current_tokens(&requests);
    assert!(matches!(
        found[..3],
        [Ok(CurrentToken::Missing(_)), Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient)), Ok(CurrentToken::Missing(_))]
    ));
    assert!(matches!(&found[7], Ok(CurrentToken::Found(_))));
    let minted: Vec<_> =
        mint_for_clients(&requests).into_iter().map(|token| token.and_then(|token| token.token.sign())).collect();
    let id = |at: usize| minted[at].as_ref().unwrap().id.clone();
    assert!(matches!(minted[1], Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    assert!(matches!(minted[4], Err(Error::Token(TokenError::ScopeNotAllowed { .. }))));
    assert!(matches!(minted[6], Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    assert_eq!((id(0), id(7)), (id(3), keys.token.id.clone()));
    assert_eq!(BTreeSet::from([id(0), id(2), id(5), id(7)].map(|id| id.as_str().to_owned())).len(), 4);
    for (at, scope, application) in [(0, "menu", &fixture.application), (2, "menu", &other), (5, "orders", &fixture.application)]
    {
        let record = fixture.instance.storage().read(|transaction| transaction.token(&id(at))).unwrap().unwrap();
        assert_eq!(record.scopes().map(Scopes::as_str), Some(scope));
        assert_eq!((&record.application, record.obtained, record.current), (application, Obtained::ClientCredentials, true));
        assert_eq!((record.state, record.issued_at, record.expires_at), (TokenState::Active, NOW, Some(NOW.plus(3600))));
        fixture.claims(minted[at].as_ref().unwrap(), |claims| assert_eq!(claims.jti.as_str(), record.id.as_str()));
    }
    // Another token of the combination replaces the current one.
    let brief = ClientGrant { validity: Some(Validity::Seconds(60)), ..grant_for(&keys, &secret(&keys), Some("menu")) };
    let more = grant_for(&other_keys, &secret(&other_keys), Some("orders"));
    let two = mint_for_clients(&[request(&act, &brief), request(&act, &more)]);
    assert!(two.iter().all(Result::is_ok));
    let current: Vec<_> = fixture.tokens().into_iter().filter(|record| record.current).collect();
    assert_eq!(current.len(), 3);
    assert!(current.iter().all(|record| record.id != id(0)));
    // Each entry is on record with the number that was handed over, in the order of the requests.
    let handed: Vec<_> = entries.try_iter().collect();
    let subjects: Vec<_> = handed.iter().map(|entry| entry.subject.clone().unwrap()).collect();
    assert_eq!(subjects[..3], [id(0), id(2), id(5)].map(|id| id.as_str().to_owned()));
    assert_eq!(handed.len(), 5);
    let filter = AuditFilter { action: Some(Action::TokenMint.as_str().to_owned()), ..AuditFilter::default() };
    let recorded = fixture.instance.storage().read(|transaction| transaction.audit(&filter, 5)).unwrap();
    assert_eq!(recorded.into_iter().rev().collect::<Vec<_>>(), handed);
}

fn a_failed_transaction_fails_every_request_in_it(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let secret = keys.consumer_secret.clone().unwrap();
    let grants = [grant_for(&keys, &secret, Some("menu")), grant_for(&keys, &secret, Some("orders"))];
    let act = fixture.act();
    let requests = grants.each_ref().map(|grant| request(&act, grant));
    fixture.execute("ALTER TABLE audit RENAME TO audit_away");
    let failed = mint_for_clients(&requests);
    assert!(failed.iter().all(|result| matches!(result, Err(Error::Storage(StorageError::Unavailable(_))))), "{failed:?}");
    fixture.execute("ALTER TABLE audit_away RENAME TO audit");
    assert_eq!(fixture.tokens().len(), 1);
    assert!(mint_for_clients(&requests).iter().all(Result::is_ok));
    assert_eq!(fixture.tokens().len(), 3);
}

fn what_was_found_counts_only_while_nothing_changes(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let ask = grant_for(&keys, keys.consumer_secret.as_ref().unwrap(), Some("menu"));
    let act = fixture.act();
    let find = |ask: &ClientGrant| match find_current_tokens(&[request(&act, ask)]).remove(0).unwrap() {
        CurrentToken::Missing(found) => found,
        CurrentToken::Found(token) => panic!("{token:?}"),
    };
    let mint = |ask: &ClientGrant, found| {
        let request = ClientRequest { found: Some(found), ..request(&act, ask) };
        mint_for_clients(&[request]).remove(0).unwrap().token.sign().unwrap()
    };
    // Two requests found no token; the second gets that of the first, as another process may have minted it.
    let found = find(&ask);
    let first = mint(&ask, found);
    assert_eq!(mint(&ask, found).id, first.id);
    // A token does not answer a request for another validity; one that was minted meanwhile does.
    let brief = ClientGrant { validity: Some(Validity::Seconds(60)), ..grant_for(&keys, &ask.client.secret, Some("menu")) };
    let found = find(&brief);
    let second = mint(&brief, found);
    assert!(second.id != first.id && mint(&brief, found).id == second.id);
    // Nor is it used after a change of the catalogue.
    let found = find(&ask);
    fixture.subscribe("pizza");
    let third = mint(&ask, found);
    assert_eq!(fixture.grant(&keys, Some("menu"), NOW).unwrap().id, third.id);
    assert_eq!(mint(&ask, found).id, third.id);
}

fn a_remembered_token_that_was_revoked_is_not_repeated(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let process = fixture.another(&fixture.master_key, 5);
    let ask = || grant(&process.act(Actor::Operator), &keys, None).unwrap();
    let first = ask();
    assert_eq!(ask().id, first.id);
    // Another process revokes it, which changes nothing in the catalogue.
    revoke_token(&fixture.act(), &first.id).unwrap();
    let second = ask();
    assert_ne!(second.id, first.id);
    assert_eq!(ask().id, second.id);
}

fn requests_of_one_combination_share_a_token(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let act = fixture.act();
    let secret = keys.consumer_secret.clone().unwrap();
    let reserved = || fixture.database.query("SELECT next_index FROM status_lists").unwrap().parse::<u32>().unwrap();
    let before = reserved();
    let menu = grant_for(&keys, &secret, Some("menu"));
    let tokens = mint_for_clients(&vec![request(&act, &menu); 10]);
    let ids: BTreeSet<String> =
        tokens.into_iter().map(|token| token.unwrap().token.sign().unwrap().id.as_str().to_owned()).collect();
    assert_eq!((ids.len(), fixture.tokens().len()), (1, 2));
    // One after the other, because each has another validity; the last is the current one.
    let brief = |seconds| ClientGrant { validity: Some(Validity::Seconds(seconds)), ..grant_for(&keys, &secret, Some("menu")) };
    let grants = [61, 62, 63].map(brief);
    let tokens = mint_for_clients(&grants.each_ref().map(|grant| request(&act, grant)));
    let ids: Vec<_> = tokens.into_iter().map(|token| token.unwrap().token.sign().unwrap().id).collect();
    let current: Vec<_> = fixture.tokens().into_iter().filter(|token| token.current).map(|token| token.id).collect();
    assert_eq!(current, [keys.token.id.clone(), ids[2].clone()]);
    // No status index was wasted: those that were not needed are used later.
    assert_eq!(reserved(), before + 10);
    let indexes: BTreeSet<_> = fixture.tokens().into_iter().map(|token| token.status.unwrap().index).collect();
    assert_eq!(indexes.len(), 5);
}

fn bounds_hold_within_a_transaction(engine: Engine) {
    let fixture = Fixture::new(engine);
    let scopes = Scopes::parse("orders menu drinks desserts").unwrap();
    let restrictions = postern_model::Restrictions { scopes: Some(scopes), ..postern_model::Restrictions::default() };
    let keys = generate(&fixture.act(), &GenerateRequest { restrictions, ..fixture.request() }).unwrap();
    let secret = keys.consumer_secret.clone().unwrap();
    let grants = ["orders", "menu", "drinks", "desserts"].map(|scope| grant_for(&keys, &secret, Some(scope)));
    let refused = |bounds: Bounds, now: UnixSeconds| {
        let process = fixture.another(&fixture.master_key, 5).with_bounds(bounds);
        let act = process.act(Actor::Operator).at(now);
        let ask = || mint_for_clients(&grants.each_ref().map(|grant| request(&act, grant)));
        let first = ask().into_iter().filter(Result::is_err).count();
        // Again: those that have a token get it, the others are refused as before.
        assert_eq!(ask().into_iter().filter(Result::is_err).count(), first);
        first
    };
    let none = Bounds { tokens: 0, tokens_per_hour: 0, ..Bounds::default() };
    assert_eq!(refused(Bounds { tokens_per_hour: 2, ..none }, NOW), 2);
    // The generated token is a live one too.
    revoke_all_tokens(&fixture.act(), &fixture.application).unwrap();
    assert_eq!(refused(Bounds { tokens: 3, ..none }, NOW.plus(1)), 1);
    assert_eq!(fixture.states().into_iter().filter(|(_, state)| *state == TokenState::Active).count(), 3);
}

fn a_client_that_got_a_new_token_is_expected_to_need_another(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let act = fixture.act();
    let menu = grant_for(&keys, keys.consumer_secret.as_ref().unwrap(), Some("menu"));
    let wrong = grant_for(&keys, &PlainSecret::presented("wrong".into()), Some("menu"));
    let find = |ask: &ClientGrant| find_current_tokens(&[request(&act, ask)]).remove(0).unwrap();
    let mint = || mint_for_clients(&[request(&act, &menu)]).remove(0).unwrap();
    assert!(!expects_new_token(&act, &menu), "the client is not remembered");
    assert!(matches!(find(&menu), CurrentToken::Missing(_)) && !expects_new_token(&act, &menu));
    assert!(mint().is_new && expects_new_token(&act, &menu));
    assert!(!expects_new_token(&act, &wrong));
    // The token is the current one now, so the request was expected wrongly. The next one is answered without a writer.
    assert!(!mint().is_new && !expects_new_token(&act, &menu));
    assert!(mint_for_clients(&[request(&act, &grant_for(&keys, &menu.client.secret, Some("orders")))]).remove(0).unwrap().is_new);
    assert!(matches!(find(&menu), CurrentToken::Found(_)) && !expects_new_token(&act, &menu));
}
