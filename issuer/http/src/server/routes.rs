//! Every route.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};

use postern_http_types::{method_not_allowed, not_found, post_required};
use postern_management_api as management_api;
use postern_service::Service;

use super::{cors, every_request, health, metrics, timeout};
use crate::edge::{bundle, status_list};
use crate::oauth::{device_authorization, introspect, jwks, metadata, register, revoke, token};
use crate::pages::{self, account, api_docs, authorize, device, language, rate, sign_in, start};
use crate::paths;
use crate::portal;

type Routes = Router<Arc<Service>>;

/// Routes of the main listener; with those of edges if edges have no separate listener.
pub(crate) fn for_clients(service: &Arc<Service>, edges_too: bool) -> Router {
    let endpoints = Router::new()
        .route(paths::INTROSPECT, post(introspect::respond).fallback(post_required))
        .route(paths::DEVICE_AUTHORIZATION, post(device_authorization::begin).fallback(post_required))
        .route(paths::REGISTER, post(register::register))
        .merge(status_lists())
        .merge(for_users(service))
        .layer(middleware::from_fn_with_state(Arc::clone(service), timeout::limit_with_body))
        .merge(for_scripts(service));
    let endpoints = if edges_too { endpoints.merge(edges()) } else { endpoints };
    let management =
        management_api::routes().layer(middleware::from_fn_with_state(Arc::clone(service), timeout::limit_with_body));
    let routes = below_issuer_path(service, endpoints).merge(management).merge(metadata());
    finish(service, routes.merge(healths()))
}

/// Routes of the listener for edges.
pub(crate) fn for_edges(service: &Arc<Service>) -> Router {
    let endpoints = status_lists().layer(middleware::from_fn(timeout::limit)).merge(edges());
    finish(service, below_issuer_path(service, endpoints).merge(healths()))
}

/// Routes of the metrics listener.
pub(crate) fn for_monitoring(service: &Arc<Service>) -> Router {
    finish(service, Router::new().route(paths::METRICS, get(metrics::fetch)).merge(healths()))
}

/// The endpoints that scripts of other origins may use.
fn for_scripts(service: &Arc<Service>) -> Routes {
    Router::new()
        .route(paths::TOKEN, post(token::issue).options(cors::preflight).fallback(post_required))
        .route(paths::REVOKE, post(revoke::revoke).options(cors::preflight).fallback(post_required))
        .route(paths::JWKS, get(jwks::fetch).options(cors::preflight))
        .layer(middleware::from_fn_with_state(Arc::clone(service), timeout::limit_with_body))
        .layer(middleware::from_fn(cors::allow))
}

/// At the root of the host, even if the issuer's identifier has a path.
fn metadata() -> Routes {
    Router::new()
        .route(paths::METADATA, get(metadata::at_root).options(cors::preflight))
        .route(&format!("{}/{{*path}}", paths::METADATA), get(metadata::below_root).options(cors::preflight))
        .layer(middleware::from_fn(timeout::limit))
        .layer(middleware::from_fn(cors::allow))
}

/// The pages on which users sign in, consent and manage their grants; and the portal.
fn for_users(service: &Arc<Service>) -> Routes {
    Router::new()
        .route(paths::START, get(start::show))
        .route(paths::AUTHORIZE, get(authorize::ask))
        .route(paths::CONSENT, post(authorize::decide))
        .route(paths::SIGN_IN, get(sign_in::show).post(sign_in::sign_in))
        .route(paths::LANGUAGE, post(language::choose))
        .route(paths::SIGN_IN_BEGIN, post(sign_in::begin))
        .route(paths::SIGN_IN_CALLBACK, get(sign_in::complete))
        .route(paths::SIGN_IN_STEP, get(sign_in::show_step))
        .route(paths::SIGN_IN_CODE, post(sign_in::enter_code))
        .route(paths::SIGN_IN_PASSWORD, post(sign_in::choose_password))
        .route(paths::SIGN_IN_ENROL, post(sign_in::enrol))
        .route(paths::PORTAL_APIS, get(portal::catalogue::list))
        .route(paths::PORTAL_API, get(portal::catalogue::show))
        .route(paths::LLMS, get(portal::catalogue::overview))
        .route(paths::PORTAL_ACCESS, post(portal::request_membership))
        .route(paths::SIGN_OUT, post(sign_in::sign_out))
        .route(paths::API_DOCS, get(api_docs::show))
        .route(paths::DEVICE, get(device::show).post(device::look))
        .route(paths::DEVICE_DECISION, post(device::decide))
        .route(paths::ACCOUNT, get(account::show))
        .route(paths::WITHDRAW, post(account::withdraw))
        .route(paths::PASSWORD, get(account::show_password).post(account::change_password))
        .route(paths::SECOND_FACTOR, get(account::show_second_factor).post(account::begin_second_factor))
        .route(paths::SECOND_FACTOR_CONFIRM, post(account::confirm_second_factor))
        .route(paths::SECOND_FACTOR_REMOVE, post(account::remove_second_factor))
        .route(paths::RECOVERY_CODES, post(account::renew_recovery_codes))
        .merge(portal::routes())
        .layer(middleware::from_fn_with_state(Arc::clone(service), rate::limit))
        .merge(pages::asset_routes())
        .merge(pages::branding_routes())
        .merge(pages::explain_routes(service.options.explain_page.as_ref()))
}

fn edges() -> Routes {
    // A request may be held longer than the timeout of the other routes.
    Router::new().route(paths::EDGE_BUNDLE, get(bundle::fetch)).layer(middleware::from_fn(timeout::limit_held))
}

fn status_lists() -> Routes {
    Router::new().route(paths::STATUS_LIST, get(status_list::fetch))
}

fn healths() -> Routes {
    Router::new().route(paths::LIVE, get(health::live)).route(paths::READY, get(health::ready))
}

/// URLs in tokens and metadata begin with the issuer's identifier. Where that has a path, a proxy may or may not remove it, so both are served.
fn below_issuer_path(service: &Arc<Service>, endpoints: Routes) -> Routes {
    let below = service.settings.issuer.path();
    if below.is_empty() { endpoints } else { endpoints.clone().without_v07_checks().nest(below, endpoints) }
}

fn finish(service: &Arc<Service>, routes: Routes) -> Router {
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(service.options.body_bytes))
        .layer(middleware::from_fn_with_state(Arc::clone(service), every_request::handle))
        .with_state(Arc::clone(service))
}
