//! What clients present for tokens of users, and what is found for it.

use super::authorization_code::{self, CodeGrant};
use super::client::ClientProof;
use super::device::{self, DeviceGrant};
use super::refresh_token::{self, RefreshGrant};
use crate::client_memory::Client;
use crate::error::GrantError;
use crate::user_stores::{UserStore, UserStores};
use crate::{Act, Error};
use postern_model::{AuthorizationCode, ConsumerKey, DeviceCode, GrantType, RefreshToken, Validity};
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

/// What the secret of a request stands for.
pub(super) enum Found {
    Code(AuthorizationCode),
    Refresh(RefreshToken),
    Device(DeviceCode),
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
    pub(super) fn store<'a>(&self, stores: &'a UserStores) -> Result<Option<&'a UserStore>, Error> {
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
