//! Generates an application's keys in an environment, or replaces their token.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use postern_token::KeyType;

use super::application::{Found, unknown};
use super::choices::{Choices, Entered, lifetime};
use super::made::{self, Made};
use super::scope_choices::ScopeChoices;
use super::{Frame, Opened, Refusal, Sent, SignedInMember};
use crate::documentation::FirstCall;
use crate::messages::Message;
use crate::pages::error_page::broken;
use crate::pages::{Page, Site, respond};
use crate::paths;
use postern_model::{ApiRecord, ApplicationId, Restrictions};
use postern_operations::{self as operations, Act, Error, GenerateRequest, RegenerateRequest};

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
    scopes: ScopeChoices,
    entered: Entered,
    once: String,
    problem: Option<Message>,
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
    let target = path(id.as_str(), key_type.as_str());
    let application = id.clone();
    let run = move |act: &Act<'_>| {
        let made = generate(act, &application, key_type, &choices, replaces)?;
        Ok(serde_json::to_vec(&made).unwrap_or_default())
    };
    let (stored, again) = match member.write_once(&form, &target, run).await {
        Ok(stored) => stored,
        Err(Refusal::Text(text)) => return page(&member, id, key_type, Some(entered), Some(text)).await,
        Err(Refusal::Page(response)) => return response,
    };
    let Ok(made) = serde_json::from_slice::<Made>(&stored) else { return unknown(member.site()) };
    made::show(&member, id, key_type, made, domains, again).await
}

/// Makes the keys, or another token for them.
pub(super) fn generate(
    act: &Act<'_>,
    id: &ApplicationId,
    key_type: KeyType,
    choices: &Choices,
    replaces: bool,
) -> Result<Made, Error> {
    let Choices { domains, ips, scopes, validity, new_secret } = choices;
    if replaces {
        let request = RegenerateRequest {
            domains: Some(domains.clone()),
            ips: Some(ips.clone()),
            scopes: Some(scopes.clone()),
            validity: *validity,
            new_secret: *new_secret,
            ..RegenerateRequest::new(id.clone(), key_type)
        };
        let made = operations::regenerate(act, &request)?;
        Ok(Made::new(made.consumer_key.as_str(), made.consumer_secret.as_ref(), &made.token, &made.warnings))
    } else {
        let restrictions = Restrictions { domains: domains.clone(), ips: ips.clone(), scopes: scopes.clone() };
        let request = GenerateRequest { restrictions, validity: *validity, ..GenerateRequest::new(id.clone(), key_type) };
        let made = operations::generate(act, &request)?;
        Ok(Made::new(made.consumer_key.as_str(), made.consumer_secret.as_ref(), &made.token, &made.warnings))
    }
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
        let apis: Vec<ApiRecord> = found.subscribed.iter().map(|(api, _)| api.clone()).collect();
        let first_call_needs_none = FirstCall::allowed(found.active(), None).is_some_and(|call| call.needs_token);
        let scopes = ScopeChoices { first_call_needs_none, ..ScopeChoices::read(act, &apis, &entered.scopes)? };
        Ok((scopes, entered, found.details))
    };
    let (scopes, entered, details) = match member.read(read).await {
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

pub(super) fn parsed((id, key_type): &(String, String)) -> Option<(ApplicationId, KeyType)> {
    let key_type = [KeyType::Production, KeyType::Sandbox].into_iter().find(|own| own.as_str() == key_type)?;
    Some((id.parse().ok()?, key_type))
}

fn path(id: &str, key_type: &str) -> String {
    paths::PORTAL_KEYS.replace("{id}", id).replace("{key_type}", key_type)
}
