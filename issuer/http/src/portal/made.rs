//! What was made for an application's environment, shown once: a token, and with new keys the consumer secret.

use askama::Template;
use axum::response::Response;
use postern_token::KeyType;
use serde::{Deserialize, Serialize};

use super::application::{Found, unknown};
use super::choices::lifetime;
use super::warning::warning_words;
use super::{Frame, SignedInMember};
use crate::documentation::FirstCall;
use crate::messages::Message;
use crate::pages::{Page, Site, respond};
use crate::paths;
use postern_model::{ApplicationId, GrantType};
use postern_operations::{Act, MintedToken, TokenWarning};
use postern_secrets::PlainSecret;

#[derive(Template)]
#[template(path = "portal/made.html")]
struct MadePage {
    site: Site,
    frame: Frame,
    id: String,
    name: String,
    environment: &'static str,
    made: Made,
    /// The lifetime of the token, in words.
    lifetime: Message,
    /// A call that the token may make, with the token; none if the application is subscribed to nothing.
    first_call: Option<FirstCall>,
    /// The domains that may use the token; empty for any.
    domains: Vec<String>,
    /// Where programs get further tokens with the consumer secret; none without a secret, or if they may not.
    token_endpoint: Option<String>,
    warnings: Vec<Message>,
    /// Whether the form was sent before.
    again: bool,
}

impl Page for MadePage {
    fn has_script(&self) -> bool {
        true
    }
}

/// What is shown once. It is stored sealed, for the same form sent again.
#[derive(Serialize, Deserialize)]
pub(super) struct Made {
    consumer_key: String,
    consumer_secret: Option<String>,
    token: String,
    expires_in: Option<u64>,
    scope: Option<String>,
    token_warnings: Vec<TokenWarning>,
}

impl Made {
    pub(super) fn new(key: &str, secret: Option<&PlainSecret>, token: &MintedToken, warnings: &[TokenWarning]) -> Self {
        Self {
            consumer_key: key.to_owned(),
            consumer_secret: secret.map(|secret| secret.expose().to_owned()),
            token: token.access_token.expose().to_owned(),
            expires_in: token.expires_in,
            scope: token.scopes.as_ref().map(|scopes| scopes.as_str().to_owned()),
            token_warnings: warnings.to_vec(),
        }
    }
}

/// The page with what was made, for a token that these domains may use; `again` if the form was sent before.
pub(super) async fn show(
    member: &SignedInMember,
    id: ApplicationId,
    key_type: KeyType,
    made: Made,
    domains: Vec<String>,
    again: bool,
) -> Response {
    let (application, scope) = (id.clone(), made.scope.clone());
    let read = move |act: &Act<'_>| {
        let found = Found::read(act, &application)?;
        let first_call = FirstCall::allowed(found.active(), scope.as_deref());
        Ok((found.details, first_call))
    };
    let Ok((details, first_call)) = member.read(read).await else { return unknown(member.site()) };
    let origin = domains.first().map(|domain| origin_of(domain));
    let keys = details.key_sets.iter().find(|keys| keys.key_type == key_type);
    let gets_tokens = keys.is_some_and(|keys| keys.grant_types.contains(&GrantType::ClientCredentials));
    let token_endpoint = gets_tokens && made.consumer_secret.is_some();
    respond(&MadePage {
        site: member.site().clone(),
        frame: Frame::of(member),
        id: id.to_string(),
        name: details.application.name.as_str().to_owned(),
        environment: key_type.as_str(),
        lifetime: lifetime(made.expires_in),
        first_call: first_call.map(|call| call.with(PlainSecret::presented(made.token.clone()), origin)),
        domains,
        token_endpoint: token_endpoint.then(|| member.service().settings.issuer.endpoint(paths::TOKEN)),
        warnings: made.token_warnings.iter().map(warning_words).collect(),
        again,
        made,
    })
}

/// A page on a client domain, for an example.
fn origin_of(domain: &str) -> String {
    let host = domain.replacen("*.", "www.", 1);
    if host.contains("://") { host } else { format!("https://{host}") }
}
