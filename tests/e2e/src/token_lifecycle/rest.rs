//! What rests in the database's files: nothing with which somebody who has them could pass for anybody.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use postern_test_harness::client::Request;
use postern_test_harness::issuer::text;
use serde_json::json;

use super::private_keys;
use super::search::{Search, files};
use super::stand::{Keys, Stand, decode, header};

const SCOPE: [&str; 2] = ["--scope", "orders"];

pub(super) fn nothing_secret_rests_readable(stand: &Stand) -> Result<()> {
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
    private_keys::search_for_all(stand, &decode(master_key.trim())?, &mut search)?;

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
            stand.soon_passes(&super::stand::edges::order(&token))?;
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
