//! A small identity provider that can also misbehave, on a port of this machine.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{Browser, Home, ISSUER, Page};

pub(crate) const CLIENT_ID: &str = "postern";
pub(crate) const CLIENT_SECRET: &str = "a secret of the client";

/// The code of every authorization response. It must not appear in a log.
pub(crate) const CODE: &str = "a-code-of-the-provider";

/// The access token. It must not appear in a log.
pub(crate) const ACCESS_TOKEN: &str = "an-access-token-of-the-provider";

/// A provider. Its thread ends with the test's process.
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) key: SigningKey,
    behaviour: Arc<Mutex<Behaviour>>,
}

/// What the provider answers.
pub(crate) struct Behaviour {
    /// Members of the metadata besides the endpoints.
    pub(crate) metadata: Value,
    pub(crate) keys: Value,
    pub(crate) id_token: String,
    /// The user information; `null` for none.
    pub(crate) user_info: Value,
    /// The challenge of the sign-in, against which the verifier is checked.
    pub(crate) challenge: String,
    /// The codes that were redeemed.
    redeemed: BTreeSet<String>,
    /// Where the endpoint with this path redirects.
    pub(crate) redirect: Option<(&'static str, String)>,
    /// The endpoint with this path does not answer for so long.
    pub(crate) delay: Option<(&'static str, Duration)>,
    /// Bytes that the endpoint with this path adds to its answer.
    pub(crate) padding: Option<(&'static str, usize)>,
    /// The paths that were requested.
    pub(crate) requests: Vec<String>,
}

/// A key with which the provider signs.
pub(crate) struct SigningKey {
    pub(crate) private: EncodingKey,
    pub(crate) public: Value,
}

impl SigningKey {
    pub(crate) fn generate(kid: &str) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let point = rcgen::PublicKeyData::der_bytes(&pair);
        let [x, y] = [&point[1..33], &point[33..]].map(|half| URL_SAFE_NO_PAD.encode(half));
        let public = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig", "alg": "ES256" });
        Self { private: EncodingKey::from_ec_der(&pair.serialize_der()), public }
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let kid = self.public["kid"].as_str().map(str::to_owned);
        jsonwebtoken::encode(&Header { kid, ..Header::new(Algorithm::ES256) }, claims, &self.private).unwrap()
    }
}

/// A sign-in that a browser has begun.
pub(crate) struct Begun {
    pub(crate) state: String,
    pub(crate) nonce: String,
    /// The parameters of the authorization request.
    pub(crate) request: Vec<(String, String)>,
}

impl Begun {
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.request.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }
}

impl Provider {
    pub(crate) fn start() -> Self {
        Self::serve(None)
    }

    /// The same with TLS, and the provider's certificate in PEM, which is its own authority.
    pub(crate) fn start_with_tls() -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let tls = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into());
        (Self::serve(Some(Arc::new(tls.unwrap()))), made.cert.pem())
    }

    fn serve(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let issuer = format!("{scheme}://{}", listener.local_addr().unwrap());
        let key = SigningKey::generate("k1");
        let behaviour = Behaviour {
            metadata: json!({ "authorization_response_iss_parameter_supported": true }),
            keys: json!({ "keys": [key.public] }),
            id_token: String::new(),
            user_info: Value::Null,
            challenge: String::new(),
            redeemed: BTreeSet::new(),
            redirect: None,
            delay: None,
            padding: None,
            requests: Vec::new(),
        };
        let behaviour = Arc::new(Mutex::new(behaviour));
        let (shared, own) = (Arc::clone(&behaviour), issuer.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, issuer, tls) = (Arc::clone(&shared), own.clone(), tls.clone());
                std::thread::spawn(move || match tls {
                    None => answer(&stream, &issuer, &shared),
                    Some(tls) => answer(StreamOwned::new(ServerConnection::new(tls).unwrap(), stream), &issuer, &shared),
                });
            }
        });
        Self { issuer, key, behaviour }
    }

    /// Changes what the provider does.
    pub(crate) fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour.lock().unwrap());
    }

    /// How often a path was requested.
    pub(crate) fn requests(&self, path: &str) -> usize {
        self.behaviour.lock().unwrap().requests.iter().filter(|own| *own == path).count()
    }

    /// Writes the configuration of an issuer with the local store `local` and this provider's store `corp`.
    pub(crate) fn configure(&self, home: Home, more: &str) -> Home {
        home.write("client-secret", CLIENT_SECRET);
        home.configured(&format!(
            "[[user_store]]\nname = \"local\"\nkind = \"local\"\n\n[[user_store]]\nname = \"corp\"\nkind = \"openid_connect\"\n\
             issuer = \"{}\"\nclient_id = \"{CLIENT_ID}\"\nclient_secret_file = \"client-secret\"\ntitle = \"Corp & Co\"\n\
             timeout = \"2s\"\n{more}",
            self.issuer
        ))
    }

    /// The claims of an ID token for a person.
    pub(crate) fn claims(&self, begun: &Begun, subject: &str, name: &str, groups: &[&str]) -> Value {
        let now = postern_test_harness::clock::now();
        json!({
            "iss": self.issuer, "sub": subject, "aud": CLIENT_ID, "nonce": begun.nonce, "iat": now, "exp": now + 300,
            "preferred_username": name, "groups": groups,
        })
    }

    /// Sends a browser from the sign-in page to the provider.
    pub(crate) fn begin(&self, browser: &mut Browser<'_>, next: &str) -> Begun {
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let mut page = browser.get(&format!("/sign-in?next={next}"));
        if page.status() == 303 {
            // The user is signed in, and signs in again.
            page = browser.get(&format!("/sign-in?next={next}&again=true"));
        }
        let page = browser.submit_to(&page, "/sign-in/begin/corp", &[]);
        assert_eq!(page.status(), 200, "{}", page.html);
        let address = Url::parse(&page.leads_to()).unwrap();
        assert!(address.as_str().starts_with(&format!("{}/authorize?", self.issuer)), "{address}");
        let request: Vec<_> = address.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let mut begun = Begun { state: String::new(), nonce: String::new(), request };
        (begun.state, begun.nonce) = (begun.parameter("state").to_owned(), begun.parameter("nonce").to_owned());
        self.expect(&begun);
        begun
    }

    /// Makes the provider expect the code of this sign-in, which was not redeemed yet.
    pub(crate) fn expect(&self, begun: &Begun) {
        self.set(|provider| {
            provider.challenge = begun.parameter("code_challenge").to_owned();
            provider.redeemed.clear();
        });
    }

    /// Sends the browser back with a code, for which the provider gives this ID token.
    pub(crate) fn respond(&self, browser: &mut Browser<'_>, begun: &Begun, id_token: String) -> Page {
        self.set(|provider| provider.id_token = id_token);
        browser.get(&self.callback(&begun.state))
    }

    /// The path of an authorization response with a code.
    pub(crate) fn callback(&self, state: &str) -> String {
        let query = super::encoded(&[("code", CODE), ("state", state), ("iss", &self.issuer)]);
        format!("/sign-in/callback/corp?{query}")
    }

    /// Signs a person in, and returns the answer to the browser that comes back.
    pub(crate) fn sign_in(&self, browser: &mut Browser<'_>, subject: &str, name: &str, groups: &[&str]) -> Page {
        let begun = self.begin(browser, "/portal");
        let claims = self.claims(&begun, subject, name, groups);
        self.respond(browser, &begun, self.key.sign(&claims))
    }
}

/// Answers one request.
fn answer(mut stream: impl Read + Write, issuer: &str, behaviour: &Mutex<Behaviour>) {
    let mut reader = BufReader::new(&mut stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() <= 2 {
            break;
        }
        head.push(line.trim_end().to_owned());
    }
    let header = |name: &str| {
        let fields = head.iter().filter_map(|line| line.split_once(": "));
        fields.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let delay = {
        let mut behaviour = behaviour.lock().unwrap();
        behaviour.requests.push(path.clone());
        behaviour.delay.filter(|(own, _)| *own == path).map(|(_, delay)| delay)
    };
    std::thread::sleep(delay.unwrap_or_default());
    let mut behaviour = behaviour.lock().unwrap();
    let location = behaviour.redirect.clone().filter(|(own, _)| *own == path).map(|(_, location)| location);
    let (status, mut json) = match path.as_str() {
        "/.well-known/openid-configuration" => {
            let mut metadata = json!({
                "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "jwks_uri": format!("{issuer}/keys"),
                "token_endpoint": format!("{issuer}/token"), "userinfo_endpoint": format!("{issuer}/userinfo"),
            });
            for (name, value) in behaviour.metadata.as_object().unwrap() {
                metadata[name] = value.clone();
            }
            (200, metadata.to_string())
        }
        "/keys" => (200, behaviour.keys.to_string()),
        "/token" => token(&mut behaviour, header("authorization").as_deref(), &body),
        "/userinfo" if header("authorization") == Some(format!("Bearer {ACCESS_TOKEN}")) && !behaviour.user_info.is_null() => {
            (200, behaviour.user_info.to_string())
        }
        _ => (404, "{}".to_owned()),
    };
    let padding = behaviour.padding.filter(|(own, _)| *own == path).map_or(0, |(_, padding)| padding);
    drop(behaviour);
    json.push_str(&" ".repeat(padding));
    let head = match location {
        Some(location) => format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\n"),
        None => format!("HTTP/1.1 {status} Answer\r\ncontent-type: application/json\r\n"),
    };
    let answer = format!("{head}content-length: {}\r\nconnection: close\r\n\r\n{json}", json.len());
    let _ = stream.write_all(answer.as_bytes());
}

/// The token endpoint: it redeems a code once, and only with the verifier of the challenge.
fn token(behaviour: &mut Behaviour, authorization: Option<&str>, body: &[u8]) -> (u16, String) {
    let credentials = format!("{}:{}", CLIENT_ID, CLIENT_SECRET.replace(' ', "+"));
    if authorization != Some(&format!("Basic {}", STANDARD.encode(credentials))) {
        return (401, json!({ "error": "invalid_client" }).to_string());
    }
    let value = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(body);
        pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let right = value("grant_type") == "authorization_code"
        && value("redirect_uri") == format!("{ISSUER}/sign-in/callback/corp")
        && URL_SAFE_NO_PAD.encode(Sha256::digest(value("code_verifier"))) == behaviour.challenge;
    if !right || !behaviour.redeemed.insert(value("code")) {
        return (400, json!({ "error": "invalid_grant" }).to_string());
    }
    let tokens = json!({ "token_type": "Bearer", "access_token": ACCESS_TOKEN, "id_token": behaviour.id_token });
    (200, tokens.to_string())
}
