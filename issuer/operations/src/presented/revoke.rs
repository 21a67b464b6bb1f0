//! Token revocation by the client that has the token (RFC 7009).

use super::find::{Judged, Token, answer_all, find_record};
use super::token::{Answers, Presentation};
use crate::client_memory::Client;
use crate::clients::authenticate_in_memory;
use crate::grants::{ClientProof, belongs_to_living_grant, revoke_refresh_token};
use crate::keyring::Recognised;
use crate::status_indexes::set_status_bits;
use crate::tokens::{RevokedTokens, over};
use crate::{Act, Error};
use postern_model::{Action, AuditEntry, ConsumerKey, StatusIndex, TokenId, TokenRecord, TokenState, UserId};
use postern_secrets::PlainSecret;
use postern_storage::{CatalogueRevision, Transaction, UserTokenSelector};

/// A valid token that belongs to the client that presented it.
#[derive(Debug, Clone)]
pub enum OwnToken {
    /// An application token.
    Application(TokenId),
    /// A token of a user.
    OfUser(OwnUserToken),
}

/// A valid token of a user that belongs to the client that presented it.
#[derive(Debug, Clone)]
pub struct OwnUserToken(Own);

#[derive(Debug, Clone)]
enum Own {
    Access(TokenId, UserId),
    /// A refresh token whose grant has not ended.
    Refresh(PlainSecret),
}

/// Recognises the clients' own valid tokens. It takes no write lock, so that guessing secrets cannot delay writers.
pub fn recognise_tokens(requests: &[Presentation<'_>]) -> Answers<Option<OwnToken>> {
    answer_all(requests, |_, client, record| {
        let own = record.filter(|record| is_own(client, record));
        Ok(own.map(|record| OwnToken::Application(record.id.clone())))
    })
}

/// The same for one token of any kind.
pub fn recognise_alone(request: &Presentation<'_>) -> Result<Option<OwnToken>, Error> {
    let Presentation { act, presented } = request;
    act.storage().read(|transaction| {
        let Judged { client, token } = Judged::new(transaction, transaction.catalogue_revision()?, request)?;
        let own = match token {
            Token::Unknown => return Ok(None),
            Token::Access(recognised) => {
                let record = find_record(act, transaction, &recognised)?;
                let Some(_) = record.filter(|record| is_own(&client, record)) else { return Ok(None) };
                let Recognised { id, user, .. } = recognised;
                match user {
                    None => return Ok(Some(OwnToken::Application(id))),
                    Some(user) => Own::Access(id, user),
                }
            }
            Token::Refresh => {
                let token = &presented.token;
                let own = belongs_to_living_grant(act, transaction, &client.key_set.consumer_key, token)?;
                if !own {
                    return Ok(None);
                }
                Own::Refresh(token.clone())
            }
        };
        Ok(Some(OwnToken::OfUser(OwnUserToken(own))))
    })
}

fn is_own(client: &Client, record: &TokenRecord) -> bool {
    record.state == TokenState::Active && record.consumer_key == client.key_set.consumer_key
}

/// A client's request to revoke one of its application tokens.
#[derive(Clone)]
pub struct Revocation<'a> {
    /// The act that it is.
    pub act: Act<'a>,
    /// The client.
    pub client: &'a ClientProof,
    /// The token, whose signature was verified. It is found by its id and never by its signature, which may have a second valid form.
    pub token: &'a TokenId,
}

/// Revokes application tokens in one transaction. Returns what each request revoked, in their order; `None` where the token is not a valid
/// one of the client.
pub fn revoke_own_tokens(requests: &[Revocation<'_>]) -> Vec<Result<Option<RevokedTokens>, Error>> {
    let Some(Revocation { act, .. }) = requests.first() else { return Vec::new() };
    let revoked = act.storage().write_concurrent(|transaction| revoke_in(act, transaction, requests));
    revoked.unwrap_or_else(|error: Error| error.for_each(requests.len()))
}

fn revoke_in(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    requests: &[Revocation<'_>],
) -> Result<Vec<Result<Option<RevokedTokens>, Error>>, Error> {
    // An id that is not that of a client could be any text.
    let clients: Vec<_> = requests.iter().map(|request| request.client.id.parse::<ConsumerKey>().ok()).collect();
    let clients: Vec<_> = clients.iter().map(|client| client.as_ref().map(ConsumerKey::as_str)).collect();
    transaction.lock_applications_of_clients(&clients)?;
    let revision = transaction.catalogue_revision()?;
    let ids: Vec<_> = requests.iter().map(|request| request.token).collect();
    let records = transaction.tokens_by_id(&ids)?;
    let mut batch = Batch { records: &records, ending: Vec::new(), entries: Vec::new() };
    let outcomes: Vec<_> = requests.iter().map(|request| batch.judge(transaction, revision, request)).collect();
    let ended = batch.end(act, transaction)?;
    let revoked = |outcome| match outcome {
        Outcome::Nothing => None,
        Outcome::WithoutStatus => Some(RevokedTokens { count: 0, without_status: 1 }),
        Outcome::Ending(index) => Some(RevokedTokens { count: ended.contains(&index).into(), without_status: 0 }),
    };
    Ok(outcomes.into_iter().map(|outcome| outcome.map(revoked)).collect())
}

/// The tokens that one transaction revokes.
struct Batch<'a> {
    records: &'a [TokenRecord],
    ending: Vec<&'a TokenId>,
    entries: Vec<AuditEntry>,
}

/// What becomes of a request.
enum Outcome {
    Nothing,
    /// Without a status index no edge would learn of the revocation, so the token is not recorded as revoked either.
    WithoutStatus,
    Ending(StatusIndex),
}

impl Batch<'_> {
    /// The client, and the token, may have changed since the token was recognised.
    fn judge(
        &mut self,
        transaction: &Transaction<'_>,
        revision: CatalogueRevision,
        request: &Revocation<'_>,
    ) -> Result<Outcome, Error> {
        let Revocation { act, client, token } = request;
        let client = authenticate_in_memory(act, transaction, revision, (&client.id, client.secret.as_ref()))?;
        let record = self.records.iter().find(|record| record.id == **token).filter(|record| is_own(&client, record));
        // Another request may have named the same token.
        let Some(record) = record.filter(|record| !self.ending.contains(&&record.id)) else { return Ok(Outcome::Nothing) };
        let Some(status) = record.status else { return Ok(Outcome::WithoutStatus) };
        self.ending.push(&record.id);
        self.entries.push(act.entry(Action::TokenRevoke, Some(&record.application), Some(record.id.as_str()), None));
        Ok(Outcome::Ending(status))
    }

    /// Revokes the tokens, except those that have expired for every edge. Returns the status indexes of those that were revoked.
    fn end(&mut self, act: &Act<'_>, transaction: &Transaction<'_>) -> Result<Vec<StatusIndex>, Error> {
        if self.ending.is_empty() {
            return Ok(Vec::new());
        }
        act.append(transaction, &mut self.entries)?;
        let ended = transaction.end_tokens_by_id(&self.ending, TokenState::Revoked, over(act))?;
        let ended: Vec<_> = ended.into_iter().flatten().collect();
        set_status_bits(transaction, &ended, act.now)?;
        Ok(ended)
    }
}

/// Revokes a recognised token of a user. Revoking an access token keeps its grant; revoking a refresh token ends its grant with the grant's
/// access token (RFC 7009 section 2.1).
pub fn revoke_own_user_token(
    act: &Act<'_>,
    client: &ClientProof,
    OwnUserToken(own): &OwnUserToken,
) -> Result<RevokedTokens, Error> {
    let nothing = RevokedTokens::default();
    let (id, user) = match own {
        Own::Access(id, user) => (id, user),
        Own::Refresh(token) => {
            let count = revoke_refresh_token(act, client, token)?.unwrap_or_default();
            return Ok(RevokedTokens { count, ..nothing });
        }
    };
    act.storage().write_concurrent(|transaction| {
        let revision = transaction.catalogue_revision()?;
        let client = authenticate_in_memory(act, transaction, revision, (&client.id, client.secret.as_ref()))?;
        transaction.lock_application(&client.key_set.application)?;
        let Ok(store) = act.stores().find(&user.store) else { return Ok(nothing) };
        let found = store.read(transaction, |tables| Ok(tables.user_token(id)?))?;
        let Some(token) = found.filter(|token| is_own(&client, &token.record)) else { return Ok(nothing) };
        if token.record.status.is_none() {
            return Ok(RevokedTokens { count: 0, without_status: 1 });
        }
        act.audit(transaction, Action::TokenRevoke, Some(&token.record.application), Some(id.as_str()), None)?;
        store.write(transaction, |tables| {
            let ended = tables.end_user_tokens(UserTokenSelector::Token(id), TokenState::Revoked, over(act))?;
            set_status_bits(transaction, &ended, act.now)?;
            Ok(RevokedTokens { count: ended.len(), without_status: 0 })
        })
    })
}
