//! A token that a client presents, before the transaction that looks for it.

use std::sync::Arc;

use crate::grants::ClientProof;
use crate::keyring::Recognition;
use crate::{Act, Error};
use postern_model::TokenId;
use postern_secrets::PlainSecret;

/// A token that a client presents, for introspection or revocation.
#[derive(Debug)]
pub struct PresentedToken {
    pub(super) client: Arc<ClientProof>,
    pub(super) token: PlainSecret,
    /// Whether it has the form of a refresh token.
    pub(super) is_refresh_token: bool,
    /// Whether it is an access token.
    pub(super) recognition: Recognition,
}

impl PresentedToken {
    /// A token that this client presents. Its signature is verified now if the client has been seen before, because that is slow and delays
    /// no transaction here. Everything else, also whether the client is still the same, is for the transaction.
    pub fn new(act: &Act<'_>, client: Arc<ClientProof>, token: PlainSecret) -> Self {
        let is_refresh_token = act.stores().named_in("por_", &token).is_some();
        let has_seen = || act.instance.client_memory.seen(&client.id, client.secret.as_ref(), act.now).is_some();
        let recognition =
            if !is_refresh_token && has_seen() { act.keyring().recognise_early(&token) } else { Recognition::Pending };
        Self { client, token, is_refresh_token, recognition }
    }

    /// The client.
    pub fn client(&self) -> &ClientProof {
        &self.client
    }

    /// The id of the application token that it is, if its signature was verified. It was verified only for a client that was seen before, so a
    /// stranger who guesses secrets gets no id.
    pub const fn application_token(&self) -> Option<&TokenId> {
        match &self.recognition {
            Recognition::Valid(token) if !token.is_of_user() => Some(&token.id),
            _ => None,
        }
    }

    /// Whether it is known to be a user's: its record is in a user store, whose database may be slow.
    pub fn is_of_user(&self) -> bool {
        self.is_refresh_token || matches!(&self.recognition, Recognition::Valid(token) if token.is_of_user())
    }
}

/// A presented token among others.
#[derive(Clone)]
pub struct Presentation<'a> {
    /// The act that it is.
    pub act: Act<'a>,
    /// The token.
    pub presented: &'a PresentedToken,
}

/// The answer to a request that shared a transaction with others.
#[derive(Debug)]
pub enum Shared<T> {
    /// The answer.
    Answer(T),
    /// The token is a user's, so the request needs a transaction of its own.
    Alone,
}

/// The answers to requests that shared a transaction, in their order.
pub type Answers<T> = Vec<Result<Shared<T>, Error>>;
