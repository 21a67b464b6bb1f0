//! The member's personal access tokens, for the management API and the command line.

use axum::response::Response;

use super::choices::ends_at;
use super::confirm::ConfirmPage;
use super::{Cell, EntryForm, Field, Listing, Opened, Outcome, Row, Sent, SignedInMember, refusal};
use crate::messages::Message;
use crate::pages::error_page::broken;
use crate::pages::respond;
use crate::paths;
use postern_http_types::Form;
use postern_model::{PersonalAccessToken, PersonalAccessTokenDescription, PersonalAccessTokenId};
use postern_operations::{self as operations, Act, NewPersonalToken};

const COLUMNS: [&str; 4] = ["description", "personal-token-id", "created-at", "token-until"];

/// `GET /portal/access-tokens`
pub(super) async fn show(Opened { member, .. }: Opened) -> Result<Response, Response> {
    page(&member, None, Outcome::Nothing).await
}

/// `POST /portal/access-tokens`
pub(super) async fn create(Sent { member, form }: Sent) -> Result<Response, Response> {
    let new = match read(&member, &form) {
        Ok(new) => new,
        Err(problem) => return page(&member, Some(&form), Outcome::Wrong(problem)).await,
    };
    let create = move |act: &Act<'_>| Ok(operations::create_personal_token(act, &new)?.1);
    let outcome = member.make(&form, paths::PORTAL_ACCESS_TOKENS, "personal-token", create).await?;
    let sent = matches!(outcome, Outcome::Wrong(_)).then_some(&form);
    page(&member, sent, outcome).await
}

fn read(member: &SignedInMember, form: &Form) -> Result<NewPersonalToken, Message> {
    let description: Result<PersonalAccessTokenDescription, _> = form.value("description").unwrap_or_default().trim().parse();
    Ok(NewPersonalToken {
        member: member.member().name.clone(),
        description: description.map_err(|error| refusal("wrong_description", &error.to_string()))?,
        expiry: ends_at(form.value("until"), member.now())?,
    })
}

/// `GET /portal/access-tokens/delete?token=`
pub(super) async fn ask(Opened { member, query }: Opened) -> Response {
    let token = query.value("token").unwrap_or_default().to_owned();
    let title = Message::new("personal-token-delete-title").with("token", &token);
    let question = ConfirmPage::new(&member, title, "personal-token-delete-consequence");
    let to = (paths::PORTAL_ACCESS_TOKEN_DELETE.to_owned(), paths::PORTAL_ACCESS_TOKENS.to_owned());
    respond(&question.answer(to.0, "personal-token-delete", to.1).field("token", token))
}

/// `POST /portal/access-tokens/delete`
pub(super) async fn delete(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(token) = form.value("token").and_then(|text| text.parse::<PersonalAccessTokenId>().ok()) else {
        return page(&member, None, Outcome::Wrong("choose-row".into())).await;
    };
    let name = member.member().name.clone();
    let delete = move |act: &Act<'_>| operations::remove_personal_token(act, &name, &token, |_| true);
    let outcome = member.run(delete, |()| Message::new("personal-token-deleted")).await?;
    page(&member, None, outcome).await
}

async fn page(member: &SignedInMember, sent: Option<&Form>, outcome: Outcome) -> Result<Response, Response> {
    let name = member.member().name.clone();
    let found = member.fetch(move |act| operations::list_personal_tokens(act, &name)).await?;
    let once = member.new_form().map_err(|_| broken(member.site()))?;
    let row = |token: &PersonalAccessToken| {
        let id = token.id.as_str();
        Row::new(vec![
            Cell::Text(token.description.clone()),
            Cell::Code(id.to_owned()),
            Cell::Time(token.created_at.into()),
            Cell::time_or(token.expires_at, "without-end"),
        ])
        .ending(format!("{}?token={id}", paths::PORTAL_ACCESS_TOKEN_DELETE), "personal-token-delete")
    };
    let form = EntryForm::new(paths::PORTAL_ACCESS_TOKENS.to_owned(), "create")
        .heading("personal-token-new")
        .hidden("once", once)
        .field(Field::text("description", "description").required().hint("personal-token-description-hint"))
        .field(Field::text("until", "valid-for").hint("personal-token-until-hint"))
        .filled(sent);
    let listing = Listing::new(member, "personal-tokens", &COLUMNS, "personal-tokens-none")
        .intro("personal-tokens-intro")
        .rows(found.iter().map(row).collect())
        .form_for_everyone(form);
    Ok(respond(&listing.outcome(outcome)))
}
