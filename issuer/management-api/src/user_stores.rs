//! `/api/v1/user-stores`: user stores.

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::pagination::{Listing, Page, PageParameters};
use super::query::Query;
use crate::problem::ApiProblem;
use postern_operations::{self as operations, UserStoreDetails, UserStoreKind};

/// A user store of the configuration
#[derive(Serialize, ToSchema)]
#[schema(as = UserStore)]
struct UserStoreView {
    /// The store's name, the last part of its users' ids
    name: String,
    /// Where the users' passwords and roles are managed
    kind: UserStoreKindView,
    /// The database of the store's tables
    database: UserStoreDatabaseView,
    /// Whether it is the default store, for users who sign in without naming one
    default: bool,
}

/// Where the passwords and roles of a store's users are managed
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UserStoreKind)]
#[serde(rename_all = "lowercase")]
enum UserStoreKindView {
    /// In the store itself
    Local,
    /// In an LDAP directory
    Ldap,
    /// At an identity provider (`OpenID` Connect)
    #[serde(rename = "openid_connect")]
    OpenIdConnect,
}

/// The database of a user store's tables
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UserStoreDatabase)]
#[serde(rename_all = "lowercase")]
enum UserStoreDatabaseView {
    /// The issuer's database
    Main,
    /// A separate database of the store
    Own,
}

/// A store and its position in the configuration.
struct Numbered(u64, UserStoreDetails);

impl From<&Numbered> for UserStoreView {
    fn from(Numbered(_, store): &Numbered) -> Self {
        Self {
            name: store.name.to_string(),
            kind: match store.kind {
                UserStoreKind::Local => UserStoreKindView::Local,
                UserStoreKind::Ldap => UserStoreKindView::Ldap,
                UserStoreKind::OpenIdConnect => UserStoreKindView::OpenIdConnect,
            },
            database: if store.own_database { UserStoreDatabaseView::Own } else { UserStoreDatabaseView::Main },
            default: store.default,
        }
    }
}

/// List user stores, in the order of the configuration
#[utoipa::path(get, path = "/api/v1/user-stores", tag = "users", params(PageParameters),
    responses((status = 200, body = Listing<UserStoreView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let stores = call.read(operations::list_user_stores).await?;
    let numbered: Vec<_> = (1..).zip(stores).map(|(number, store)| Numbered(number, store)).collect();
    let page = Page { limit: page.limit, after: page.after.map(|after| format!("{after:0>20}")) };
    let listing: Listing<UserStoreView> = page.cut(&numbered, |Numbered(number, _)| format!("{number:020}"));
    call.answer(Answer::ok(&listing))
}
