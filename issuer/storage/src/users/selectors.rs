//! Which grants and which tokens of users a statement is about.

use postern_model::{ApplicationId, ConsumerKey, GrantId, TokenId, UserName};
use postern_token::{ApiReference, Kid};

/// Grants that are to end.
#[derive(Debug, Clone, Copy)]
pub enum GrantSelector<'a> {
    /// One grant.
    One(&'a GrantId),
    /// All that a user gave.
    Of(&'a UserName),
    /// All that a user gave a client.
    OfTo(&'a UserName, &'a ConsumerKey),
    /// All that an application was given.
    To(&'a ApplicationId),
}

impl<'a> GrantSelector<'a> {
    /// A condition on the columns that grants and tokens have in common, but for the name of the grant's id, and its values from `?2` on.
    pub(super) fn condition(self, id: &str) -> (String, Vec<&'a str>) {
        match self {
            Self::One(grant) => (format!("{id} = ?2"), vec![grant.as_str()]),
            Self::Of(user) => ("name = ?2".to_owned(), vec![user.as_str()]),
            Self::OfTo(user, client) => ("name = ?2 AND consumer_key = ?3".to_owned(), vec![user.as_str(), client.as_str()]),
            Self::To(application) => ("application_id = ?2".to_owned(), vec![application.as_str()]),
        }
    }
}

/// Tokens of users that are to end.
#[derive(Debug, Clone, Copy)]
pub enum UserTokenSelector<'a> {
    /// Those of grants.
    Grants(GrantSelector<'a>),
    /// One token.
    Token(&'a TokenId),
    /// Those that a key signed.
    Key(&'a Kid<'a>),
    /// All of them.
    Every,
    /// Those of an application that hold its subscription to an API.
    Subscription(&'a ApplicationId, &'a ApiReference<'a>),
}
