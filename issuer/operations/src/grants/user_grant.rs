//! Requests of clients for tokens of users, many at once: they share transactions, and so their cost.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::authorization_code::{self, CodeGrant};
use super::client::{ClientProof, recognise_for};
use super::device::{self, DeviceGrant};
use super::issuance::{Basis, MintedUserToken};
use super::refresh_token::{self, RefreshGrant};
use super::standing::still_known;
use super::user_rounds::issue_for_users;
use crate::client_memory::Client;
use crate::error::GrantError;
use crate::user_stores::{UserStore, UserStores};
use crate::{Act, Error};
use postern_model::{
    AuthorizationCode, ConsumerKey, DeviceCode, GrantId, GrantType, RefreshToken, UserId, UserName, UserStoreName, Validity,
};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::{StorageError, Transaction, UserTables};

/// What a client presents for tokens of a user.
#[derive(Debug, Clone)]
pub enum UserGrantRequest {
    /// An authorization code.
    Code(CodeGrant),
    /// A refresh token.
    Refresh(RefreshGrant),
    /// A device code.
    Device(DeviceGrant),
}

/// A request of one client among others.
#[derive(Clone)]
pub struct UserRequest<'a> {
    /// The act that it is.
    pub act: Act<'a>,
    /// The request.
    pub grant: &'a UserGrantRequest,
}

/// How a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ahead {
    /// Together with others of this store.
    Shared(UserStoreName),
    /// Alone, because a directory or another database may be slow, or because it has no answer yet.
    Alone,
}

/// What the secret of a request stands for.
pub(super) enum Found {
    Code(AuthorizationCode),
    Refresh(RefreshToken),
    Device(DeviceCode),
}

/// What the secret of a request leads to.
pub(super) enum Decision {
    Issue(UserName, Basis),
    /// It was used again, so the grant that came of it ends.
    End(UserName, GrantId),
}

impl UserGrantRequest {
    /// The client.
    pub const fn client(&self) -> &ClientProof {
        match self {
            Self::Code(CodeGrant { client, .. })
            | Self::Refresh(RefreshGrant { client, .. })
            | Self::Device(DeviceGrant { client, .. }) => client,
        }
    }

    /// The type of the grant.
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::Code(_) => GrantType::AuthorizationCode,
            Self::Refresh(_) => GrantType::RefreshToken,
            Self::Device(_) => GrantType::DeviceCode,
        }
    }

    const fn secret(&self) -> &PlainSecret {
        match self {
            Self::Code(grant) => &grant.code,
            Self::Refresh(grant) => &grant.refresh_token,
            Self::Device(grant) => &grant.device_code,
        }
    }

    pub(super) const fn validity(&self) -> Option<Validity> {
        match self {
            Self::Code(CodeGrant { validity, .. })
            | Self::Refresh(RefreshGrant { validity, .. })
            | Self::Device(DeviceGrant { validity, .. }) => *validity,
        }
    }

    pub(super) const fn unknown(&self) -> GrantError {
        match self {
            Self::Code(_) => authorization_code::UNKNOWN,
            Self::Refresh(_) => refresh_token::UNKNOWN,
            Self::Device(_) => device::UNKNOWN,
        }
    }

    /// The store that the secret names; a device code names none.
    fn store<'a>(&self, stores: &'a UserStores) -> Result<Option<&'a UserStore>, Error> {
        let prefix = match self {
            Self::Code(_) => "poc_",
            Self::Refresh(_) => "por_",
            Self::Device(_) => return Ok(None),
        };
        stores.named_in(prefix, self.secret()).map(Some).ok_or_else(|| self.unknown().into())
    }
}

impl Found {
    const fn consumer_key(&self) -> &ConsumerKey {
        match self {
            Self::Code(code) => &code.consumer_key,
            Self::Refresh(token) => &token.grant.consumer_key,
            Self::Device(code) => &code.consumer_key,
        }
    }
}

/// A request with the hash of its secret.
pub(super) struct Presented<'a> {
    pub(super) request: &'a UserRequest<'a>,
    pub(super) hash: HashedSecret,
}

impl<'a> Presented<'a> {
    pub(super) fn new(request: &'a UserRequest<'a>) -> Self {
        Self { request, hash: HashedSecret::of(request.grant.secret()) }
    }

    /// What the secret stands for, if it is the client's.
    pub(super) fn own(&self, found: Option<Found>, client: &Client) -> Result<Found, Error> {
        let own = found.filter(|found| *found.consumer_key() == client.key_set.consumer_key);
        own.ok_or_else(|| self.request.grant.unknown().into())
    }
}

/// What the secrets of requests stand for, in their order. `tables` are those of the store that all of them name, except device codes.
pub(super) fn find(
    main: &Transaction<'_>,
    tables: Option<&UserTables<'_, '_>>,
    presented: &[&Presented<'_>],
) -> Result<Vec<Option<Found>>, StorageError> {
    let hashes_of = |grant_type: GrantType| -> Vec<&HashedSecret> {
        presented.iter().filter(|one| one.request.grant.grant_type() == grant_type).map(|one| &one.hash).collect()
    };
    let mut device_codes = main.device_codes(&hashes_of(GrantType::DeviceCode))?.into_iter();
    let (mut codes, mut refresh_tokens) = match tables {
        Some(tables) => (
            tables.codes(&hashes_of(GrantType::AuthorizationCode))?.into_iter(),
            tables.refresh_tokens(&hashes_of(GrantType::RefreshToken))?.into_iter(),
        ),
        None => (Vec::new().into_iter(), Vec::new().into_iter()),
    };
    let mut found_by = |one: &&Presented<'_>| match one.request.grant {
        UserGrantRequest::Code(_) => codes.next().flatten().map(Found::Code),
        UserGrantRequest::Refresh(_) => refresh_tokens.next().flatten().map(Found::Refresh),
        UserGrantRequest::Device(_) => device_codes.next().flatten().map(Found::Device),
    };
    Ok(presented.iter().map(&mut found_by).collect())
}

/// How each of the requests is answered. It authenticates the clients and finds what they present before any of them takes a write lock, so
/// that guessing secrets cannot delay writers.
pub fn look_ahead(requests: &[UserRequest<'_>]) -> Vec<Result<Ahead, Error>> {
    let Some(UserRequest { act, .. }) = requests.first() else { return Vec::new() };
    let presented: Vec<_> = requests.iter().map(Presented::new).collect();
    let ahead = act.storage().read(|main| {
        let stores = act.stores();
        let mut answers: Vec<Result<Ahead, Error>> = Vec::with_capacity(presented.len());
        let mut by_store: BTreeMap<Option<&UserStoreName>, Vec<(usize, Arc<Client>)>> = BTreeMap::new();
        let revision = main.catalogue_revision()?;
        for (at, one) in presented.iter().enumerate() {
            let UserRequest { act, grant } = one.request;
            let client = recognise_for(act, main, revision, grant.client(), grant.grant_type());
            let shared = client.and_then(|client| {
                let store = grant.store(stores)?;
                let shared = store.is_none_or(UserStore::is_quick);
                Ok(shared.then(|| by_store.entry(store.map(UserStore::name)).or_default().push((at, client))))
            });
            answers.push(shared.map(|_| Ahead::Alone));
        }
        for (store, requests) in by_store {
            let together: Vec<_> = requests.iter().filter_map(|(at, _)| presented.get(*at)).collect();
            let found = match store {
                None => find(main, None, &together)?,
                Some(name) => find(main, Some(&UserTables::in_main_database(main, name)), &together)?,
            };
            for (((at, client), one), found) in requests.into_iter().zip(together).zip(found) {
                if let Some(answer) = answers.get_mut(at) {
                    *answer = one.own(found, &client).and_then(|found| ahead(&one.request.act, one.request.grant, found, store));
                }
            }
        }
        Ok(answers)
    });
    ahead.unwrap_or_else(|error: Error| error.for_each(requests.len()))
}

fn ahead(act: &Act<'_>, grant: &UserGrantRequest, found: Found, store: Option<&UserStoreName>) -> Result<Ahead, Error> {
    let shared = match found {
        Found::Code(_) => store.cloned(),
        // Guesses are cheap: those of an ended grant end here.
        Found::Refresh(token) if token.grant.ended_at.is_some() => return Err(grant.unknown().into()),
        Found::Refresh(_) => store.cloned(),
        Found::Device(code) => {
            let user = device::allowed_user(act, &code);
            user.filter(|user| act.stores().find(&user.store).is_ok_and(UserStore::is_quick)).map(|user| user.store.clone())
        }
    };
    Ok(shared.map_or(Ahead::Alone, Ahead::Shared))
}

/// Issues the tokens of one request. Asks the directory of the user's store first, if there is one, which may be slow.
pub fn issue_alone(request: &UserRequest<'_>) -> Result<MintedUserToken, Error> {
    let UserRequest { act, grant } = request;
    let one = Presented::new(request);
    let (store, found, grace) = act.storage().read(|main| {
        let client = recognise_for(act, main, main.catalogue_revision()?, grant.client(), grant.grant_type())?;
        let store = grant.store(act.stores())?;
        let found = match store {
            None => find(main, None, &[&one])?,
            Some(store) => store.read(main, |tables| Ok(find(main, Some(tables), &[&one])?))?,
        };
        let found = one.own(found.into_iter().next().flatten(), &client)?;
        Ok::<_, Error>((store, found, client.settings.policies.refresh_grace))
    })?;
    let (store, user) = match (found, grant) {
        (Found::Device(code), UserGrantRequest::Device(asked)) => {
            let user = match device::allowed_user(act, &code) {
                Some(user) => user.clone(),
                None => device::note_poll(act, asked, &one.hash)?,
            };
            (act.stores().find(&user.store)?, Some(user.name))
        }
        // A second use ends the grant, whether the user is still active or not.
        (Found::Code(code), _) => (store.ok_or_else(|| grant.unknown())?, code.grant.is_none().then_some(code.user)),
        (Found::Refresh(token), _) => {
            if token.grant.ended_at.is_some() {
                return Err(grant.unknown().into());
            }
            let is_reuse = refresh_token::is_reuse(&token, act.now, grace);
            (store.ok_or_else(|| grant.unknown())?, (!is_reuse).then_some(token.grant.user))
        }
        (Found::Device(_), _) => return Err(grant.unknown().into()),
    };
    if let Some(name) = user {
        still_known(act, store, &UserId { name, store: store.name().clone() }, grant.unknown())?;
    }
    let issued = issue_for_users(&[(request.clone(), store.name())]).pop();
    issued.transpose()?.flatten().ok_or(StorageError::Empty)?.sign()
}
