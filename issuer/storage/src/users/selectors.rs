//! Selectors of grants and of users' tokens.

use postern_model::{ApplicationId, ConsumerKey, GrantId, TokenId, UserName};
use postern_token::{ApiReference, Kid};

/// Selects grants.
#[derive(Debug, Clone, Copy)]
pub enum GrantSelector<'a> {
    /// One grant.
    One(&'a GrantId),
    /// All grants of a user.
    Of(&'a UserName),
    /// All grants of a user to a client.
    OfTo(&'a UserName, &'a ConsumerKey),
    /// All grants to an application.
    To(&'a ApplicationId),
}

impl<'a> GrantSelector<'a> {
    /// An SQL condition, and its parameters from `?2` on. It works for the tables of grants and of tokens; `id` is the column
    /// with the grant's id.
    pub(super) fn condition(self, id: &str) -> (String, Vec<&'a str>) {
        match self {
            Self::One(grant) => (format!("{id} = ?2"), vec![grant.as_str()]),
            Self::Of(user) => ("name = ?2".to_owned(), vec![user.as_str()]),
            Self::OfTo(user, client) => ("name = ?2 AND consumer_key = ?3".to_owned(), vec![user.as_str(), client.as_str()]),
            Self::To(application) => ("application_id = ?2".to_owned(), vec![application.as_str()]),
        }
    }
}

/// Selects tokens of users.
#[derive(Debug, Clone, Copy)]
pub enum UserTokenSelector<'a> {
    /// The tokens of grants.
    Grants(GrantSelector<'a>),
    /// One token.
    Token(&'a TokenId),
    /// The tokens that a signing key signed.
    Key(&'a Kid<'a>),
    /// All tokens.
    Every,
    /// The tokens of an application that hold its subscription to an API.
    Subscription(&'a ApplicationId, &'a ApiReference<'a>),
}
