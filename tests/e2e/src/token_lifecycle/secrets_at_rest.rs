//! The files of the database contain no credential that an attacker could use.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use postern_test_harness::client::Request;
use postern_test_harness::issuer::text;
use serde_json::json;

use super::fixture::{Fixture, Keys, decode, header};
use super::private_keys;
use super::search::{Search, files};

const SCOPE: [&str; 2] = ["--scope", "orders"];

pub(super) fn no_secret_is_stored_in_a_usable_form(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("at rest")?;
    let keys = fixture.generate(&application, &SCOPE)?;
    let mut search = Search::new();
    tokens_of_each_algorithm(fixture, &application, &keys, &mut search)?;
    search.text("a consumer secret", &keys.client.1);
    search.text("a consumer secret", &fixture.create_secret(&application)?);
    search.text("a personal access token", &fixture.personal_token);
    search.text("an edge key", &fixture.edge_key);
    search.text("an edge key in a stored response", &stored_edge_key(fixture)?);
    let master_key = fs::read_to_string(fixture.cli.dir().join("master.key"))?;
    search.bytes("the master key", &decode(master_key.trim())?);
    private_keys::search_for_all(fixture, &decode(master_key.trim())?, &mut search)?;

    let mut public = Search::new();
    public.text("a consumer key", &keys.client.0);
    let database_files = database_files(fixture)?;
    ensure!(public.count(&database_files)? > 0, "the search does not find the public consumer key");
    search.find_nothing(&database_files)?;
    // The issuer's other files, except that of the master key.
    let others: Vec<PathBuf> = files(fixture.cli.dir())?.into_iter().filter(|file| !file.ends_with("master.key")).collect();
    search.find_nothing(&others)?;
    ensure!(search.find(master_key.as_bytes()) == ["the master key"], "the search does not find the master key");
    Ok(())
}

/// Adds tokens of each algorithm, obtained in different ways, to the search.
fn tokens_of_each_algorithm(fixture: &Fixture, application: &str, keys: &Keys, search: &mut Search) -> Result<()> {
    search.token("a generated token", &keys.token)?;
    let first = header(&keys.token)?;
    for algorithm in ["HS256", "ES256", "EdDSA", "RS256"] {
        let kid = text(&fixture.cli.run(&["admin", "signing-key", "create", "--algorithm", algorithm])?, "kid")?;
        fixture.cli.run(&["admin", "signing-key", "sign", &kid])?;
        for token in [fixture.regenerate(application)?, fixture.grant(&keys.client, "&validity_period=60")?] {
            ensure!(header(&token)?["alg"] == algorithm, "{}", header(&token)?);
            fixture.eventually_passes(&super::fixture::edges::order(&token))?;
            search.token(&format!("a token of {algorithm}"), &token)?;
        }
    }
    fixture.cli.run(&["admin", "signing-key", "sign", &text(&first, "kid")?]).map(drop)
}

/// An edge key in a response that is stored for its idempotency key.
fn stored_edge_key(fixture: &Fixture) -> Result<String> {
    let body = json!({"name": "kept"}).to_string();
    let request = Request::new("POST", "/api/v1/edge-keys", "issuer").bearer(&fixture.personal_token);
    let request = request.header("idempotency-key", "\"at-rest-1\"").body("application/json", body);
    let (first, again) = (request.send(fixture.issuer.address())?, request.send(fixture.issuer.address())?);
    ensure!(first.status == 201 && first.body == again.body, "{} {} {}", first.status, first.json(), again.json());
    text(&first.json(), "edge_key")
}

/// The files of the database, after a checkpoint.
fn database_files(fixture: &Fixture) -> Result<Vec<PathBuf>> {
    if let Some(url) = &fixture.database {
        postern_test_postgres::query(url, "CHECKPOINT").map_err(anyhow::Error::msg)?;
        return files(&postern_test_postgres::shared().folder().join("data"));
    }
    let found = ["postern.db", "postern.db-wal", "postern.db-shm"].map(|name| fixture.cli.dir().join(name));
    for file in &found {
        ensure!(file.exists(), "`{}` does not exist", file.display());
    }
    Ok(found.to_vec())
}
