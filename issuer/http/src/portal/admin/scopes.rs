//! Which users and which applications may have a scope.

use axum::response::Response;

use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use crate::portal::access::role_name;
use crate::portal::confirm::ConfirmPage;
use crate::portal::entry_form::{user_roles, words};
use crate::portal::{Cell, EntryForm, Field, Listing, Opened, Outcome, Row, Sent, SignedInMember, refusal};
use crate::query::encoded;
use postern_http_types::Form;
use postern_model::{HolderRule, Role, ScopeDescription, ScopeRule, UserRole};
use postern_operations as operations;

const COLUMNS: [&str; 5] = ["scope", "description", "scope-user-roles", "scope-member-roles", "scope-approval"];

/// `GET /portal/scopes?scope=`: with a scope, the form has its rule.
pub(in crate::portal) async fn show(Opened { member, query }: Opened) -> Result<Response, Response> {
    page(&member, Some(&query), Outcome::Nothing).await
}

/// `POST /portal/scopes`
pub(in crate::portal) async fn bind(Sent { member, form }: Sent) -> Result<Response, Response> {
    let rule = match read(&form) {
        Ok(rule) => rule,
        Err(problem) => return page(&member, Some(&form), Outcome::Wrong(problem)).await,
    };
    let scope = form.value("scope").unwrap_or_default().trim().to_owned();
    let done = Message::new("scope-bound").with("scope", &scope);
    let outcome = member.run(move |act| operations::bind_scope(act, &scope, &rule, |_| true), |()| done).await?;
    let sent = matches!(outcome, Outcome::Wrong(_)).then_some(&form);
    page(&member, sent, outcome).await
}

/// `GET /portal/scopes/remove?scope=`
pub(in crate::portal) async fn ask(Opened { member, query }: Opened) -> Response {
    let scope = query.value("scope").unwrap_or_default().to_owned();
    let question =
        ConfirmPage::new(&member, Message::new("scope-remove-title").with("scope", &scope), "scope-remove-consequence");
    let to = (paths::PORTAL_SCOPE_REMOVE.to_owned(), paths::PORTAL_SCOPES.to_owned());
    respond(&question.answer(to.0, "remove", to.1).field("scope", scope))
}

/// `POST /portal/scopes/remove`
pub(in crate::portal) async fn remove(Sent { member, form }: Sent) -> Result<Response, Response> {
    let scope = form.value("scope").unwrap_or_default().to_owned();
    let done = Message::new("scope-removed").with("scope", &scope);
    let outcome = member.run(move |act| operations::remove_scope(act, &scope, |_| true), |()| done).await?;
    page(&member, None, outcome).await
}

fn read(form: &Form) -> Result<ScopeRule, Message> {
    let known = |word: &str| Role::ALL.into_iter().find(|role| role.as_str() == word);
    let member_roles: Option<Vec<Role>> = words(form, "member_roles").map(known).collect();
    let description =
        form.value("description").map(str::trim).filter(|text| !text.is_empty()).map(str::parse::<ScopeDescription>);
    Ok(ScopeRule {
        roles: user_roles(form, "roles")?,
        holders: HolderRule {
            member_roles: member_roles.ok_or_else(|| Message::new("scope-wrong-member-role"))?,
            approval: form.value("approval").is_some(),
        },
        description: description.transpose().map_err(|error| refusal("wrong_description", &error.to_string()))?,
    })
}

fn joined(roles: &[UserRole]) -> String {
    roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

async fn page(member: &SignedInMember, sent: Option<&Form>, outcome: Outcome) -> Result<Response, Response> {
    let found = member.fetch(operations::list_scope_rules).await?;
    let (site, is_administrator) = (member.site(), member.is_administrator());
    let row = |(scope, rule): (&String, &ScopeRule)| {
        let member_roles = rule.holders.member_roles.iter().map(|role| site.text(role_name(*role)));
        let row = Row::new(vec![
            Cell::Text(scope.clone()),
            Cell::text(rule.description.as_ref()),
            Cell::list_or(&rule.roles, "every-user"),
            Cell::list_or(member_roles, "every-application"),
            Cell::Message(Message::new(if rule.holders.approval { "yes" } else { "no" })),
        ]);
        let to = format!("{}?scope={}", paths::PORTAL_SCOPE_REMOVE, encoded(scope));
        let change = format!("{}?scope={}", paths::PORTAL_SCOPES, encoded(scope));
        if is_administrator { row.changing(change, "change").ending(to, "remove") } else { row }
    };
    let is_sent = matches!(outcome, Outcome::Wrong(_));
    let named = sent.and_then(|sent| sent.value("scope")).unwrap_or_default();
    let current = found.get(named).cloned().unwrap_or_default();
    let description = current.description.as_ref().map(ToString::to_string).unwrap_or_default();
    let form = EntryForm::new(paths::PORTAL_SCOPES.to_owned(), "save")
        .heading("scope-new")
        .field(Field::text("scope", "scope").required().value(named))
        .field(Field::text("description", "description").hint("scope-description-hint").value(description))
        .field(Field::text("roles", "scope-user-roles").hint("scope-user-roles-hint").value(joined(&current.roles)))
        .field(
            Field::text("member_roles", "scope-member-roles")
                .hint("scope-member-roles-hint")
                .value(current.holders.member_roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ")),
        )
        .field(Field::check("approval", "scope-needs-approval").value(if current.holders.approval { "on" } else { "" }));
    let form = if is_sent { form.filled(sent) } else { form };
    let listing = Listing::new(member, "scope-rules", &COLUMNS, "scope-rules-none")
        .intro("scope-rules-intro")
        .rows(found.iter().map(row).collect())
        .form(form);
    Ok(respond(&listing.outcome(outcome)))
}
