//! The scopes that APIs list.

use postern_model::ApplicationId;
use postern_storage::Transaction;
use postern_token::bundle::ApiDocument;

use crate::Error;

/// The scopes that APIs list, as an application sees them.
pub(super) struct Catalogue {
    /// Whether the application has any subscription, in whichever state.
    pub(super) subscribed: bool,
    /// The APIs to which it is subscribed, each with its scopes.
    pub(super) own: Vec<(String, Vec<String>)>,
    /// The other APIs.
    pub(super) others: Vec<(String, Vec<String>)>,
}

impl Catalogue {
    pub(super) fn of(transaction: &Transaction<'_>, application: &ApplicationId) -> Result<Self, Error> {
        let subscriptions = transaction.subscriptions(application)?;
        let listed = transaction.guarded_apis()?.into_iter().map(|api| (format!("{}/{}", api.name, api.version), scopes(&api)));
        let subscribed = |api: &str| subscriptions.iter().any(|subscription| subscription.api.as_str() == api);
        let (own, others) = listed.partition(|(api, _)| subscribed(api));
        Ok(Self { subscribed: !subscriptions.is_empty(), own, others })
    }

    /// Whether an API to which the application is subscribed lists the scope.
    pub(super) fn knows(&self, scope: &str) -> bool {
        self.own.iter().any(|(_, scopes)| scopes.iter().any(|listed| listed == scope))
    }

    /// Another API that lists the scope.
    pub(super) fn elsewhere(&self, scope: &str) -> Option<&str> {
        let found = self.others.iter().find(|(_, scopes)| scopes.iter().any(|listed| listed == scope));
        found.map(|(api, _)| api.as_str())
    }

    /// Whether the APIs to which the application is subscribed list any scope. If not, their upstreams may check scopes.
    pub(super) fn own_list_any(&self) -> bool {
        self.own.iter().any(|(_, scopes)| !scopes.is_empty())
    }
}

/// The scopes that an API's resources require, each once, in their order.
fn scopes(api: &ApiDocument) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for scope in api.resources.iter().flatten().flat_map(|resource| &resource.scopes) {
        if !found.contains(scope) {
            found.push(scope.clone());
        }
    }
    found
}
