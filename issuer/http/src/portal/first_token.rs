//! An application, its first subscription and its keys in one step and one transaction: if a part is refused, nothing is made.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use postern_token::{ApiReference, KeyType};
use serde::{Deserialize, Serialize};

use super::application::{subscribed_to, unknown};
use super::applications::page;
use super::choices::Choices;
use super::keys::generate;
use super::made::{self, Made};
use super::new_application::NewApplication;
use super::offers::chosen;
use super::{Refusal, Sent};
use crate::messages::Message;
use crate::paths;
use postern_model::{ApplicationId, ApplicationName, SubscriptionState, TierName};
use postern_operations::{self as operations, Act, Error};

/// What the form asks for.
struct Wanted {
    name: ApplicationName,
    api: ApiReference<'static>,
    tier: TierName,
    key_type: KeyType,
    choices: Choices,
}

/// The result. It is stored sealed, for the same form sent again.
#[derive(Serialize, Deserialize)]
struct Begun {
    application: String,
    /// The keys with their token; none if the subscription waits, because a token would give access to nothing.
    made: Option<Made>,
}

/// `POST /portal/applications/first-token`
pub(super) async fn make(Sent { member, form }: Sent) -> Response {
    let mut new = NewApplication::of(&form);
    let wanted = match read(&mut new) {
        Ok(wanted) => wanted,
        Err(problem) => return page(&member, None, new, Some(problem)).await,
    };
    let (api, key_type) = (wanted.api.clone(), wanted.key_type);
    let begin = move |act: &Act<'_>| Ok(serde_json::to_vec(&begin(act, &wanted)?).unwrap_or_default());
    let (stored, again) = match member.write_once(&form, paths::PORTAL_FIRST_TOKEN, begin).await {
        Ok(stored) => stored,
        Err(Refusal::Text(problem)) => return page(&member, None, new, Some(problem)).await,
        // The API or the tier that the form offered.
        Err(Refusal::Page(response)) if response.status() == StatusCode::NOT_FOUND => {
            return page(&member, None, new, Some("offer-gone".into())).await;
        }
        Err(Refusal::Page(response)) => return response,
    };
    let result = serde_json::from_slice::<Begun>(&stored).ok();
    let result = result.and_then(|result| Some((result.application.parse::<ApplicationId>().ok()?, result.made)));
    match result {
        Some((id, Some(made))) => made::show(&member, id, key_type, made, Vec::new(), again).await,
        Some((id, None)) => Redirect::to(&subscribed_to(&member, &id, &api)).into_response(),
        None => unknown(member.site()),
    }
}

fn read(new: &mut NewApplication) -> Result<Wanted, Message> {
    let name = new.name()?;
    let (api, tier) = chosen(&new.offer).ok_or_else(|| Message::new("choose-api"))?;
    Ok(Wanted { name, api, tier, key_type: new.key_type(), choices: new.choices()? })
}

fn begin(act: &Act<'_>, wanted: &Wanted) -> Result<Begun, Error> {
    let id = operations::create_application(act, wanted.name.clone())?.id;
    let subscription = operations::subscribe(act, &id, &wanted.api, &wanted.tier)?;
    let is_active = subscription.state == SubscriptionState::Active;
    let made = is_active.then(|| generate(act, &id, wanted.key_type, &wanted.choices, false)).transpose()?;
    Ok(Begun { application: id.to_string(), made })
}
