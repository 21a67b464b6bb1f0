//! A server of the pages, a client and another site, on real sockets.

use std::collections::BTreeMap;
use std::future::IntoFuture as _;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use tokio::net::TcpListener;

use super::fixtures::{Content, consent, continue_to, every_page};
use crate::messages::Language;
use crate::pages::*;
use crate::paths;

/// How the issuer answers a consent decision.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    Redirect,
    Page,
}

/// The issuer with its pages, a client that users return to, and another site to which the client may redirect them.
pub(super) struct Served {
    issuer: String,
    client: String,
    other: String,
}

impl Served {
    /// Starts all three; they end with the runtime. After the consent decision, the user is sent to `callback` at the client. There,
    /// `/callback` answers with a page, and `/onward` redirects to the other site.
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

    /// The address of a path at the issuer.
    pub(super) fn issuer(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// The address of a path at the client.
    pub(super) fn client(&self, path: &str) -> String {
        format!("{}{path}", self.client)
    }

    /// The address of a path at the other site.
    pub(super) fn other(&self, path: &str) -> String {
        format!("{}{path}", self.other)
    }
}

/// The routes of the issuer:
///
/// - `/pages/usual/NAME` and `/pages/hostile/NAME`: every page.
/// - `/consent/allowed`: the consent page with a policy that names the client.
/// - `/consent/mistaken`: the same with a policy that names another client.
/// - `/consent/strict`: the same with a policy that names no client.
/// - `/broken`: a page with every problem that the checks find.
fn issuer(address: &str, back: String, how: Answer) -> Router {
    let issuer = format!("{address}/tenant").parse().unwrap();
    let in_language = |tag| Box::leak(Box::new(Site::new(&issuer, Language::with_tag(tag).unwrap())));
    let (site, german): (&Site, &Site) = (in_language("en"), in_language("de"));
    let page = get(async move |Path((content, name)): Path<(String, String)>| {
        // The longest words come with the longest names.
        let (site, content) = if content == "usual" { (site, Content::usual()) } else { (german, Content::hostile()) };
        let mut pages: BTreeMap<_, _> = every_page(site, &content).into_iter().collect();
        pages.remove(name.as_str()).ok_or(StatusCode::NOT_FOUND)
    });
    let decide = match how {
        Answer::Redirect => post(Redirect::to(&back)),
        Answer::Page => {
            let back = back.clone();
            post(async move || respond(&continue_to(site, &Content::usual(), &back)))
        }
    };
    let asked = get(async move |Path(policy): Path<String>| {
        let named = if policy == "mistaken" { "https://app.example/callback" } else { &back };
        let mut page = consent(site, &Content::usual(), named);
        page.leads_to = page.leads_to.filter(|_| policy != "strict");
        respond(&page)
    });
    let broken = get(async || Html(include_str!("../../../../../tests/browser/broken.html")));
    Router::new()
        .route("/pages/{content}/{name}", page)
        .route("/consent/{policy}", asked)
        .route("/broken", broken)
        .route(paths::CONSENT, decide)
        .merge(asset_routes())
}

/// Serves `routes`, which get the address of the server. Returns that address.
async fn listen(routes: impl FnOnce(&str) -> Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, routes(&address)).into_future());
    address
}
