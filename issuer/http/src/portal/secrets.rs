//! The consumer secrets of a key set: two at most, so that one can replace the other without an outage.

use axum::extract::Path;
use axum::response::Response;
use postern_token::{KeyType, UnixSeconds};

use super::application::unknown;
use super::applications::application_path;
use super::choices::ends_at;
use super::confirm::ConfirmPage;
use super::keys::parsed;
use super::tokens::path;
use super::{Cell, EntryForm, Field, Listing, Opened, Outcome, Row, Sent, SignedInMember, refusal};
use crate::messages::Message;
use crate::pages::error_page::broken;
use crate::pages::respond;
use crate::paths;
use postern_http_types::Form;
use postern_model::{ApplicationId, ConsumerSecret, ConsumerSecretId, PersonalAccessTokenDescription};
use postern_operations::{self as operations, Act, Expiry, NewConsumerSecret};

const COLUMNS: [&str; 4] = ["secret-id", "description", "created-at", "secret-until"];

/// `GET /portal/applications/{id}/secrets/{key_type}`
pub(super) async fn show(Path(place): Path<(String, String)>, Opened { member, .. }: Opened) -> Result<Response, Response> {
    let (id, key_type) = parsed(&place).ok_or_else(|| unknown(member.site()))?;
    page(&member, id, key_type, None, Outcome::Nothing).await
}

/// `POST /portal/applications/{id}/secrets/{key_type}`
pub(super) async fn create(Path(place): Path<(String, String)>, Sent { member, form }: Sent) -> Result<Response, Response> {
    let (id, key_type) = parsed(&place).ok_or_else(|| unknown(member.site()))?;
    let new = match read(&form, member.now()) {
        Ok(new) => new,
        Err(problem) => return page(&member, id, key_type, Some(&form), Outcome::Wrong(problem)).await,
    };
    let application = id.clone();
    let create = move |act: &Act<'_>| Ok(operations::create_secret(act, &application, key_type, new.clone())?.0);
    let outcome = member.make(&form, &path(paths::PORTAL_SECRETS, &id, key_type), "consumer-secret", create).await?;
    let sent = matches!(outcome, Outcome::Wrong(_)).then_some(&form);
    page(&member, id, key_type, sent, outcome).await
}

fn read(form: &Form, now: UnixSeconds) -> Result<NewConsumerSecret, Message> {
    let description = form.value("description").map(str::trim).filter(|text| !text.is_empty());
    let description: Option<Result<PersonalAccessTokenDescription, _>> = description.map(str::parse);
    let expires_at = match ends_at(form.value("until"), now)? {
        Expiry::At(time) => Some(time),
        Expiry::Never | Expiry::Default => None,
    };
    let description = description.transpose().map_err(|error| refusal("wrong_description", &error.to_string()))?;
    Ok(NewConsumerSecret { description, expires_at })
}

/// `GET /portal/applications/{id}/secrets/{key_type}/delete?secret=`
pub(super) async fn ask(Path(place): Path<(String, String)>, Opened { member, query }: Opened) -> Response {
    let Some((id, key_type)) = parsed(&place) else { return unknown(member.site()) };
    let secret: Option<ConsumerSecretId> = query.value("secret").and_then(|text| text.parse().ok());
    let Some(secret) = secret else { return unknown(member.site()) };
    let title = Message::new("secret-delete-title").with("secret", secret.as_str());
    let (action, back) = (path(paths::PORTAL_SECRET_DELETE, &id, key_type), path(paths::PORTAL_SECRETS, &id, key_type));
    let question = ConfirmPage::new(&member, title, "secret-delete-consequence").answer(action, "secret-delete", back);
    respond(&question.field("secret", secret.as_str().to_owned()))
}

/// `POST /portal/applications/{id}/secrets/{key_type}/delete`
pub(super) async fn delete(Path(place): Path<(String, String)>, Sent { member, form }: Sent) -> Result<Response, Response> {
    let (id, key_type) = parsed(&place).ok_or_else(|| unknown(member.site()))?;
    let secret: Option<ConsumerSecretId> = form.value("secret").and_then(|text| text.parse().ok());
    let (application, secret) = (id.clone(), secret.ok_or_else(|| unknown(member.site()))?);
    let delete = move |act: &Act<'_>| operations::remove_secret(act, &application, key_type, &secret);
    let outcome = member.run(delete, |()| Message::new("secret-deleted")).await?;
    page(&member, id, key_type, None, outcome).await
}

async fn page(
    member: &SignedInMember,
    id: ApplicationId,
    key_type: KeyType,
    sent: Option<&Form>,
    outcome: Outcome,
) -> Result<Response, Response> {
    let application = id.clone();
    let read = move |act: &Act<'_>| {
        let name = operations::show_application(act, &application)?.application.name;
        Ok((name, operations::show_keys(act, &application, key_type)?.secrets))
    };
    let (name, secrets) = member.fetch(read).await?;
    let once = member.new_form().map_err(|_| broken(member.site()))?;
    let (can_change, delete) = (member.can_change(), path(paths::PORTAL_SECRET_DELETE, &id, key_type));
    let row = |secret: &ConsumerSecret| {
        let id = secret.id.as_str();
        let row = Row::new(vec![
            Cell::Code(id.to_owned()),
            Cell::text(secret.description.as_ref()),
            Cell::Time(secret.created_at.into()),
            Cell::time_or(secret.expires_at, "without-end"),
        ]);
        if can_change { row.ending(format!("{delete}?secret={id}"), "secret-delete") } else { row }
    };
    let title = Message::new("secrets-title").with("environment", Message::new(key_type.as_str()));
    let form = EntryForm::new(path(paths::PORTAL_SECRETS, &id, key_type), "secret-create")
        .heading("secret-new")
        .hidden("once", once)
        .field(Field::text("description", "description").hint("secret-description-hint"))
        .field(Field::text("until", "valid-for").hint("secret-until-hint"))
        .filled(sent);
    let listing = Listing::new(member, title, &COLUMNS, "secrets-none")
        .below(application_path(id.as_str()), Message::new("to-application").with("application", name.as_str()))
        .intro("secrets-intro")
        .rows(secrets.iter().map(row).collect());
    let listing = if secrets.len() < ConsumerSecret::MAX_LIVE { listing.form(form) } else { listing };
    Ok(respond(&listing.outcome(outcome)))
}
