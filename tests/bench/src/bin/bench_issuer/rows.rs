//! The throughput of one server.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::client::Request;
use serde_json::Value;

use crate::clients::{Client, taking_turns};
use crate::issuer::{Home, Server};
use crate::load::{self, CONNECTIONS, Requests, Run, Times};
use crate::{answers, runtime};

/// A row of the table.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) found: Found,
}

pub(crate) enum Found {
    Measured(Measured),
    /// The reason for skipping.
    Skipped(String),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) answers: usize,
    pub(crate) per_second: f64,
    pub(crate) median_ms: f64,
    pub(crate) p99_ms: f64,
    /// The CPU time of the server and of the load's process during the measurement.
    pub(crate) server_cpu: Duration,
    pub(crate) own_cpu: Duration,
    /// The server's CPU time per response.
    pub(crate) cpu_micros: f64,
}

impl From<&Run> for Measured {
    fn from(run: &Run) -> Self {
        Self {
            answers: run.count(),
            per_second: run.per_second(),
            median_ms: run.quantile(500),
            p99_ms: run.quantile(990),
            server_cpu: run.cpu.servers,
            own_cpu: run.cpu.load,
            cpu_micros: run.cpu_micros(),
        }
    }
}

impl Row {
    pub(crate) fn measured(name: impl Into<String>, run: &Run) -> Self {
        let row = Self { name: name.into(), found: Found::Measured(run.into()) };
        print(&row);
        row
    }

    pub(crate) fn skipped(name: impl Into<String>, why: impl Into<String>) -> Self {
        let row = Self { name: name.into(), found: Found::Skipped(why.into()) };
        print(&row);
        row
    }
}

/// Measures our issuer with a new database. Minting comes first, because introspection and revocation need tokens.
pub(crate) fn of_issuer(home: &Home, database: &str, algorithm: &str, times: Times) -> Result<Vec<Row>> {
    let clients = Client::create_all(home, CONNECTIONS)?;
    let server = home.serve()?;
    let name = |what: &str| format!("{what}, {algorithm}, {database}{}", home.suffix());
    let minting = send(&server, taking_turns(&clients, Client::mint), times)?;
    let tokens = answers::tokens(&minting)?;
    answers::check_distinct(&tokens, algorithm)?;
    check_recorded(home, &clients, &tokens)?;
    let mut rows = vec![Row::measured(name("mint"), &minting)];
    drop(minting);
    if algorithm == "ES256" {
        rows.push(again(&server, &clients, name("live token again"), times)?);
        rows.push(introspecting(&server, &clients, &tokens, name("introspect"), times)?);
        rows.push(revoking(home, &server, &clients, &tokens, name("revoke"), times)?);
    }
    server.stop()?;
    Ok(rows)
}

/// Sends a load to a server.
pub(crate) fn send(server: &Server, requests: Vec<Requests>, times: Times) -> Result<Run> {
    runtime()?.block_on(load::run(&server.target(), requests, times))
}

/// Checks that every token of the first client is on record, including the generated one.
pub(crate) fn check_recorded(home: &Home, clients: &[Client], tokens: &[Vec<String>]) -> Result<()> {
    let client = clients.first().context("there is no client")?;
    let (answered, kept) = (tokens.first().map_or(0, Vec::len), records(home, client)?.len());
    ensure!(kept == answered + 1, "{answered} tokens were returned and one was generated, but {kept} are on record");
    Ok(())
}

fn records(home: &Home, client: &Client) -> Result<Vec<Value>> {
    let listed = home.cli(&["token", "list", "--application", &client.application])?;
    Ok(listed.get("tokens").and_then(Value::as_array).context("there are no `tokens`")?.clone())
}

fn again(server: &Server, clients: &[Client], name: String, times: Times) -> Result<Row> {
    let run = send(server, taking_turns(clients, |client| client.mint_again()), times)?;
    let same = answers::are_the_same(&answers::tokens(&run)?, clients.len().div_ceil(CONNECTIONS))?;
    Ok(if same { Row::measured(name, &run) } else { Row::skipped(name, "each answer was a new token") })
}

fn introspecting(server: &Server, clients: &[Client], tokens: &[Vec<String>], name: String, times: Times) -> Result<Row> {
    let there = Request::new("POST", "/oauth2/introspect", "issuer.example").send(server.address())?;
    if there.status == 404 {
        return Ok(Row::skipped(name, "the server has no introspection"));
    }
    let one = |(client, tokens): (&Client, &Vec<String>)| -> Requests {
        let (client, mut tokens) = (client.clone(), tokens.clone().into_iter().cycle());
        Box::new(move |_| Some(client.introspect(&tokens.next()?)))
    };
    let run = send(server, clients.iter().zip(tokens).map(one).collect(), times)?;
    answers::check_active(&run)?;
    Ok(Row::measured(name, &run))
}

/// Revokes each of `tokens` once, until none is left.
fn revoking(home: &Home, server: &Server, clients: &[Client], tokens: &[Vec<String>], name: String, times: Times) -> Result<Row> {
    let one = |(client, tokens): (&Client, &Vec<String>)| -> Requests {
        let (client, mut tokens) = (client.clone(), tokens.clone().into_iter());
        Box::new(move |_| Some(client.revoke(&tokens.next()?)))
    };
    let run = send(server, clients.iter().zip(tokens).map(one).collect(), times)?;
    let client = clients.first().context("there is no client")?;
    let is_revoked = |record: &&Value| record.get("state").and_then(Value::as_str) == Some("revoked");
    let (answered, revoked) = (run.bodies.first().map_or(0, Vec::len), records(home, client)?.iter().filter(is_revoked).count());
    ensure!(answered == revoked, "{answered} revocations succeeded, but {revoked} tokens are revoked");
    Ok(Row::measured(name, &run))
}

/// Prints a row at once.
fn print(row: &Row) {
    match &row.found {
        Found::Measured(found) => println!(
            "{:<38} {:>8.0}/s  median {:>7.2} ms  p99 {:>7.2} ms  {:>5.0} µs of CPU each  (CPU: server {:.2} s, load {:.2} s)",
            row.name,
            found.per_second,
            found.median_ms,
            found.p99_ms,
            found.cpu_micros,
            found.server_cpu.as_secs_f64(),
            found.own_cpu.as_secs_f64()
        ),
        Found::Skipped(why) => println!("{:<38} skipped: {why}", row.name),
    }
}
