//! A load: a number of connections, each of which sends its next request as soon as it has a response.

use std::net::SocketAddr;
use std::ops::Add;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::http::Connection;
use crate::process;

/// The number of connections of every load.
pub(crate) const CONNECTIONS: usize = 32;

/// The requests of one connection, in order; `None` at the end. Each is made from the body of the previous response, if there is one.
pub(crate) type Requests = Box<dyn FnMut(Option<&[u8]>) -> Option<Vec<u8>> + Send>;

/// The duration of a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

/// Until all requests are sent.
pub(crate) const UNTIL_THE_END: Times = Times { warm_up: Duration::ZERO, measured: Duration::from_hours(1) };

/// What a load is sent to, and the processes whose CPU time is measured.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The addresses of the servers, which take turns with the connections.
    pub(crate) addresses: Vec<SocketAddr>,
    /// The process ids of the servers.
    pub(crate) servers: Vec<u32>,
    /// The process id of PostgreSQL, if its time is measured too.
    pub(crate) database: Option<u32>,
}

/// CPU time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cpu {
    /// Of all servers.
    pub(crate) servers: Duration,
    /// Of this process.
    pub(crate) load: Duration,
    /// Of PostgreSQL, all its processes; zero if it is not measured.
    pub(crate) database: Duration,
    /// Of the whole machine.
    pub(crate) machine: Duration,
}

impl Cpu {
    /// What was used until now.
    fn until_now(target: &Target) -> Result<Self> {
        let servers = target.servers.iter().map(|server| process::cpu(*server)).sum::<Result<Duration>>()?;
        let database = target.database.map_or(Ok(Duration::ZERO), process::cpu_with_children)?;
        Ok(Self { servers, load: process::cpu(std::process::id())?, database, machine: process::cpu_of_machine()? })
    }

    fn since(self, before: Self) -> Self {
        let Self { servers, load, database, machine } = self;
        Self {
            servers: servers.saturating_sub(before.servers),
            load: load.saturating_sub(before.load),
            // PostgreSQL's processes come and go while they are counted.
            database: database.saturating_sub(before.database),
            machine: machine.saturating_sub(before.machine),
        }
    }
}

impl Add for Cpu {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let Self { servers, load, database, machine } = self;
        Self {
            servers: servers + other.servers,
            load: load + other.load,
            database: database + other.database,
            machine: machine + other.machine,
        }
    }
}

/// The result of a load.
pub(crate) struct Run {
    /// The latency of each response during the measurement, the shortest first.
    latencies: Vec<Duration>,
    pub(crate) elapsed: Duration,
    /// The CPU time during the measurement.
    pub(crate) cpu: Cpu,
    /// The body of every response, including the warm-up, by connection.
    pub(crate) bodies: Vec<Vec<Vec<u8>>>,
}

impl Run {
    pub(crate) fn count(&self) -> usize {
        self.latencies.len()
    }

    pub(crate) fn per_second(&self) -> f64 {
        float(self.count()) / self.elapsed.as_secs_f64()
    }

    /// Adds a run with as many connections.
    pub(crate) fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.latencies.sort_unstable();
        self.elapsed += other.elapsed;
        self.cpu = self.cpu + other.cpu;
        for (own, bodies) in self.bodies.iter_mut().zip(other.bodies) {
            own.extend(bodies);
        }
    }

    /// Makes a warm-up of this run: only the bodies stay.
    pub(crate) fn into_warm_up(self) -> Self {
        Self { latencies: Vec::new(), elapsed: Duration::ZERO, cpu: Cpu::default(), bodies: self.bodies }
    }

    /// The servers' CPU time per response, in microseconds.
    pub(crate) fn cpu_micros(&self) -> f64 {
        self.cpu.servers.as_secs_f64() * 1e6 / float(self.count().max(1))
    }

    /// The latency in milliseconds that `permille` of a thousand responses did not exceed.
    pub(crate) fn quantile(&self, permille: usize) -> f64 {
        let at = self.latencies.len() * permille / 1000;
        self.latencies.get(at.min(self.latencies.len().saturating_sub(1))).map_or(0.0, Duration::as_secs_f64) * 1e3
    }
}

struct Sent {
    ended: Vec<(Instant, Duration)>,
    bodies: Vec<Vec<u8>>,
}

/// Sends `requests`, one connection for each. Fails at the first response that is not 200.
pub(crate) async fn run(target: &Target, requests: Vec<Requests>, times: Times) -> Result<Run> {
    let connections = requests.len();
    let begin = Instant::now() + times.warm_up;
    let end = begin + times.measured;
    let mut tasks = JoinSet::new();
    let addresses = target.addresses.iter().copied().cycle();
    for ((number, requests), to) in requests.into_iter().enumerate().zip(addresses) {
        tasks.spawn(async move { Ok::<_, anyhow::Error>((number, send(to, requests, end).await?)) });
    }
    let (over, ended_early) = oneshot::channel::<()>();
    let target = target.clone();
    let watch = tokio::spawn(async move {
        sleep_until(begin).await;
        let before = Cpu::until_now(&target)?;
        tokio::select! {
            () = sleep_until(end) => {}
            // All requests may be sent before the end of the time.
            _ = ended_early => {}
        }
        Ok::<_, anyhow::Error>(Cpu::until_now(&target)?.since(before))
    });
    let mut bodies = vec![Vec::new(); connections];
    let mut ended = Vec::new();
    while let Some(task) = tasks.join_next().await {
        let (number, sent) = task??;
        ended.extend(sent.ended);
        *bodies.get_mut(number).context("no such connection")? = sent.bodies;
    }
    let last = ended.iter().map(|(at, _)| *at).max().context("nothing was sent")?;
    // Fails if the time has ended, because the receiver is dropped.
    let _ = over.send(());
    let cpu = watch.await??;
    // A limited load may end early.
    let elapsed = last.min(end).saturating_duration_since(begin);
    let counted = ended.into_iter().filter(|(at, _)| (begin..end).contains(at));
    let mut latencies: Vec<Duration> = counted.map(|(_, took)| took).collect();
    latencies.sort_unstable();
    ensure!(!latencies.is_empty(), "there was no response during the measurement");
    Ok(Run { latencies, elapsed, cpu, bodies })
}

async fn send(to: SocketAddr, mut requests: Requests, end: Instant) -> Result<Sent> {
    let mut connection = Connection::open(to).await?;
    let mut sent = Sent { ended: Vec::new(), bodies: Vec::new() };
    loop {
        let began = Instant::now();
        if began >= end {
            return Ok(sent);
        }
        let Some(request) = requests(sent.bodies.last().map(Vec::as_slice)) else { return Ok(sent) };
        let answer = connection.exchange(&request).await?;
        let now = Instant::now();
        let said = || String::from_utf8_lossy(&answer.body).into_owned();
        ensure!(answer.status == 200, "a response is {}: {}", answer.status, said());
        sent.ended.push((now, now - began));
        sent.bodies.push(answer.body);
    }
}

#[allow(clippy::cast_precision_loss, reason = "what is counted here is far below 2^52")]
pub(crate) fn float(number: usize) -> f64 {
    number as f64
}
