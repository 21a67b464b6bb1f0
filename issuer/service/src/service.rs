//! The issuer for request handlers: runs operations, with queues, and holds the state that requests share.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use postern_model::{Actor, Settings};
use postern_operations::{
    self as operations, Act, ClientCredentials, DEVICE_CODE_LIFETIME, Error, Guard, Instance, SigningKeyError, check_guess,
    guarded,
};
use postern_secrets::Entropy;
use postern_storage::StorageError;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;

use crate::batches::Batches;
use crate::client_tokens::ClientTokens;
use crate::collected_contacts::CollectedContacts;
use crate::collected_events::CollectedEvents;
use crate::presented_tokens::PresentedTokens;
use crate::source::{current_source, on_thread};
use crate::user_tokens::UserTokens;
use crate::{
    BodyBudget, BrandingCache, ChangeNotifier, Failure, LiveBundles, Metrics, Output, Readiness, ServeOptions, SignedStatusLists,
    Throttle, chain,
};

/// The devices of a public client that one network can begin in any case.
const FEW_DEVICES: u32 = 10;

/// How long an operation waits for a permit. Together with the time that it may then wait for the database, this is less than the
/// timeout of a request.
const PERMIT_TIMEOUT: Duration = Duration::from_secs(3);

/// The same for an operation that verifies a password. It is longer, because a flood of wrong passwords must not keep users out; with the wait
/// for memory and for the database it is still less than the timeout of a request.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(6);

/// How many passwords are verified at once, here or by a directory: few enough to leave threads to other requests.
const CONCURRENT_SIGN_INS: usize = 16;

/// The running issuer.
pub struct Service {
    /// The parts that operations use.
    pub instance: Instance,
    /// The settings that never change while the server runs: issuer and audience.
    pub settings: Settings,
    /// The cached signed status lists.
    pub signed_lists: SignedStatusLists,
    /// The branding.
    pub branding: BrandingCache,
    /// The cached bundles.
    pub bundles: LiveBundles,
    /// Wakes the edges that wait.
    pub changes: ChangeNotifier,
    /// The server's options.
    pub options: ServeOptions,
    /// The memory for request bodies.
    pub bodies: Arc<BodyBudget>,
    /// Failed authentications of clients, by client and network.
    pub failures: Throttle,
    /// Requests for pages, and separately of clients without a secret, by network; `None` where the number is not limited.
    anonymous: Option<Throttle>,
    /// Requests of clients; `None` where the number is not limited.
    pub request_rate: Option<Throttle>,
    /// Devices of clients without a secret, by client and network; `None` where the number is not limited.
    pub anonymous_devices: Option<Throttle>,
    /// Refused attempts that were not written yet.
    pub(crate) events: CollectedEvents,
    /// What edges asked with, if it was not written yet.
    pub(crate) edge_contacts: CollectedContacts,
    /// The output for refused attempts as JSON lines, if any.
    pub(crate) output: Option<Output>,
    /// Counters for Prometheus.
    pub metrics: Metrics,
    /// Whether the database could be written to.
    pub(crate) readiness: Readiness,
    /// The random source.
    pub entropy: Box<dyn Entropy>,
    /// The requests of clients for tokens.
    pub(crate) client_tokens: ClientTokens,
    /// The requests about tokens that clients present.
    pub(crate) presented_tokens: PresentedTokens,
    pub(crate) user_tokens: UserTokens,
    write_permits: Arc<Semaphore>,
    sign_in_permits: Arc<Semaphore>,
    refresh_permits: Arc<Semaphore>,
    provider_permits: Arc<Semaphore>,
}

impl Service {
    /// Prepares an issuer; fails when the database is not initialised or the master key does not decrypt its signing keys.
    pub fn new(instance: Instance, options: ServeOptions, entropy: Box<dyn Entropy>) -> Result<Self, Error> {
        let act = instance.act(Actor::Issuer);
        let settings = operations::load_settings(&act)?;
        operations::check_master_key(&act)?;
        operations::ensure_bundle_key(&act)?;
        if let Some(kid) = operations::separate_environments(&act)? {
            tracing::warn!(
                kid = kid.as_str(),
                "the sandbox shared an HS256 signing key with production: it now has its own signing key, and edges that serve only the \
                 sandbox refuse its older tokens"
            );
        }
        let branding = operations::load_branding(&act)?;
        let service = Self::with(instance, settings, options, entropy);
        service.branding.set(branding);
        Ok(service)
    }

    /// Prepares an issuer for the operator's calls in this process. The master key may be missing: some operations need none.
    pub fn for_operator(instance: Instance, entropy: Box<dyn Entropy>) -> Result<Self, Error> {
        let act = instance.act(Actor::Operator);
        let settings = operations::load_settings(&act)?;
        match operations::ensure_bundle_key(&act) {
            // Only operations that need the bundle key will fail.
            Ok(()) | Err(Error::SigningKey(SigningKeyError::NoMasterKey)) => {}
            Err(error) => return Err(error),
        }
        Ok(Self::with(instance, settings, ServeOptions::default(), entropy))
    }

    fn with(instance: Instance, settings: Settings, options: ServeOptions, entropy: Box<dyn Entropy>) -> Self {
        let write_permits = Arc::new(Semaphore::new(instance.storage().writers()));
        let per_minute = |limit| Throttle::new(limit, Duration::from_mins(1));
        // Anyone can send the id of a public client: one network must not use up the devices of all.
        // While a code can wait, as many can be begun again, so that at most a tenth are of one network; and a few in any case.
        let devices = NonZeroU32::new(instance.bounds().device_codes).map(|most| (most.get() / 20).max(FEW_DEVICES));
        Self {
            instance,
            settings,
            signed_lists: SignedStatusLists::default(),
            branding: BrandingCache::default(),
            bundles: LiveBundles::default(),
            changes: ChangeNotifier::default(),
            bodies: Arc::new(BodyBudget::new(options.body_memory)),
            failures: per_minute(options.failures_per_minute),
            request_rate: options.requests_per_second.map(|limit| Throttle::new(limit, Duration::from_secs(1))),
            anonymous: options.anonymous_requests_per_minute.map(per_minute),
            anonymous_devices: devices.map(|limit| Throttle::new(limit, Duration::from_secs(DEVICE_CODE_LIFETIME))),
            options,
            events: CollectedEvents::default(),
            edge_contacts: CollectedContacts::default(),
            output: None,
            metrics: Metrics::default(),
            readiness: Readiness::default(),
            entropy,
            client_tokens: ClientTokens::default(),
            presented_tokens: PresentedTokens::default(),
            user_tokens: UserTokens::default(),
            write_permits,
            sign_in_permits: Arc::new(Semaphore::new(CONCURRENT_SIGN_INS)),
            refresh_permits: Arc::new(Semaphore::new(CONCURRENT_SIGN_INS)),
            provider_permits: Arc::new(Semaphore::new(CONCURRENT_SIGN_INS)),
        }
    }

    /// The same, with audit entries and refused attempts as JSON lines in `output`.
    #[must_use]
    pub fn with_output(mut self, output: Output) -> Self {
        let audit = output.clone();
        self.instance = self.instance.with_audit_sink(Box::new(move |entry| audit.audit(entry)));
        self.output = Some(output);
        self
    }

    /// An act of the actor, now, for the current request.
    pub fn act_of(&self, actor: Actor) -> Act<'_> {
        self.instance.act(actor).from_source(current_source())
    }

    /// An act of the issuer itself, now.
    pub fn act(&self) -> Act<'_> {
        self.act_of(Actor::Issuer)
    }

    /// An act of an unauthenticated caller, now.
    pub fn act_for_stranger(&self) -> Act<'_> {
        self.act_of(Actor::Stranger)
    }

    /// An act of a client, now. The operation authenticates the client.
    pub fn act_for(&self, client: &ClientCredentials) -> Act<'_> {
        self.act_for_client(&client.id)
    }

    /// An act of the client with the consumer key `id`, now. The operation authenticates the client.
    pub fn act_for_client(&self, id: &str) -> Act<'_> {
        self.act_of(id.parse().map_or(Actor::Stranger, Actor::Client))
    }

    /// Reads the branding, if it has changed.
    pub async fn refresh_branding(self: &Arc<Self>) -> Result<(), Failure> {
        let known = self.branding.current().version;
        let read = move |service: &Self| {
            let act = service.act();
            // Another version, not only a higher one: a restored backup may have replaced the database.
            if operations::branding_version(&act)? == known { Ok(None) } else { operations::load_branding(&act).map(Some) }
        };
        if let Some(found) = self.read(read).await? {
            self.branding.set(found);
        }
        Ok(())
    }

    /// Whether the database can be written to: a locked, full, read-only or unreachable one cannot. It may be asked for often.
    pub async fn is_writable(self: &Arc<Self>) -> bool {
        let probe = async |much| match self.read(move |service| operations::check_writable(&service.act(), much)).await {
            Ok(()) => Ok(()),
            Err(Failure::Operation(error)) => Err(chain(&error)),
            Err(_) => Err("the probe was interrupted".to_owned()),
        };
        self.readiness.check(probe).await
    }

    /// Counts a request for a page, or returns how long its network must wait.
    pub fn count_page(&self, address: IpAddr) -> Result<(), Duration> {
        self.anonymous("pages", address)
    }

    /// Counts a request of a client without a secret, or returns how long its network must wait. Separate from pages: devices that poll must
    /// not keep their users from allowing them.
    pub fn count_public_client(&self, address: IpAddr) -> Result<(), Duration> {
        self.anonymous("clients", address)
    }

    fn anonymous(&self, of: &str, address: IpAddr) -> Result<(), Duration> {
        let Some(throttle) = &self.anonymous else { return Ok(()) };
        throttle.attempt(throttle.key(of, address), Instant::now())
    }

    /// `path` below the path of the issuer's identifier.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.settings.issuer.path())
    }

    /// Runs an operation that writes. Writers queue for a permit before they take a thread, so that readers find one, and a caller
    /// that goes away leaves the queue, so that no token is minted for a closed connection.
    pub async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        self.with_permit(&self.write_permits, PERMIT_TIMEOUT, operation).await
    }

    /// Runs an operation that verifies a password. These operations are slow and have a separate queue, so that password guessing does not
    /// delay other writers.
    pub async fn sign_in<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        self.with_permit(&self.sign_in_permits, SIGN_IN_TIMEOUT, operation).await
    }

    /// Runs an operation that verifies a password, unless too many passwords were wrong: then it fails at once, without queueing.
    pub async fn guess_password<T: Send + 'static>(
        self: &Arc<Self>,
        guard: Guard,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let guard = self.check_guess(guard).await?;
        self.sign_in(move |service| guarded(&service.act(), &guard, || operation(service))).await
    }

    /// Runs an operation that verifies a code (the user code of a device, or one of a second factor), unless too many were wrong.
    pub async fn guess_code<T: Send + 'static>(
        self: &Arc<Self>,
        guard: Guard,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let guard = self.check_guess(guard).await?;
        self.write(move |service| guarded(&service.act(), &guard, || operation(service))).await
    }

    async fn check_guess(self: &Arc<Self>, guard: Guard) -> Result<Arc<Guard>, Failure> {
        let guard = Arc::new(guard);
        let checked = Arc::clone(&guard);
        self.read(move |service| check_guess(&service.act(), &checked)).await?;
        Ok(guard)
    }

    /// Runs an operation that refreshes tokens and may ask an external directory, whose answer may be slow or never come. These operations
    /// have a separate queue.
    pub async fn refresh<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        self.with_permit(&self.refresh_permits, PERMIT_TIMEOUT, operation).await
    }

    /// Runs an operation that asks an identity provider, whose answer may be slow or never come. These operations have a separate queue.
    pub async fn ask_provider<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        self.with_permit(&self.provider_permits, PERMIT_TIMEOUT, operation).await
    }

    async fn with_permit<T: Send + 'static>(
        self: &Arc<Self>,
        permits: &Arc<Semaphore>,
        timeout: Duration,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let permit = tokio::time::timeout(timeout, Arc::clone(permits).acquire_owned());
        let permit = permit.await.map_err(|_| Failure::Busy)?;
        self.read(move |service| {
            // Held until the operation ends, also when its caller has gone away.
            let _permit = permit;
            let result = operation(service);
            // Waiting edges learn of the change at once, not at the next poll.
            service.changes.request_poll();
            result
        })
        .await
    }

    /// Runs an operation that only reads, on a thread where it may block.
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let (sender, receiver) = oneshot::channel();
        self.run_on_thread(Box::new(move |service| {
            // A caller that has gone away needs no result.
            let _ = sender.send(operation(service));
        }));
        match receiver.await {
            Ok(result) => result.map_err(|error| self.failure(error)),
            Err(_) => Err(Failure::Interrupted),
        }
    }

    /// Runs `work` on a thread where it may block. It is not generic: compiled once for each operation, it would be a large part of the
    /// program.
    fn run_on_thread(self: &Arc<Self>, work: Box<dyn FnOnce(&Self) + Send>) {
        let service = Arc::clone(self);
        // The log lines and the audit entries of that thread belong to the same request.
        let (span, source) = (tracing::Span::current(), current_source());
        spawn_blocking(move || on_thread(source, || span.in_scope(|| work(&service))));
    }

    /// Lets a request share a transaction with others that wait in `batches`. `answer` runs the transaction, on a thread where it may block.
    pub(crate) async fn in_batch<R: Send + 'static, A: Send + 'static>(
        self: &Arc<Self>,
        batches: fn(&Self) -> &Batches<R, A>,
        request: R,
        answer: impl Fn(&Self, &[R]) -> Vec<Result<A, Error>> + Send + 'static,
    ) -> Result<A, Failure> {
        let (result, must_work) = batches(self).add(request);
        if must_work {
            let service = Arc::clone(self);
            spawn_blocking(move || {
                let each = |result: Result<A, Error>| result.map_err(|error| service.failure(error));
                batches(&service).work(|requests| answer(&service, requests).into_iter().map(each).collect());
            });
        }
        result.await.unwrap_or(Err(Failure::Interrupted))
    }

    pub(crate) fn failure(&self, error: Error) -> Failure {
        if let Error::Storage(StorageError::Unavailable(_)) = error {
            self.readiness.doubt();
        }
        Failure::Operation(error)
    }
}
