//! Pruning of expired tokens, secrets and stored responses.

use postern_token::KeyType;

use super::super::*;
use super::*;
use crate::error::TokenError;
use postern_model::Validity;
use postern_secrets::Sealed;
use postern_storage::StoredResponse;

on_both!(expired_tokens_are_pruned_after_their_retention, many_tokens_are_pruned_in_batches, a_stored_response_is_kept_for_a_day,);

fn expired_tokens_are_pruned_after_their_retention(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.allow_forever();
    let keys = fixture.generate();
    let brief = fixture.grant(&keys, Some("menu"), NOW).unwrap();
    let request = GenerateRequest { key_type: KeyType::Sandbox, validity: Some(Validity::Forever), ..fixture.request() };
    let for_ever = generate(&fixture.act(), &request).unwrap().token;
    let later = fixture.grant(&keys, Some("orders"), NOW.plus(50)).unwrap();
    // The clock of an edge may be slow, so it may accept a token for an hour after the expiry. Nothing is pruned before.
    let end = NOW.plus(3600);
    assert_eq!(prune(&fixture.at(end.plus(3600)), 0).unwrap(), Pruned::default());
    assert_eq!(prune(&fixture.at(end.plus(10_000)), 10_000).unwrap(), Pruned::default());
    let pruned = prune(&fixture.at(end.plus(10_001)), 10_000).unwrap();
    assert_eq!(pruned, Pruned { tokens: 2, ..Pruned::default() });
    let left: Vec<_> = fixture.tokens().into_iter().map(|token| token.id).collect();
    assert_eq!(left, [for_ever.id.clone(), later.id]);
    assert!(matches!(revoke_token(&fixture.act(), &brief.id), Err(Error::Token(TokenError::NotFound))));
    assert_eq!(prune(&fixture.at(UnixSeconds(NOW.0 * 2)), 0).unwrap().tokens, 1);
    assert_eq!(fixture.tokens().into_iter().map(|token| token.id).collect::<Vec<_>>(), [for_ever.id]);
    // The keys still work after all their tokens were pruned.
    fixture.grant(&keys, None, NOW.plus(100_000)).unwrap();
    fixture.regenerate(NOW.plus(100_000)).unwrap();
}

fn many_tokens_are_pruned_in_batches(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.generate();
    fixture.execute(
        "WITH RECURSIVE copies (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM copies WHERE n < 1499)
        INSERT INTO tokens (id, profile, issued_at, expires_at, state)
        SELECT 'copy-' || n, profile, issued_at, expires_at, state
        FROM tokens, copies",
    );
    let now = fixture.at(NOW.plus(10_000));
    assert_eq!(prune(&now, 0).unwrap(), Pruned { tokens: 1000, more: true, ..Pruned::default() });
    assert_eq!(prune(&now, 0).unwrap(), Pruned { tokens: 501, more: false, ..Pruned::default() });
    assert_eq!(prune(&now, 0).unwrap(), Pruned::default());
}

fn a_stored_response_is_kept_for_a_day(engine: Engine) {
    let fixture = Fixture::new(engine);
    let storage = fixture.instance.storage();
    let keep = |actor: &str, key: &str, answer: &[u8], fingerprint: u8, now: UnixSeconds| {
        let row = format!("{actor} {key}");
        let act = fixture.act();
        let sealed = Sealed::seal(answer, StoredResponse::TABLE, &row, &fixture.master_key, act.entropy).unwrap();
        let kept = StoredResponse { fingerprint: [fingerprint; 32], answer: sealed, created_at: now };
        storage.write(|transaction| transaction.insert_answer(actor, key, &kept)).unwrap();
    };
    let stored = |actor: &str, key: &str| storage.read(|transaction| transaction.answer(actor, key)).unwrap();
    let open = |actor: &str, key: &str| {
        let kept = stored(actor, key).unwrap();
        let answer = kept.answer.open(StoredResponse::TABLE, &format!("{actor} {key}"), &fixture.master_key).unwrap();
        (answer.to_vec(), kept.fingerprint[0], kept.created_at)
    };
    keep("member:dora", "k", b"one", 1, NOW);
    keep("member:rolf", "k", b"two", 2, NOW.plus(5));
    assert_eq!(open("member:dora", "k"), (b"one".to_vec(), 1, NOW));
    assert_eq!(open("member:rolf", "k"), (b"two".to_vec(), 2, NOW.plus(5)));
    assert!(stored("member:dora", "other").is_none() && stored("member:nobody", "k").is_none());
    // A new response replaces the old one.
    keep("member:dora", "k", b"three", 3, NOW.plus(1));
    assert_eq!(open("member:dora", "k"), (b"three".to_vec(), 3, NOW.plus(1)));
    assert_eq!(prune(&fixture.at(NOW.plus(86_401)), 0).unwrap().answers, 0);
    assert_eq!(prune(&fixture.at(NOW.plus(86_402)), 0).unwrap().answers, 1);
    assert!(stored("member:dora", "k").is_none() && stored("member:rolf", "k").is_some());
    // Another master key cannot open stored responses, so changing the master key deletes them.
    change_master_key(&fixture.act(), &fixture.master_key).unwrap();
    assert!(stored("member:rolf", "k").is_none());
}
