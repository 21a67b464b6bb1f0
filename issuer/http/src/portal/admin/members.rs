//! Members: who may sign in to the portal and use the management API, and with which role.

use axum::response::Response;

use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use crate::portal::access::role_name;
use crate::portal::confirm::ConfirmPage;
use crate::portal::{Cell, EntryForm, Field, Listing, Opened, Outcome, Row, Sent, SignedInMember, refusal};
use postern_http_types::Form;
use postern_model::{Member, MemberName, Role, UserId};
use postern_operations::{self as operations, Act, MemberChange};

const COLUMNS: [&str; 4] = ["member-name", "member-role", "member-account", "created-at"];

/// `GET /portal/members`
pub(in crate::portal) async fn show(Opened { member, .. }: Opened) -> Result<Response, Response> {
    page(&member, None, Outcome::Nothing).await
}

/// `POST /portal/members`
pub(in crate::portal) async fn add(Sent { member, form }: Sent) -> Result<Response, Response> {
    let (name, role, account) = match read(&form) {
        Ok(read) => read,
        Err(problem) => return page(&member, Some(&form), Outcome::Wrong(problem)).await,
    };
    let done = Message::new("member-added").with("member", name.to_string());
    let add = move |act: &Act<'_>| operations::add_member(act, &name, role, account.as_ref());
    let outcome = member.run(add, |_| done).await?;
    let sent = matches!(outcome, Outcome::Wrong(_)).then_some(&form);
    page(&member, sent, outcome).await
}

/// `GET /portal/members/change?member=`
pub(in crate::portal) async fn edit(Opened { member, query }: Opened) -> Result<Response, Response> {
    let Some(name) = named(&query) else { return page(&member, None, Outcome::Wrong("choose-row".into())).await };
    let found = member.fetch(move |act| operations::show_member(act, &name)).await?;
    Ok(edit_page(&member, &found, None))
}

/// `POST /portal/members/change`
pub(in crate::portal) async fn change(Sent { member, form }: Sent) -> Result<Response, Response> {
    let (name, role, account) = match read(&form) {
        Ok(read) => read,
        Err(problem) => return page(&member, None, Outcome::Wrong(problem)).await,
    };
    let done = Message::new("member-changed").with("member", name.to_string());
    let change = MemberChange { role: Some(role), account: Some(account) };
    let outcome = member.run(move |act| operations::change_member(act, &name, &change, |_| true), |_| done).await?;
    page(&member, None, outcome).await
}

/// `GET /portal/members/remove?member=`
pub(in crate::portal) async fn ask(Opened { member, query }: Opened) -> Response {
    let name = query.value("member").unwrap_or_default().to_owned();
    let question =
        ConfirmPage::new(&member, Message::new("member-remove-title").with("member", &name), "member-remove-consequence");
    let to = (paths::PORTAL_MEMBER_REMOVE.to_owned(), paths::PORTAL_MEMBERS.to_owned());
    respond(&question.answer(to.0, "member-remove", to.1).field("member", name))
}

/// `POST /portal/members/remove`
pub(in crate::portal) async fn remove(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(name) = named(&form) else { return page(&member, None, Outcome::Wrong("choose-row".into())).await };
    let done = Message::new("member-removed").with("member", name.to_string());
    let outcome = member.run(move |act| operations::remove_member(act, &name, |_| true), |()| done).await?;
    page(&member, None, outcome).await
}

fn named(form: &Form) -> Option<MemberName> {
    form.value("member").and_then(|text| text.parse().ok())
}

/// The member, the role and the account of a form.
fn read(form: &Form) -> Result<(MemberName, Role, Option<UserId>), Message> {
    let name: Result<MemberName, _> = form.value("member").unwrap_or_default().trim().parse();
    let name = name.map_err(|error| refusal("wrong_member", &error.to_string()))?;
    let role = Role::ALL.into_iter().find(|role| Some(role.as_str()) == form.value("role"));
    let role = role.ok_or_else(|| Message::new("choose-role"))?;
    let account: Option<Result<UserId, _>> = form.value("account").map(|text| text.trim().parse());
    let account = account.transpose().map_err(|error| refusal("wrong_account", &error.to_string()))?;
    Ok((name, role, account))
}

fn fields(form: EntryForm, role: Role, account: &str) -> EntryForm {
    let choice = |role: Role| (role.as_str().to_owned(), Message::new(role_name(role)));
    form.field(Field::choice("role", "member-role", Role::ALL.into_iter().map(choice).collect()).value(role.as_str()))
        .field(Field::text("account", "member-account").hint("member-account-hint").value(account))
}

fn edit_page(member: &SignedInMember, found: &Member, problem: Option<Message>) -> Response {
    let name = found.name.to_string();
    let account = found.account.as_ref().map(ToString::to_string).unwrap_or_default();
    let form = EntryForm::new(paths::PORTAL_MEMBER_CHANGE.to_owned(), "save").hidden("member", name.clone());
    let rows = vec![row(found)];
    let listing = Listing::new(member, Message::new("member-change-title").with("member", name), &COLUMNS, "none")
        .below(paths::PORTAL_MEMBERS.to_owned(), "members")
        .rows(rows)
        .form(fields(form, found.role, &account));
    respond(&listing.outcome(problem.map_or(Outcome::Nothing, Outcome::Wrong)))
}

fn row(found: &Member) -> Row {
    Row::new(vec![
        Cell::Text(found.name.to_string()),
        Cell::Message(Message::new(role_name(found.role))),
        Cell::text(found.account.as_ref()),
        Cell::Time(found.created_at.into()),
    ])
}

async fn page(member: &SignedInMember, sent: Option<&Form>, outcome: Outcome) -> Result<Response, Response> {
    let found = member.fetch(operations::list_members).await?;
    let is_administrator = member.is_administrator();
    let row = |found: &Member| {
        let (row, query) = (row(found), format!("?member={}", found.name));
        if !is_administrator {
            return row;
        }
        row.changing(format!("{}{query}", paths::PORTAL_MEMBER_CHANGE), "change")
            .ending(format!("{}{query}", paths::PORTAL_MEMBER_REMOVE), "member-remove")
    };
    let form = EntryForm::new(paths::PORTAL_MEMBERS.to_owned(), "member-add")
        .heading("member-new")
        .field(Field::text("member", "member-name").required().hint("member-name-hint"));
    let form = fields(form, Role::Developer, "").filled(sent);
    let listing =
        Listing::new(member, "members", &COLUMNS, "none").intro("members-intro").rows(found.iter().map(row).collect()).form(form);
    Ok(respond(&listing.outcome(outcome)))
}
