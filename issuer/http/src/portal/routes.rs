//! The routes of the portal, each with the roles that it is for.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{get, post};
use axum::{Extension, Router};

use super::access::{Access, Rule};
use super::{
    admin, application, applications, catalogue, change, deletion, first_token, key_settings, keys, personal_tokens, revoke,
    secrets, subscriptions, teams, tokens, usage,
};
use crate::paths;
use postern_openapi_import::MAX_OPENAPI_LEN;
use postern_service::Service;

use Access::{Administrators, Members, Readers, Writers};

/// The most bytes of a form with an `OpenAPI` document: each of the document's bytes may take three, and the other fields are few.
const DOCUMENT_FORM_LEN: usize = 3 * MAX_OPENAPI_LEN + 64 * 1024;

/// Routes, and the rule of each.
#[derive(Default)]
struct Routes {
    router: Router<Arc<Service>>,
    rules: Vec<Rule>,
}

impl Routes {
    /// A page.
    fn page<H: Handler<T, Arc<Service>>, T: 'static>(mut self, path: &'static str, access: Access, handler: H) -> Self {
        self.rules.push(Rule { path, method: Method::GET, access });
        Self { router: self.router.route(path, get(handler).layer(Extension(access))), ..self }
    }

    /// What takes a form.
    fn form<H: Handler<T, Arc<Service>>, T: 'static>(mut self, path: &'static str, access: Access, handler: H) -> Self {
        self.rules.push(Rule { path, method: Method::POST, access });
        Self { router: self.router.route(path, post(handler).layer(Extension(access))), ..self }
    }

    /// What takes a form with an `OpenAPI` document.
    fn document_form<H: Handler<T, Arc<Service>>, T: 'static>(mut self, path: &'static str, access: Access, handler: H) -> Self {
        self.rules.push(Rule { path, method: Method::POST, access });
        let takes = post(handler.layer(Extension(access)).layer(DefaultBodyLimit::max(DOCUMENT_FORM_LEN)));
        Self { router: self.router.route(path, takes), ..self }
    }

    /// A page with a question, and what takes the answer.
    fn question<P: Handler<T, Arc<Service>>, T: 'static, F: Handler<U, Arc<Service>>, U: 'static>(
        self,
        path: &'static str,
        access: Access,
        (page, form): (P, F),
    ) -> Self {
        self.page(path, access, page).form(path, access, form)
    }
}

fn all() -> Routes {
    let developers = Routes::default()
        .page(paths::PORTAL, Members, applications::show)
        .form(paths::PORTAL_APPLICATIONS, Writers, applications::create)
        .form(paths::PORTAL_FIRST_TOKEN, Writers, first_token::make)
        .page(paths::PORTAL_APPLICATION, Members, application::show)
        .form(paths::PORTAL_API_SUBSCRIBE, Writers, catalogue::subscribe)
        .form(paths::PORTAL_SUBSCRIBE, Writers, subscriptions::subscribe)
        .question(paths::PORTAL_UNSUBSCRIBE, Writers, (subscriptions::ask, subscriptions::unsubscribe))
        .question(paths::PORTAL_KEYS, Writers, (keys::ask, keys::make))
        .question(paths::PORTAL_KEY_SETTINGS, Writers, (key_settings::show, key_settings::change))
        .question(paths::PORTAL_REVOKE, Writers, (revoke::ask, revoke::revoke))
        .question(paths::PORTAL_CHANGE, Writers, (change::show, change::change))
        .question(paths::PORTAL_DELETE, Writers, (deletion::ask, deletion::delete))
        .page(paths::PORTAL_APPLICATION_USAGE, Members, usage::show_application)
        .page(paths::PORTAL_TEAMS, Members, teams::show)
        .form(paths::PORTAL_TEAMS, Administrators, teams::create)
        .page(paths::PORTAL_TEAM_MEMBERS, Members, teams::show_members)
        .form(paths::PORTAL_TEAM_MEMBERS, Administrators, teams::add_member)
        .question(paths::PORTAL_TEAM_MEMBER_REMOVE, Administrators, (teams::ask_member, teams::remove_member))
        .question(paths::PORTAL_TEAM_DELETE, Administrators, (teams::ask, teams::delete))
        .page(paths::PORTAL_TOKENS, Members, tokens::show)
        .question(paths::PORTAL_TOKEN_REVOKE, Writers, (tokens::ask, tokens::revoke))
        .page(paths::PORTAL_SECRETS, Members, secrets::show)
        .form(paths::PORTAL_SECRETS, Writers, secrets::create)
        .question(paths::PORTAL_SECRET_DELETE, Writers, (secrets::ask, secrets::delete))
        .question(paths::PORTAL_ACCESS_TOKENS, Members, (personal_tokens::show, personal_tokens::create))
        .question(paths::PORTAL_ACCESS_TOKEN_DELETE, Members, (personal_tokens::ask, personal_tokens::delete));
    developers
        .page(paths::PORTAL_IMPORT, Administrators, admin::import::show)
        .document_form(paths::PORTAL_IMPORT, Administrators, admin::import::preview)
        .document_form(paths::PORTAL_IMPORT_APPLY, Administrators, admin::import::apply)
        .question(paths::PORTAL_API_REMOVE, Administrators, (admin::import::ask, admin::import::remove))
        .page(paths::PORTAL_APPROVALS, Readers, admin::approvals::show)
        .form(paths::PORTAL_APPROVAL, Administrators, admin::approvals::decide)
        .page(paths::PORTAL_MEMBERS, Readers, admin::members::show)
        .form(paths::PORTAL_MEMBERS, Administrators, admin::members::add)
        .question(paths::PORTAL_MEMBER_CHANGE, Administrators, (admin::members::edit, admin::members::change))
        .question(paths::PORTAL_MEMBER_REMOVE, Administrators, (admin::members::ask, admin::members::remove))
        .page(paths::PORTAL_USERS, Readers, admin::users::show)
        .form(paths::PORTAL_USER_STATE, Administrators, admin::users::set_state)
        .question(paths::PORTAL_USER_NEW, Administrators, (admin::user_new::show, admin::user_new::create))
        .page(paths::PORTAL_USER, Readers, admin::user::show)
        .form(paths::PORTAL_USER_ROLES, Administrators, admin::user::set_roles)
        .question(paths::PORTAL_USER_PASSWORD, Administrators, (admin::user::ask_password, admin::user::give_password))
        .question(
            paths::PORTAL_USER_SECOND_FACTOR,
            Administrators,
            (admin::user::ask_second_factor, admin::user::reset_second_factor),
        )
        .question(paths::PORTAL_USER_SESSIONS, Administrators, (admin::user::ask_sessions, admin::user::end_sessions))
        .question(paths::PORTAL_USER_ACCESS, Administrators, (admin::user::ask_access, admin::user::withdraw_access))
        .page(paths::PORTAL_TIERS, Readers, admin::tiers::show)
        .form(paths::PORTAL_TIERS, Administrators, admin::tiers::add)
        .question(paths::PORTAL_TIER_CHANGE, Administrators, (admin::tiers::edit, admin::tiers::change))
        .question(paths::PORTAL_TIER_REMOVE, Administrators, (admin::tiers::ask, admin::tiers::remove))
        .page(paths::PORTAL_SCOPES, Readers, admin::scopes::show)
        .form(paths::PORTAL_SCOPES, Administrators, admin::scopes::bind)
        .question(paths::PORTAL_SCOPE_REMOVE, Administrators, (admin::scopes::ask, admin::scopes::remove))
        .page(paths::PORTAL_SIGNING_KEYS, Readers, admin::signing_keys::show)
        .form(paths::PORTAL_SIGNING_KEYS, Administrators, admin::signing_keys::rotate)
        .question(paths::PORTAL_SIGNING_KEY_SIGN, Administrators, (admin::signing_keys::ask_to_sign, admin::signing_keys::sign))
        .question(paths::PORTAL_SIGNING_KEY_RETIRE, Administrators, (admin::signing_keys::ask, admin::signing_keys::retire))
        .page(paths::PORTAL_EDGES, Readers, admin::edges::show)
        .form(paths::PORTAL_EDGES, Administrators, admin::edges::create)
        .question(paths::PORTAL_EDGE_REMOVE, Administrators, (admin::edges::ask, admin::edges::remove))
        .page(paths::PORTAL_USAGE, Readers, usage::show)
        .page(paths::PORTAL_AUDIT, Readers, admin::audit::show)
        .page(paths::PORTAL_AUDIT_EXPORT, Readers, admin::audit::export)
        .page(paths::PORTAL_SETTINGS, Readers, admin::settings::show)
        .page(paths::PORTAL_BRANDING, Readers, admin::branding::show)
        .form(paths::PORTAL_BRANDING, Administrators, admin::branding::change)
        .page(paths::PORTAL_BRANDING_PREVIEW, Administrators, admin::branding::style)
        .form(paths::PORTAL_SETTINGS, Administrators, admin::settings::change)
}

/// The routes.
pub(crate) fn routes() -> Router<Arc<Service>> {
    all().router
}

/// The rule of every route.
pub fn rules() -> Vec<Rule> {
    all().rules
}
