//! Authentication of clients.

use postern_secrets::PlainSecret;

/// What a client presents.
#[derive(Debug)]
pub struct ClientCredentials {
    /// The client id.
    pub id: String,
    /// The secret.
    pub secret: PlainSecret,
}
