//! Generates an application's keys in an environment, or replaces their token; and shows what was made, once.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use postern_token::KeyType;
use serde::{Deserialize, Serialize};

use super::application::{Found, unknown};
use super::choices::{Choices, Entered, SCOPE, lifetime};
use super::warning::warning_words;
use super::{Frame, Opened, Refusal, Sent, SignedInMember};
use crate::documentation::{FirstCall, Guarded, guarded_operations};
use crate::messages::Message;
use crate::pages::error_page::broken;
use crate::pages::{Page, Site, respond};
use crate::paths;
use postern_model::{ApiRecord, ApplicationId, Restrictions, ScopeDescription, Subscription, SubscriptionState};
use postern_operations::{self as operations, Act, Error, GenerateRequest, MintedToken, RegenerateRequest, TokenWarning};
use postern_secrets::PlainSecret;

/// How many scopes are boxes to check. A form has too few fields for many more: those are entered as a text instead.
const MAX_BOXES: usize = 80;

#[derive(Template)]
#[template(path = "portal/keys.html")]
struct KeysPage {
    site: Site,
    frame: Frame,
    id: String,
    name: String,
    environment: &'static str,
    /// Whether the keys exist, so that their token is replaced.
    exist: bool,
    /// Whether the client has a secret.
    has_secret: bool,
    /// The lifetime of a token where none is entered.
    default_lifetime: Message,
    scopes: Vec<ScopeChoice>,
    /// Whether there are too many to check boxes.
    has_many_scopes: bool,
    entered: Entered,
    once: String,
    problem: Option<Message>,
}

struct ScopeChoice {
    /// The name of the field.
    field: String,
    scope: String,
    /// The APIs that require it, with commas; empty if there is none.
    apis: String,
    /// What it allows; empty if no description was given.
    description: String,
    is_chosen: bool,
}

impl Page for KeysPage {
    fn has_script(&self) -> bool {
        true
    }

    fn status(&self) -> StatusCode {
        let fields = [
            &self.entered.domains_problem,
            &self.entered.ips_problem,
            &self.entered.lifetime_problem,
            &self.entered.scopes_problem,
            &self.problem,
        ];
        if fields.iter().any(|problem| problem.is_some()) { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
    }
}

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
struct Made {
    consumer_key: String,
    consumer_secret: Option<String>,
    token: String,
    expires_in: Option<u64>,
    scope: Option<String>,
    token_warnings: Vec<TokenWarning>,
}

impl Made {
    fn new(key: &str, secret: Option<&PlainSecret>, token: &MintedToken, warnings: &[TokenWarning]) -> Self {
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

/// `GET /portal/applications/{id}/keys/{key_type}`
pub(super) async fn ask(Path(place): Path<(String, String)>, Opened { member, .. }: Opened) -> Response {
    let Some((id, key_type)) = parsed(&place) else { return unknown(member.site()) };
    page(&member, id, key_type, None, None).await
}

/// `POST /portal/applications/{id}/keys/{key_type}`
pub(super) async fn make(Path(place): Path<(String, String)>, Sent { member, form }: Sent) -> Response {
    let Some((id, key_type)) = parsed(&place) else { return unknown(member.site()) };
    let mut entered = Entered::of(&form);
    let Some(choices) = entered.read() else { return page(&member, id, key_type, Some(entered), None).await };
    // What the form offered: the member has not agreed to replace a token of keys that were made meanwhile.
    let replaces = form.value("replaces") == Some("true");
    let domains: Vec<String> = choices.domains.iter().map(ToString::to_string).collect();
    let origin = choices.domains.first().map(|domain| origin_of(&domain.to_string()));
    let target = path(id.as_str(), key_type.as_str());
    let application = id.clone();
    let run = move |act: &Act<'_>| generate(act, &application, key_type, &choices, replaces);
    let (stored, again) = match member.write_once(&form, &target, run).await {
        Ok(stored) => stored,
        Err(Refusal::Text(text)) => return page(&member, id, key_type, Some(entered), Some(text)).await,
        Err(Refusal::Page(response)) => return response,
    };
    let Ok(made) = serde_json::from_slice::<Made>(&stored) else { return unknown(member.site()) };
    let (application, scope) = (id.clone(), made.scope.clone());
    let read = move |act: &Act<'_>| {
        let found = Found::read(act, &application)?;
        Ok((found.details.application.name.as_str().to_owned(), first_call(&found, scope.as_deref())))
    };
    let Ok((name, first_call)) = member.read(read).await else { return unknown(member.site()) };
    respond(&MadePage {
        site: member.site().clone(),
        frame: Frame::of(&member),
        id: id.to_string(),
        name,
        environment: key_type.as_str(),
        lifetime: lifetime(made.expires_in),
        first_call: first_call.map(|call| call.with(PlainSecret::presented(made.token.clone()), origin)),
        domains,
        warnings: made.token_warnings.iter().map(warning_words).collect(),
        again,
        made,
    })
}

/// Makes the keys or another token for them. Returns what is shown, in JSON.
fn generate(act: &Act<'_>, id: &ApplicationId, key_type: KeyType, choices: &Choices, replaces: bool) -> Result<Vec<u8>, Error> {
    let Choices { domains, ips, scopes, validity, new_secret } = choices;
    let made = if replaces {
        let request = RegenerateRequest {
            domains: Some(domains.clone()),
            ips: Some(ips.clone()),
            scopes: Some(scopes.clone()),
            validity: *validity,
            new_secret: *new_secret,
            ..RegenerateRequest::new(id.clone(), key_type)
        };
        let made = operations::regenerate(act, &request)?;
        Made::new(made.consumer_key.as_str(), made.consumer_secret.as_ref(), &made.token, &made.warnings)
    } else {
        let restrictions = Restrictions { domains: domains.clone(), ips: ips.clone(), scopes: scopes.clone() };
        let request = GenerateRequest { restrictions, validity: *validity, ..GenerateRequest::new(id.clone(), key_type) };
        let made = operations::generate(act, &request)?;
        Made::new(made.consumer_key.as_str(), made.consumer_secret.as_ref(), &made.token, &made.warnings)
    };
    Ok(serde_json::to_vec(&made).unwrap_or_default())
}

/// The form, with what was entered, or with the current settings of the keys.
async fn page(
    member: &SignedInMember,
    id: ApplicationId,
    key_type: KeyType,
    entered: Option<Entered>,
    problem: Option<Message>,
) -> Response {
    let read = move |act: &Act<'_>| {
        let found = Found::read(act, &id)?;
        let entered = entered.unwrap_or_else(|| current(&found, key_type));
        let scopes = scopes_of(&found, &entered.scopes);
        let has_many_scopes = scopes.len() > MAX_BOXES;
        let apis: Vec<ApiRecord> = found.subscribed.iter().map(|(api, _)| api.clone()).collect();
        let descriptions = operations::scope_descriptions(act, &apis)?;
        let choices = if has_many_scopes { Vec::new() } else { scope_choices(scopes, &entered.scopes, &descriptions) };
        Ok((choices, has_many_scopes, entered, found.details))
    };
    let (scopes, has_many_scopes, entered, details) = match member.read(read).await {
        Ok(found) => found,
        Err(Refusal::Page(response)) => return response,
        Err(Refusal::Text(_)) => return unknown(member.site()),
    };
    let Ok(once) = member.new_form() else { return broken(member.site()) };
    let application = &details.application;
    let keys = details.key_sets.iter().find(|keys| keys.key_type == key_type);
    let validity = keys.map_or(application.validities.application, |keys| keys.validity);
    respond(&KeysPage {
        site: member.site().clone(),
        frame: Frame::of(member),
        id: application.id.to_string(),
        name: application.name.as_str().to_owned(),
        environment: key_type.as_str(),
        exist: keys.is_some(),
        has_secret: keys.is_some_and(|keys| !keys.for_users.public),
        default_lifetime: lifetime(validity.expires_in()),
        scopes,
        has_many_scopes,
        entered,
        once,
        problem,
    })
}

/// The current settings of the keys, as the form has them.
fn current(found: &Found, key_type: KeyType) -> Entered {
    let keys = found.details.key_sets.iter().find(|keys| keys.key_type == key_type);
    let Some(restrictions) = keys.map(|keys| &keys.restrictions) else { return Entered::default() };
    Entered {
        domains: lines(&restrictions.domains),
        ips: lines(&restrictions.ips),
        scopes: restrictions.scopes.iter().flat_map(postern_token::Scopes::iter).map(str::to_owned).collect(),
        ..Entered::default()
    }
}

pub(super) fn lines<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The scopes of the APIs to which the application is subscribed, and those that are chosen already, each with the APIs that require it.
fn scopes_of(found: &Found, chosen: &[String]) -> BTreeMap<String, BTreeSet<String>> {
    let mut scopes: BTreeMap<String, BTreeSet<String>> = chosen.iter().map(|scope| (scope.clone(), BTreeSet::new())).collect();
    for (api, _) in &found.subscribed {
        let reference = api.reference();
        for scope in api.document.resources.iter().flatten().flat_map(|resource| &resource.scopes) {
            scopes.entry(scope.clone()).or_default().insert(reference.clone());
        }
    }
    scopes
}

/// The boxes to check.
fn scope_choices(
    scopes: BTreeMap<String, BTreeSet<String>>,
    chosen: &[String],
    descriptions: &BTreeMap<String, ScopeDescription>,
) -> Vec<ScopeChoice> {
    let is_chosen: BTreeSet<&String> = chosen.iter().collect();
    let choice = |(scope, apis): (String, BTreeSet<String>)| ScopeChoice {
        field: format!("{SCOPE}{scope}"),
        is_chosen: is_chosen.contains(&scope),
        apis: Vec::from_iter(apis).join(", "),
        description: descriptions.get(&scope).map(ToString::to_string).unwrap_or_default(),
        scope,
    };
    scopes.into_iter().map(choice).collect()
}

/// The first call that a token with these scopes may make.
fn first_call(found: &Found, scope: Option<&str>) -> Option<FirstCall> {
    let held: BTreeSet<&str> = scope.unwrap_or_default().split(' ').collect();
    let is_active = |(_, subscription): &&(ApiRecord, Subscription)| subscription.state == SubscriptionState::Active;
    let apis = found.subscribed.iter().filter(is_active);
    let guarded: Vec<(&str, Vec<Guarded>)> =
        apis.map(|(api, _)| (api.document.context.as_str(), guarded_operations(api, Vec::new()))).collect();
    let operations = guarded.iter().flat_map(|(context, operations)| operations.iter().map(|operation| (*context, operation)));
    FirstCall::of(operations.filter(|(_, operation)| operation.scopes.iter().all(|scope| held.contains(scope.as_str()))))
}

/// A page on a client domain, for an example.
fn origin_of(domain: &str) -> String {
    let host = domain.replacen("*.", "www.", 1);
    if host.contains("://") { host } else { format!("https://{host}") }
}

pub(super) fn parsed((id, key_type): &(String, String)) -> Option<(ApplicationId, KeyType)> {
    let key_type = [KeyType::Production, KeyType::Sandbox].into_iter().find(|own| own.as_str() == key_type)?;
    Some((id.parse().ok()?, key_type))
}

fn path(id: &str, key_type: &str) -> String {
    paths::PORTAL_KEYS.replace("{id}", id).replace("{key_type}", key_type)
}
