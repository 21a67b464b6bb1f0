//! The requests for tokens of users that wait for their transaction.

use std::net::IpAddr;
use std::sync::Arc;

use postern_model::UserStoreName;
use postern_operations::{Ahead, UnsignedUserTokens, UserGrantRequest};

use crate::batches::Batches;

/// A request.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) grant: Arc<UserGrantRequest>,
    /// The address of its caller.
    pub(crate) source: Option<IpAddr>,
}

/// The requests that wait for their transaction.
#[derive(Default)]
pub(crate) struct UserTokens {
    pub(crate) looking: Batches<Request, Ahead>,
    pub(crate) issuing: Batches<(Request, UserStoreName), Option<UnsignedUserTokens>>,
}
