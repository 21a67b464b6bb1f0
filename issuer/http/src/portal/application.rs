//! An application: its keys in each environment, and its subscriptions.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use postern_token::{ApiReference, KeyType};

use super::applications::{application_path, owner_words};
use super::choices::lifetime;
use super::offers::{MAX_OFFERS, Offer};
use super::{Frame, Opened, Refusal, SignedInMember};
use crate::messages::Message;
use crate::pages::Ask;
use crate::pages::Timestamp;
use crate::pages::error_page::problem;
use crate::pages::{Page, Site, respond};
use crate::paths;
use crate::query::encoded;
use postern_model::{ApiRecord, ApplicationId, ApplicationState, KeySet, Subscription, SubscriptionState};
use postern_operations::{self as operations, Act, ApplicationDetails, Error};

#[derive(Template)]
#[template(path = "portal/application.html")]
pub(super) struct ApplicationPage {
    site: Site,
    frame: Frame,
    id: String,
    name: String,
    created: Timestamp,
    owner: Message,
    is_blocked: bool,
    environments: Vec<Environment>,
    subscriptions: Vec<SubscriptionEntry>,
    offers: Vec<Offer>,
    /// Whether there are too many to choose from on this page.
    has_many_offers: bool,
    /// What is to be done first: its button is the primary one.
    next_step: NextStep,
    notice: Option<Message>,
    problem: Option<Message>,
}

/// The first thing that an application lacks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NextStep {
    Subscribe,
    /// The first keys; those of production are offered first.
    Generate,
    None,
}

/// The keys of one environment.
struct Environment {
    name: &'static str,
    /// The message that says what it is.
    text: &'static str,
    keys: Option<Keys>,
}

struct Keys {
    consumer_key: String,
    grant_types: Vec<String>,
    redirect_uris: Vec<String>,
    domains: Vec<String>,
    ips: Vec<String>,
    scopes: Vec<String>,
    lifetime: Message,
}

struct SubscriptionEntry {
    api: String,
    /// The API in a query.
    query: String,
    tier: String,
    /// The message for the state, if the subscription is not active.
    state: Option<&'static str>,
}

impl ApplicationPage {
    fn has_keys(&self) -> bool {
        self.environments.iter().any(|environment| environment.keys.is_some())
    }
}

impl Page for ApplicationPage {
    fn has_script(&self) -> bool {
        true
    }

    fn status(&self) -> StatusCode {
        if self.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
    }
}

/// The application that a path names, and the APIs.
pub(super) struct Found {
    pub(super) details: ApplicationDetails,
    /// The APIs to which it is subscribed, each with the subscription.
    pub(super) subscribed: Vec<(ApiRecord, Subscription)>,
    others: Vec<ApiRecord>,
}

impl Found {
    pub(super) fn read(act: &Act<'_>, id: &ApplicationId) -> Result<Self, Error> {
        let details = operations::show_application(act, id)?;
        let own = |subscription: &Subscription| (subscription.api.as_str().to_owned(), subscription.clone());
        let own: HashMap<String, Subscription> = details.subscriptions.iter().map(own).collect();
        let (mut subscribed, mut others) = (Vec::new(), Vec::new());
        for api in operations::list_apis(act)? {
            match own.get(&api.reference()) {
                Some(subscription) => subscribed.push((api, subscription.clone())),
                None => others.push(api),
            }
        }
        Ok(Self { details, subscribed, others })
    }

    /// The APIs to which new tokens give access.
    pub(super) fn active(&self) -> impl Iterator<Item = &ApiRecord> {
        let is_active = |(_, subscription): &&(ApiRecord, Subscription)| subscription.state == SubscriptionState::Active;
        self.subscribed.iter().filter(is_active).map(|(api, _)| api)
    }
}

/// `GET /portal/applications/{id}`, and after a subscription with the API in the parameter `subscribed`
pub(super) async fn show(Path(id): Path<String>, Opened { member, query }: Opened) -> Response {
    match id.parse() {
        Ok(id) => found_page(&member, id, None, None, query.value("subscribed")).await,
        Err(_) => unknown(member.site()),
    }
}

/// The location of the page that says that the application is subscribed to an API.
pub(super) fn subscribed_to(member: &SignedInMember, id: &ApplicationId, api: &ApiReference<'_>) -> String {
    member.service().at(&format!("{}?subscribed={}", application_path(id.as_str()), encoded(api.as_str())))
}

/// The page, with the result of the last action or with what was wrong with it.
pub(super) async fn page(
    member: &SignedInMember,
    id: ApplicationId,
    notice: Option<Message>,
    problem: Option<Message>,
) -> Response {
    found_page(member, id, notice, problem, None).await
}

async fn found_page(
    member: &SignedInMember,
    id: ApplicationId,
    notice: Option<Message>,
    problem: Option<Message>,
    subscribed: Option<&str>,
) -> Response {
    let read = move |act: &Act<'_>| {
        let (found, tiers) = (Found::read(act, &id)?, operations::list_tiers(act)?);
        let mut offers: Vec<Offer> =
            found.others.iter().flat_map(|api| Offer::all_of(api, &tiers)).take(MAX_OFFERS + 1).collect();
        let has_many = offers.len() > MAX_OFFERS;
        if has_many {
            offers.clear();
        }
        Ok((found.details, offers, has_many))
    };
    let (details, offers, has_many_offers) = match member.read(read).await {
        Ok(found) => found,
        Err(Refusal::Page(response)) => return response,
        Err(Refusal::Text(_)) => return unknown(member.site()),
    };
    let ApplicationDetails { application, key_sets, subscriptions } = details;
    let notice = notice.or_else(|| subscribed_words(&subscriptions, subscribed?, !key_sets.is_empty()));
    let environments = [KeyType::Production, KeyType::Sandbox].map(|key_type| Environment {
        name: key_type.as_str(),
        text: match key_type {
            KeyType::Production => "production-text",
            KeyType::Sandbox => "sandbox-text",
        },
        keys: key_sets.iter().find(|keys| keys.key_type == key_type).map(keys_of),
    });
    let entry = |subscription: &Subscription| SubscriptionEntry {
        api: subscription.api.as_str().to_owned(),
        query: encoded(subscription.api.as_str()),
        tier: subscription.tier.to_string(),
        state: match subscription.state {
            SubscriptionState::Active => None,
            SubscriptionState::Waiting => Some("subscription-waiting"),
            SubscriptionState::Blocked => Some("subscription-blocked"),
        },
    };
    respond(&ApplicationPage {
        site: member.site().clone(),
        frame: Frame::of(member),
        id: application.id.to_string(),
        name: application.name.as_str().to_owned(),
        created: application.created_at.into(),
        owner: owner_words(application.owner.as_ref()),
        is_blocked: application.state == ApplicationState::Blocked,
        next_step: next_step(&subscriptions, !key_sets.is_empty()),
        environments: environments.into(),
        subscriptions: subscriptions.iter().map(entry).collect(),
        offers,
        has_many_offers,
        notice,
        problem,
    })
}

fn next_step(subscriptions: &[Subscription], has_keys: bool) -> NextStep {
    let is_active = |subscription: &Subscription| subscription.state == SubscriptionState::Active;
    match subscriptions {
        [] => NextStep::Subscribe,
        // A token that is made before the approval gives access to nothing.
        some if !has_keys && some.iter().any(is_active) => NextStep::Generate,
        _ => NextStep::None,
    }
}

/// What a new subscription to an API means for the next step; none if there is no such subscription.
fn subscribed_words(subscriptions: &[Subscription], api: &str, has_keys: bool) -> Option<Message> {
    let subscription = subscriptions.iter().find(|subscription| subscription.api.as_str() == api)?;
    let words = match (subscription.state, has_keys) {
        (SubscriptionState::Active, false) => "subscribed-generate",
        (SubscriptionState::Active, true) => "subscribed-regenerate",
        (SubscriptionState::Waiting, _) => "subscribed-waits",
        (SubscriptionState::Blocked, _) => return None,
    };
    Some(Message::new(words).with("api", api))
}

/// The page for a path that names no application.
pub(super) fn unknown(site: &Site) -> Response {
    problem(site, StatusCode::NOT_FOUND, "not-found", "no-such-application-why", Ask::NoOne)
}

fn keys_of(keys: &KeySet) -> Keys {
    Keys {
        consumer_key: keys.consumer_key.as_str().to_owned(),
        grant_types: keys.grant_types.iter().map(|grant_type| grant_type.as_str().to_owned()).collect(),
        redirect_uris: keys.redirect_uris.iter().map(|uri| uri.as_str().to_owned()).collect(),
        domains: keys.restrictions.domains.iter().map(ToString::to_string).collect(),
        ips: keys.restrictions.ips.iter().map(ToString::to_string).collect(),
        scopes: keys.restrictions.scopes.iter().flat_map(postern_token::Scopes::iter).map(str::to_owned).collect(),
        lifetime: lifetime(keys.validity.expires_in()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;

    fn subscription(state: SubscriptionState) -> Subscription {
        let api = ApiReference::parse("pizza/1".to_owned()).unwrap();
        Subscription { api, tier: "gold".parse().unwrap(), state }
    }

    #[test]
    fn the_next_step_is_the_first_thing_that_is_missing() {
        use SubscriptionState::{Active, Blocked, Waiting};
        for (states, has_keys, step, words) in [
            (&[][..], false, NextStep::Subscribe, None),
            (&[], true, NextStep::Subscribe, None),
            (&[Waiting], false, NextStep::None, Some("waits for approval")),
            (&[Blocked], false, NextStep::None, None),
            (&[Active], false, NextStep::Generate, Some("choose Generate")),
            (&[Active, Waiting], true, NextStep::None, Some("re-generate the token")),
        ] {
            let subscriptions: Vec<_> = states.iter().map(|state| subscription(*state)).collect();
            assert!(next_step(&subscriptions, has_keys) == step, "{states:?}");
            let said = subscribed_words(&subscriptions, "pizza/1", has_keys);
            let said = said.map(|message| Language::default().say(message).to_string()).unwrap_or_default();
            assert!(said.contains(words.unwrap_or_default()) && said.is_empty() == words.is_none(), "{states:?}: {said}");
            assert!(subscribed_words(&subscriptions, "other/1", has_keys).is_none());
        }
    }
}
