//! Reads the configuration from the stores of the service.

use fastly::{ConfigStore, KVStore, SecretStore};
use postern_fastly::with_edge_key;
use postern_gate::SerialEdge;
use postern_gate::sync::MaxAge;

use super::log;

/// The name of each store.
const STORE: &str = "postern";

/// The edge; `None` if the configuration is wrong. What is wrong goes to the log.
pub(super) fn start() -> Option<SerialEdge> {
    match read() {
        Ok(edge) => Some(edge),
        Err(reason) => {
            log(&reason);
            None
        }
    }
}

fn read() -> Result<SerialEdge, String> {
    let store = ConfigStore::try_open(STORE).ok();
    let item = |name: &str| store.as_ref().and_then(|store| store.try_get(name).ok().flatten());
    // An entry of a Config Store has at most 8,000 characters; a bundle is longer.
    let json = item("configuration").or_else(large_configuration);
    let configuration = with_edge_key(json.as_deref(), edge_key).map_err(|error| error.to_string())?;
    let max_age = match item("max_age_seconds") {
        None => MaxAge::default(),
        Some(seconds) => MaxAge::parse(&seconds)
            .ok_or("`max_age_seconds` in the Config Store `postern` must be a whole number of seconds from 1 to 60")?,
    };
    SerialEdge::from_json(configuration.as_bytes(), max_age).map_err(|error| error.to_string())
}

fn large_configuration() -> Option<String> {
    let store = KVStore::open(STORE).ok().flatten()?;
    let mut found = store.lookup("configuration").ok()?;
    Some(found.take_body().into_string())
}

fn edge_key() -> Option<String> {
    let secret = SecretStore::open(STORE).ok()?.try_get("edge_key").ok().flatten()?;
    String::from_utf8(secret.try_plaintext().ok()?.to_vec()).ok().map(|key| key.trim().to_owned())
}
