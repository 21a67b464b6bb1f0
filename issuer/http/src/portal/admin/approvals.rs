//! What waits for an administrator: subscriptions, scopes of key sets, and users who want to become developers.

use axum::response::Response;
use postern_token::{ApiReference, KeyType};

use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use crate::portal::applications::application_path;
use crate::portal::{Cell, Listing, Opened, Outcome, ROWS, Row, Sent, SignedInMember};
use postern_http_types::Form;
use postern_model::{ApplicationId, MemberRequest, Owner, Subscription, SubscriptionState, TierName, UserId, WaitingScope};
use postern_operations::{self as operations, Act, Error};

const COLUMNS: [&str; 4] = ["waiting-who", "owner-name", "waiting-for", "waiting-detail"];

/// `GET /portal/approvals`
pub(in crate::portal) async fn show(Opened { member, .. }: Opened) -> Result<Response, Response> {
    page(&member, Outcome::Nothing).await
}

/// What an administrator decides about.
enum Subject {
    Subscription { api: ApiReference<'static>, tier: TierName },
    Scope { key_type: KeyType, scope: String },
}

/// What a form decides.
enum Decision {
    Of(ApplicationId, Subject),
    /// Whether a user becomes a developer.
    Membership(UserId),
}

/// `POST /portal/approvals/decision`
pub(in crate::portal) async fn decide(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(subject) = read(&form) else { return page(&member, Outcome::Wrong("choose-row".into())).await };
    let approved = form.value("decision") == Some("approve");
    let decide = move |act: &Act<'_>| match subject {
        Decision::Membership(user) if approved => operations::approve_member_request(act, &user, None).map(drop),
        Decision::Membership(user) => operations::refuse_member_request(act, &user),
        Decision::Of(application, Subject::Subscription { api, tier }) => {
            let state = if approved { SubscriptionState::Active } else { SubscriptionState::Blocked };
            // What the page showed: the owner may have asked for another tier meanwhile.
            let shown =
                |subscription: &Subscription| subscription.tier == tier && subscription.state == SubscriptionState::Waiting;
            operations::change_subscription(act, &application, &api, Some(state), None, Some(&shown)).map(drop)
        }
        Decision::Of(application, Subject::Scope { key_type, scope }) => {
            operations::decide_scope(act, &application, key_type, &scope, approved).map(drop)
        }
    };
    let done = if approved { "approved" } else { "refused" };
    let outcome = member.run(decide, |()| Message::new(done)).await?;
    page(&member, outcome).await
}

fn read(form: &Form) -> Option<Decision> {
    if let Some(user) = form.value("user") {
        return user.parse().ok().map(Decision::Membership);
    }
    let application = form.value("application")?.parse().ok()?;
    let subject = if let Some(scope) = form.value("scope") {
        let key_type =
            [KeyType::Production, KeyType::Sandbox].into_iter().find(|own| Some(own.as_str()) == form.value("key_type"))?;
        Subject::Scope { key_type, scope: scope.to_owned() }
    } else {
        let api = ApiReference::parse(form.value("api")?.to_owned()).ok()?;
        Subject::Subscription { api, tier: form.value("tier")?.parse().ok()? }
    };
    Some(Decision::Of(application, subject))
}

/// What waits, with the application that it is for.
enum Waiting {
    Subscription(Subscription),
    Scope(WaitingScope),
}

async fn page(member: &SignedInMember, outcome: Outcome) -> Result<Response, Response> {
    let read = |act: &Act<'_>| {
        let subscriptions = operations::list_waiting_subscriptions(act)?.into_iter();
        let waiting = subscriptions.map(|(application, subscription)| (application, Waiting::Subscription(subscription)));
        let scopes = operations::list_waiting_scopes(act)?.into_iter();
        let scopes = scopes.map(|scope| (scope.application.clone(), Waiting::Scope(scope)));
        let named = |(id, waiting): (ApplicationId, Waiting)| {
            let application = operations::show_application(act, &id)?.application;
            Ok((application, waiting))
        };
        // The first ones; those that follow are shown once these are decided.
        let found = waiting.chain(scopes).take(ROWS as usize).map(named).collect::<Result<Vec<_>, Error>>()?;
        Ok((operations::list_member_requests(act)?, found))
    };
    let (requests, found) = member.fetch(read).await?;
    let is_administrator = member.is_administrator();
    let row = |(application, waiting): &(postern_model::Application, Waiting)| {
        let id = application.id.as_str();
        let (what, detail, fields) = match waiting {
            Waiting::Subscription(subscription) => (
                Cell::Text(subscription.api.as_str().to_owned()),
                Cell::Message(Message::new("at-tier").with("tier", subscription.tier.to_string())),
                vec![("api", subscription.api.as_str().to_owned()), ("tier", subscription.tier.to_string())],
            ),
            Waiting::Scope(waiting) => (
                Cell::Message(Message::new("waiting-scope").with("scope", &waiting.scope)),
                Cell::Message(Message::new(waiting.key_type.as_str())),
                vec![("scope", waiting.scope.clone()), ("key_type", waiting.key_type.as_str().to_owned())],
            ),
        };
        let owner = match &application.owner {
            None => Cell::Empty,
            Some(Owner::Member(owner)) => Cell::Text(owner.to_string()),
            Some(Owner::Team(team)) => Cell::Message(Message::new("team-named").with("team", team.to_string())),
        };
        let link = Cell::Link(application_path(id), application.name.as_str().to_owned());
        let row = Row::new(vec![link, owner, what, detail]);
        if !is_administrator {
            return row;
        }
        let decision = |decision: &str| {
            let own = [("application", id.to_owned()), ("decision", decision.to_owned())];
            own.into_iter().chain(fields.iter().cloned()).collect::<Vec<_>>()
        };
        row.button(paths::PORTAL_APPROVAL, "approve", decision("approve")).button(
            paths::PORTAL_APPROVAL,
            "refuse",
            decision("refuse"),
        )
    };
    let request = |request: &MemberRequest| {
        let user = request.account.to_string();
        let cells = vec![
            Cell::Text(user.clone()),
            Cell::Empty,
            Cell::Message("waiting-membership".into()),
            Cell::Time(request.requested_at.into()),
        ];
        let row = Row::new(cells);
        let decision = |decision: &str| vec![("user", user.clone()), ("decision", decision.to_owned())];
        if !is_administrator {
            return row;
        }
        let row = row.button(paths::PORTAL_APPROVAL, "approve", decision("approve"));
        row.button(paths::PORTAL_APPROVAL, "refuse", decision("refuse"))
    };
    let listing = Listing::new(member, "approvals", &COLUMNS, "approvals-none")
        .intro("approvals-intro")
        .rows(requests.iter().take(ROWS as usize).map(request).chain(found.iter().map(row)).collect());
    Ok(respond(&listing.outcome(outcome)))
}
