//! What an owner should know about a new token, or about a scope of a key set.

use serde::{Deserialize, Serialize};

use super::catalogue::Catalogue;
use crate::Error;
use crate::error::{LISTED_APIS, LISTED_SCOPES};
use postern_model::{ApplicationId, HolderRule, Role, SubscriptionState};
use postern_storage::Transaction;

/// A warning, which callers put into words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenWarning {
    /// The token gives access to no API.
    NoAccess(NoAccess),
    /// Tokens do not hold the scope until an administrator approves it.
    Waiting {
        /// The scope.
        scope: String,
    },
    /// Tokens do not hold the scope, because the owner's role does not allow it.
    Forbidden {
        /// The scope.
        scope: String,
        /// The roles that allow it.
        roles: Vec<Role>,
        /// The owner's role; `None` is an owner who is not a member.
        owner: Option<Role>,
    },
    /// Only an API to which the application is not subscribed lists the scope.
    NotSubscribed {
        /// The scope.
        scope: String,
        /// The API.
        api: String,
    },
    /// No API lists the scope; an upstream of the application's APIs may check it.
    Unlisted {
        /// The scope.
        scope: String,
    },
    /// No API lists the scope, and the application is not subscribed to any.
    Unknown {
        /// The scope.
        scope: String,
        /// APIs with the scopes that they list, each list cut as [`ScopeList`] says.
        known: ScopeList,
    },
}

/// Why a token gives access to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoAccess {
    /// The application has no subscription.
    NotSubscribed,
    /// No subscription is active, and at least one waits for approval.
    Waiting,
    /// Every subscription is blocked.
    Blocked,
}

/// APIs, each with scopes: as many of the first ones as a text can list, and one more where there are more.
pub type ScopeList = Vec<(String, Vec<String>)>;

impl TokenWarning {
    pub(super) fn forbidden(scope: &str, rule: &HolderRule, owner: Option<Role>) -> Self {
        Self::Forbidden { scope: scope.to_owned(), roles: rule.member_roles.clone(), owner }
    }

    /// The warning for a scope that no subscribed API lists.
    pub(super) fn unlisted(catalogue: &Catalogue, scope: &str) -> Self {
        let api = catalogue.elsewhere(scope).map(str::to_owned);
        let scope = scope.to_owned();
        match api {
            Some(api) => Self::NotSubscribed { scope, api },
            None if catalogue.subscribed => Self::Unlisted { scope },
            None => {
                let listing = catalogue.others.iter().filter(|(_, scopes)| !scopes.is_empty());
                let cut = |(api, scopes): &(String, Vec<String>)| {
                    (api.clone(), scopes.iter().take(LISTED_SCOPES + 1).cloned().collect())
                };
                Self::Unknown { scope, known: listing.take(LISTED_APIS + 1).map(cut).collect() }
            }
        }
    }
}

/// The warning for tokens of an application without an active subscription.
pub(super) fn without_subscription(
    transaction: &Transaction<'_>,
    application: &ApplicationId,
) -> Result<Option<TokenWarning>, Error> {
    let subscriptions = transaction.subscriptions(application)?;
    let has = |state| subscriptions.iter().any(|subscription| subscription.state == state);
    Ok(if has(SubscriptionState::Active) {
        None
    } else if subscriptions.is_empty() {
        Some(TokenWarning::NoAccess(NoAccess::NotSubscribed))
    } else if has(SubscriptionState::Waiting) {
        Some(TokenWarning::NoAccess(NoAccess::Waiting))
    } else {
        Some(TokenWarning::NoAccess(NoAccess::Blocked))
    })
}
