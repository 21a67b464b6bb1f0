//! Users, and the requests of a client that acts for them.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use url::form_urlencoded::{Serializer, parse};

use crate::client::{Request, Response};
use crate::issuer::{Cli, text};
use crate::user_agent::UserAgent;

/// The password of every user in tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// The redirect URI of clients.
pub const CALLBACK: &str = "https://app.example/callback";

/// The grant types of a client that acts for users and for itself.
pub const GRANT_TYPES: [&str; 3] = ["client_credentials", "authorization_code", "refresh_token"];

/// The code verifier (RFC 7636).
pub const VERIFIER: &str = "a-verifier-of-some-forty-three-characters-0";

/// Adds a user, such as `alice@local`.
pub fn add(cli: &Cli, user: &str) -> Result<()> {
    cli.run_with(&["admin", "user", "create", user], PASSWORD).map(drop)
}

/// The arguments of `token create` for a client that acts for users.
pub fn client_arguments() -> Vec<&'static str> {
    let grant_types = GRANT_TYPES.into_iter().flat_map(|grant_type| ["--grant-type", grant_type]);
    grant_types.chain(["--redirect-uri", CALLBACK]).collect()
}

/// A client of a running issuer.
#[derive(Debug, Clone)]
pub struct UserClient {
    /// The issuer's address.
    pub issuer: SocketAddr,
    /// The consumer key and the consumer secret.
    pub client: (String, String),
}

/// The tokens of a grant.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names say it")]
pub struct UserTokens {
    pub access_token: String,
    pub refresh_token: String,
}

impl UserClient {
    /// The path and query of the authorization request (RFC 6749 section 4.1.1).
    pub fn authorization(&self) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut query = Serializer::new(String::new());
        query.extend_pairs([("client_id", self.client.0.as_str()), ("redirect_uri", CALLBACK), ("response_type", "code")]);
        query.extend_pairs([("code_challenge", challenge.as_str()), ("code_challenge_method", "S256"), ("state", "some state")]);
        format!("/oauth2/authorize?{}", query.finish())
    }

    /// Lets a user sign in and consent in a browser, and exchanges the code.
    pub fn obtain(&self, browser: &mut UserAgent, user: &str) -> Result<UserTokens> {
        let returned = browser.authorize(&self.authorization(), user, PASSWORD, "allow")?;
        ensure!(returned.as_str().starts_with(CALLBACK), "the issuer redirected to {returned}");
        let query = returned.query().context("the redirect has no query")?;
        let code = parse(query.as_bytes()).find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        let code = code.with_context(|| format!("the redirect has no code: {query}"))?;
        let parameters =
            [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
        UserTokens::of(&self.request("/oauth2/token", &parameters).send(self.issuer)?)
    }

    /// The request with a refresh token (RFC 6749 section 6).
    pub fn refresh_request(&self, refresh_token: &str) -> Request {
        self.request("/oauth2/token", &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
    }

    /// Obtains new tokens with a refresh token.
    pub fn refresh(&self, refresh_token: &str) -> Result<UserTokens> {
        UserTokens::of(&self.refresh_request(refresh_token).send(self.issuer)?)
    }

    /// Revokes a token (RFC 7009).
    pub fn revoke(&self, token: &str) -> Result<()> {
        let answer = self.request("/oauth2/revoke", &[("token", token)]).send(self.issuer)?;
        ensure!(answer.status == 200, "the issuer responded to a revocation with {}", answer.status);
        Ok(())
    }

    fn request(&self, target: &str, parameters: &[(&str, &str)]) -> Request {
        let (key, secret) = &self.client;
        let mut form = Serializer::new(String::new());
        form.extend_pairs(parameters);
        form.extend_pairs([("client_id", key), ("client_secret", secret)]);
        Request::new("POST", target, "issuer").body("application/x-www-form-urlencoded", form.finish())
    }
}

impl UserTokens {
    fn of(answer: &Response) -> Result<Self> {
        ensure!(answer.status == 200, "the issuer responded with {} {}", answer.status, answer.json());
        let answer = answer.json();
        Ok(Self { access_token: text(&answer, "access_token")?, refresh_token: text(&answer, "refresh_token")? })
    }
}
