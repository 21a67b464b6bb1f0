//! Token introspection (RFC 7662).

use std::sync::Arc;

use super::find::{Judged, Token, answer_all, find_record};
use super::token::{Answers, Presentation, PresentedToken};
use crate::client_memory::Client;
use crate::error::ConsumerKeyError;
use crate::grants::{RefreshTokenDetails, find_refresh_token};
use crate::{Act, Error};
use postern_model::{TokenRecord, TokenState, UserId};

/// The introspection of a valid token.
#[derive(Debug, Clone)]
pub struct Introspection {
    /// The record of the token.
    pub token: IntrospectedToken,
    /// Its issuer.
    pub issuer: String,
    /// Its audience.
    pub audience: String,
}

/// A valid token.
#[derive(Debug, Clone)]
pub enum IntrospectedToken {
    /// An access token, and the user for whom it stands, if it is a user token.
    Access(Arc<TokenRecord>, Option<UserId>),
    /// A refresh token.
    Refresh(Box<RefreshTokenDetails>),
}

/// The introspections of tokens, in their order: of each one that is valid and that its client may see, which are its own tokens, and the
/// access tokens of other clients of the same application. `None` otherwise, for any reason. The client must have a secret.
pub fn introspect_tokens(requests: &[Presentation<'_>]) -> Answers<Option<Introspection>> {
    answer_all(requests, |Presentation { act, presented }, client, record| {
        check_secret(presented)?;
        let record = record.filter(|record| is_visible(act, client, record));
        Ok(record.map(|record| Introspection::new(client, IntrospectedToken::Access(record, None))))
    })
}

/// The same for one token of any kind.
pub fn introspect_alone(request: &Presentation<'_>) -> Result<Option<Introspection>, Error> {
    let Presentation { act, presented } = request;
    act.storage().read(|transaction| {
        let Judged { client, token } = Judged::new(transaction, transaction.catalogue_revision()?, request)?;
        check_secret(presented)?;
        let token = match token {
            Token::Unknown => None,
            Token::Access(recognised) => {
                let record = find_record(act, transaction, &recognised)?.filter(|record| is_visible(act, &client, record));
                record.map(|record| IntrospectedToken::Access(Arc::new(record), recognised.user))
            }
            Token::Refresh => {
                let details = find_refresh_token(act, transaction, &presented.token)?;
                let own = details.filter(|details| details.grant.consumer_key == client.key_set.consumer_key);
                own.map(|details| IntrospectedToken::Refresh(Box::new(details)))
            }
        };
        Ok(token.map(|token| Introspection::new(&client, token)))
    })
}

/// Anyone can send the id of a public client.
fn check_secret(presented: &PresentedToken) -> Result<(), Error> {
    if presented.client.secret.is_some() { Ok(()) } else { Err(ConsumerKeyError::InvalidClient.into()) }
}

/// Whether an access token is valid, and one of the client's application.
fn is_visible(act: &Act<'_>, client: &Client, record: &TokenRecord) -> bool {
    record.state == TokenState::Active
        && record.application == client.key_set.application
        && record.expires_at.is_none_or(|expires_at| expires_at > act.now)
}

impl Introspection {
    fn new(client: &Client, token: IntrospectedToken) -> Self {
        let (issuer, audience) = (&client.settings.issuer, &client.settings.audience);
        Self { token, issuer: issuer.as_str().to_owned(), audience: audience.as_str().to_owned() }
    }
}
