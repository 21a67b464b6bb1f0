//! The cost of a mint and the memory of the issuer with many tokens on record.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::issuer::text;
use tempfile::TempDir;

use crate::clients::{Client, taking_turns, until};
use crate::http::Connection;
use crate::issuer::{Build, Home, Server};
use crate::load::{self, Times};
use crate::process::{self, Resident, megabytes};
use crate::rows::{Measured, send};
use crate::{answers, runtime};

/// The number of measurements of each size. The sizes take turns, so that other work of the machine affects all alike.
const ROUNDS: usize = 5;

/// The number of responses that are kept at a time while a database is filled.
const PORTION: usize = 50_000;

/// The sizes of the databases.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// Tokens on record. The first number is that of the clients, because each has one token from the start.
    pub(crate) tokens: [usize; 3],
    /// Applications for the measurement of memory.
    pub(crate) applications: usize,
}

pub(crate) const WHOLE: Sizes = Sizes { tokens: [1_000, 100_000, 1_000_000], applications: 10_000 };
pub(crate) const QUICK: Sizes = Sizes { tokens: [100, 2_000, 20_000], applications: 500 };

/// The cost of a mint with this number of tokens on record: the median of all rounds.
pub(crate) struct Cost {
    pub(crate) tokens: usize,
    pub(crate) measured: Measured,
    /// The least and the most CPU time for a mint in any round, in microseconds.
    pub(crate) spread: (f64, f64),
}

pub(crate) struct Growth {
    pub(crate) sizes: Sizes,
    /// The size of a token on the disk.
    pub(crate) bytes_a_token: f64,
    pub(crate) costs: Vec<Cost>,
    /// The issuer's memory after its start with everything on record, and after it has served requests.
    pub(crate) started: Resident,
    pub(crate) served: Resident,
}

impl Growth {
    pub(crate) fn print(&self) {
        for Cost { tokens, measured, spread: (least, most) } in &self.costs {
            let (rate, micros) = (measured.per_second, measured.cpu_micros);
            println!("mint with {tokens} tokens on record: {rate:.0}/s, {micros:.0} µs of CPU each ({least:.0} to {most:.0})");
        }
        let (started, served) = (megabytes(self.started.all), megabytes(self.served.all));
        println!("with {} applications: {started:.1} MB at the start, {served:.1} MB later", self.sizes.applications);
    }
}

/// A database with this number of tokens on record, and its clients with their counts of requests.
struct Stage {
    tokens: usize,
    home: Home,
    clients: Vec<Client>,
}

pub(crate) fn measure(dir: &Path, sizes: Sizes, times: Times) -> Result<Growth> {
    // Filled in memory, where commits do not wait for a disk. The measured copies are on the disk.
    let memory = Path::new("/dev/shm");
    let filling = if memory.is_dir() { TempDir::new_in(memory)? } else { TempDir::new_in(dir)? };
    let (home, stages, clients) = fill(filling.path(), dir, sizes)?;
    let bytes_a_token = bytes_a_token(&stages)?;
    let costs = costs(dir, &stages, times)?;
    drop(stages);
    let full = home.copy_to(&dir.join("full"))?;
    drop(filling);
    let (started, served) = memory_of(&full, &clients, times)?;
    Ok(Growth { sizes, bytes_a_token, costs, started, served })
}

/// Creates the databases, each from the previous one, and finally one with all applications.
fn fill(filling: &Path, dir: &Path, sizes: Sizes) -> Result<(Home, Vec<Stage>, Vec<Client>)> {
    let home = Home::sqlite(&Build::current()?, filling, "HS256")?;
    let [first, ..] = sizes.tokens;
    let mut clients = Client::create_all(&home, first)?;
    let mut stages = Vec::new();
    let mut present = first;
    for tokens in sizes.tokens {
        println!("filling a database with {tokens} tokens");
        let server = home.serve()?;
        while present < tokens {
            let count = PORTION.min(tokens - present);
            let requests = until(&mut clients, count);
            let run = runtime()?.block_on(load::run(&server.target(), requests, load::UNTIL_THE_END))?;
            let minted: usize = answers::tokens(&run)?.iter().map(Vec::len).sum();
            ensure!(minted == count, "{minted} tokens were minted, not {count}");
            present += count;
        }
        server.stop()?;
        let home = home.copy_to(&dir.join(format!("stage-{tokens}")))?;
        stages.push(Stage { tokens, home, clients: clients.clone() });
    }
    println!("adding applications until there are {}", sizes.applications);
    clients.extend(Client::create_all(&home, sizes.applications - first)?);
    Ok((home, stages, clients))
}

/// By how much the file grows for each token, with its entry in the audit log.
#[allow(clippy::cast_precision_loss, reason = "both are far below 2^52")]
fn bytes_a_token(stages: &[Stage]) -> Result<f64> {
    let (first, last) = (stages.first().context("there is no stage")?, stages.last().context("there is no stage")?);
    let bytes = last.home.size()?.saturating_sub(first.home.size()?);
    Ok(bytes as f64 / (last.tokens - first.tokens).max(1) as f64)
}

fn costs(dir: &Path, stages: &[Stage], times: Times) -> Result<Vec<Cost>> {
    let mut rounds: Vec<Vec<Measured>> = vec![Vec::new(); stages.len()];
    for _ in 0..ROUNDS {
        for (stage, measured) in stages.iter().zip(&mut rounds) {
            // A copy for each round, because minting changes the database.
            let home = stage.home.copy_to(&dir.join("round"))?;
            let server = home.serve()?;
            let run = send(&server, taking_turns(&stage.clients, Client::mint), times)?;
            answers::check_distinct(&answers::tokens(&run)?, "HS256")?;
            server.stop()?;
            measured.push((&run).into());
        }
    }
    let cost = |(stage, mut measured): (&Stage, Vec<Measured>)| {
        measured.sort_by(|one, other| one.cpu_micros.total_cmp(&other.cpu_micros));
        let micros = |measured: Option<&Measured>| measured.map_or(0.0, |measured| measured.cpu_micros);
        let spread = (micros(measured.first()), micros(measured.last()));
        let middle = measured.get(measured.len() / 2).copied().context("nothing was measured")?;
        Ok(Cost { tokens: stage.tokens, measured: middle, spread })
    };
    stages.iter().zip(rounds).map(cost).collect()
}

/// The issuer's memory with everything on record: after its start, and after minting, serving edges and revoking.
fn memory_of(home: &Home, clients: &[Client], times: Times) -> Result<(Resident, Resident)> {
    let key = text(&home.cli(&["admin", "edge-key", "create", "edge"])?, "edge_key")?;
    let server = home.serve()?;
    let started = process::resident(server.id())?;
    let run = send(&server, taking_turns(clients, Client::mint), times)?;
    let tokens = answers::tokens(&run)?;
    answers::check_distinct(&tokens, "HS256")?;
    let again = send(&server, taking_turns(clients, |client| client.mint_again()), times)?;
    answers::tokens(&again)?;
    for number in 0..100 {
        let share = number % tokens.len();
        let turn = number / tokens.len();
        let client = clients.get(share + turn * load::CONNECTIONS);
        if let (Some(token), Some(client)) = (tokens.get(share).and_then(|tokens| tokens.get(turn)), client) {
            exchange(&server, &client.revoke(token))?;
        }
        let bundle = format!("GET /edge/bundle HTTP/1.1\r\nhost: issuer.example\r\nauthorization: Bearer {key}\r\n\r\n");
        exchange(&server, bundle.as_bytes())?;
    }
    let later = process::resident(server.id())?;
    server.stop()?;
    Ok((started, later))
}

fn exchange(server: &Server, request: &[u8]) -> Result<()> {
    let answer = runtime()?.block_on(async { Connection::open(server.address()).await?.exchange(request).await })?;
    ensure!(answer.status == 200, "a response is {}", answer.status);
    Ok(())
}
