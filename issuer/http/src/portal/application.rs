//! An application: its keys in each environment, and its subscriptions.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use postern_token::KeyType;

use super::applications::owner_words;
use super::choices::lifetime;
use super::{Frame, Opened, Refusal, SignedInMember};
use crate::messages::Message;
use crate::pages::Ask;
use crate::pages::Timestamp;
use crate::pages::error_page::problem;
use crate::pages::{Page, Site, respond};
use crate::paths;
use crate::query::encoded;
use postern_model::{ApiRecord, ApplicationId, ApplicationState, KeySet, Subscription, SubscriptionState, Tier};
use postern_operations::{self as operations, Act, ApplicationDetails, Error};

/// How many APIs at their tiers can be chosen from on this page; with more, the member chooses in the catalogue.
const MAX_OFFERS: usize = 200;

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
    notice: Option<Message>,
    problem: Option<Message>,
}

/// The keys of one environment.
struct Environment {
    name: &'static str,
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

/// An API at a tier.
struct Offer {
    /// The API and the tier, with a space between them.
    value: String,
    text: Message,
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
}

/// `GET /portal/applications/{id}`
pub(super) async fn show(Path(id): Path<String>, Opened { member, .. }: Opened) -> Response {
    match id.parse() {
        Ok(id) => page(&member, id, None, None).await,
        Err(_) => unknown(member.site()),
    }
}

/// The page, with the result of the last action or with what was wrong with it.
pub(super) async fn page(
    member: &SignedInMember,
    id: ApplicationId,
    notice: Option<Message>,
    problem: Option<Message>,
) -> Response {
    let read = move |act: &Act<'_>| {
        let (found, tiers) = (Found::read(act, &id)?, operations::list_tiers(act)?);
        let mut offers: Vec<Offer> = found.others.iter().flat_map(|api| offers(api, &tiers)).take(MAX_OFFERS + 1).collect();
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
    let environments = [KeyType::Production, KeyType::Sandbox].map(|key_type| Environment {
        name: key_type.as_str(),
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
        environments: environments.into(),
        subscriptions: subscriptions.iter().map(entry).collect(),
        offers,
        has_many_offers,
        notice,
        problem,
    })
}

/// The page for a path that names no application.
pub(super) fn unknown(site: &Site) -> Response {
    problem(site, StatusCode::NOT_FOUND, "not-found", "no-such-application-why", Ask::NoOne)
}

fn offers<'a>(api: &'a ApiRecord, tiers: &'a [Tier]) -> impl Iterator<Item = Offer> + 'a {
    tiers.iter().filter(|tier| api.offers(&tier.name)).map(|tier| {
        let reference = api.reference();
        let limit = tier.limit.map_or_else(
            || Message::new("offer"),
            |limit| {
                let period = lifetime(Some(limit.seconds.into()));
                Message::new("offer-limited").with("requests", u64::from(limit.requests)).with("period", period)
            },
        );
        let text = limit.with("api", &reference).with("tier", tier.name.to_string());
        let needs_approval = api.approval || tier.approval;
        let text = if needs_approval { Message::new("offer-approval").with("offer", text) } else { text };
        Offer { value: format!("{reference} {}", tier.name), text }
    })
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
