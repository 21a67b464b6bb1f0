//! Requests about presented tokens that wait for their transaction.

use std::net::IpAddr;
use std::sync::Arc;

use postern_model::TokenId;
use postern_operations::{ClientProof, Introspection, OwnToken, PresentedToken, RevokedTokens, Shared};

use crate::batches::Batches;

/// A presented token that waits for its transaction.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) token: Arc<PresentedToken>,
    /// The address of its caller.
    pub(crate) source: Option<IpAddr>,
}

/// An application token that waits to be revoked.
pub(crate) struct Revoking {
    pub(crate) client: Arc<ClientProof>,
    pub(crate) token: TokenId,
    /// The address of its caller.
    pub(crate) source: Option<IpAddr>,
}

/// The requests about presented tokens that wait.
#[derive(Default)]
pub(crate) struct PresentedTokens {
    pub(crate) introspecting: Batches<Request, Shared<Option<Introspection>>>,
    pub(crate) recognising: Batches<Request, Shared<Option<OwnToken>>>,
    pub(crate) revoking: Batches<Revoking, Option<RevokedTokens>>,
}
