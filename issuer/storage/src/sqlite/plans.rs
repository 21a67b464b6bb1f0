//! How `SQLite` runs the statements on large tables: each finds its rows in an index.

use postern_model::{ApplicationId, ConsumerKey, TokenId, TokenState};
use postern_token::{ApiReference, Identifier, Kid, UnixSeconds};

use super::file;
use crate::audit_profiles::Numbers;
use crate::connection::sqlite::Connection;
use crate::{AuditFilter, StorageError, TokenSelector, Transaction};

/// The statements that `run` runs, each with the steps of its plan.
fn plans<T>(run: impl FnOnce(&Transaction<'_>) -> Result<T, StorageError>) -> Vec<(String, Vec<String>)> {
    let mut raw = rusqlite::Connection::open_in_memory().unwrap();
    file::migrate(&mut raw).unwrap();
    let connection = Connection::new(raw);
    run(&Transaction::on_sqlite(&connection)).unwrap();
    let statements = connection.statements.take();
    let plan = |sql: String| {
        let mut statement = connection.prepare_cached(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let none = vec![None::<i64>; statement.parameter_count()];
        let steps = statement.query_map(rusqlite::params_from_iter(none), |row| row.get(3)).unwrap();
        let steps = steps.collect::<Result<Vec<String>, _>>().unwrap();
        (sql, steps)
    };
    statements.into_iter().map(plan).collect()
}

/// Checks that no statement reads all of a large table, and that the tables are searched in these ways.
fn assert_searches<T>(run: impl FnOnce(&Transaction<'_>) -> Result<T, StorageError>, expected: &[&str]) {
    let plans = plans(run);
    let steps: Vec<_> = plans.iter().flat_map(|(_, steps)| steps).collect();
    for table in ["tokens", "audit", "audit_profiles"] {
        assert!(
            !steps.iter().any(|step| **step == format!("SCAN {table}") || step.starts_with(&format!("SCAN {table} "))),
            "{plans:#?}"
        );
    }
    for search in expected {
        assert!(steps.iter().any(|step| step.contains(search)), "{search}: {plans:#?}");
    }
}

#[test]
fn tokens_are_found_in_indexes() {
    let client: ConsumerKey = "ck_wqjwp5reparryfb9sg4ya499c7".parse().unwrap();
    let application: ApplicationId = "app_wwd3eca1pzfgd6sx8zrv".parse().unwrap();
    let id = TokenId::parse("1ngr9gh585ed6fvggzg3spqqshxwey".to_owned()).unwrap();
    let kid: Kid<'static> = Identifier::parse("k1".to_owned()).unwrap();
    let api = ApiReference::parse("pizza/1.0.0").unwrap();
    let now = UnixSeconds(1_800_000_000);

    let live = "SEARCH tokens USING INDEX tokens_by_profile (profile=? AND <expr>>?)";
    let only_index = "SEARCH tokens USING COVERING INDEX tokens_by_profile (profile=? AND <expr>>?)";
    assert_searches(|transaction| transaction.live_tokens_of_client(&client, now, 10), &[only_index]);
    assert_searches(|transaction| transaction.has_live_tokens(&kid, now), &[only_index]);
    assert_searches(|transaction| transaction.live_tokens_by_signing_key(now), &[only_index]);
    assert_searches(|transaction| transaction.live_tokens_by_application(now), &[only_index]);
    let ended = "SEARCH tokens USING COVERING INDEX tokens_by_profile (profile=? AND <expr>=? AND issued_at>?)";
    assert_searches(|transaction| transaction.count_obtained_after(&client, now, 10), &[only_index, ended]);
    assert_searches(|transaction| transaction.obtained_after(&client, now, 10), &[only_index, ended]);
    let page = "SEARCH tokens USING INDEX tokens_by_profile (profile=? AND <expr>>? AND <expr><?)";
    assert_searches(|transaction| transaction.live_tokens(&client, now, None, 10), &[page]);
    for selector in [
        TokenSelector::Shown(&client, None),
        TokenSelector::Application(&application),
        TokenSelector::Key(&kid),
        TokenSelector::Subscription(&application, &api),
    ] {
        assert_searches(|transaction| transaction.end_tokens(selector, TokenState::Revoked, now), &[live]);
    }
    let one = "(id=?)";
    assert_searches(|transaction| transaction.end_tokens(TokenSelector::Token(&id), TokenState::Revoked, now), &[one]);
    assert_searches(|transaction| transaction.tokens(&application, None, 10), &["tokens_by_profile (profile=?)"]);
    assert_searches(|transaction| transaction.delete_expired_tokens(now, 10), &["tokens_by_expiry (expires_at<?)"]);
    let unused = ["tokens_by_profile (profile=?)", "SEARCH audit_profiles USING PRIMARY KEY (profile=?)"];
    assert_searches(|transaction| transaction.delete_unused_profiles(10), &unused);
}

#[test]
fn audit_entries_are_found_by_number() {
    let application: ApplicationId = "app_wwd3eca1pzfgd6sx8zrv".parse().unwrap();
    let filter = AuditFilter { application: Some(application.clone()), ..AuditFilter::default() };
    assert_searches(
        |transaction| {
            transaction.newest_audit_block(&application, None, 5000)?;
            transaction.audit(&filter, 10)
        },
        &["audit_by_application (application_id=?", "SEARCH audit_profiles USING PRIMARY KEY (profile=? AND block<?)"],
    );
    let minted = "SEARCH audit USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
    assert_searches(|transaction| transaction.audit_of_block(Numbers { first: 0, end: 1024 }, &filter, 10), &[minted]);
    assert_searches(
        |transaction| transaction.delete_audit_profiles(10),
        &["SEARCH audit_profiles USING PRIMARY KEY (profile=? AND block=?)"],
    );
}
