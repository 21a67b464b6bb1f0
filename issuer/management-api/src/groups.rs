//! The operations in groups. A group has all operations whose path goes on with one of its words after the version.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::{Extension, Router};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    apis, applications, audit, branding, bundle, bundle_keys, document, edge_keys, edges, events, keys, member_requests, members,
    personal_tokens, registration_tokens, scopes, settings, signing_keys, subscriptions, teams, tiers, tokens, usage,
    user_stores, user_tokens, users,
};
use postern_model::Actor;
use postern_openapi_import::MAX_OPENAPI_LEN;
use postern_service::Service;

/// What the path of each operation begins with.
const VERSION: &str = "/api/v1/";

type Routes = OpenApiRouter<Arc<Service>>;

/// A group of operations.
pub(crate) struct Group {
    words: &'static [&'static str],
    /// The routes and their documentation.
    pub(crate) routes: fn() -> Routes,
}

/// All groups. No two have a word in common.
pub(crate) const GROUPS: [Group; 7] = [
    Group { words: &["members", "me", "member-requests", "teams"], routes: members },
    Group { words: &["applications", "registration-tokens", "tokens"], routes: applications },
    Group { words: &["subscriptions", "tiers", "scopes", "waiting-scopes"], routes: access },
    Group { words: &["apis"], routes: apis },
    Group { words: &["user-stores"], routes: users },
    Group { words: &["audit", "branding", "events", "settings", "usage"], routes: operation },
    Group { words: &["signing-keys", "edge-keys", "edges", "bundle-keys", "bundle"], routes: edge_routes },
];

impl Group {
    /// Whether the operation at `path` is in this group.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let word = path.strip_prefix(VERSION).and_then(|rest| rest.split('/').next());
        word.is_some_and(|word| self.words.contains(&word))
    }

    /// The group's routes for requests that act as the operator.
    pub(crate) fn for_operator(&self, service: &Arc<Service>) -> Router {
        Router::from((self.routes)())
            .fallback(postern_http_types::not_found)
            .method_not_allowed_fallback(postern_http_types::method_not_allowed)
            .layer(DefaultBodyLimit::max(service.options.body_bytes))
            .with_state(Arc::clone(service))
            .layer(Extension(Actor::Operator))
    }
}

/// Routes, each with the documentation of its handler's extractors.
macro_rules! routes {
    ($($handler:path),+ $(,)?) => {
        OpenApiRouter::new()$(.routes(document::route($handler, utoipa_axum::routes!($handler))))+
    };
}

fn members() -> Routes {
    routes!(
        members::show_caller,
        members::list,
        members::add,
        members::show,
        members::change,
        members::remove,
        member_requests::list,
        member_requests::approve,
        member_requests::refuse,
        teams::list,
        teams::create,
        teams::show,
        teams::change,
        teams::remove,
        teams::add_member,
        teams::remove_member,
        personal_tokens::list,
        personal_tokens::create,
        personal_tokens::show,
        personal_tokens::remove,
    )
}

fn applications() -> Routes {
    routes!(
        applications::list,
        applications::create,
        applications::show,
        applications::change,
        applications::remove,
        keys::generate,
        keys::show,
        keys::change,
        keys::regenerate,
        keys::create_secret,
        keys::remove_secret,
        registration_tokens::list,
        registration_tokens::create,
        registration_tokens::show,
        registration_tokens::remove,
        tokens::list,
        user_tokens::list,
        tokens::revoke_all,
        tokens::revoke,
        subscriptions::list,
        subscriptions::create,
        subscriptions::show,
        subscriptions::change,
        subscriptions::remove,
        scopes::decide,
    )
}

fn access() -> Routes {
    routes!(
        subscriptions::list_waiting,
        tiers::list,
        tiers::create,
        tiers::show,
        tiers::change,
        tiers::remove,
        scopes::list,
        scopes::show,
        scopes::bind,
        scopes::remove,
        scopes::list_waiting,
    )
}

fn apis() -> Routes {
    let apis = routes!(apis::list, apis::create, apis::show, apis::replace, apis::remove, apis::show_openapi);
    let import = routes!(apis::import);
    apis.layer(DefaultBodyLimit::max(apis::MAX_API_LEN)).merge(import.layer(DefaultBodyLimit::max(MAX_OPENAPI_LEN)))
}

fn users() -> Routes {
    routes!(
        user_stores::list,
        users::list,
        users::add,
        users::show,
        users::change,
        users::remove,
        users::reset_password,
        users::show_second_factor,
        users::reset_second_factor,
        users::list_grants,
        users::end_grant,
        users::list_sessions,
        users::end_session,
        users::end_all_sessions,
        users::list_access,
        users::withdraw_access,
        users::withdraw_all_access,
    )
}

fn operation() -> Routes {
    let branding = routes!(branding::show, branding::replace).layer(DefaultBodyLimit::max(branding::MAX_LEN));
    routes!(audit::list, events::list, settings::show, settings::change, usage::list).merge(branding)
}

fn edge_routes() -> Routes {
    routes!(
        signing_keys::list,
        signing_keys::create,
        signing_keys::show,
        signing_keys::sign,
        signing_keys::retire,
        edge_keys::list,
        edge_keys::create,
        edge_keys::show,
        edge_keys::remove,
        edges::list,
        edges::show,
        bundle_keys::list,
        bundle_keys::create,
        bundle_keys::sign,
        bundle_keys::remove,
        bundle::compose,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a command would not find its operation.
    #[test]
    fn every_operation_is_in_the_group_that_holds_its_path() {
        for (at, group) in GROUPS.iter().enumerate() {
            let document = (group.routes)().into_openapi();
            assert!(!document.paths.paths.is_empty());
            for path in document.paths.paths.keys() {
                let holding: Vec<usize> = (0..GROUPS.len()).filter(|other| GROUPS[*other].holds(path)).collect();
                assert_eq!(holding, [at], "{path}");
            }
        }
    }
}
