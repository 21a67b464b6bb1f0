//! The composed bundles, one for each environment that an edge has asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use postern_token::KeyType;

use postern_model::BundleRevision;
use postern_operations::EdgeKeys;

/// A composed bundle, ready to be sent.
#[derive(Debug)]
pub struct LiveBundle {
    /// The revision of the database from which it was composed.
    pub revision: u64,
    /// The epoch of that revision.
    pub epoch: u64,
    /// The document as JSON.
    pub plain: BundleForm,
    /// The same, signed with the bundle key.
    pub signed: BundleForm,
    /// Whether it holds a key that can also sign.
    pub is_secret: bool,
    /// The edges that had a valid edge key when the bundle was composed: an edge that waited may have lost its key.
    pub edges: EdgeKeys,
}

impl LiveBundle {
    /// Its age.
    pub const fn age(&self) -> BundleRevision {
        BundleRevision { epoch: self.epoch, revision: self.revision }
    }
}

/// One of the forms in which a bundle is sent.
#[derive(Debug)]
pub struct BundleForm {
    /// Names the content: letters, digits, `-` and `_`. The same content has the same version.
    pub version: String,
    /// The content.
    pub body: Bytes,
}

/// The bundle of each environment that an edge has asked for.
#[derive(Debug, Default)]
pub struct LiveBundles {
    by_environment: Mutex<BTreeMap<Option<KeyType>, Arc<LiveBundle>>>,
    /// Held by the caller that composes; the others wait for its result.
    pub(crate) composing: tokio::sync::Mutex<()>,
}

impl LiveBundles {
    /// Removes every bundle.
    pub(crate) fn clear(&self) {
        self.bundles().clear();
    }

    pub(crate) fn find(&self, environment: Option<KeyType>, fits: impl Fn(u64) -> bool) -> Option<Arc<LiveBundle>> {
        self.bundles().get(&environment).filter(|bundle| fits(bundle.revision)).cloned()
    }

    pub(crate) fn insert(&self, environment: Option<KeyType>, bundle: Arc<LiveBundle>) {
        self.bundles().insert(environment, bundle);
    }

    /// The environments that edges have asked for.
    pub(crate) fn environments(&self) -> Vec<Option<KeyType>> {
        self.bundles().keys().copied().collect()
    }

    fn bundles(&self) -> MutexGuard<'_, BTreeMap<Option<KeyType>, Arc<LiveBundle>>> {
        self.by_environment.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
