//! An issuer for one test, on `SQLite` or `PostgreSQL`.

use std::sync::Arc;

use postern_token::bundle::{ApiDocument, Bundle, Problems};
use postern_token::{Algorithm, ApiReference, Claims, KeyType, Kid, Scopes, UnixSeconds, UnverifiedToken};
use tempfile::TempDir;

use super::super::*;
use super::NOW;
use postern_model::{
    Actor, ApiRecord, ApiText, ApplicationId, AuditEntry, KeyState, MemberName, Obtained, Policies, Restrictions, Role, Settings,
    SigningKeyRecord, TokenRecord, TokenState, Validities, Validity,
};
use postern_secrets::testing::{FixedClock, SeededEntropy};
use postern_secrets::{MasterKey, PlainSecret};
use postern_storage::{AuditFilter, Location, Storage};

/// The kind of database that a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// A database for one test.
pub(super) enum TestDatabase {
    File(TempDir),
    Server(String),
}

impl TestDatabase {
    pub(super) fn new(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::File(tempfile::tempdir().unwrap()),
            Engine::Postgres => Self::Server(postern_test_postgres::shared().create_database()),
        }
    }

    pub(super) fn location(&self) -> Location {
        match self {
            Self::File(directory) => Location::File(directory.path().join("postern.db")),
            Self::Server(url) => Location::parse(url).unwrap(),
        }
    }

    /// Runs SQL on the database directly. Returns a line for each row of the last statement, with `|` between the columns.
    pub(super) fn query(&self, sql: &str) -> Result<String, String> {
        match self {
            Self::File(directory) => {
                let connection = rusqlite::Connection::open(directory.path().join("postern.db")).unwrap();
                query(&connection, sql).map_err(|error| error.to_string())
            }
            Self::Server(url) => postern_test_postgres::query(url, sql),
        }
    }
}

fn query(connection: &rusqlite::Connection, sql: &str) -> rusqlite::Result<String> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let cell = |row: &rusqlite::Row<'_>, at| {
        Ok(match row.get(at)? {
            rusqlite::types::Value::Null => String::new(),
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => format!("{other:?}"),
        })
    };
    let rows = statement.query_map([], |row| (0..columns).map(|at| cell(row, at)).collect::<rusqlite::Result<Vec<_>>>())?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.iter().map(|row| row.join("|")).collect::<Vec<_>>().join("\n"))
}

/// An initialised issuer with one application.
pub(super) struct Fixture {
    pub(super) database: TestDatabase,
    pub(super) instance: Instance,
    pub(super) master_key: MasterKey,
    pub(super) application: ApplicationId,
}

impl Fixture {
    pub(super) fn new(engine: Engine) -> Self {
        Self::signing_with(engine, Algorithm::Hs256)
    }

    pub(super) fn signing_with(engine: Engine, algorithm: Algorithm) -> Self {
        let database = TestDatabase::new(engine);
        let storage = Storage::create(&database.location()).unwrap();
        let entropy = SeededEntropy::new(7);
        let master_key = MasterKey::generate(&entropy).unwrap();
        let instance = Instance::for_command(storage, keyring(&master_key), Box::new(FixedClock(NOW)), Box::new(entropy));
        let instance = instance.with_user_stores(user_stores()).unwrap();
        let act = instance.act(Actor::Operator);
        initialise(&act, &settings(), algorithm).unwrap();
        let application = create_application(&act, "App".parse().unwrap()).unwrap().id;
        Self { database, instance, master_key, application }
    }

    /// A fixture whose environments share a signing key, as in an older database.
    pub(super) fn with_one_key(engine: Engine) -> Self {
        let fixture = Self::new(engine);
        fixture.execute("DELETE FROM signing_keys WHERE kid = (SELECT kid FROM signers WHERE key_type = 'sandbox')");
        fixture.execute("UPDATE signers SET kid = (SELECT kid FROM signing_keys)");
        fixture
    }

    /// Runs a statement on the database directly.
    pub(super) fn execute(&self, sql: &str) {
        self.database.query(sql).unwrap();
    }

    /// Another process on the same database, with `master_key`.
    pub(super) fn another(&self, master_key: &MasterKey, seed: u8) -> Instance {
        self.another_with(master_key, seed, user_stores())
    }

    /// The same with these user stores.
    pub(super) fn another_with(&self, master_key: &MasterKey, seed: u8, stores: UserStores) -> Instance {
        let storage = Storage::open(&self.database.location()).unwrap();
        let (clock, entropy) = (Box::new(FixedClock(NOW)), Box::new(SeededEntropy::new(seed)));
        Instance::for_server(storage, keyring(master_key), clock, entropy).with_user_stores(stores).unwrap()
    }

    /// The operator acts at [`NOW`].
    pub(super) fn act(&self) -> Act<'_> {
        self.instance.act(Actor::Operator)
    }

    pub(super) fn at(&self, now: UnixSeconds) -> Act<'_> {
        self.act().at(now)
    }

    /// Adds a member, which acts at [`NOW`].
    pub(super) fn member(&self, name: &str, role: Role) -> Act<'_> {
        let name: MemberName = name.parse().unwrap();
        let member = postern_model::Member { name: name.clone(), role, account: None, from_groups: false, created_at: NOW };
        self.instance.storage().write(|transaction| transaction.insert_member(&member)).unwrap();
        self.instance.act(Actor::Member(name, role))
    }

    pub(super) fn set_policies(&self, change: PolicyChange) {
        change_settings(&self.act(), &policies(change), |_| true).unwrap();
    }

    /// Allows tokens that never expire, which an issuer does not by default.
    pub(super) fn allow_forever(&self) {
        self.set_policies(PolicyChange {
            forever_allowed: Some(true),
            max_application_validity: Some(None),
            max_user_validity: Some(None),
            ..PolicyChange::default()
        });
    }

    /// Changes the validities of new applications.
    pub(super) fn set_defaults(&self, application: Option<Validity>, user: Option<Validity>) -> Result<Settings, Error> {
        change_settings(&self.act(), &defaults(application, user), |_| true)
    }

    /// Makes every grant mint a new token.
    pub(super) fn never_find_current_token(&self) {
        self.set_policies(PolicyChange { renew_below_percent: Some(100), ..PolicyChange::default() });
    }

    pub(super) fn request(&self) -> GenerateRequest {
        let scopes = Some(Scopes::parse("orders menu").unwrap());
        let restrictions = Restrictions { scopes, ..Restrictions::default() };
        GenerateRequest { restrictions, ..GenerateRequest::new(self.application.clone(), KeyType::Production) }
    }

    pub(super) fn generate(&self) -> GeneratedKeys {
        generate(&self.act(), &self.request()).unwrap()
    }

    pub(super) fn regenerate_request(&self) -> RegenerateRequest {
        RegenerateRequest::new(self.application.clone(), KeyType::Production)
    }

    pub(super) fn regenerate(&self, now: UnixSeconds) -> Result<RegeneratedToken, Error> {
        regenerate(&self.at(now), &self.regenerate_request())
    }

    pub(super) fn grant(&self, keys: &GeneratedKeys, scope: Option<&str>, now: UnixSeconds) -> Result<MintedToken, Error> {
        grant(&self.at(now), keys, scope)
    }

    pub(super) fn add_api(&self, name: &str) -> ApiReference<'static> {
        let document = format!(r#"{{"name":"{name}","version":"1","context":"/{name}"}}"#);
        add_api(&self.act(), &api(&document)).unwrap();
        ApiReference::parse(format!("{name}/1")).unwrap()
    }

    /// Subscribes the application to a new API.
    pub(super) fn subscribe(&self, name: &str) -> ApiReference<'static> {
        let api = self.add_api(name);
        subscribe(&self.act(), &self.application, &api, &"gold".parse().unwrap()).unwrap();
        api
    }

    pub(super) fn tokens(&self) -> Vec<TokenRecord> {
        list_tokens(&self.act(), &self.application, None, 100_000).unwrap()
    }

    pub(super) fn states(&self) -> Vec<(Obtained, TokenState)> {
        self.tokens().iter().map(|token| (token.obtained, token.state)).collect()
    }

    pub(super) fn state(&self, token: &MintedToken) -> TokenState {
        self.tokens().iter().find(|record| record.id == token.id).unwrap().state
    }

    pub(super) fn bundle(&self) -> Bundle {
        let document = compose_bundle(&self.act(), None).unwrap();
        Bundle::from_json(&serde_json::to_vec(&document).unwrap()).unwrap()
    }

    /// Verifies a token as an edge does, and passes its claims to `check`.
    pub(super) fn claims<T>(&self, token: &MintedToken, check: impl FnOnce(&Claims<'_>) -> T) -> T {
        let bundle = self.bundle();
        let unverified = UnverifiedToken::parse(token.access_token.expose().as_bytes()).unwrap();
        let key = bundle.issuers[0].keys.find(unverified.kid().unwrap()).unwrap();
        check(&unverified.verify(key, &postern_token::SoftwareVerifier).unwrap().claims().unwrap())
    }

    pub(super) fn revision(&self) -> u64 {
        current_revision(&self.act()).unwrap()
    }

    pub(super) fn create_key(&self, algorithm: Algorithm) -> Kid<'static> {
        new_signing_key(&self.act(), algorithm).unwrap().kid
    }

    /// The key that signs for production.
    pub(super) fn signing(&self) -> Kid<'static> {
        let keys = list_signing_keys(&self.act()).unwrap();
        keys.into_iter().find(|details| details.key.state == KeyState::Signing).unwrap().key.kid
    }

    /// The audit log, oldest entry first.
    pub(super) fn audit(&self) -> Vec<AuditEntry> {
        let read = |transaction: &postern_storage::Transaction<'_>| transaction.audit(&AuditFilter::default(), 100_000);
        let mut entries = self.instance.storage().read(read).unwrap();
        entries.reverse();
        entries
    }
}

pub(super) fn settings() -> Settings {
    Settings {
        issuer: "https://issuer.example".parse().unwrap(),
        audience: "https://api.example".parse().unwrap(),
        default_validities: Validities::default(),
        policies: Policies::default(),
    }
}

pub(super) fn keyring(master_key: &MasterKey) -> Keyring {
    Keyring::new(MasterKey::parse(&master_key.encode()).unwrap())
}

pub(super) fn api(json: &str) -> ApiRecord {
    ApiRecord {
        document: Problems::read::<ApiDocument>(json.as_bytes()).unwrap(),
        approval: false,
        tiers: None,
        text: ApiText::default(),
    }
}

/// Two stores in the main database.
fn user_stores() -> UserStores {
    let store = |name: &str| UserStore::in_main_database(name.parse().unwrap(), Directory::Local);
    UserStores::new(vec![store("local"), store("partners")])
}

pub(super) fn client(keys: &GeneratedKeys) -> ClientCredentials {
    ClientCredentials { id: keys.consumer_key.as_str().to_owned(), secret: keys.consumer_secret.clone().unwrap() }
}

/// The client of a key set; a public one has no secret.
pub(super) fn proof_of(keys: &GeneratedKeys) -> ClientProof {
    ClientProof { id: keys.consumer_key.as_str().to_owned(), secret: keys.consumer_secret.clone() }
}

pub(super) fn proof(client: ClientCredentials) -> ClientProof {
    ClientProof { id: client.id, secret: Some(client.secret) }
}

pub(super) fn presented(token: &MintedToken) -> PlainSecret {
    PlainSecret::presented(token.access_token.expose().to_owned())
}

/// The introspection of a token that a client presents.
pub(super) fn introspect(act: &Act<'_>, client: &ClientCredentials, token: &PlainSecret) -> Result<Option<Introspection>, Error> {
    let client = ClientCredentials { id: client.id.clone(), secret: client.secret.clone() };
    let presented = PresentedToken::new(act, Arc::new(proof(client)), token.clone());
    let request = Presentation { act: act.clone(), presented: &presented };
    let alone = introspect_alone(&request);
    match introspect_tokens(std::slice::from_ref(&request)).remove(0)? {
        Shared::Answer(answer) => {
            assert_eq!(answer.is_some(), alone?.is_some(), "both ways have the same result");
            Ok(answer)
        }
        Shared::Alone => alone,
    }
}

/// The client's own valid token that it presents.
pub(super) fn recognise_token(act: &Act<'_>, client: &ClientProof, token: &PlainSecret) -> Result<Option<OwnToken>, Error> {
    let presented = PresentedToken::new(act, Arc::new(client.clone()), token.clone());
    let request = Presentation { act: act.clone(), presented: &presented };
    let alone = recognise_alone(&request);
    match recognise_tokens(std::slice::from_ref(&request)).remove(0)? {
        Shared::Answer(answer) => {
            assert_eq!(answer.is_some(), alone?.is_some(), "both ways have the same result");
            Ok(answer)
        }
        Shared::Alone => alone,
    }
}

/// Revokes a client's own token.
pub(super) fn revoke_own_token(act: &Act<'_>, client: &ClientProof, token: &OwnToken) -> Result<RevokedTokens, Error> {
    match token {
        OwnToken::Application(token) => {
            let revoked = revoke_own_tokens(&[Revocation { act: act.clone(), client, token }]).remove(0);
            revoked.map(Option::unwrap_or_default)
        }
        OwnToken::OfUser(token) => revoke_own_user_token(act, client, token),
    }
}

pub(super) fn grant(act: &Act<'_>, keys: &GeneratedKeys, scope: Option<&str>) -> Result<MintedToken, Error> {
    let grant = ClientGrant { client: client(keys), scope: scope.map(str::to_owned), validity: None };
    find_or_mint(act, &grant)
}

/// Creates a signing key in the database.
pub(super) fn new_signing_key(act: &Act<'_>, algorithm: Algorithm) -> Result<SigningKeyRecord, Error> {
    create_signing_key(act, &make_signing_key(act, algorithm)?, None)
}

/// The current token for a request; `None` when a new one has to be minted.
pub(super) fn find_current_token(act: &Act<'_>, grant: &ClientGrant) -> Result<Option<MintedToken>, Error> {
    let request = ClientRequest { act: act.clone(), grant, found: None };
    match find_current_tokens(&[request]).remove(0)? {
        CurrentToken::Found(token) => token.sign().map(Some),
        CurrentToken::Missing(_) => Ok(None),
    }
}

/// Mints a token for a client itself.
pub(super) fn mint_for_client(act: &Act<'_>, grant: &ClientGrant) -> Result<MintedToken, Error> {
    let request = ClientRequest { act: act.clone(), grant, found: None };
    mint_for_clients(&[request]).remove(0)?.token.sign()
}

/// The answer of a client credentials grant: the current token, or a new one.
pub(super) fn find_or_mint(act: &Act<'_>, grant: &ClientGrant) -> Result<MintedToken, Error> {
    match find_current_token(act, grant)? {
        Some(token) => Ok(token),
        None => mint_for_client(act, grant),
    }
}

pub(super) fn policies(change: PolicyChange) -> SettingsChange {
    SettingsChange { policies: change, ..SettingsChange::default() }
}

pub(super) fn defaults(application: Option<Validity>, user: Option<Validity>) -> SettingsChange {
    SettingsChange { application_validity: application, user_validity: user, ..SettingsChange::default() }
}
