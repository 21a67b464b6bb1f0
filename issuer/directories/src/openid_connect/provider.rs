//! What a provider publishes: its metadata and its signing keys. Both are fetched when they are needed, and cached.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use url::Url;

use super::error::{Endpoint, ProviderError};
use super::id_token::Keys;
use super::requests::{ClientAuthentication, Deadline, Requests};
use super::settings::ProviderUrl;

/// How long metadata and keys are used before they are fetched again.
const FRESH: Duration = Duration::from_hours(1);

/// The shortest time between two fetches of the keys because of an unknown key: anyone could send tokens with such keys.
const UNKNOWN_KEY_PAUSE: Duration = Duration::from_mins(1);

/// How long a failed fetch answers for others, so that a provider that hangs is not asked by each of those who wait.
const FAILURE_PAUSE: Duration = Duration::from_secs(3);

/// The metadata that a client needs (`OpenID` Connect Discovery 1.0, section 3), checked.
#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) user_info_endpoint: Option<Url>,
    keys: Url,
    /// Whether every authorization response names its issuer (RFC 9207 section 3).
    pub(super) names_issuer: bool,
    pub(super) authentication: ClientAuthentication,
}

/// The metadata as the provider sends it.
#[derive(Deserialize)]
struct MetadataDocument {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
}

impl Metadata {
    fn read(json: &[u8], issuer: &ProviderUrl) -> Result<Self, ProviderError> {
        let document: MetadataDocument =
            serde_json::from_slice(json).map_err(|_| ProviderError::Malformed(Endpoint::Metadata))?;
        // Section 4.3: otherwise one provider could speak for another.
        if document.issuer != issuer.as_str() {
            return Err(ProviderError::Metadata(
                "name another `issuer` than the configuration: write it in the configuration exactly as the provider does",
            ));
        }
        let endpoint = |text: &str| {
            let refused = ProviderError::Metadata("name an endpoint that is not an `https://` URL");
            issuer.endpoint(text).ok_or(refused)
        };
        // Without the member it is `client_secret_basic` (section 3).
        let methods = document.token_endpoint_auth_methods_supported;
        let takes = |name: &str| methods.as_ref().is_some_and(|methods| methods.iter().any(|method| method == name));
        let authentication = if methods.is_none() || takes("client_secret_basic") {
            ClientAuthentication::Basic
        } else if takes("client_secret_post") {
            ClientAuthentication::Post
        } else {
            return Err(ProviderError::Metadata("offer neither `client_secret_basic` nor `client_secret_post`"));
        };
        if document.code_challenge_methods_supported.is_some_and(|methods| !methods.iter().any(|method| method == "S256")) {
            return Err(ProviderError::Metadata("offer PKCE without `S256`"));
        }
        Ok(Self {
            authorization_endpoint: endpoint(&document.authorization_endpoint)?,
            token_endpoint: endpoint(&document.token_endpoint)?,
            user_info_endpoint: document.userinfo_endpoint.as_deref().map(endpoint).transpose()?,
            keys: endpoint(&document.jwks_uri)?,
            names_issuer: document.authorization_response_iss_parameter_supported,
            authentication,
        })
    }
}

/// The cached documents of a provider.
#[derive(Debug, Default)]
pub(super) struct Provider(Mutex<Cache>);

#[derive(Debug, Default)]
struct Cache {
    metadata: Option<Fetched<Metadata>>,
    keys: Option<Fetched<Keys>>,
    /// When the keys were last fetched because of an unknown key.
    unknown_key_at: Option<Instant>,
    failed: Option<(Instant, ProviderError)>,
}

#[derive(Debug)]
struct Fetched<T> {
    document: Arc<T>,
    at: Instant,
}

impl<T> Fetched<T> {
    fn new(document: T) -> (Arc<T>, Self) {
        let document = Arc::new(document);
        (Arc::clone(&document), Self { document, at: Instant::now() })
    }

    fn fresh(found: Option<&Self>) -> Option<Arc<T>> {
        found.filter(|found| found.at.elapsed() < FRESH).map(|found| Arc::clone(&found.document))
    }
}

impl Provider {
    /// The provider's metadata.
    pub(super) fn metadata(
        &self,
        requests: &Requests,
        issuer: &ProviderUrl,
        deadline: Deadline,
    ) -> Result<Arc<Metadata>, ProviderError> {
        // The lock is held while fetching: the others who need the document wait for it.
        let mut cache = self.cache();
        if let Some(metadata) = Fetched::fresh(cache.metadata.as_ref()) {
            return Ok(metadata);
        }
        let fetched = cache.fetch(|| {
            let json = requests.fetch(Endpoint::Metadata, &issuer.metadata(), deadline)?;
            Metadata::read(&json, issuer)
        })?;
        let (metadata, fetched) = Fetched::new(fetched);
        cache.metadata = Some(fetched);
        Ok(metadata)
    }

    /// The provider's signing keys; other ones than `unknown_in`, if a key is not among those and the keys may be fetched again.
    pub(super) fn keys(
        &self,
        requests: &Requests,
        metadata: &Metadata,
        unknown_in: Option<&Arc<Keys>>,
        deadline: Deadline,
    ) -> Result<Arc<Keys>, ProviderError> {
        let mut cache = self.cache();
        if let Some(keys) = Fetched::fresh(cache.keys.as_ref()) {
            let is_known = unknown_in.is_none_or(|unknown_in| !Arc::ptr_eq(unknown_in, &keys));
            if is_known || cache.unknown_key_at.is_some_and(|at| at.elapsed() < UNKNOWN_KEY_PAUSE) {
                return Ok(keys);
            }
            cache.unknown_key_at = Some(Instant::now());
        }
        let fetched = cache.fetch(|| {
            let json = requests.fetch(Endpoint::Keys, metadata.keys.as_str(), deadline)?;
            Keys::read(&json).ok_or(ProviderError::Malformed(Endpoint::Keys))
        })?;
        let (keys, fetched) = Fetched::new(fetched);
        cache.keys = Some(fetched);
        Ok(keys)
    }

    /// Locks the cache. A poisoned lock is still consistent, because each document is replaced at once.
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache {
    fn fetch<T>(&mut self, fetch: impl FnOnce() -> Result<T, ProviderError>) -> Result<T, ProviderError> {
        if let Some((at, error)) = &self.failed
            && at.elapsed() < FAILURE_PAUSE
        {
            return Err(error.clone());
        }
        let result = fetch();
        self.failed = result.as_ref().err().map(|error| (Instant::now(), error.clone()));
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(change: impl FnOnce(&mut serde_json::Value)) -> Result<Metadata, ProviderError> {
        let mut document = serde_json::json!({
            "issuer": "https://login.example", "authorization_endpoint": "https://login.example/authorize",
            "token_endpoint": "https://login.example/token", "jwks_uri": "https://login.example/keys", "more": [1.5, null],
        });
        change(&mut document);
        Metadata::read(document.to_string().as_bytes(), &"https://login.example".parse().unwrap())
    }

    #[test]
    fn metadata_need_only_the_members_that_are_used() {
        let metadata = read(|_| {}).unwrap();
        assert_eq!((metadata.names_issuer, metadata.authentication), (false, ClientAuthentication::Basic));
        assert!(metadata.user_info_endpoint.is_none());
        let posts = read(|json| json["token_endpoint_auth_methods_supported"] = ["private_key_jwt", "client_secret_post"].into());
        assert_eq!(posts.unwrap().authentication, ClientAuthentication::Post);
    }

    #[test]
    fn metadata_that_cannot_be_trusted_are_refused() {
        let cases: [(&str, serde_json::Value); 8] = [
            ("issuer", "https://login.example/".into()),
            ("issuer", serde_json::Value::Null),
            ("token_endpoint", "http://login.example/token".into()),
            ("jwks_uri", "http://127.0.0.1/keys".into()),
            ("authorization_endpoint", "javascript:alert(1)".into()),
            ("userinfo_endpoint", "/userinfo".into()),
            ("token_endpoint_auth_methods_supported", ["private_key_jwt"].as_slice().into()),
            ("code_challenge_methods_supported", ["plain"].as_slice().into()),
        ];
        for (member, value) in cases {
            assert!(read(|json| json[member] = value.clone()).is_err(), "{member}: {value}");
        }
    }
}
