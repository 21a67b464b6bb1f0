//! What every handler has at hand.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use postern_model::{Actor, Settings};
use postern_operations::{self as operations, Act, ClientCredentials, Error, Instance};
use postern_secrets::Entropy;

use super::changes::Changes;
use super::error::Failure;
use super::live_bundle::LiveBundles;
use super::metrics::Metrics;
use super::pages::Site;
use super::rules::Rules;
use super::signed_lists::SignedLists;
use super::throttle::{Key, Throttle};

/// How long an operation waits for its turn to write. With what it then may wait for the database itself it is shorter
/// than the time that a request may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many passwords are looked at at once, here or in a directory: few enough that others find a thread.
const SIGNING_IN: usize = 16;

/// How many times as many wrong passwords may come from one place as for one name from there: many people may sit behind one address.
const FROM_ONE_PLACE: u32 = 10;

/// A try to sign in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    name: Key,
    place: Key,
}

/// The issuer at work.
pub struct Service {
    pub(super) instance: Instance,
    pub(super) settings: Settings,
    pub(super) site: Site,
    pub(super) signed_lists: SignedLists,
    pub(super) bundles: LiveBundles,
    pub(super) changes: Changes,
    pub(super) rules: Rules,
    pub(super) failures: Throttle,
    pub(super) sign_ins: Throttle,
    places: Throttle,
    pub(super) pace: Option<Throttle>,
    pub(super) metrics: Metrics,
    pub(super) entropy: Box<dyn Entropy>,
    turns: Arc<Semaphore>,
    signing_in: Arc<Semaphore>,
    renewing: Arc<Semaphore>,
}

impl Service {
    /// Prepares an issuer; fails when the database is not initialised or the master key is not its own.
    pub fn new(instance: Instance, rules: Rules, entropy: Box<dyn Entropy>) -> Result<Self, Error> {
        let act = instance.act(Actor::Issuer);
        let settings = operations::load_settings(&act)?;
        operations::check_master_key(&act)?;
        Ok(Self::with(instance, settings, rules, entropy))
    }

    /// Prepares what the operator calls in this process. The master key may be missing: some of what is called needs none.
    pub(super) fn for_operator(instance: Instance, entropy: Box<dyn Entropy>) -> Result<Self, Error> {
        let settings = operations::load_settings(&instance.act(Actor::Operator))?;
        Ok(Self::with(instance, settings, Rules::default(), entropy))
    }

    fn with(instance: Instance, settings: Settings, rules: Rules, entropy: Box<dyn Entropy>) -> Self {
        let turns = Arc::new(Semaphore::new(instance.storage().writers()));
        Self {
            instance,
            site: Site::new(&settings.issuer),
            settings,
            signed_lists: SignedLists::default(),
            bundles: LiveBundles::default(),
            changes: Changes::default(),
            failures: Throttle::new(rules.failures_per_minute, Duration::from_mins(1)),
            sign_ins: Throttle::new(rules.failures_per_minute, Duration::from_mins(1)),
            places: Throttle::new(rules.failures_per_minute.saturating_mul(FROM_ONE_PLACE), Duration::from_mins(1)),
            pace: rules.requests_per_second.map(|limit| Throttle::new(limit, Duration::from_secs(1))),
            rules,
            metrics: Metrics::default(),
            entropy,
            turns,
            signing_in: Arc::new(Semaphore::new(SIGNING_IN)),
            renewing: Arc::new(Semaphore::new(SIGNING_IN)),
        }
    }

    /// The issuer itself, acting now.
    pub(super) fn act(&self) -> Act<'_> {
        self.instance.act(Actor::Issuer)
    }

    /// Somebody who is nobody yet, acting now.
    pub(super) fn act_for_stranger(&self) -> Act<'_> {
        self.instance.act(Actor::Stranger)
    }

    /// Begins to sign somebody in under that name, from that address, or says how long both have to wait. It counts as a failure until
    /// [`Self::forgive`] takes that back: of that name there, and of the address, so that nobody tries one password with every name.
    pub(super) fn attempt(&self, login: &str, address: IpAddr) -> Result<Attempt, Duration> {
        let now = Instant::now();
        let name = self.sign_ins.key(&operations::throttling_name(&self.act_for_stranger(), login), address);
        let place = self.places.key("", address);
        self.sign_ins.attempt(name, now)?;
        self.places.attempt(place, now).inspect_err(|_| self.sign_ins.forgive(name, now))?;
        Ok(Attempt { name, place })
    }

    /// Takes back that a try counts.
    pub(super) fn forgive(&self, Attempt { name, place }: Attempt) {
        let now = Instant::now();
        self.sign_ins.forgive(name, now);
        self.places.forgive(place, now);
    }

    /// A path at the issuer's address.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.settings.issuer.path())
    }

    /// A client, acting now. Whether it is the one that it says it is finds the operation.
    pub(super) fn act_for(&self, client: &ClientCredentials) -> Act<'_> {
        self.act_for_client(&client.id)
    }

    /// The same of its id alone.
    pub(super) fn act_for_client(&self, id: &str) -> Act<'_> {
        self.instance.act(id.parse().map_or(Actor::Stranger, Actor::Client))
    }

    /// Runs an operation that writes. Writers stand in line here and not before the database: who waits takes no thread, so
    /// that readers find one, and who goes away leaves the line, so that nothing is minted for nobody.
    pub(super) async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        let turn = tokio::time::timeout(PATIENCE, turn).await.map_err(|_| Failure::Busy)?;
        self.read(move |service| {
            // Until the end, also when nobody waits for it any more.
            let _turn = turn;
            let result = operation(service);
            // Those who wait for a change need not wait until the database is looked at next.
            service.changes.nudge();
            result
        })
        .await
    }

    /// Runs an operation that looks at a password, which takes its time. Those stand in a line of their own, so that however many guess, others write.
    pub(super) async fn sign_in<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        self.in_line(&self.signing_in, operation).await
    }

    /// The same for one that may ask a directory which others keep, whose answer may take its time or never come.
    pub(super) async fn renew<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        self.in_line(&self.renewing, operation).await
    }

    async fn in_line<T: Send + 'static>(
        self: &Arc<Self>,
        line: &Arc<Semaphore>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let place = tokio::time::timeout(PATIENCE, Arc::clone(line).acquire_owned()).await.map_err(|_| Failure::Busy)?;
        self.read(move |service| {
            let _place = place;
            let result = operation(service);
            service.changes.nudge();
            result
        })
        .await
    }

    /// A turn to write, where nobody stands in line for one.
    pub(super) fn turn_at_once(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turns).try_acquire_owned().ok()
    }

    /// Runs an operation that only reads, on a thread where it may block.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let service = Arc::clone(self);
        // What is logged on that thread is of the same request.
        let span = tracing::Span::current();
        match spawn_blocking(move || span.in_scope(|| operation(&service))).await {
            Ok(result) => result.map_err(Failure::Operation),
            Err(_) => Err(Failure::Interrupted),
        }
    }
}
