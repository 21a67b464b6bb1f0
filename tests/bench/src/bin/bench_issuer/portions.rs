//! Requests that are prepared and then measured, in portions: an authorization code lives for a minute only.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::http::Connection;
use crate::issuer::Server;
use crate::load::{self, CONNECTIONS, Requests, Run, Times};
use crate::users::{Prepared, Users};

/// The time for preparing a portion. Preparing a request costs about as much as the request, so none of them waits for a minute.
const PREPARING: Duration = Duration::from_secs(4);

/// Measures portions for as long as `times` says; the first one warms the server up.
pub(crate) async fn measure(server: &Server, users: &Users, what: Prepared, times: Times) -> Result<Run> {
    let preparing = PREPARING.min(times.measured);
    let mut all = portion(server, users, what, preparing).await?.into_warm_up();
    while all.elapsed < times.measured {
        all.add(portion(server, users, what, preparing).await?);
    }
    Ok(all)
}

async fn portion(server: &Server, users: &Users, what: Prepared, preparing: Duration) -> Result<Run> {
    let prepared = prepare(server.address(), users, what, preparing).await?;
    // Connections share the requests, so that all of them end at the same time.
    let rest = Arc::new(Mutex::new(prepared.into_iter()));
    let one = |_| -> Requests {
        let rest = Arc::clone(&rest);
        Box::new(move |_| rest.lock().ok()?.next())
    };
    load::run(&server.target(), (0..CONNECTIONS).map(one).collect(), load::UNTIL_THE_END).await
}

/// The requests that can be prepared in this time with one connection for each client, whose users take turns. The clients begin with
/// different users: a user who enters many codes at once has to wait, because until a code is found it counts as a guess.
async fn prepare(to: SocketAddr, users: &Users, what: Prepared, time: Duration) -> Result<Vec<Vec<u8>>> {
    let end = Instant::now() + time;
    let (finished, mut prepared) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    for (number, client) in users.clients.iter().enumerate() {
        let (client, sessions, finished) = (client.clone(), users.sessions.clone(), finished.clone());
        tasks.spawn(async move {
            let mut connection = Connection::open(to).await?;
            for user in sessions.iter().cycle().skip(number).take_while(|_| Instant::now() < end) {
                let request = what.prepare(&mut connection, &client, user).await?;
                finished.send(request).ok().context("the receiver is gone")?;
            }
            Ok::<_, anyhow::Error>(())
        });
    }
    drop(finished);
    let mut requests = Vec::new();
    while let Some(request) = prepared.recv().await {
        requests.push(request);
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    ensure!(!requests.is_empty(), "nothing was prepared");
    Ok(requests)
}
