//! What rests in the database's files: nothing with which somebody who has them could pass for anybody.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use postern_secrets::MasterKey;
use postern_signing as signing;
use postern_storage::{SealedSigningKey, Storage};
use postern_test_harness::client::Request;
use postern_test_harness::issuer::text;
use postern_token::Algorithm;
use serde_json::{Value, json};

use crate::search::{Search, files};
use crate::stand::{Keys, Stand, decode, header};

const SCOPE: [&str; 2] = ["--scope", "orders"];

pub(crate) fn nothing_secret_rests_readable(stand: &Stand) -> Result<()> {
    let application = stand.application("at rest")?;
    let keys = stand.generate(&application, &SCOPE)?;
    let mut search = Search::new();
    tokens_of_each_algorithm(stand, &application, &keys, &mut search)?;
    search.text("a consumer secret", &keys.client.1);
    search.text("a consumer secret", &stand.create_secret(&application)?);
    search.text("a personal access token", &stand.personal_token);
    search.text("an edge's key", &stand.edge_key);
    search.text("an edge's key that is kept to be answered again", &kept_answer(stand)?);
    let master_key = fs::read_to_string(stand.cli.dir().join("master.key"))?;
    search.bytes("the master key", &decode(master_key.trim())?);
    private_keys(stand, &master_key, &mut search)?;

    let mut there = Search::new();
    there.text("a consumer key", &keys.client.0);
    let rest = rest(stand)?;
    ensure!(there.count(&rest)? > 0, "the search does not even find what is no secret");
    search.find_nothing(&rest)?;
    // The files beside the database: but for the master key, which rests apart from it by design.
    let beside: Vec<PathBuf> = files(stand.cli.dir())?.into_iter().filter(|file| !file.ends_with("master.key")).collect();
    search.find_nothing(&beside)?;
    ensure!(search.find(master_key.as_bytes()) == ["the master key"], "the search does not find the master key");
    Ok(())
}

/// A token and its signature for each algorithm, each obtained in another way.
fn tokens_of_each_algorithm(stand: &Stand, application: &str, keys: &Keys, search: &mut Search) -> Result<()> {
    search.token("a generated token", &keys.token)?;
    let first = header(&keys.token)?;
    for algorithm in ["HS256", "ES256", "EdDSA", "RS256"] {
        let kid = text(&stand.cli.run(&["admin", "key", "create", "--algorithm", algorithm])?, "kid")?;
        stand.cli.run(&["admin", "key", "sign", &kid])?;
        for token in [stand.regenerate(application)?, stand.grant(&keys.client, "&validity_period=60")?] {
            ensure!(header(&token)?["alg"] == algorithm, "{}", header(&token)?);
            stand.soon_passes(&crate::edges::order(&token))?;
            search.token(&format!("a token of {algorithm}"), &token)?;
        }
    }
    stand.cli.run(&["admin", "key", "sign", &text(&first, "kid")?]).map(drop)
}

/// An edge's key in an answer that is kept in case the request comes again.
fn kept_answer(stand: &Stand) -> Result<String> {
    let body = json!({"name": "kept"}).to_string();
    let request = Request::new("POST", "/api/v1/edge-keys", "issuer").bearer(&stand.personal_token);
    let request = request.header("idempotency-key", "\"at-rest-1\"").body("application/json", body);
    let (first, again) = (request.send(stand.issuer.address())?, request.send(stand.issuer.address())?);
    ensure!(first.status == 201 && first.body == again.body, "{} {} {}", first.status, first.json(), again.json());
    text(&first.json(), "edge_key")
}

/// Every private key, as its algorithm has it.
fn private_keys(stand: &Stand, master_key: &str, search: &mut Search) -> Result<()> {
    let master_key = MasterKey::parse(master_key)?;
    let sealed = Storage::open(&stand.location()?)?.read(|transaction| Ok::<_, anyhow::Error>(transaction.signing_keys()?))?;
    let algorithms: Vec<Algorithm> = sealed.iter().map(|key| key.algorithm).collect();
    ensure!(Algorithm::ALL.iter().all(|algorithm| algorithms.contains(algorithm)), "{algorithms:?}");
    let bundle = bundle(stand)?;
    for SealedSigningKey { kid, algorithm, sealed } in sealed {
        let secret = sealed.open(SealedSigningKey::TABLE, kid.as_str(), &master_key)?;
        let what = format!("a private key of {}", algorithm.as_str());
        search.bytes(&what, &secret);
        if algorithm == Algorithm::Rs256 {
            // The numbers behind the modulus: d, p, q, dp, dq and qinv, 896 bytes in all for a key of 2048 bits.
            let private = secret.len().checked_sub(896).and_then(|from| secret.get(from..)).context("a short RSA key")?;
            private.chunks_exact(64).for_each(|piece| search.bytes(&format!("a piece of {what}"), piece));
        }
        // It is the key that edges verify with.
        let opened = signing::open(algorithm, kid.clone(), &secret)?;
        let published = bundle.iter().find(|key| key["kid"] == kid.as_str()).context("the bundle lacks a key")?;
        ensure!(*published == serde_json::to_value(opened.verifying_document())?, "another key was opened");
    }
    Ok(())
}

fn bundle(stand: &Stand) -> Result<Vec<Value>> {
    let file = stand.dir().join("bundle.json");
    stand.cli.run(&["admin", "bundle", "--out", &file.to_string_lossy()])?;
    let bundle: Value = serde_json::from_slice(&fs::read(&file)?)?;
    bundle["keys"]["keys"].as_array().cloned().context("the bundle has no keys")
}

/// The database's files, with all that was written in them.
fn rest(stand: &Stand) -> Result<Vec<PathBuf>> {
    if let Some(url) = &stand.database {
        postern_test_postgres::query(url, "CHECKPOINT").map_err(anyhow::Error::msg)?;
        return files(&postern_test_postgres::shared().folder().join("data"));
    }
    let found = ["postern.db", "postern.db-wal", "postern.db-shm"].map(|name| stand.cli.dir().join(name));
    for file in &found {
        ensure!(file.exists(), "`{}` is not there", file.display());
    }
    Ok(found.to_vec())
}
