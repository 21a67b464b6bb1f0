//! The keys that sign tokens: their states, replacing one, and retiring one.

use axum::response::Response;
use postern_token::{Algorithm, KeyType, Kid};

use super::key_schedule::KeySchedule;
use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use crate::portal::confirm::ConfirmPage;
use crate::portal::{Cell, EntryForm, Field, Listing, Opened, Outcome, Row, Sent, SignedInMember};
use postern_http_types::Form;
use postern_model::KeyState;
use postern_operations::{self as operations, Act, SigningKeyDetails};

const COLUMNS: [&str; 6] = ["signing-key", "signing-algorithm", "signing-state", "signing-for", "created-at", "signing-live"];

/// `GET /portal/signing-keys`
pub(in crate::portal) async fn show(Opened { member, .. }: Opened) -> Result<Response, Response> {
    page(&member, Outcome::Nothing).await
}

/// `POST /portal/signing-keys`: publishes a key that will sign the tokens of one environment.
pub(in crate::portal) async fn rotate(Sent { member, form }: Sent) -> Result<Response, Response> {
    let algorithm = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256].into_iter();
    let algorithm = algorithm.into_iter().find(|own| Some(own.as_str()) == form.value("algorithm"));
    let Some((algorithm, key_type)) = algorithm.zip(environment_of(&form)) else {
        return page(&member, Outcome::Wrong("choose-row".into())).await;
    };
    let rotate = move |act: &Act<'_>| {
        let key = operations::make_signing_key(act, algorithm)?;
        operations::create_signing_key(act, &key, Some(key_type))
    };
    let rotates = member.fetch(operations::load_settings).await?.policies.key_rotation.is_some();
    let created = if rotates { "signing-created" } else { "signing-created-by-hand" };
    let outcome = member.run(rotate, |key| Message::new(created).with("key", key.kid.as_str())).await?;
    page(&member, outcome).await
}

/// `GET /portal/signing-keys/sign?key=&environment=`
pub(in crate::portal) async fn ask_to_sign(Opened { member, query }: Opened) -> Response {
    let text = |name: &str| query.value(name).unwrap_or_default().to_owned();
    let (key, environment) = (text("key"), text("environment"));
    let question = ConfirmPage::new(&member, Message::new("signing-sign-title").with("key", &key), "signing-sign-consequence");
    let to = (paths::PORTAL_SIGNING_KEY_SIGN.to_owned(), paths::PORTAL_SIGNING_KEYS.to_owned());
    respond(&question.answer(to.0, "signing-sign", to.1).field("key", key).field("environment", environment))
}

/// `POST /portal/signing-keys/sign`
pub(in crate::portal) async fn sign(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some((kid, key_type)) = key_of(&form).zip(environment_of(&form)) else {
        return page(&member, Outcome::Wrong("choose-row".into())).await;
    };
    let done = Message::new("signing-signs-now").with("key", kid.as_str());
    let outcome = member.run(move |act| operations::sign_with_key(act, &kid, &[key_type]), |_| done).await?;
    page(&member, outcome).await
}

/// `GET /portal/signing-keys/retire?key=`
pub(in crate::portal) async fn ask(Opened { member, query }: Opened) -> Response {
    let key = query.value("key").unwrap_or_default().to_owned();
    let question =
        ConfirmPage::new(&member, Message::new("signing-retire-title").with("key", &key), "signing-retire-consequence");
    let to = (paths::PORTAL_SIGNING_KEY_RETIRE.to_owned(), paths::PORTAL_SIGNING_KEYS.to_owned());
    respond(&question.answer(to.0, "signing-retire", to.1).field("key", key))
}

/// `POST /portal/signing-keys/retire`
pub(in crate::portal) async fn retire(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(kid) = key_of(&form) else {
        return page(&member, Outcome::Wrong("choose-row".into())).await;
    };
    // Never by force: a key with live tokens is refused, and the message says until when they live.
    let outcome =
        member.run(move |act| operations::retire_signing_key(act, &kid, false), |_| Message::new("signing-retired")).await?;
    page(&member, outcome).await
}

fn key_of(form: &Form) -> Option<Kid<'static>> {
    form.value("key").and_then(|text| Kid::parse(text.to_owned()).ok())
}

fn environment_of(form: &Form) -> Option<KeyType> {
    [KeyType::Production, KeyType::Sandbox].into_iter().find(|own| Some(own.as_str()) == form.value("environment"))
}

async fn page(member: &SignedInMember, outcome: Outcome) -> Result<Response, Response> {
    let read = |act: &Act<'_>| Ok((operations::list_signing_keys(act)?, operations::load_settings(act)?.policies));
    let (found, policies) = member.fetch(read).await?;
    let (site, is_administrator) = (member.site(), member.is_administrator());
    let row = |details: &SigningKeyDetails| {
        let key = &details.key;
        let state = match key.state {
            KeyState::Published => "signing-published",
            KeyState::Signing => "signing-signs",
            KeyState::Retired => "signing-is-retired",
        };
        let signs = key.signs.iter().map(|(key_type, _)| *key_type).chain(key.planned_for);
        let live = details.live.until.map_or_else(
            || Message::new("signing-live-count").with("count", details.live.count),
            |until| {
                Message::new("signing-live-until")
                    .with("count", details.live.count)
                    .with("time", crate::pages::Timestamp::from(until).words())
            },
        );
        let row = Row::new(vec![
            Cell::Code(key.kid.as_str().to_owned()),
            Cell::Text(key.algorithm.as_str().to_owned()),
            if key.state == KeyState::Signing { Cell::Message(Message::new(state)) } else { Cell::State(state) },
            Cell::list_or(signs.map(|key_type| site.text(key_type.as_str())), "none"),
            Cell::Time(key.created_at.into()),
            Cell::Message(live),
        ]);
        if !is_administrator || key.state != KeyState::Published {
            return row;
        }
        let row = match key.planned_for {
            Some(key_type) => {
                let (kid, environment) = (key.kid.as_str(), key_type.as_str());
                row.changing(format!("{}?key={kid}&environment={environment}", paths::PORTAL_SIGNING_KEY_SIGN), "signing-sign")
            }
            None => row,
        };
        row.ending(format!("{}?key={}", paths::PORTAL_SIGNING_KEY_RETIRE, key.kid.as_str()), "signing-retire")
    };
    let named = |name: &'static str| (name.to_owned(), Message::new("named").with("name", name));
    let environment = |key_type: KeyType| (key_type.as_str().to_owned(), Message::new(key_type.as_str()));
    let algorithms = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256].map(|algorithm| named(algorithm.as_str()));
    let form = EntryForm::new(paths::PORTAL_SIGNING_KEYS.to_owned(), "signing-rotate")
        .heading("signing-new")
        .field(Field::choice("environment", "environment", [KeyType::Production, KeyType::Sandbox].map(environment).into()))
        .field(Field::choice("algorithm", "signing-algorithm", algorithms.into()).hint("signing-new-hint"));
    let listing = Listing::new(member, "signing-keys", &COLUMNS, "none")
        .intro("signing-keys-intro")
        .picture(&KeySchedule::new(site, &found, &policies, member.now()))
        .rows(found.iter().map(row).collect())
        .form(form);
    Ok(respond(&listing.outcome(outcome)))
}
