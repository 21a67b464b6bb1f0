//! What every handler has at hand.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::catalogue::Settings;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::operations::{self, Error};
use crate::secrets::MasterKey;
use crate::storage::Storage;

use super::changes::Changes;
use super::error::Failure;
use super::live_bundle::LiveBundles;
use super::signed_lists::SignedLists;

/// How long an operation waits for its turn to write. With what it then may wait for the database itself it is shorter
/// than the time that a request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The issuer at work.
pub struct Service {
    pub(super) storage: Storage,
    pub(super) master_key: MasterKey,
    pub(super) settings: Settings,
    pub(super) clock: Box<dyn Clock>,
    pub(super) entropy: Box<dyn Entropy>,
    pub(super) signed_lists: SignedLists,
    pub(super) bundles: LiveBundles,
    pub(super) changes: Changes,
    /// Whoever holds it may write.
    turn: Arc<Mutex<()>>,
}

impl Service {
    /// Prepares an issuer; fails when the database is not initialised or `master_key` is not its key.
    pub fn new(storage: Storage, master_key: MasterKey, clock: Box<dyn Clock>, entropy: Box<dyn Entropy>) -> Result<Self, Error> {
        let settings = operations::load_settings(&storage)?;
        operations::check_master_key(&storage, &master_key)?;
        Ok(Self {
            storage,
            master_key,
            settings,
            clock,
            entropy,
            signed_lists: SignedLists::default(),
            bundles: LiveBundles::default(),
            changes: Changes::default(),
            turn: Arc::default(),
        })
    }

    /// Runs an operation that writes. Writers stand in line here and not before the database: who waits takes no thread, so
    /// that readers find one, and who goes away leaves the line, so that nothing is minted for nobody.
    pub(super) async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = Arc::clone(&self.turn).lock_owned();
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

    /// Runs an operation that only reads, on a thread where it may block.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let service = Arc::clone(self);
        match spawn_blocking(move || operation(&service)).await {
            Ok(result) => result.map_err(Failure::Operation),
            Err(_) => Err(Failure::Interrupted),
        }
    }
}
