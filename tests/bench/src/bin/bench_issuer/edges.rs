//! Ten thousand edges that wait for a change, each on its own connection.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::issuer::text;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::clients::Client;
use crate::http::Connection;
use crate::issuer::{Build, Home, Server};
use crate::process::{self, Resident};
use crate::{answers, runtime};

/// Open files besides the edges' connections in the issuer, which needs more than this process.
const OTHER_FILES: u64 = 300;

/// How many edges connect concurrently.
const AT_ONCE: usize = 100;

/// The issuer is considered idle if it used at most `IDLE_CPU` in this time. Then all edges wait.
const QUIET: Duration = Duration::from_millis(500);
const IDLE_CPU: Duration = Duration::from_millis(30);

pub(crate) struct Waiting {
    pub(crate) edges: usize,
    pub(crate) without: Resident,
    pub(crate) with: Resident,
    /// After all edges have got the change and wait again.
    pub(crate) afterwards: Resident,
    /// The time from the response to the revocation until the response to an edge, in milliseconds.
    pub(crate) median_ms: f64,
    pub(crate) worst_ms: f64,
    /// The issuer's CPU time from the revocation until the last response.
    pub(crate) cpu: Duration,
}

pub(crate) enum Edges {
    Measured(Waiting),
    Skipped(String),
}

pub(crate) fn measure(dir: &Path, edges: usize) -> Result<Edges> {
    let needed = edges as u64 + OTHER_FILES;
    let granted = process::open_files()?;
    if granted < needed {
        return Ok(Edges::Skipped(format!("{needed} open files are needed, and the limit is {granted}")));
    }
    let home = Home::sqlite(&Build::current()?, dir, "ES256")?;
    let clients = Client::create_all(&home, 1)?;
    let mut client = clients.into_iter().next().context("there is no client")?;
    let key = text(&home.cli(&["admin", "edge-key", "create", "edges"])?, "edge_key")?;
    let server = home.serve()?;
    Ok(Edges::Measured(runtime()?.block_on(wait(&server, &mut client, &key, edges))?))
}

/// Opens this number of waiting requests, revokes a token, and measures the time until every edge has a response.
async fn wait(server: &Server, client: &mut Client, key: &str, edges: usize) -> Result<Waiting> {
    let to = server.address();
    let mut connection = Connection::open(to).await?;
    let minted = connection.exchange(&client.mint()).await?;
    ensure!(minted.status == 200, "minting got the status {}", minted.status);
    let token = answers::token(&minted.body)?;
    let known = connection.exchange(&request(key, None)).await?;
    let tag = known.etag.context("the bundle has no tag")?;
    wait_until_idle(server).await?;
    let without = process::resident(server.id())?;
    let waiting = connect(to, edges, &request(key, Some(&tag))).await?;
    wait_until_idle(server).await?;
    let with = process::resident(server.id())?;

    let before = process::cpu(server.id())?;
    let mut tasks = JoinSet::new();
    for mut edge in waiting {
        tasks.spawn(async move {
            let answer = edge.answer().await?;
            Ok::<_, anyhow::Error>((Instant::now(), answer, edge))
        });
    }
    // The first connection was idle for longer than the server allows.
    let mut connection = Connection::open(to).await?;
    let revoked = connection.exchange(&client.revoke(&token)).await?;
    let answered = Instant::now();
    ensure!(revoked.status == 200, "revoking got the status {}", revoked.status);
    let (mut took, mut told, mut next) = (Vec::new(), Vec::new(), None);
    while let Some(task) = tasks.join_next().await {
        let (at, answer, edge) = task??;
        ensure!(answer.status == 200 && answer.etag.as_ref() != Some(&tag), "an edge got the status {}", answer.status);
        took.push(at.saturating_duration_since(answered));
        next = answer.etag;
        told.push(edge);
    }
    let cpu = process::cpu(server.id())?.saturating_sub(before);
    took.sort_unstable();
    let milliseconds = |at: usize| took.get(at).map_or(0.0, Duration::as_secs_f64) * 1e3;
    let again = request(key, next.as_deref());
    for edge in &mut told {
        edge.send(&again).await?;
    }
    wait_until_idle(server).await?;
    let afterwards = process::resident(server.id())?;
    let (median_ms, worst_ms) = (milliseconds(took.len() / 2), milliseconds(took.len().saturating_sub(1)));
    Ok(Waiting { edges: took.len(), without, with, afterwards, median_ms, worst_ms, cpu })
}

fn request(key: &str, tag: Option<&str>) -> Vec<u8> {
    let wait = tag.map(|tag| format!("prefer: wait=60\r\nif-none-match: {tag}\r\n")).unwrap_or_default();
    format!("GET /edge/bundle HTTP/1.1\r\nhost: issuer.example\r\nauthorization: Bearer {key}\r\n{wait}\r\n").into_bytes()
}

async fn connect(to: SocketAddr, edges: usize, request: &[u8]) -> Result<Vec<Connection>> {
    let mut waiting = Vec::with_capacity(edges);
    while waiting.len() < edges {
        let mut tasks = JoinSet::new();
        for _ in 0..AT_ONCE.min(edges - waiting.len()) {
            let request = request.to_vec();
            tasks.spawn(async move {
                let mut connection = Connection::open(to).await?;
                connection.send(&request).await?;
                Ok::<_, anyhow::Error>(connection)
            });
        }
        while let Some(task) = tasks.join_next().await {
            waiting.push(task??);
        }
    }
    Ok(waiting)
}

/// Waits until the server is idle. Then every request is held or has its response.
async fn wait_until_idle(server: &Server) -> Result<()> {
    loop {
        let before = process::cpu(server.id())?;
        sleep(QUIET).await;
        if process::cpu(server.id())?.saturating_sub(before) <= IDLE_CPU {
            return Ok(());
        }
    }
}
