//! The data passed between the steps: incoming bundles and lists, and the purpose of a renewed lease.

use postern_token::bundle::Bundle;
use postern_token::{DatedStatusList, UnixSeconds};

use crate::sync::record::{Index, Listed, TrustedListed};

/// The pause after an immediate answer without a change, in milliseconds.
pub(super) const IDLE_PAUSE: u64 = 1_000;

/// A bundle whose status lists are still to be fetched.
pub(super) struct IncomingBundle {
    pub(super) json: Vec<u8>,
    pub(super) bundle: Bundle,
    pub(super) index: Index,
    /// The lists to fetch, last first.
    pub(super) missing: Vec<Listed>,
    /// When the issuer answered with the bundle. The bundle was valid at that time, however long the lists take.
    pub(super) answered_at: u64,
}

/// A status list that the issuer answered with, not yet verified.
pub(super) struct AnsweredList {
    pub(super) incoming: Box<IncomingBundle>,
    pub(super) listed: Listed,
    pub(super) token: Vec<u8>,
    pub(super) wall: UnixSeconds,
}

/// A status list of a trusted issuer that was verified.
pub(super) struct AnsweredTrustedList {
    pub(super) listed: TrustedListed,
    /// When it was asked for, in milliseconds of the host's monotonic clock.
    pub(super) asked_at: u64,
    pub(super) dated: DatedStatusList,
}

/// An answer that the bundle has not changed.
#[derive(Clone, Copy)]
pub(super) struct Confirmation {
    /// When the bundle was asked for, in milliseconds of the host's monotonic clock.
    pub(super) asked_at: u64,
    /// When the issuer gave the answer.
    pub(super) answered_at: u64,
}

/// What the lease is needed for.
pub(super) enum Purpose {
    /// To stay the holder while the issuer has not answered.
    KeepWaiting,
    /// To stay the holder during a pause.
    KeepPausing,
    /// To ask the issuer for the bundle.
    Ask,
    /// To confirm the bundle.
    Confirm(Confirmation),
    /// To write a status list.
    WriteList(Box<AnsweredList>),
    /// To publish a status list of a trusted issuer.
    PublishList(Box<AnsweredTrustedList>),
    /// To publish a bundle.
    Publish(Box<IncomingBundle>),
}
