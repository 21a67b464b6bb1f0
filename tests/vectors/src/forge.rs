//! Makes valid tokens, and the invalid ones that vectors describe.

mod key;
mod number;
mod signature;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub use key::{KEY_PAIRS, KeyPair};

/// The differences of a token from a valid one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSpec {
    /// Header parameters to set; `null` removes one.
    #[serde(default)]
    pub header: Map<String, Value>,
    /// The header as text, instead of the valid one. Each character stands for a byte, see [`crate::bytes`].
    pub header_text: Option<String>,
    /// Claims to set; `{"remove":true}` removes one, `{"now":N}` is the time of the test plus N seconds.
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// The payload as text, instead of the valid one. `{claims}` in it stands for the valid payload without its braces. Each character
    /// stands for a byte, see [`crate::bytes`].
    pub payload_text: Option<String>,
    /// The `kid` of the signing key, `k1` unless given: that of a key pair, or of an HS256 key, see [`Forge::secret`].
    pub key: Option<String>,
    /// The algorithm that signs, and the header's `alg` unless `header` sets it; by default the key's own.
    pub algorithm: Option<String>,
    /// The secret that signs, as text, instead of the key's own.
    pub secret: Option<String>,
    /// The form in which the public half of the key is the secret that signs with HS256: `pem`, `pem without its last line
    /// break`, `base64`, `der`, `jwk`, `jwk set`, the name of a member of the JWK for its bytes, or with `"` in front for its text.
    pub public_as_secret: Option<String>,
    /// The part, `h`, `p` or `s`, in which a bit after the last byte is set, which must be 0 in base64url.
    pub stray_bit: Option<char>,
    /// Whether the parts are written with `+` and `/` (RFC 4648 section 4) instead of `-` and `_`.
    #[serde(default)]
    pub plus_and_slash: bool,
    /// The change of the signature. For any algorithm: `flip` changes its first byte, `flip_last` its last one, `empty` removes it,
    /// `truncate` cuts it in half, `shorter` takes a byte from it, `longer` adds one, `zero_in_front` adds one there, `zero` and
    /// `one` make it that number. With RS256 `modulus` makes it the key's and `plus_modulus` adds that, without what is too much
    /// for its length. With ES256 `swapped`, `r_zero`, `s_zero`, `order` (both numbers are the group's), `der` (another form),
    /// and `twin`, which is as good as the first. With `EdDSA` `swapped`, `s_plus_l`, and `r_neutral` and `r_of_order_8`, whose
    /// point is of small order.
    pub signature: Option<String>,
    /// The compact form, with `{h}`, `{p}` and `{s}` for the encoded parts; `{h}.{p}.{s}` unless given.
    pub form: Option<String>,
    /// The signed text, in the notation of `form`; by default the part before `.{s}` in `form`, so that the form is the only
    /// thing that is wrong.
    pub signed: Option<String>,
}

/// Makes tokens for one time.
#[derive(Debug, Clone, Copy)]
pub struct Forge {
    now: u64,
}

impl Forge {
    /// A forge whose tokens are valid at `now`, in Unix seconds, unless a spec changes that.
    pub const fn new(now: u64) -> Self {
        Self { now }
    }

    /// The secret of an HS256 key: `k1` and `k2` are in the bundle, no other name is; `empty` is the empty secret.
    pub fn secret(key: &str) -> Vec<u8> {
        match key {
            "empty" => Vec::new(),
            name => format!("postern test vector secret for {name:>8}").into_bytes(),
        }
    }

    /// The claims of a valid token: an application token for the pizza API at the gold tier.
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
        let pair = if spec.secret.is_some() { None } else { KeyPair::find(key) };
        let own = pair.filter(|_| spec.public_as_secret.is_none()).map_or("HS256", |pair| pair.algorithm);
        let algorithm = spec.algorithm.as_deref().unwrap_or(own);
        let header = spec.header_text.clone().unwrap_or_else(|| {
            let mut header = Map::new();
            for (name, value) in [("alg", algorithm), ("typ", "at+jwt"), ("kid", key)] {
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
        let encode = |part, bytes: &[u8]| {
            let text = if spec.plus_and_slash { STANDARD_NO_PAD.encode(bytes) } else { URL_SAFE_NO_PAD.encode(bytes) };
            if spec.stray_bit == Some(part) { with_stray_bit(&text) } else { text }
        };
        let (header, payload) = (encode('h', &crate::bytes(&header)), encode('p', &crate::bytes(&payload)));
        let fill = |form: &str| form.replace("{h}", &header).replace("{p}", &payload);
        let form = spec.form.as_deref().unwrap_or("{h}.{p}.{s}");
        let signed = spec.signed.as_deref().or_else(|| form.split_once(".{s}").map(|(before, _)| before));
        let message = crate::bytes(&fill(signed.unwrap_or("{h}.{p}")));
        let mut signature = match (pair, &spec.public_as_secret) {
            (Some(pair), Some(form)) => key::hmac(algorithm, &pair.public_as_secret(form), &message),
            (Some(pair), None) => key::sign(algorithm, pair, &message),
            (None, _) => {
                let secret = spec.secret.as_ref().map_or_else(|| Self::secret(key), |secret| crate::bytes(secret));
                key::hmac(algorithm, &secret, &message)
            }
        };
        if let Some(change) = &spec.signature {
            signature = signature::changed(signature, change, pair, &message);
        }
        fill(form).replace("{s}", &encode('s', &signature))
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

/// The same base64url with the lowest bit of its last character set, which decodes to the same bytes if it decodes at all.
fn with_stray_bit(text: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    assert!(!text.len().is_multiple_of(4), "a part of whole groups has no bit to spare");
    let mut characters: Vec<char> = text.chars().collect();
    let last = characters.pop().and_then(|last| ALPHABET.find(last)).expect("a character of base64url");
    characters.extend(ALPHABET.chars().nth(last | 1));
    characters.into_iter().collect()
}
