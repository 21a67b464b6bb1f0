//! A user: roles, password, second factor, sessions, and the applications with access to the account.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::users;
use crate::messages::Message;
use crate::pages::account::GrantEntry;
use crate::pages::{Page, Site, Timestamp, respond};
use crate::paths;
use crate::portal::confirm::ConfirmPage;
use crate::portal::entry_form::{Kind, user_roles};
use crate::portal::{EntryForm, Field, Frame, Opened, Outcome, Refusal, Sent, SignedInMember};
use crate::query::encoded;
use postern_http_types::Form;
use postern_model::{ConsumerKey, SessionId, User, UserId, UserState};
use postern_operations::{self as operations, Act, SessionDetails};
use postern_secrets::PlainSecret;

/// What administrators see of a user.
#[derive(Template)]
#[template(path = "portal/user.html")]
struct UserPage {
    site: Site,
    frame: Frame,
    user: UserId,
    /// The query that names the user.
    query: String,
    is_locked: bool,
    /// Whether the store keeps passwords.
    is_local: bool,
    roles: Vec<String>,
    created: Timestamp,
    password_set: Option<Timestamp>,
    must_change_password: bool,
    second_factor: Option<Timestamp>,
    recovery_codes: u64,
    sessions: Vec<SessionEntry>,
    access: Vec<GrantEntry>,
    /// The form for the roles.
    form: Option<EntryForm>,
    notice: Option<Message>,
    problem: Option<Message>,
    /// What is shown once: labels and values.
    shown_once: Vec<(&'static str, String)>,
}

/// A session.
struct SessionEntry {
    id: String,
    created: Timestamp,
    used: Timestamp,
}

impl From<SessionDetails> for SessionEntry {
    fn from(SessionDetails { id, created_at, seen_at }: SessionDetails) -> Self {
        Self { id: id.as_str().to_owned(), created: created_at.into(), used: seen_at.into() }
    }
}

impl Page for UserPage {
    fn has_script(&self) -> bool {
        true
    }

    fn status(&self) -> StatusCode {
        if self.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
    }
}

/// `GET /portal/users/user?user=`
pub(in crate::portal) async fn show(Opened { member, query }: Opened) -> Result<Response, Response> {
    match named(&query) {
        Some(id) => page(&member, id, Outcome::Nothing).await,
        None => unnamed(&member).await,
    }
}

/// `POST /portal/users/roles`
pub(in crate::portal) async fn set_roles(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(id) = named(&form) else { return unnamed(&member).await };
    let roles = match user_roles(&form, "roles") {
        Ok(roles) => roles,
        Err(problem) => return page(&member, id, Outcome::Wrong(problem)).await,
    };
    let of = id.clone();
    let set = move |act: &Act<'_>| operations::set_user_roles(act, &of, &roles, |_| true);
    let outcome = member.run(set, |_| Message::new("user-roles-set")).await?;
    page(&member, id, outcome).await
}

/// `GET /portal/users/password?user=`
pub(in crate::portal) async fn ask_password(Opened { member, query }: Opened) -> Result<Response, Response> {
    ask(&member, &query, paths::PORTAL_USER_PASSWORD, "user-password", ("user-password-title", "user-password-consequence")).await
}

/// `POST /portal/users/password`
pub(in crate::portal) async fn give_password(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(id) = named(&form) else { return unnamed(&member).await };
    if member.member().account.as_ref() == Some(&id) {
        // The session would end before the page showed the password.
        return Ok(Redirect::to(&member.service().at(paths::PASSWORD)).into_response());
    }
    let of = id.clone();
    // Hashing is slow, so it is done outside the transaction.
    let prepare = move |act: &Act<'_>| {
        let password = operations::generate_password(act)?;
        let prepared = operations::prepare_password(act, &of, &password)?;
        Ok((password, prepared))
    };
    let (password, prepared) = match member.read(prepare).await {
        Ok(made) => made,
        Err(Refusal::Text(problem)) => return page(&member, id, Outcome::Wrong(problem)).await,
        Err(Refusal::Page(response)) => return Err(response),
    };
    let give = move |act: &Act<'_>| operations::give_password(act, &prepared, true, |_| true);
    match member.run(give, |()| Message::new("done")).await? {
        Outcome::Wrong(problem) => page(&member, id, Outcome::Wrong(problem)).await,
        _ => page(&member, id, one_time(&password)).await,
    }
}

/// `GET /portal/users/second-factor?user=`
pub(in crate::portal) async fn ask_second_factor(Opened { member, query }: Opened) -> Result<Response, Response> {
    let texts = ("user-second-factor-title", "user-second-factor-consequence");
    ask(&member, &query, paths::PORTAL_USER_SECOND_FACTOR, "user-second-factor-reset", texts).await
}

/// `POST /portal/users/second-factor`
pub(in crate::portal) async fn reset_second_factor(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(id) = named(&form) else { return unnamed(&member).await };
    let of = id.clone();
    let reset = move |act: &Act<'_>| operations::reset_second_factor(act, &of, |_| true);
    let outcome = member.run(reset, |_| Message::new("user-second-factor-was-reset")).await?;
    page(&member, id, outcome).await
}

/// `GET /portal/users/sessions?user=&session=`
pub(in crate::portal) async fn ask_sessions(Opened { member, query }: Opened) -> Result<Response, Response> {
    let consequence = if query.value("session").is_some() { "user-session-consequence" } else { "user-sessions-consequence" };
    ask(&member, &query, paths::PORTAL_USER_SESSIONS, "user-sessions-end", ("user-sessions-title", consequence)).await
}

/// `POST /portal/users/sessions`
pub(in crate::portal) async fn end_sessions(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(id) = named(&form) else { return unnamed(&member).await };
    let session: Result<Option<SessionId>, _> = form.value("session").map(str::parse).transpose();
    let Ok(session) = session else { return page(&member, id, Outcome::Wrong("choose-row".into())).await };
    let of = id.clone();
    let end = move |act: &Act<'_>| operations::end_user_sessions(act, &of, session.as_ref());
    let outcome = member.run(end, |count| Message::new("user-sessions-ended").with("count", count)).await?;
    page(&member, id, outcome).await
}

/// `GET /portal/users/access?user=&client=`
pub(in crate::portal) async fn ask_access(Opened { member, query }: Opened) -> Result<Response, Response> {
    let consequence = if query.value("client").is_some() { "user-access-consequence" } else { "user-access-all-consequence" };
    ask(&member, &query, paths::PORTAL_USER_ACCESS, "user-access-withdraw", ("user-access-title", consequence)).await
}

/// `POST /portal/users/access`
pub(in crate::portal) async fn withdraw_access(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(id) = named(&form) else { return unnamed(&member).await };
    let client: Result<Option<ConsumerKey>, _> = form.value("client").map(str::parse).transpose();
    let Ok(client) = client else { return page(&member, id, Outcome::Wrong("choose-row".into())).await };
    let of = id.clone();
    let withdraw = move |act: &Act<'_>| operations::withdraw_user_access(act, &of, client.as_ref());
    let outcome = member.run(withdraw, |revoked| Message::new("revoked").with("count", revoked.count)).await?;
    page(&member, id, outcome).await
}

/// Asks before something of a user ends.
async fn ask(
    member: &SignedInMember,
    query: &Form,
    action: &'static str,
    button: &'static str,
    (title, consequence): (&'static str, &'static str),
) -> Result<Response, Response> {
    let Some(id) = named(query) else { return unnamed(member).await };
    let id = id.to_string();
    let question = ConfirmPage::new(member, Message::new(title).with("user", &id), consequence);
    let question = question.answer(action.to_owned(), button, users::user_path(&id)).field("user", id);
    let which = ["session", "client"].into_iter().filter_map(|name| Some((name, query.value(name)?.to_owned())));
    Ok(respond(&which.fold(question, |question, (name, value)| question.field(name, value))))
}

/// What a page says after a user got a one-time password.
pub(super) fn one_time(password: &PlainSecret) -> Outcome {
    Outcome::Made(vec![("one-time-password", password.expose().to_owned())])
}

fn named(form: &Form) -> Option<UserId> {
    form.value("user").and_then(|text| text.parse().ok())
}

/// The list of users, when a form or an address names none.
async fn unnamed(member: &SignedInMember) -> Result<Response, Response> {
    users::page(member, None, None, Outcome::Wrong("choose-row".into())).await
}

pub(super) async fn page(member: &SignedInMember, id: UserId, outcome: Outcome) -> Result<Response, Response> {
    let of = id.clone();
    let read = move |act: &Act<'_>| {
        let (user, second_factor) = (operations::show_user(act, &of)?, operations::show_second_factor(act, &of)?);
        let (sessions, access) = (operations::list_user_sessions(act, &of)?, operations::list_user_access(act, &of)?);
        Ok((user, operations::keeps_password(act, &of), second_factor, sessions, access))
    };
    let (user, is_local, second_factor, sessions, access) = member.fetch(read).await?;
    let User { state, roles, created_at, password_set_at, must_change_password, .. } = user;
    let roles: Vec<String> = roles.iter().map(ToString::to_string).collect();
    let form = EntryForm::new(paths::PORTAL_USER_ROLES.to_owned(), "save")
        .hidden("user", id.to_string())
        .field(Field::text("roles", "user-roles").hint("user-roles-hint").value(roles.join(" ")));
    let page = UserPage {
        site: member.site().clone(),
        frame: Frame::of(member),
        query: format!("?user={}", encoded(&id.to_string())),
        user: id,
        is_locked: state == UserState::Locked,
        is_local,
        roles,
        created: created_at.into(),
        password_set: password_set_at.map(Into::into),
        must_change_password,
        second_factor: second_factor.since.map(Into::into),
        recovery_codes: second_factor.recovery_codes,
        sessions: sessions.into_iter().map(Into::into).collect(),
        access: access.iter().filter_map(GrantEntry::of).collect(),
        form: Some(form).filter(|_| is_local && member.is_administrator()),
        notice: None,
        problem: None,
        shown_once: Vec::new(),
    };
    Ok(respond(&match outcome {
        Outcome::Nothing => page,
        Outcome::Done(notice) => UserPage { notice: Some(notice), ..page },
        Outcome::Wrong(problem) => UserPage { problem: Some(problem), ..page },
        Outcome::Made(shown_once) => UserPage { notice: Some("copy-now".into()), shown_once, ..page },
    }))
}
