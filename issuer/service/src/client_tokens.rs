//! The requests of clients for tokens that wait for their transaction.

use std::net::IpAddr;
use std::sync::Arc;

use postern_operations::{ClientGrant, UnsignedAccessToken};

use crate::batches::Batches;

/// A request, and the address of its caller.
pub(crate) type Request = (Arc<ClientGrant>, Option<IpAddr>);

/// The requests that wait.
#[derive(Default)]
pub(crate) struct ClientTokens {
    pub(crate) finding: Batches<Request, Option<UnsignedAccessToken>>,
    pub(crate) minting: Batches<Request, UnsignedAccessToken>,
}
