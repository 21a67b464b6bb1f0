//! Finding the record of a presented token.

use std::sync::Arc;

use super::token::{Answers, Presentation, Shared};
use crate::client_memory::Client;
use crate::clients::{authenticate_in_memory, is_signing_key_in_use};
use crate::keyring::{Recognised, Recognition};
use crate::{Act, Error};
use postern_model::{TokenId, TokenRecord};
use postern_storage::{CatalogueRevision, Transaction};

/// What an authentic client presents.
pub(super) struct Judged {
    pub(super) client: Arc<Client>,
    pub(super) token: Token,
}

pub(super) enum Token {
    /// No token of this issuer.
    Unknown,
    /// An access token with a valid signature.
    Access(Recognised),
    /// Text in the form of a refresh token.
    Refresh,
}

impl Judged {
    /// Authenticates the client, and then recognises the token.
    pub(super) fn new(
        transaction: &Transaction<'_>,
        revision: CatalogueRevision,
        request: &Presentation<'_>,
    ) -> Result<Self, Error> {
        let Presentation { act, presented } = request;
        let client = &presented.client;
        let client = authenticate_in_memory(act, transaction, revision, (&client.id, client.secret.as_ref()))?;
        let recognised = match &presented.recognition {
            _ if presented.is_refresh_token => return Ok(Self { client, token: Token::Refresh }),
            Recognition::Pending => act.keyring().recognise(transaction, &presented.token)?,
            Recognition::Invalid => None,
            Recognition::Valid(early) => {
                let in_use = is_signing_key_in_use(act, transaction, revision, &early.kid)?;
                in_use.then(|| early.clone())
            }
        };
        Ok(Self { client, token: recognised.map_or(Token::Unknown, Token::Access) })
    }

    /// The id of an application token.
    fn application_token(&self) -> Option<&TokenId> {
        match &self.token {
            Token::Access(recognised) if !recognised.is_of_user() => Some(&recognised.id),
            Token::Access(_) | Token::Unknown | Token::Refresh => None,
        }
    }
}

/// Answers many requests in one transaction. `answer` gets the record of an application token; `None` if there is none.
pub(super) fn answer_all<T>(
    requests: &[Presentation<'_>],
    answer: impl Fn(&Presentation<'_>, &Client, Option<Arc<TokenRecord>>) -> Result<T, Error>,
) -> Answers<T> {
    let Some(Presentation { act, .. }) = requests.first() else { return Vec::new() };
    let answers = act.storage().read(|transaction| {
        let revision = transaction.catalogue_revision()?;
        let judged: Vec<_> = requests.iter().map(|request| Judged::new(transaction, revision, request)).collect();
        let ids: Vec<_> = judged.iter().flatten().filter_map(Judged::application_token).collect();
        let records: Vec<_> = transaction.tokens_by_id(&ids)?.into_iter().map(Arc::new).collect();
        let answer = |(judged, request): (Result<Judged, Error>, &Presentation<'_>)| {
            let judged = judged?;
            let record = match (&judged.token, judged.application_token()) {
                (Token::Unknown, _) => None,
                (_, Some(id)) => records.iter().find(|record| record.id == *id).map(Arc::clone),
                (Token::Access(_) | Token::Refresh, None) => return Ok(Shared::Alone),
            };
            answer(request, &judged.client, record).map(Shared::Answer)
        };
        Ok(judged.into_iter().zip(requests).map(answer).collect())
    });
    answers.unwrap_or_else(|error: Error| error.for_each(requests.len()))
}

/// The record of an access token.
pub(super) fn find_record(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    token: &Recognised,
) -> Result<Option<TokenRecord>, Error> {
    let Some(user) = &token.user else { return Ok(transaction.token(&token.id)?) };
    let Ok(store) = act.stores().find(&user.store) else { return Ok(None) };
    let found = store.read(transaction, |tables| Ok(tables.user_token(&token.id)?))?;
    Ok(found.map(|token| token.record))
}
