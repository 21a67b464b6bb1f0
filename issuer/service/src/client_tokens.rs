//! The requests of clients for tokens that wait for their transaction.

use std::net::IpAddr;
use std::sync::Arc;

use postern_operations::{ClientGrant, ClientToken, CurrentToken, NoCurrentToken};

use crate::batches::Batches;

/// A request.
pub(crate) struct Request {
    pub(crate) grant: Arc<ClientGrant>,
    /// The address of its caller.
    pub(crate) source: Option<IpAddr>,
    /// What was found before.
    pub(crate) found: Option<NoCurrentToken>,
}

/// The requests that wait.
#[derive(Default)]
pub(crate) struct ClientTokens {
    pub(crate) finding: Batches<Request, CurrentToken>,
    pub(crate) minting: Batches<Request, ClientToken>,
}
