//! Makes tokens, good ones and every bad one that a vector describes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::Sha256;

/// A token as it differs from a good one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSpec {
    /// Header parameters to set; `null` removes one.
    #[serde(default)]
    pub header: Map<String, Value>,
    /// The header as text, instead of the good one.
    pub header_text: Option<String>,
    /// Claims to set; `{"remove":true}` removes one, `{"now":N}` is the time of the test plus N seconds.
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// The payload as text, instead of the good one. `{claims}` in it is the good one without its braces.
    pub payload_text: Option<String>,
    /// The name of the key that signs, `k1` unless given; see [`Forge::secret`].
    pub key: Option<String>,
    /// What is done to the signature: `flip` changes a byte, `empty` removes it, `truncate` cuts it in half.
    pub signature: Option<String>,
    /// The compact form, with `{h}`, `{p}` and `{s}` for the encoded parts; `{h}.{p}.{s}` unless given.
    pub form: Option<String>,
}

/// Makes tokens for one moment.
#[derive(Debug, Clone, Copy)]
pub struct Forge {
    now: u64,
}

impl Forge {
    /// A forge whose good tokens are good at `now`, in seconds since the epoch.
    pub const fn new(now: u64) -> Self {
        Self { now }
    }

    /// The secret of a key: `k1` and `k2` stand in the bundle, any other name does not; `empty` is no key at all.
    pub fn secret(key: &str) -> Vec<u8> {
        match key {
            "empty" => Vec::new(),
            name => format!("postern test vector secret for {name:>8}").into_bytes(),
        }
    }

    /// The claims of a good token: an application token for the pizza API at the gold tier.
    pub fn claims(self) -> Map<String, Value> {
        let claims = json!({
            "iss": "https://issuer.example",
            "aud": "https://api.example",
            "exp": self.now + 3600,
            "iat": self.now,
            "jti": "t-1",
            "client_id": "consumer-key-1",
            "sub": "consumer-key-1",
            "kind": "application",
            "key_type": "production",
            "app": "app-1",
            "apis": {"pizza/1.0.0": "gold"},
            "scope": "orders menu:write",
        });
        match claims {
            Value::Object(claims) => claims,
            _ => Map::new(),
        }
    }

    /// The token that `spec` describes.
    pub fn token(self, spec: &TokenSpec) -> String {
        let key = spec.key.as_deref().unwrap_or("k1");
        let header = spec.header_text.clone().unwrap_or_else(|| {
            let mut header = Map::new();
            for (name, value) in [("alg", "HS256"), ("typ", "at+jwt"), ("kid", key)] {
                header.insert(name.into(), value.into());
            }
            for (name, value) in &spec.header {
                set(&mut header, name, value.clone());
            }
            Value::Object(header).to_string()
        });
        let mut claims = self.claims();
        for (name, value) in &spec.claims {
            set(&mut claims, name, self.resolve(value));
        }
        let claims = Value::Object(claims).to_string();
        let inner = claims.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
        let payload = spec.payload_text.as_ref().map_or_else(|| claims.clone(), |text| text.replace("{claims}", inner));
        let (header, payload) = (URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(crate::bytes(&payload)));
        let signature = Self::sign(key, &format!("{header}.{payload}"), spec.signature.as_deref());
        let form = spec.form.as_deref().unwrap_or("{h}.{p}.{s}");
        form.replace("{h}", &header).replace("{p}", &payload).replace("{s}", &signature)
    }

    fn sign(key: &str, message: &str, change: Option<&str>) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(&Self::secret(key)).expect("HMAC takes any key");
        let mut signature = mac.chain_update(message).finalize().into_bytes().to_vec();
        match change {
            Some("flip") => signature.iter_mut().take(1).for_each(|byte| *byte ^= 1),
            Some("empty") => signature.clear(),
            Some("truncate") => signature.truncate(16),
            _ => {}
        }
        URL_SAFE_NO_PAD.encode(signature)
    }

    fn resolve(self, value: &Value) -> Value {
        match value.get("now").and_then(Value::as_i64) {
            Some(offset) => self.now.saturating_add_signed(offset).into(),
            None => value.clone(),
        }
    }
}

fn set(map: &mut Map<String, Value>, name: &str, value: Value) {
    if value.get("remove").is_some() {
        map.remove(name);
    } else {
        map.insert(name.into(), value);
    }
}
