//! The audit log: every change is logged, entries are append-only, and old ones are pruned with a record.

use postern_token::{Algorithm, KeyType};

use super::super::*;
use super::*;
use postern_model::{Actor, ApplicationState, AuditEntry, Role, SubscriptionState, Tier, Validity};
use postern_storage::AuditFilter;

on_both!(
    every_change_is_logged,
    the_log_is_append_only,
    old_entries_are_pruned_and_the_pruning_is_logged,
    many_entries_are_pruned_in_batches,
    filters_select_entries,
    short_entries_of_minted_tokens_read_as_they_were_written,
);

/// Runs every operation that changes something, once.
fn run_every_operation(fixture: &Fixture) {
    let act = &fixture.act();
    let id = &fixture.application;
    let keys = fixture.generate();
    let gold: postern_model::TierName = "gold".parse().unwrap();
    let api = fixture.add_api("pizza");
    subscribe(act, id, &api, &gold).unwrap();
    grant(act, &keys, None).unwrap();
    regenerate(act, &fixture.regenerate_request()).unwrap();
    change_keys(act, id, KeyType::Production, KeyChanges::default(), |_| true).unwrap();
    let (_, secret) = create_secret(act, id, KeyType::Production, NewConsumerSecret::default()).unwrap();
    remove_secret(act, id, KeyType::Production, &secret.id).unwrap();
    revoke_token(act, &keys.token.id).unwrap();
    change_subscription(act, id, &api, Some(SubscriptionState::Blocked), None, None).unwrap();
    unsubscribe(act, id, &api, |_| true).unwrap();
    change_api(act, &api, ApiChange::default(), |_| true).unwrap();
    remove_api(act, &api, false, |_| true).unwrap();
    let tier = Tier { name: "platinum".parse().unwrap(), description: None, limit: None, approval: false };
    add_tier(act, &tier).unwrap();
    change_tier(act, &tier.name, TierChange::default(), |_| true).unwrap();
    remove_tier(act, &tier.name, |_| true).unwrap();
    fixture.set_defaults(Some(Validity::Seconds(60)), None).unwrap();
    let edge = "edge-1".parse().unwrap();
    create_edge_key(act, &edge, postern_model::EdgeEnvironment::Both).unwrap();
    remove_edge_key(act, &edge, |_| true).unwrap();
    let (old, new) = (fixture.signing(), fixture.create_key(Algorithm::EdDsa));
    sign_with_key(act, &new, &[KeyType::Production, KeyType::Sandbox]).unwrap();
    retire_signing_key(act, &old, true).unwrap();
    change_application(act, id, ApplicationChange::default(), |_| true).unwrap();
    for state in [ApplicationState::Blocked, ApplicationState::Active] {
        change_application(act, id, ApplicationChange { state: Some(state), ..ApplicationChange::default() }, |_| true).unwrap();
    }
    change_master_key(act, &fixture.master_key).unwrap();
    delete_application(act, id.as_str(), |_| true).unwrap();
}

fn every_change_is_logged(engine: Engine) {
    let fixture = Fixture::new(engine);
    run_every_operation(&fixture);
    let entries = fixture.audit();
    let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
    let expected = [
        "issuer.initialise",
        "application.create",
        "keys.generate",
        "token.mint",
        "api.add",
        "subscription.add",
        "token.mint",
        "token.regenerate",
        "keys.change",
        "secret.create",
        "secret.remove",
        "token.revoke",
        "subscription.change",
        "subscription.remove",
        "api.change",
        "api.remove",
        "tier.add",
        "tier.change",
        "tier.remove",
        "settings.change",
        "edge_key.create",
        "edge_key.remove",
        "signing_key.create",
        "signing_key.sign",
        "signing_key.retire",
        "application.change",
        "application.block",
        "application.unblock",
        "master_key.change",
        "application.delete",
    ];
    assert_eq!(actions, expected);
    let numbers: Vec<_> = entries.iter().map(|entry| entry.number).collect();
    assert!(numbers.is_sorted() && entries.iter().all(|entry| entry.at == NOW && entry.actor == "operator"));
    // An entry about an application names it. No entry contains a secret or a token.
    let of_all = ["issuer.", "api.", "tier.", "settings.", "edge_key.", "signing_key.", "master_key."];
    for entry in &entries {
        let all = of_all.iter().any(|prefix| entry.action.starts_with(prefix));
        assert_eq!(entry.application.as_ref(), (!all).then_some(&fixture.application), "{entry:?}");
    }
    let all = format!("{entries:?}");
    assert!(!all.contains("eyJ") && !all.contains(fixture.master_key.encode().as_str()), "{all}");
}

fn the_log_is_append_only(engine: Engine) {
    let fixture = Fixture::new(engine);
    let before = fixture.audit();
    assert_eq!(before.len(), 2);
    let mut statements =
        vec!["UPDATE audit SET actor = 'nobody'", "UPDATE audit SET at = 1 WHERE number = 1", "DELETE FROM audit"];
    if engine == Engine::Postgres {
        statements.push("TRUNCATE audit");
    }
    for sql in statements {
        let refused = fixture.database.query(sql).unwrap_err();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(fixture.audit(), before);
    // Pruning of tokens does not change the audit log.
    prune(&fixture.at(UnixSeconds(NOW.0 * 2)), 0).unwrap();
    assert_eq!(fixture.audit(), before);
}

const DAY: u64 = 86400;

fn old_entries_are_pruned_and_the_pruning_is_logged(engine: Engine) {
    let fixture = Fixture::new(engine);
    generate(&fixture.at(NOW.plus(10 * DAY)), &fixture.request()).unwrap();
    let before = fixture.audit();
    assert_eq!(before.iter().map(|entry| entry.at).collect::<Vec<_>>()[1..3], [NOW, NOW.plus(10 * DAY)]);
    let prune = |days| prune_audit(&fixture.at(NOW.plus(days * DAY)), 30 * DAY).unwrap();
    assert_eq!(prune(30), PrunedAudit::default());
    assert_eq!(fixture.audit(), before);
    // Retention counts whole days.
    assert_eq!(prune(31), PrunedAudit { entries: 2, more: false });
    let after = fixture.audit();
    let logged = after.last().unwrap();
    assert_eq!(after[..2], before[2..]);
    assert_eq!((logged.action.as_str(), logged.subject.as_deref(), logged.at), ("audit.prune", Some("2"), NOW.plus(31 * DAY)));
    assert_eq!(logged.details.as_ref().unwrap()["before"], (NOW.0 / DAY + 1) * DAY);
    // A pruning that deletes nothing is not logged.
    assert_eq!(prune(31), PrunedAudit::default());
    let floor = |number: u64, entry: u64| {
        format!("UPDATE audit_floor SET number = {number}, at = {}, entry = {entry}", NOW.plus(31 * DAY).0)
    };
    let mut statements = vec![
        "DELETE FROM audit".to_owned(),
        "DELETE FROM audit WHERE number = 3".into(),
        "DELETE FROM audit_floor".into(),
        "INSERT INTO audit_floor VALUES (9, 9000000000, 5)".into(),
        "UPDATE audit_floor SET number = 0".into(),
        "UPDATE audit_floor SET at = 0".into(),
        // No entry records these prunings, or the entry records another pruning.
        floor(4, 5),
        floor(4, 4),
        floor(4, 6),
        floor(2, 1),
    ];
    if engine == Engine::Postgres {
        statements.push("TRUNCATE audit_floor".into());
    }
    for sql in statements {
        let refused = fixture.database.query(&sql).unwrap_err();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(fixture.audit(), after);
    // The entry about a pruning is pruned later too, and that is logged again.
    assert_eq!(prune(100), PrunedAudit { entries: 3, more: false });
    let left: Vec<_> = fixture.audit().into_iter().map(|entry| (entry.number, entry.action)).collect();
    assert_eq!(left, [(6, "audit.prune".to_owned())]);
}

fn many_entries_are_pruned_in_batches(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.execute(
        "WITH RECURSIVE copies (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM copies WHERE n < 1499)
        INSERT INTO audit (at, actor, action) SELECT at, actor, action FROM audit, copies WHERE number = 1",
    );
    let act = fixture.at(NOW.plus(9 * DAY));
    // An entry with an earlier time than its predecessor does not stop the pruning.
    fixture.execute("INSERT INTO audit (at, actor, action) VALUES (1, 'member:late', 'token.mint')");
    assert_eq!(prune_audit(&act, DAY).unwrap(), PrunedAudit { entries: 1000, more: true });
    assert_eq!(prune_audit(&act, DAY).unwrap(), PrunedAudit { entries: 503, more: false });
    assert_eq!(fixture.audit().into_iter().map(|entry| entry.action).collect::<Vec<_>>(), ["audit.prune"]);
}

fn filters_select_entries(engine: Engine) {
    let fixture = Fixture::new(engine);
    let dora = fixture.member("dora", Role::Developer);
    let own = create_application(&dora.clone().at(NOW.plus(10)), "Dora's".parse().unwrap()).unwrap().id;
    generate(&dora.at(NOW.plus(20)), &GenerateRequest::new(own.clone(), KeyType::Sandbox)).unwrap();
    let find = |filter: AuditFilter, limit| -> Vec<String> {
        let read = |transaction: &postern_storage::Transaction<'_>| transaction.audit(&filter, limit);
        let entries = fixture.instance.storage().read(read).unwrap();
        entries.into_iter().map(|entry| entry.action).collect()
    };
    let all = ["token.mint", "keys.generate", "application.create", "application.create", "issuer.initialise"];
    let any = AuditFilter::default();
    assert_eq!(find(any.clone(), 10), all);
    assert_eq!(find(any.clone(), 2), all[..2]);
    assert_eq!(find(AuditFilter { application: Some(own), ..any.clone() }, 10), all[..3]);
    assert_eq!(find(AuditFilter { actor: Some("member:dora".into()), ..any.clone() }, 10), all[..3]);
    assert_eq!(find(AuditFilter { actor: Some("operator".into()), ..any.clone() }, 10), all[3..]);
    assert_eq!(find(AuditFilter { action: Some("application.create".into()), ..any.clone() }, 10), all[2..4]);
    assert_eq!(find(AuditFilter { since: Some(NOW.plus(20)), ..any.clone() }, 10), all[..2]);
    assert_eq!(find(AuditFilter { until: Some(NOW.plus(10)), ..any.clone() }, 10), all[2..]);
    let third = fixture.audit()[2].number;
    assert_eq!(find(AuditFilter { before: Some(third), ..any.clone() }, 10), all[3..]);
    // An unknown actor finds nothing, whatever characters it contains.
    assert_eq!(find(AuditFilter { actor: Some("\0'\u{202e}%".into()), ..any }, 10), [""; 0]);
}

/// The entries of tokens that clients obtained themselves name the token's profile, and so hold less than others.
fn short_entries_of_minted_tokens_read_as_they_were_written(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let other = create_application(&fixture.act(), "Other".parse().unwrap()).unwrap().id;
    let other_keys = generate(&fixture.act(), &GenerateRequest { application: other.clone(), ..fixture.request() }).unwrap();
    let (sent, entries) = std::sync::mpsc::channel();
    let process =
        fixture.another(&fixture.master_key, 5).with_audit_sink(Box::new(move |entry| sent.send(entry.clone()).unwrap()));
    let mint = |keys: &GeneratedKeys, seconds: u64, source: &str, scopes: &[&str]| {
        let actor = Actor::Client(keys.consumer_key.clone());
        let act = process.act(actor).at(NOW.plus(seconds)).from_source(Some(source.parse().unwrap()));
        let grant = |scope: &&str| ClientGrant {
            client: client(keys),
            scope: Some((*scope).to_owned()),
            validity: Some(Validity::Seconds(60 + seconds)),
        };
        let grants: Vec<_> = scopes.iter().map(grant).collect();
        let requests: Vec<_> = grants.iter().map(|grant| ClientRequest { act: act.clone(), grant, found: None }).collect();
        assert!(mint_for_clients(&requests).iter().all(Result::is_ok));
    };
    // One alone, and several in a transaction; then after other entries, so that they are far from each other in the log.
    mint(&keys, 1, "192.0.2.1", &["menu"]);
    mint(&keys, 2, "192.0.2.2", &["menu", "orders"]);
    let others = "WITH RECURSIVE copies (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM copies WHERE n < 1499)
        INSERT INTO audit (at, actor, action) SELECT at, actor, action FROM audit, copies WHERE number = 1";
    fixture.execute(others);
    mint(&other_keys, 3, "192.0.2.1", &["menu", "orders"]);
    mint(&keys, 4, "192.0.2.1", &["menu", "orders"]);
    fixture.execute(others);
    mint(&keys, 5, "192.0.2.2", &["orders"]);
    let written: Vec<AuditEntry> = entries.try_iter().collect();
    let all = fixture.audit();
    let kept: Vec<_> = all.iter().filter(|entry| entry.actor.starts_with("client:")).cloned().collect();
    assert_eq!(kept, written);
    let blocks = "SELECT count(*), count(DISTINCT block) FROM audit_profiles";
    assert_eq!(fixture.database.query(blocks).unwrap(), "7|3");
    for sql in ["DELETE FROM audit_profiles", "UPDATE audit_profiles SET block = block + 1"] {
        let refused = fixture.database.query(sql).unwrap_err();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(written[1].details, Some(serde_json::json!({"obtained": "client_credentials", "scope": "menu", "validity": 62})));
    assert_eq!((written[3].application.as_ref(), &*written[3].action), (Some(&other), "token.mint"));

    // Every filter finds the same as in the whole log.
    let (any, client) = (AuditFilter::default(), Actor::Client(keys.consumer_key).to_string());
    let of = |application: &postern_model::ApplicationId| AuditFilter { application: Some(application.clone()), ..any.clone() };
    let middle = written[2].number;
    let filters = [
        any.clone(),
        of(&fixture.application),
        of(&other),
        AuditFilter { actor: Some(client.clone()), ..any.clone() },
        AuditFilter { actor: Some(client.clone()), ..of(&fixture.application) },
        AuditFilter { actor: Some(client), ..of(&other) },
        AuditFilter { actor: Some("operator".into()), ..of(&other) },
        AuditFilter { actor: Some(String::new()), ..any.clone() },
        AuditFilter { action: Some("token.mint".into()), ..any.clone() },
        AuditFilter { action: Some("token.mint".into()), ..of(&fixture.application) },
        AuditFilter { action: Some("keys.generate".into()), ..of(&fixture.application) },
        AuditFilter { action: Some(String::new()), ..any.clone() },
        AuditFilter { source: Some("192.0.2.1".parse().unwrap()), ..any.clone() },
        AuditFilter { source: Some("192.0.2.1".parse().unwrap()), ..of(&fixture.application) },
        AuditFilter { since: Some(NOW.plus(2)), until: Some(NOW.plus(2)), ..any.clone() },
        AuditFilter { since: Some(NOW.plus(1)), until: Some(NOW.plus(1)), ..of(&fixture.application) },
        AuditFilter { before: Some(middle), ..any.clone() },
        AuditFilter { before: Some(middle), ..of(&fixture.application) },
        AuditFilter { before: Some(written[5].number + 1), ..of(&fixture.application) },
        AuditFilter { before: Some(2048), ..of(&fixture.application) },
        AuditFilter { before: Some(0), ..of(&fixture.application) },
    ];
    for filter in &filters {
        let matches = |entry: &&AuditEntry| {
            filter.application.as_ref().is_none_or(|application| entry.application.as_ref() == Some(application))
                && filter.actor.as_ref().is_none_or(|actor| entry.actor == *actor)
                && filter.action.as_ref().is_none_or(|action| entry.action == *action)
                && filter.source.is_none_or(|source| entry.source == Some(source))
                && filter.since.is_none_or(|since| entry.at >= since)
                && filter.until.is_none_or(|until| entry.at <= until)
                && filter.before.is_none_or(|before| entry.number < before)
        };
        let expected: Vec<_> = all.iter().rev().filter(matches).cloned().collect();
        for limit in [1, 2, 4, 5000] {
            let read = |transaction: &postern_storage::Transaction<'_>| transaction.audit(filter, limit);
            let found = fixture.instance.storage().read(read).unwrap();
            assert_eq!(found, expected[..expected.len().min(limit as usize)], "{filter:?}");
        }
    }

    // Entries outlive their tokens, with the profiles; and profiles are pruned after them.
    let later = fixture.at(NOW.plus(40 * DAY));
    prune(&later, 0).unwrap();
    assert_eq!(fixture.tokens().len(), 0);
    assert_eq!(fixture.audit()[..all.len()], all);
    // Each step deletes a thousand entries, and what only they need.
    for (left, more) in [("5|2", true), ("1|1", true), ("1|1", true), ("0|0", false)] {
        assert_eq!(prune_audit(&later, DAY).unwrap().more, more);
        assert_eq!(fixture.database.query(blocks).unwrap(), left);
    }
    assert_eq!(fixture.database.query("SELECT count(*) FROM token_profiles").unwrap(), "0");
}
