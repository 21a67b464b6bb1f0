//! Users, their sessions and their grants: on both databases, and where it matters also with a store that has its own database.

mod authorization_code;
mod concurrency;
mod device;
mod directory;
mod endings;
mod guessing;
mod hourly_bound;
mod member_accounts;
mod own_database;
mod passwords;
mod presented;
mod pruning;
mod refreshing;
mod scopes;
mod second_factor;
mod sessions;
mod sign_in;
mod store_databases;
mod together;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_token::{Status, UnixSeconds};
use sha2::{Digest as _, Sha256};

use super::super::*;
use super::fixture::TestDatabase;
use super::*;
use crate::error::{GrantError, UserError};
use postern_directories::password::PasswordHash;
use postern_model::{GrantType, RedirectUri, TokenState, User, UserId, UserRole, UserState, UserToken};
use postern_secrets::PlainSecret;
use postern_secrets::testing::SeededEntropy;
use postern_storage::Storage;

const PASSWORD: &str = "a horse that reads";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-4321";
const CALLBACK: &str = "https://app.example/callback";

/// Hashing is slow, so all tests share one hash.
static HASH: LazyLock<String> =
    LazyLock::new(|| PasswordHash::of(&secret(PASSWORD), &SeededEntropy::new(9)).unwrap().as_str().to_owned());

fn secret(text: &str) -> PlainSecret {
    PlainSecret::presented(text.to_owned())
}

fn id(text: &str) -> UserId {
    text.parse().unwrap()
}

fn roles(names: &[&str]) -> Vec<UserRole> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

fn invalid<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Grant(GrantError::Invalid(_))))
}

fn wrong<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::User(UserError::WrongCredentials)))
}

fn scopes(token: &MintedUserToken) -> &str {
    token.token.scopes.as_ref().map_or("", |scopes| scopes.as_str())
}

/// Issues tokens as a server does.
fn issue(act: &Act<'_>, grant: &UserGrantRequest) -> Result<MintedUserToken, Error> {
    let request = UserRequest { act: act.clone(), grant };
    match look_ahead(std::slice::from_ref(&request)).remove(0)? {
        Ahead::Shared(store) => issue_for_users(&[(request, &store)]).remove(0)?.unwrap().sign(),
        Ahead::Alone => issue_alone(&request),
    }
}

fn exchange_code(act: &Act<'_>, asked: &CodeGrant) -> Result<MintedUserToken, Error> {
    issue(act, &UserGrantRequest::Code(asked.clone()))
}

fn refresh(act: &Act<'_>, asked: &RefreshGrant) -> Result<MintedUserToken, Error> {
    issue(act, &UserGrantRequest::Refresh(asked.clone()))
}

fn grant_device(act: &Act<'_>, asked: &DeviceGrant) -> Result<MintedUserToken, Error> {
    issue(act, &UserGrantRequest::Device(asked.clone()))
}

/// The database of a store called `own`, of the same kind as the main database.
struct OwnStore(TestDatabase);

impl OwnStore {
    fn new(engine: Engine) -> Self {
        Self(TestDatabase::new(engine))
    }

    fn open(&self) -> UserStore {
        let storage = Storage::open_for_users(&self.0.location()).unwrap();
        UserStore::in_own_database("own".parse().unwrap(), Directory::Local, storage)
    }
}

/// Signs in a user for whom the password is enough.
fn sign_in(act: &Act<'_>, login: &str, password: &PlainSecret, before: Option<&PlainSecret>) -> Result<NewSession, Error> {
    match super::super::sign_in(act, login, password, before)? {
        SignInProgress::Done(session) => Ok(session),
        SignInProgress::Unfinished(more) => panic!("{:?}", more.step),
    }
}

fn main_store(name: &str) -> UserStore {
    UserStore::in_main_database(name.parse().unwrap(), Directory::Local)
}

/// Decides about a device as a user who allows what the page shows.
fn decide(act: &Act<'_>, user: &UserId, code: &postern_model::UserCode, allowed: bool) -> Result<(), Error> {
    let shown = find_device(act, user, code).ok().and_then(|request| request.scopes);
    let decision = if allowed { DeviceDecision::Allowed { shown } } else { DeviceDecision::Denied };
    decide_device(act, user, code, &decision)
}

impl Fixture {
    /// Adds a third store, which has its own database.
    fn with_store(mut self, own: &OwnStore) -> Self {
        let stores = UserStores::new(vec![main_store("local"), main_store("partners"), own.open()]);
        self.instance = self.instance.with_user_stores(stores).unwrap();
        self
    }

    fn with_own_store(engine: Engine) -> (Self, OwnStore) {
        let own = OwnStore::new(engine);
        (Self::new(engine).with_store(&own), own)
    }

    /// Adds a user with the password [`PASSWORD`].
    fn user(&self, name: &str) -> UserId {
        self.user_with(name, &[])
    }

    fn user_with(&self, name: &str, names: &[&str]) -> UserId {
        let id = id(name);
        let (state, roles) = (UserState::Active, roles(names));
        let user = User {
            name: id.name.clone(),
            state,
            roles,
            created_at: NOW,
            password_set_at: Some(NOW),
            must_change_password: false,
            second_factor_at: None,
        };
        let act = self.act();
        let store = act.stores().find(&id.store).unwrap();
        let insert = |main: &postern_storage::Transaction<'_>| {
            store.write(main, |tables| Ok(tables.insert_user(&user, Some(HASH.as_str()))?))
        };
        assert!(self.instance.storage.write(insert).unwrap());
        id
    }

    /// Generates keys of a client that may use every grant type.
    fn user_keys(&self) -> GeneratedKeys {
        self.keys_with(|_| ())
    }

    fn keys_with(&self, change: impl FnOnce(&mut GenerateRequest)) -> GeneratedKeys {
        let redirect_uris: Vec<RedirectUri> = vec![CALLBACK.parse().unwrap()];
        let mut request = GenerateRequest { grant_types: GrantType::ALL.to_vec(), redirect_uris, ..self.request() };
        change(&mut request);
        generate(&self.act(), &request).unwrap()
    }

    /// The same keys for another application.
    fn keys_of_other_application(&self) -> GeneratedKeys {
        let other = create_application(&self.act(), "Other".parse().unwrap()).unwrap().id;
        self.keys_with(|request| request.application = other)
    }

    fn authorization_client(&self, keys: &GeneratedKeys) -> AuthorizationClient {
        find_authorization_client(&self.act(), keys.consumer_key.as_str(), Some(CALLBACK)).unwrap()
    }

    /// An authorization code, as after the user's consent.
    fn code(&self, keys: &GeneratedKeys, user: &UserId, scope: Option<&str>, now: UnixSeconds) -> Result<PlainSecret, Error> {
        allow_authorization(&self.at(now), &self.authorization_client(keys), user, scope, &challenge())
    }

    fn code_grant(keys: &GeneratedKeys, code: &PlainSecret) -> CodeGrant {
        CodeGrant {
            client: super::fixture::proof_of(keys),
            code: code.clone(),
            redirect_uri: CALLBACK.to_owned(),
            verifier: secret(VERIFIER),
            validity: None,
        }
    }

    fn exchange(&self, keys: &GeneratedKeys, code: &PlainSecret, now: UnixSeconds) -> Result<MintedUserToken, Error> {
        exchange_code(&self.at(now), &Self::code_grant(keys, code))
    }

    /// Authorizes the client for all scopes, and exchanges the code for tokens.
    fn authorize(&self, keys: &GeneratedKeys, user: &UserId) -> MintedUserToken {
        self.authorize_at(keys, user, None, NOW)
    }

    fn authorize_at(&self, keys: &GeneratedKeys, user: &UserId, scope: Option<&str>, now: UnixSeconds) -> MintedUserToken {
        let code = self.code(keys, user, scope, now).unwrap();
        self.exchange(keys, &code, now).unwrap()
    }

    fn refresh_grant(keys: &GeneratedKeys, token: &MintedUserToken) -> RefreshGrant {
        let refresh_token = token.refresh_token.clone().unwrap();
        RefreshGrant { client: super::fixture::proof_of(keys), refresh_token, scope: None, validity: None }
    }

    fn refresh(&self, keys: &GeneratedKeys, token: &MintedUserToken, now: UnixSeconds) -> Result<MintedUserToken, Error> {
        refresh(&self.at(now), &Self::refresh_grant(keys, token))
    }

    /// The number of tokens that are revoked when a client revokes `token`.
    fn revoked_by(&self, client: &ClientProof, token: &PlainSecret) -> usize {
        let own = recognise_token(&self.act(), client, token).unwrap();
        own.map_or(0, |own| revoke_own_token(&self.act(), client, &own).unwrap().count)
    }

    /// The record of a user token, in any store.
    fn record_of_user_token(&self, token: &MintedUserToken) -> UserToken {
        let act = self.act();
        let find = |main: &postern_storage::Transaction<'_>| {
            act.stores().find_in_any(main, |tables| Ok(tables.user_token(&token.token.id)?))
        };
        self.instance.storage.read(find).unwrap().unwrap().1
    }

    /// The status of a user token as an edge sees it, even if its signing key is retired.
    fn status_bit(&self, token: &MintedUserToken) -> Status {
        let status = self.record_of_user_token(token).record.status.unwrap();
        let uri = status.list.uri(&load_settings(&self.act()).unwrap().issuer);
        let bundle = self.bundle();
        let list = bundle.issuers[0].status_lists.iter().find(|list| list.uri == uri).unwrap();
        list.list.as_ref().unwrap().list.status(status.index.into()).unwrap()
    }

    /// Whether a user token is active. Its record and its status bit must agree.
    fn is_live(&self, token: &MintedUserToken) -> bool {
        let (state, bit) = (self.record_of_user_token(token).record.state, self.status_bit(token));
        assert_eq!(state == TokenState::Active, bit == Status::Valid, "the record says {state:?}, the status bit {bit:?}");
        bit == Status::Valid
    }

    fn session(&self, user: &UserId, now: UnixSeconds) -> PlainSecret {
        sign_in(&self.at(now), &user.to_string(), &secret(PASSWORD), None).unwrap().secret
    }

    fn signed_in(&self, session: &PlainSecret, now: UnixSeconds) -> bool {
        match find_session(&self.at(now), session) {
            Ok(_) => true,
            Err(Error::User(UserError::NoSession)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    fn lock(&self, user: &UserId) {
        set_user_state(&self.act(), user, UserState::Locked, |_| true).unwrap();
    }

    fn unlock(&self, user: &UserId) {
        set_user_state(&self.act(), user, UserState::Active, |_| true).unwrap();
    }

    fn count(&self, action: &str) -> usize {
        self.audit().iter().filter(|entry| entry.action == action).count()
    }
}
