//! The users of a user store, and locking them. Each user has a page (`user.rs`).

use axum::response::Response;

use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use crate::portal::{Cell, EntryForm, Field, Listing, Opened, Outcome, ROWS, Row, Sent, SignedInMember};
use crate::query::encoded;
use postern_model::{User, UserId, UserName, UserState, UserStoreName};
use postern_operations::{self as operations, Act};

const COLUMNS: [&str; 5] = ["user-name", "user-state", "user-roles", "second-factor", "created-at"];

/// `GET /portal/users?store=&after=`
pub(in crate::portal) async fn show(Opened { member, query }: Opened) -> Result<Response, Response> {
    let store = query.value("store").and_then(|text| text.parse().ok());
    let after = query.value("after").and_then(|text| text.parse().ok());
    page(&member, store, after, Outcome::Nothing).await
}

/// `POST /portal/users/state`
pub(in crate::portal) async fn set_state(Sent { member, form }: Sent) -> Result<Response, Response> {
    let user: Option<UserId> = form.value("user").and_then(|text| text.parse().ok());
    let state = form.value("state").and_then(UserState::parse);
    let Some((user, state)) = user.zip(state) else {
        return page(&member, None, None, Outcome::Wrong("choose-row".into())).await;
    };
    let done = if state == UserState::Locked { "user-was-locked" } else { "user-was-unlocked" };
    let (store, done) = (user.store.clone(), Message::new(done).with("user", user.to_string()));
    let outcome = member.run(move |act| operations::set_user_state(act, &user, state, |_| true), |_| done).await?;
    page(&member, Some(store), None, outcome).await
}

/// The path of the page of a user.
pub(super) fn user_path(id: &str) -> String {
    format!("{}?user={}", paths::PORTAL_USER, encoded(id))
}

pub(super) async fn page(
    member: &SignedInMember,
    store: Option<UserStoreName>,
    after: Option<UserName>,
    outcome: Outcome,
) -> Result<Response, Response> {
    let read = move |act: &Act<'_>| {
        let stores = operations::list_user_stores(act)?;
        let known = stores.iter().map(|details| &details.name).find(|name| store.as_ref().is_none_or(|store| store == *name));
        let Some(store) = known.cloned() else { return Ok((stores, None, Vec::new())) };
        let users = operations::list_users(act, &store, after.as_ref(), ROWS + 1)?;
        Ok((stores, Some(store), users))
    };
    let (stores, store, users) = member.fetch(read).await?;
    let store = store.map(|store| store.to_string()).unwrap_or_default();
    let is_administrator = member.is_administrator();
    let row = |user: &User| {
        let is_locked = user.state == UserState::Locked;
        let row = Row::new(vec![
            Cell::Link(user_path(&format!("{}@{store}", user.name)), user.name.to_string()),
            if is_locked { Cell::State("user-locked") } else { Cell::Message(Message::new("user-active")) },
            Cell::list_or(&user.roles, "none"),
            Cell::time_or(user.second_factor_at, "second-factor-not"),
            Cell::Time(user.created_at.into()),
        ]);
        if !is_administrator {
            return row;
        }
        let (text, state) = if is_locked { ("user-unlock", UserState::Active) } else { ("user-lock", UserState::Locked) };
        let fields = vec![("user", format!("{}@{store}", user.name)), ("state", state.as_str().to_owned())];
        row.button(paths::PORTAL_USER_STATE, text, fields)
    };
    let choice = |name: &UserStoreName| (name.to_string(), Message::new("named").with("name", name.to_string()));
    let choices = stores.iter().map(|details| choice(&details.name)).collect();
    let filter = EntryForm::new(paths::PORTAL_USERS.to_owned(), "show")
        .field(Field::choice("store", "user-store", choices).value(store.clone()))
        .field(Field::text("after", "user-after").hint("user-after-hint"));
    let next = |last: &User| format!("{}?store={store}&after={}", paths::PORTAL_USERS, encoded(&last.name.to_string()));
    let listing =
        Listing::new(member, "users", &COLUMNS, "users-none").intro("users-intro").filter(filter).page_of(users, row, next);
    let listing = if is_administrator { listing.link(paths::PORTAL_USER_NEW.to_owned(), "user-new") } else { listing };
    Ok(respond(&listing.outcome(outcome)))
}
