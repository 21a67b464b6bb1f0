//! The tiers at which applications subscribe to APIs.

use axum::response::Response;

use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use crate::portal::choices::lifetime;
use crate::portal::confirm::ConfirmPage;
use crate::portal::entry_page::EntryPage;
use crate::portal::{Cell, EntryForm, Field, Listing, Opened, Outcome, Row, Sent, SignedInMember, refusal};
use postern_http_types::Form;
use postern_model::{Tier, TierDescription, TierLimit, TierName};
use postern_operations::{self as operations, TierChange};
use postern_time::parse_lifetime;

const COLUMNS: [&str; 4] = ["tier-name", "tier-limit", "tier-approval", "description"];

/// `GET /portal/tiers`
pub(in crate::portal) async fn show(Opened { member, .. }: Opened) -> Result<Response, Response> {
    page(&member, None, Outcome::Nothing).await
}

/// `POST /portal/tiers`
pub(in crate::portal) async fn add(Sent { member, form }: Sent) -> Result<Response, Response> {
    let tier = match read(&form) {
        Ok(tier) => tier,
        Err(problem) => return page(&member, Some(&form), Outcome::Wrong(problem)).await,
    };
    let done = Message::new("tier-added").with("tier", tier.name.to_string());
    let outcome = member.run(move |act| operations::add_tier(act, &tier), |()| done).await?;
    let sent = matches!(outcome, Outcome::Wrong(_)).then_some(&form);
    page(&member, sent, outcome).await
}

/// `GET /portal/tiers/change?tier=`
pub(in crate::portal) async fn edit(Opened { member, query }: Opened) -> Result<Response, Response> {
    let Some(name) = query.value("tier").and_then(|text| text.parse::<TierName>().ok()) else {
        return page(&member, None, Outcome::Wrong("choose-row".into())).await;
    };
    let tier = member.fetch(move |act| operations::show_tier(act, &name)).await?;
    Ok(edit_page(&member, &tier.name, fields(edit_form(&tier.name), Some(&tier)), None))
}

/// `POST /portal/tiers/change`
pub(in crate::portal) async fn change(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Tier { name, description, limit, approval } = match read(&form) {
        Ok(tier) => tier,
        Err(problem) => match form.value("tier").and_then(|text| text.parse::<TierName>().ok()) {
            Some(name) => {
                let sent = fields(edit_form(&name), None).filled(Some(&form));
                return Ok(edit_page(&member, &name, sent, Some(problem)));
            }
            None => return page(&member, None, Outcome::Wrong(problem)).await,
        },
    };
    let done = Message::new("tier-changed").with("tier", name.to_string());
    let change = TierChange { description: Some(description), limit: Some(limit), approval: Some(approval) };
    let outcome = member.run(move |act| operations::change_tier(act, &name, change, |_| true), |_| done).await?;
    page(&member, None, outcome).await
}

/// `GET /portal/tiers/remove?tier=`
pub(in crate::portal) async fn ask(Opened { member, query }: Opened) -> Response {
    let tier = query.value("tier").unwrap_or_default().to_owned();
    let question = ConfirmPage::new(&member, Message::new("tier-remove-title").with("tier", &tier), "tier-remove-consequence");
    let to = (paths::PORTAL_TIER_REMOVE.to_owned(), paths::PORTAL_TIERS.to_owned());
    respond(&question.answer(to.0, "remove", to.1).field("tier", tier))
}

/// `POST /portal/tiers/remove`
pub(in crate::portal) async fn remove(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(tier) = form.value("tier").and_then(|text| text.parse::<TierName>().ok()) else {
        return page(&member, None, Outcome::Wrong("choose-row".into())).await;
    };
    let done = Message::new("tier-removed").with("tier", tier.to_string());
    let outcome = member.run(move |act| operations::remove_tier(act, &tier, |_| true), |()| done).await?;
    page(&member, None, outcome).await
}

fn read(form: &Form) -> Result<Tier, Message> {
    let text = |name: &str| form.value(name).map(str::trim).filter(|text| !text.is_empty());
    let name: Result<TierName, _> = text("tier").unwrap_or_default().parse();
    let description: Option<Result<TierDescription, _>> = text("description").map(|text| text.replace("\r\n", "\n").parse());
    let limit = match (text("requests"), text("period")) {
        (None, None) => None,
        (requests, period) => {
            let requests = requests.and_then(|text| text.parse().ok()).filter(|requests| *requests > 0);
            let seconds =
                period.and_then(|text| parse_lifetime(text).ok()).and_then(|period| u32::try_from(period.as_secs()).ok());
            let limit = requests.zip(seconds).map(|(requests, seconds)| TierLimit { requests, seconds });
            Some(limit.ok_or_else(|| Message::new("tier-wrong-limit"))?)
        }
    };
    Ok(Tier {
        name: name.map_err(|error| refusal("wrong_tier", &error.to_string()))?,
        description: description.transpose().map_err(|error| refusal("wrong_description", &error.to_string()))?.map(Into::into),
        limit,
        approval: form.value("approval").is_some(),
    })
}

fn edit_form(name: &TierName) -> EntryForm {
    EntryForm::new(paths::PORTAL_TIER_CHANGE.to_owned(), "save").hidden("tier", name.to_string())
}

fn edit_page(member: &SignedInMember, name: &TierName, form: EntryForm, problem: Option<Message>) -> Response {
    let title = Message::new("tier-change-title").with("tier", name.to_string());
    respond(&EntryPage::new(member, title, (paths::PORTAL_TIERS.to_owned(), "tiers".into()), form, problem))
}

/// The fields of a tier besides its name.
fn fields(form: EntryForm, tier: Option<&Tier>) -> EntryForm {
    let limit = tier.and_then(|tier| tier.limit);
    let description = tier.and_then(|tier| tier.description.clone()).unwrap_or_default();
    let approval = if tier.is_some_and(|tier| tier.approval) { "on" } else { "" };
    form.field(
        Field::text("requests", "tier-requests")
            .hint("tier-requests-hint")
            .value(limit.map(|limit| limit.requests.to_string()).unwrap_or_default()),
    )
    .field(
        Field::text("period", "tier-period")
            .hint("tier-period-hint")
            .value(limit.map(|limit| format!("{}s", limit.seconds)).unwrap_or_default()),
    )
    .field(Field::lines("description", "description").value(description))
    .field(Field::check("approval", "tier-needs-approval").value(approval))
}

async fn page(member: &SignedInMember, sent: Option<&Form>, outcome: Outcome) -> Result<Response, Response> {
    let found = member.fetch(operations::list_tiers).await?;
    let is_administrator = member.is_administrator();
    let row = |tier: &Tier| {
        let limit = tier.limit.map_or_else(
            || Message::new("tier-unlimited"),
            |limit| {
                let period = lifetime(Some(limit.seconds.into()));
                Message::new("tier-limited").with("requests", u64::from(limit.requests)).with("period", period)
            },
        );
        let approval = if tier.approval { "yes" } else { "no" };
        let row = Row::new(vec![
            Cell::Text(tier.name.to_string()),
            Cell::Message(limit),
            Cell::Message(Message::new(approval)),
            Cell::text(tier.description.as_ref()),
        ]);
        let to = format!("{}?tier={}", paths::PORTAL_TIER_REMOVE, tier.name);
        let change = format!("{}?tier={}", paths::PORTAL_TIER_CHANGE, tier.name);
        if is_administrator { row.changing(change, "change").ending(to, "remove") } else { row }
    };
    let form = EntryForm::new(paths::PORTAL_TIERS.to_owned(), "create")
        .heading("tier-new")
        .field(Field::text("tier", "tier-name").required().hint("tier-name-hint"));
    let form = fields(form, None).filled(sent);
    let listing = Listing::new(member, "tiers", &COLUMNS, "tiers-none")
        .intro("tiers-intro")
        .rows(found.iter().map(row).collect())
        .form(form);
    Ok(respond(&listing.outcome(outcome)))
}
