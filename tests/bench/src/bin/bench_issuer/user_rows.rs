//! The throughput of one server for clients that act for users.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::issuer::text;
use serde_json::Value;

use crate::issuer::{Build, Home, Server};
use crate::load::{Requests, Run, Times};
use crate::rows::{Row, send};
use crate::users::{self, Prepared, UserClients, Users};
use crate::{answers, portions, runtime};

/// The algorithm of all rows.
pub(crate) const ALGORITHM: &str = "ES256";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Refresh,
    Prepared(Prepared),
}

/// All kinds, each with the name of its rows.
const KINDS: [(&str, Kind); 3] =
    [("refresh", Kind::Refresh), ("code exchange", Kind::Prepared(Prepared::Code)), ("device", Kind::Prepared(Prepared::Device))];

/// Measures each kind with each build. `home` makes a new database of a build in a folder.
pub(crate) fn measure(
    dir: &Path,
    database: &str,
    home: impl Fn(&Build, &Path) -> Result<Home>,
    times: Times,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (what, kind) in KINDS {
        for build in [Some(Build::current()?), Build::before()].into_iter().flatten() {
            let home = home(&build, &dir.join(format!("{what}{}", build.suffix)))?;
            let run = run(&home, kind, times)?;
            rows.push(Row::measured(format!("{what}, {ALGORITHM}, {database}{}", build.suffix), &run));
        }
    }
    Ok(rows)
}

fn run(home: &Home, kind: Kind, times: Times) -> Result<Run> {
    let clients = users::create(home)?;
    let server = home.serve()?;
    let users = Users::sign_in(&server, clients, kind != Kind::Prepared(Prepared::Device))?;
    let run = match kind {
        Kind::Refresh => refreshing(&server, &users, times)?,
        Kind::Prepared(what) => runtime()?.block_on(portions::measure(&server, &users, what, times))?,
    };
    let tokens = answers::tokens(&run)?;
    answers::check_distinct(&tokens, ALGORITHM)?;
    check_recorded(home, users.clients.first().context("there is no client")?, kind, &tokens)?;
    server.stop()?;
    Ok(run)
}

/// One connection for each client. Its users take turns, each with the refresh token of the user's previous response.
fn refreshing(server: &Server, users: &Users, times: Times) -> Result<Run> {
    let one = |client: &UserClients| -> Requests {
        let mut client = client.clone();
        let mut asked = 0;
        Box::new(move |previous| {
            let users = client.refresh_tokens.len().max(1);
            if let Some(body) = previous {
                // Without a refresh token in it, the next request of this user is refused, and the load fails.
                *client.refresh_tokens.get_mut((asked - 1) % users)? = refresh_token(body).unwrap_or_default();
            }
            let request = client.refresh(client.refresh_tokens.get(asked % users)?);
            asked += 1;
            Some(request)
        })
    };
    send(server, users.clients.iter().map(one).collect(), times)
}

fn refresh_token(body: &[u8]) -> Result<String> {
    text(&serde_json::from_slice(body)?, "refresh_token")
}

/// Checks that every token of the client is on record, including those of its users' consent, and that those are live that ought to be.
fn check_recorded(home: &Home, client: &UserClients, kind: Kind, tokens: &[Vec<String>]) -> Result<()> {
    let UserClients { client, refresh_tokens, .. } = client;
    let mut answered = 0;
    for token in tokens.iter().flatten() {
        answered += usize::from(answers::client(token)? == client.id);
    }
    let kept = home.cli(&["token", "list", "--application", &client.application, "--users-of", "local"])?;
    let kept = kept.get("tokens").and_then(Value::as_array).context("there are no `tokens`")?;
    let live = kept.iter().filter(|record| record.get("state").and_then(Value::as_str) == Some("active")).count();
    let expected = answered + refresh_tokens.len();
    ensure!(answered > 0 && kept.len() == expected, "{expected} tokens were returned, but {} are on record", kept.len());
    // A refresh replaces the token before it.
    let expected = if kind == Kind::Refresh { refresh_tokens.len() } else { expected };
    ensure!(live == expected, "{expected} tokens ought to be live, but {live} are");
    Ok(())
}
