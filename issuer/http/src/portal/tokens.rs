//! The live tokens of a key set, and revoking one.

use axum::extract::Path;
use axum::response::Response;
use postern_token::KeyType;

use super::application::unknown;
use super::applications::application_path;
use super::confirm::ConfirmPage;
use super::keys::parsed;
use super::{Cell, Listing, Opened, Outcome, ROWS, Row, Sent, SignedInMember};
use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use postern_model::{ApplicationId, Obtained, TokenId, TokenRecord};
use postern_operations as operations;

const COLUMNS: [&str; 6] = ["token-id", "token-obtained", "token-since", "token-until", "domains", "scopes"];

/// `GET /portal/applications/{id}/tokens/{key_type}?after=`
pub(super) async fn show(Path(place): Path<(String, String)>, Opened { member, query }: Opened) -> Result<Response, Response> {
    let (id, key_type) = parsed(&place).ok_or_else(|| unknown(member.site()))?;
    let after = query.value("after").and_then(|text| TokenId::parse(text.to_owned()));
    page(&member, id, key_type, after, Outcome::Nothing).await
}

/// `GET /portal/applications/{id}/tokens/{key_type}/revoke?token=`
pub(super) async fn ask(Path(place): Path<(String, String)>, Opened { member, query }: Opened) -> Response {
    let Some((id, key_type)) = parsed(&place) else { return unknown(member.site()) };
    let token = query.value("token").unwrap_or_default().to_owned();
    let back = path(paths::PORTAL_TOKENS, &id, key_type);
    let question =
        ConfirmPage::new(&member, Message::new("token-revoke-title").with("token", &token), "token-revoke-consequence");
    respond(&question.answer(path(paths::PORTAL_TOKEN_REVOKE, &id, key_type), "token-revoke", back).field("token", token))
}

/// `POST /portal/applications/{id}/tokens/{key_type}/revoke`
pub(super) async fn revoke(Path(place): Path<(String, String)>, Sent { member, form }: Sent) -> Result<Response, Response> {
    let (id, key_type) = parsed(&place).ok_or_else(|| unknown(member.site()))?;
    let token = form.value("token").and_then(|text| TokenId::parse(text.to_owned())).ok_or_else(|| unknown(member.site()))?;
    let revoke = move |act: &operations::Act<'_>| operations::revoke_token(act, &token);
    let outcome = member.run(revoke, |revoked| Message::new("revoked").with("count", revoked.count)).await?;
    page(&member, id, key_type, None, outcome).await
}

async fn page(
    member: &SignedInMember,
    id: ApplicationId,
    key_type: KeyType,
    after: Option<TokenId>,
    outcome: Outcome,
) -> Result<Response, Response> {
    let (application, own) = (id.clone(), path(paths::PORTAL_TOKENS, &id, key_type));
    let list = move |act: &operations::Act<'_>| {
        let name = operations::show_application(act, &application)?.application.name;
        Ok((name, operations::list_live_tokens(act, &application, key_type, after.as_ref(), ROWS + 1)?))
    };
    let (name, found) = member.fetch(list).await?;
    let can_change = member.can_change();
    let revoke = path(paths::PORTAL_TOKEN_REVOKE, &id, key_type);
    let row = |record: &TokenRecord| {
        let row = row(record);
        if can_change { row.ending(format!("{revoke}?token={}", record.id.as_str()), "token-revoke") } else { row }
    };
    let title = Message::new("tokens-title").with("environment", Message::new(key_type.as_str()));
    let listing = Listing::new(member, title, &COLUMNS, "tokens-none")
        .below(application_path(id.as_str()), Message::new("to-application").with("application", name.as_str()))
        .intro("tokens-intro")
        .page_of(found, row, |last| format!("{own}?after={}", last.id.as_str()));
    Ok(respond(&listing.outcome(outcome)))
}

fn row(record: &TokenRecord) -> Row {
    let obtained = match record.obtained {
        Obtained::Generated => "obtained-generated",
        Obtained::Regenerated => "obtained-regenerated",
        _ => "obtained-by-program",
    };
    let obtained = record.minted_by.as_ref().map_or_else(
        || Message::new(obtained),
        |actor| Message::new("obtained-by").with("how", Message::new(obtained)).with("actor", actor),
    );
    Row::new(vec![
        Cell::Code(record.id.as_str().to_owned()),
        Cell::Message(obtained),
        Cell::Time(record.issued_at.into()),
        Cell::time_or(record.expires_at, "without-end"),
        Cell::list_or(&record.restrictions.domains, "any"),
        Cell::list_or(record.scopes().into_iter().flat_map(postern_token::Scopes::iter), "none"),
    ])
}

/// A path below the application's environment.
pub(super) fn path(template: &str, id: &ApplicationId, key_type: KeyType) -> String {
    template.replace("{id}", id.as_str()).replace("{key_type}", key_type.as_str())
}
