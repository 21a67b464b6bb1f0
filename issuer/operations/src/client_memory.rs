//! What a process remembers of clients, so that it need not read it for each request.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client_scopes::ClientScopes;
use crate::error::TokenError;
use postern_model::{Application, ConsumerKey, ConsumerSecret, KeySet, Settings, TokenRecord};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::{CatalogueRevision, TokenNumber};
use postern_token::{Kid, Subscriptions, UnixSeconds};

/// How many of each are remembered, clients in about one kilobyte, records in less. When there are more, all are forgotten.
const MAX_REMEMBERED: usize = 4_096;

/// What a grant of tokens to a client depends on, except the request, the time, the user and the tokens on record.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) key_set: KeySet,
    pub(crate) application: Application,
    /// The scopes that its tokens may hold.
    pub(crate) scopes: ClientScopes,
    /// The active subscriptions of its application.
    pub(crate) apis: Subscriptions<'static>,
    pub(crate) settings: Settings,
    /// The key that signs for its environment.
    pub(crate) signer: Kid<'static>,
    /// Its secrets, also those that have expired.
    pub(crate) secrets: Vec<ConsumerSecret>,
    /// Whether its last request for a token of its own got a new one here, and not the current one again.
    pub(crate) got_new_token: AtomicBool,
}

impl Client {
    /// Whether the secret is one of the client's; without a secret, whether the client is a public one.
    pub(crate) fn is_authentic(&self, secret: Option<&PlainSecret>, now: UnixSeconds) -> bool {
        match secret {
            Some(secret) => is_secret_of(&self.secrets, secret, now),
            None => self.key_set.for_users.public,
        }
    }
}

/// Whether a secret is one of these that is live now. There are as many comparisons as a client may have secrets, whichever matches.
pub(crate) fn is_secret_of(secrets: &[ConsumerSecret], secret: &PlainSecret, now: UnixSeconds) -> bool {
    let mut live = secrets.iter().filter(|known| known.is_live(now)).map(|known| &known.hash);
    let matches = |hash: Option<&HashedSecret>| hash.unwrap_or(&HashedSecret::DUMMY).matches(secret) && hash.is_some();
    let (first, second) = (matches(live.next()), matches(live.next()));
    first | second
}

/// How many more tokens a client may obtain before its tokens must be counted again; none if it was refused.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    /// When the client's tokens were counted, and the number of changes of the bundle then: tokens that are revoked change it.
    pub(crate) counted_at: (UnixSeconds, u64),
    /// The number of the last token of all clients, when the client's tokens were counted.
    pub(crate) last_token: u64,
    /// How many more tokens it could obtain then. Since then it has obtained at most as many as there are newer tokens of all clients.
    pub(crate) tokens: u64,
    /// Why it was refused.
    pub(crate) refusal: Option<TokenError>,
}

/// The memory.
#[derive(Default)]
pub(crate) struct ClientMemory {
    clients: Mutex<Clients>,
    rooms: Mutex<HashMap<ConsumerKey, Room>>,
}

/// The clients as they were at one revision of the catalogue.
#[derive(Default)]
struct Clients {
    /// `None` before the first.
    revision: Option<CatalogueRevision>,
    by_id: HashMap<String, Arc<Client>>,
    /// The records of current tokens.
    records: HashMap<TokenNumber, Arc<TokenRecord>>,
    /// Signing keys that are not retired.
    signing_keys: HashSet<Kid<'static>>,
}

impl ClientMemory {
    /// The client with this id at this revision, if it is remembered.
    pub(crate) fn client(&self, revision: CatalogueRevision, id: &str) -> Option<Arc<Client>> {
        lock(&self.clients).read_at(revision)?.by_id.get(id).map(Arc::clone)
    }

    /// Remembers a client as it was at a revision, and forgets earlier ones. Changes of the catalogue that are not committed must not be
    /// remembered: they may never be, and another change may get their revision.
    pub(crate) fn keep_client(&self, revision: CatalogueRevision, id: &str, client: &Arc<Client>) {
        if let Some(clients) = lock(&self.clients).at(revision) {
            make_place(&mut clients.by_id);
            clients.by_id.insert(id.to_owned(), Arc::clone(client));
        }
    }

    /// The client with this id and secret, or without a secret if it is a public one, as it was remembered last. It may have changed since.
    pub(crate) fn seen(&self, id: &str, secret: Option<&PlainSecret>, now: UnixSeconds) -> Option<Arc<Client>> {
        let client = lock(&self.clients).by_id.get(id).map(Arc::clone);
        client.filter(|client| client.is_authentic(secret, now))
    }

    /// Whether the signing key is remembered as one that is not retired at this revision.
    pub(crate) fn has_signing_key(&self, revision: CatalogueRevision, kid: &Kid<'_>) -> bool {
        lock(&self.clients).read_at(revision).is_some_and(|clients| clients.signing_keys.contains(kid))
    }

    /// Remembers a signing key that is not retired at this revision.
    pub(crate) fn keep_signing_key(&self, revision: CatalogueRevision, kid: &Kid<'static>) {
        if let Some(clients) = lock(&self.clients).at(revision) {
            clients.signing_keys.insert(kid.clone());
        }
    }

    /// The record of a token as it was at this revision, if it is remembered. Whether the token has ended since is not.
    pub(crate) fn record(&self, revision: CatalogueRevision, number: TokenNumber) -> Option<Arc<TokenRecord>> {
        lock(&self.clients).read_at(revision)?.records.get(&number).map(Arc::clone)
    }

    /// Remembers the record of a token. A record that is not committed must not be remembered: another one may get its number.
    pub(crate) fn keep_record(&self, revision: CatalogueRevision, number: TokenNumber, record: &Arc<TokenRecord>) {
        if let Some(clients) = lock(&self.clients).at(revision) {
            make_place(&mut clients.records);
            clients.records.insert(number, Arc::clone(record));
        }
    }

    /// The room of a client, if it is remembered.
    pub(crate) fn room(&self, client: &ConsumerKey) -> Option<Room> {
        lock(&self.rooms).get(client).cloned()
    }

    /// Remembers the room of a client.
    pub(crate) fn keep_room(&self, client: &ConsumerKey, room: Room) {
        let mut rooms = lock(&self.rooms);
        make_place(&mut rooms);
        rooms.insert(client.clone(), room);
    }
}

impl Clients {
    /// What was read at this revision; `None` if nothing was.
    fn read_at(&self, revision: CatalogueRevision) -> Option<&Self> {
        (self.revision == Some(revision)).then_some(self)
    }

    /// What was read at this revision; nothing yet, if it is a later one. `None` if it is an earlier one, which a transaction sees that
    /// began earlier.
    fn at(&mut self, revision: CatalogueRevision) -> Option<&mut Self> {
        if self.revision < Some(revision) {
            *self = Self { revision: Some(revision), ..Self::default() };
        }
        (self.revision == Some(revision)).then_some(self)
    }
}

fn make_place<K, V>(remembered: &mut HashMap<K, V>) {
    if remembered.len() >= MAX_REMEMBERED {
        remembered.clear();
    }
}

fn lock<T>(memory: &Mutex<T>) -> MutexGuard<'_, T> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}
