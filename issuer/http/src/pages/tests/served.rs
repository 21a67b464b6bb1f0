//! The pages behind a real socket, with their real headers.

use std::collections::BTreeMap;
use std::future::IntoFuture as _;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use tokio::net::TcpListener;

use super::fixtures::{Words, consent, every_page, send_on};
use crate::pages::*;
use crate::paths;

/// How the issuer answers a decision.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    Redirect,
    Page,
}

/// A server of pages, a client that they send users back to, and another site that this client may send them on to.
pub(super) struct Served {
    issuer: String,
    client: String,
    other: String,
}

impl Served {
    /// Starts all three; they end with the runtime. Whoever decides about consent is sent to `callback` at the client: `/callback` says so, and
    /// `/onward` sends them on to the other site.
    pub(super) async fn start(callback: &str, how: Answer) -> Self {
        let other = listen(|_| Router::new().route("/done", get(|| async { "done" }))).await;
        let onward = Redirect::to(&format!("{other}/done"));
        let client = listen(|_| {
            let onward = get(|| async { onward });
            Router::new().route("/callback", get(|| async { "called back" })).route("/onward", onward)
        })
        .await;
        let back = format!("{client}{callback}");
        let issuer = listen(|address| Router::new().nest("/tenant", issuer(address, back, how))).await;
        Self { issuer: format!("{issuer}/tenant"), client, other }
    }

    /// The address of something that the issuer serves.
    pub(super) fn issuer(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// The address of something that the client serves.
    pub(super) fn client(&self, path: &str) -> String {
        format!("{}{path}", self.client)
    }

    /// The address of something that the other site serves.
    pub(super) fn other(&self, path: &str) -> String {
        format!("{}{path}", self.other)
    }
}

/// `/pages/usual/NAME` and `/pages/nasty/NAME`; `/consent/allowed`, whose policy names the client, and `/consent/mistaken`, whose names another one;
/// `/consent/strict`, whose policy names nobody; and a page with all that can be wrong.
fn issuer(address: &str, back: String, how: Answer) -> Router {
    let site: &Site = Box::leak(Box::new(Site::new(&format!("{address}/tenant").parse().unwrap())));
    let page = get(async move |Path((words, name)): Path<(String, String)>| {
        let words = if words == "usual" { Words::usual() } else { Words::nasty() };
        let mut pages: BTreeMap<_, _> = every_page(site, &words).into_iter().collect();
        pages.remove(name.as_str()).ok_or(StatusCode::NOT_FOUND)
    });
    let decide = match how {
        Answer::Redirect => post(Redirect::to(&back)),
        Answer::Page => {
            let back = back.clone();
            post(async move || respond(&send_on(site, &Words::usual(), &back)))
        }
    };
    let asked = get(async move |Path(policy): Path<String>| {
        let named = if policy == "mistaken" { "https://app.example/callback" } else { &back };
        let mut page = consent(site, &Words::usual(), named);
        page.leads_to = page.leads_to.filter(|_| policy != "strict");
        respond(&page)
    });
    let broken = get(async || Html(include_str!("../../../../../tests/browser/broken.html")));
    Router::new()
        .route("/pages/{words}/{name}", page)
        .route("/consent/{policy}", asked)
        .route("/broken", broken)
        .route(paths::CONSENT, decide)
        .merge(asset_routes())
}

/// Serves what is made for the address that it gives back.
async fn listen(routes: impl FnOnce(&str) -> Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, routes(&address)).into_future());
    address
}
