//! A new user of a local store.

use axum::response::Response;

use super::user;
use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use crate::portal::entry_form::user_roles;
use crate::portal::entry_page::EntryPage;
use crate::portal::{EntryForm, Field, Opened, Outcome, Refusal, Sent, SignedInMember, refusal};
use postern_http_types::Form;
use postern_model::{UserId, UserName, UserRole};
use postern_operations::{self as operations, Act, NewUser, UserStoreKind};

/// `GET /portal/users/new`
pub(in crate::portal) async fn show(Opened { member, .. }: Opened) -> Result<Response, Response> {
    page(&member, None, None).await
}

/// `POST /portal/users/new`
pub(in crate::portal) async fn create(Sent { member, form }: Sent) -> Result<Response, Response> {
    let (id, roles) = match read(&form) {
        Ok(read) => read,
        Err(problem) => return page(&member, Some(&form), Some(problem)).await,
    };
    let new = id.clone();
    // Hashing is slow, so it is done outside the transaction.
    let prepare = move |act: &Act<'_>| {
        let password = operations::generate_password(act)?;
        let new = NewUser { id: new, password: password.clone(), roles, must_change_password: true };
        Ok((password, operations::prepare_user(act, &new)?))
    };
    let (password, prepared) = match member.read(prepare).await {
        Ok(made) => made,
        Err(Refusal::Text(problem)) => return page(&member, Some(&form), Some(problem)).await,
        Err(Refusal::Page(response)) => return Err(response),
    };
    match member.run(move |act| operations::add_user(act, &prepared), |_| Message::new("done")).await? {
        Outcome::Wrong(problem) => page(&member, Some(&form), Some(problem)).await,
        _ => user::page(&member, id, user::one_time(&password)).await,
    }
}

fn read(form: &Form) -> Result<(UserId, Vec<UserRole>), Message> {
    let name: Result<UserName, _> = form.value("user").unwrap_or_default().trim().parse();
    let name = name.map_err(|error| refusal("wrong_user", &error.to_string()))?;
    let store = form.value("store").and_then(|text| text.parse().ok()).ok_or_else(|| Message::new("choose-row"))?;
    Ok((UserId { name, store }, user_roles(form, "roles")?))
}

async fn page(member: &SignedInMember, sent: Option<&Form>, problem: Option<Message>) -> Result<Response, Response> {
    let stores = member.fetch(operations::list_user_stores).await?;
    let local = stores.iter().filter(|details| details.kind == UserStoreKind::Local);
    let choices =
        local.map(|details| details.name.to_string()).map(|name| (name.clone(), Message::new("named").with("name", name)));
    let form = EntryForm::new(paths::PORTAL_USER_NEW.to_owned(), "user-add")
        .field(Field::text("user", "user-name").required())
        .field(Field::choice("store", "user-store", choices.collect()))
        .field(Field::text("roles", "user-roles").hint("user-roles-hint"))
        .filled(sent);
    let above = (paths::PORTAL_USERS.to_owned(), "users".into());
    Ok(respond(&EntryPage::new(member, "user-new".into(), above, form, problem)))
}
