//! What every handler has at hand.

use std::sync::Arc;

use crate::catalogue::Settings;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::operations::{self, Error};
use crate::secrets::MasterKey;
use crate::storage::Storage;

use super::error::Failure;

/// The issuer at work.
pub struct Service {
    pub(super) storage: Storage,
    pub(super) master_key: MasterKey,
    pub(super) settings: Settings,
    pub(super) clock: Box<dyn Clock>,
    pub(super) entropy: Box<dyn Entropy>,
}

impl Service {
    /// Prepares an issuer; fails when the database is not initialised or `master_key` is not its key.
    pub fn new(storage: Storage, master_key: MasterKey, clock: Box<dyn Clock>, entropy: Box<dyn Entropy>) -> Result<Self, Error> {
        let settings = operations::load_settings(&storage)?;
        operations::check_master_key(&storage, &master_key)?;
        Ok(Self { storage, master_key, settings, clock, entropy })
    }

    /// Runs an operation where it may block.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let service = Arc::clone(self);
        match tokio::task::spawn_blocking(move || operation(&service)).await {
            Ok(result) => result.map_err(Failure::Operation),
            Err(_) => Err(Failure::Interrupted),
        }
    }
}
