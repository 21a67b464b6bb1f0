//! Several issuers on one PostgreSQL database, compared with one alone under the same load.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use postern_test_postgres::Server as Postgres;

use crate::clients::{Client, taking_turns};
use crate::issuer::{Build, Home, Server};
use crate::load::{self, CONNECTIONS, Cpu, Run, Target, Times};
use crate::rows::check_recorded;
use crate::{answers, runtime};

/// How many issuers share the database.
pub(crate) const ISSUERS: usize = 3;

/// One issuer and several take turns this many times, each time with a new database, so that other work of the machine affects both alike.
const ROUNDS: usize = 2;

const ALGORITHM: &str = "ES256";

/// What so many issuers did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shared {
    pub(crate) issuers: usize,
    pub(crate) per_second: f64,
    pub(crate) median_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) elapsed: Duration,
    pub(crate) cpu: Cpu,
}

/// One issuer alone, and several.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Several {
    pub(crate) alone: Shared,
    pub(crate) together: Shared,
}

impl Several {
    pub(crate) fn print(&self) {
        for Shared { issuers, per_second, cpu, elapsed, .. } in [self.alone, self.together] {
            let seconds = |time: Duration| time.as_secs_f64();
            println!(
                "{issuers} on one PostgreSQL database: {per_second:.0} mints/s  (CPU: issuers {:.2} s, PostgreSQL {:.2} s, load {:.2} s, \
                 machine {:.2} s of {:.2} s)",
                seconds(cpu.servers),
                seconds(cpu.database),
                seconds(cpu.load),
                seconds(cpu.machine),
                seconds(elapsed) * load::float(cores())
            );
        }
    }
}

/// The number of cores of this machine.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

pub(crate) fn measure(dir: &Path, postgres: &Postgres, times: Times) -> Result<Several> {
    let mut rounds: Vec<[Run; 2]> = Vec::new();
    for round in 0..ROUNDS {
        let one = |issuers: usize| mint(&dir.join(format!("{issuers}-{round}")), postgres, issuers, times);
        rounds.push([one(1)?, one(ISSUERS)?]);
    }
    let all = rounds.into_iter().reduce(|mut all, [alone, together]| {
        let [all_alone, all_together] = &mut all;
        all_alone.add(alone);
        all_together.add(together);
        all
    });
    let [alone, together] = all.context("nothing was measured")?;
    Ok(Several { alone: Shared::of(1, &alone), together: Shared::of(ISSUERS, &together) })
}

impl Shared {
    fn of(issuers: usize, run: &Run) -> Self {
        let (median_ms, p99_ms) = (run.quantile(500), run.quantile(990));
        Self { issuers, per_second: run.per_second(), median_ms, p99_ms, elapsed: run.elapsed, cpu: run.cpu }
    }
}

/// Mints with so many issuers on a new database. The connections are spread over the issuers.
fn mint(dir: &Path, postgres: &Postgres, issuers: usize, times: Times) -> Result<Run> {
    let home = Home::postgres(&Build::current()?, dir, &postgres.create_database(), ALGORITHM)?;
    let clients = Client::create_all(&home, CONNECTIONS)?;
    let servers = home.serve_several(issuers)?;
    let target = Target {
        addresses: servers.iter().map(Server::address).collect(),
        servers: servers.iter().map(Server::id).collect(),
        database: Some(postmaster(postgres)?),
    };
    let mut run = runtime()?.block_on(load::run(&target, taking_turns(&clients, Client::mint), times))?;
    let tokens = answers::tokens(&run)?;
    answers::check_distinct(&tokens, ALGORITHM)?;
    check_recorded(&home, &clients, &tokens)?;
    run.bodies.iter_mut().for_each(Vec::clear);
    servers.into_iter().try_for_each(Server::stop)?;
    Ok(run)
}

/// The process id of PostgreSQL's first process, whose children are all others.
fn postmaster(postgres: &Postgres) -> Result<u32> {
    let file = fs::read_to_string(postgres.folder().join("data/postmaster.pid"))?;
    Ok(file.lines().next().context("PostgreSQL has no process id")?.trim().parse()?)
}
