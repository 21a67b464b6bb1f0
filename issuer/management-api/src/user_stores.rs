//! `/api/v1/user-stores`: where users are known.

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::pagination::{Listing, Page, PageParameters};
use super::query::Query;
use crate::problem::ApiProblem;
use postern_operations::{self as operations, UserStoreDetails};

/// A user store, as the configuration names it
#[derive(Serialize, ToSchema)]
#[schema(as = UserStore)]
struct UserStoreView {
    /// Its name, with which its users' ids end
    name: String,
    /// Who keeps the users' passwords and roles
    kind: UserStoreKindView,
    /// Where what is kept of the users is
    database: UserStoreDatabaseView,
    /// Whether it is where users are looked for who sign in without naming a store
    default: bool,
}

/// Who keeps the passwords and the roles of a store's users
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UserStoreKind)]
#[serde(rename_all = "lowercase")]
enum UserStoreKindView {
    /// The store itself
    Local,
    /// A directory that others keep
    Ldap,
}

/// Where the tables of a user store are
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UserStoreDatabase)]
#[serde(rename_all = "lowercase")]
enum UserStoreDatabaseView {
    /// In the issuer's database
    Main,
    /// In a database of the store's own
    Own,
}

/// A store and its place among the others.
struct Numbered(u64, UserStoreDetails);

impl From<&Numbered> for UserStoreView {
    fn from(Numbered(_, store): &Numbered) -> Self {
        Self {
            name: store.name.to_string(),
            kind: if store.local { UserStoreKindView::Local } else { UserStoreKindView::Ldap },
            database: if store.own_database { UserStoreDatabaseView::Own } else { UserStoreDatabaseView::Main },
            default: store.default,
        }
    }
}

/// List the user stores in the order in which they are configured
#[utoipa::path(get, path = "/api/v1/user-stores", tag = "users", params(PageParameters),
    responses((status = 200, body = Listing<UserStoreView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let stores = call.read(operations::list_user_stores).await?;
    let numbered: Vec<_> = (1..).zip(stores).map(|(number, store)| Numbered(number, store)).collect();
    let page = Page { limit: page.limit, after: page.after.map(|after| format!("{after:0>20}")) };
    let listing: Listing<UserStoreView> = page.cut(&numbered, |Numbered(number, _)| format!("{number:020}"));
    call.answer(Answer::told(&listing))
}
