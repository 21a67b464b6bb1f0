//! The bundles as edges get them, composed once for each change and shared by everybody who is given one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use postern_token::KeyType;

use super::entity_tag::EntityTag;
use postern_operations::EdgeKeys;

/// A bundle, ready to be handed out.
#[derive(Debug)]
pub(super) struct LiveBundle {
    pub(super) revision: u64,
    pub(super) tag: EntityTag,
    pub(super) body: Bytes,
    /// The edges that had a credential when the bundle was composed: who waited for it may have lost theirs.
    pub(super) edges: EdgeKeys,
}

/// The bundle of each environment that was asked for.
#[derive(Debug, Default)]
pub(super) struct LiveBundles {
    kept: Mutex<BTreeMap<Option<KeyType>, Arc<LiveBundle>>>,
    /// Whoever holds it composes; the others wait for what comes of it.
    pub(super) composing: tokio::sync::Mutex<()>,
}

impl LiveBundles {
    /// Forgets everything.
    pub(super) fn forget(&self) {
        self.kept().clear();
    }

    pub(super) fn find(&self, environment: Option<KeyType>, fits: impl Fn(u64) -> bool) -> Option<Arc<LiveBundle>> {
        self.kept().get(&environment).filter(|bundle| fits(bundle.revision)).cloned()
    }

    pub(super) fn keep(&self, environment: Option<KeyType>, bundle: Arc<LiveBundle>) {
        self.kept().insert(environment, bundle);
    }

    /// The environments that were asked for.
    pub(super) fn environments(&self) -> Vec<Option<KeyType>> {
        self.kept().keys().copied().collect()
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<Option<KeyType>, Arc<LiveBundle>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
