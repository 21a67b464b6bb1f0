//! The view of the account page: applications with access, and how to withdraw it.

use askama::Template;

use crate::messages::Message;
use crate::pages::authorize::scopes;
use crate::pages::page::Page;
use crate::pages::site::Site;
use crate::pages::timestamp::Timestamp;
use crate::paths;
use postern_operations::GrantDetails;

/// Sends `grant` to [`paths::WITHDRAW`] where one is withdrawn, and nothing to [`paths::SIGN_OUT`]; each with `csrf`.
#[derive(Template)]
#[template(path = "account.html")]
pub(crate) struct Account<'a> {
    pub(crate) site: &'a Site,
    pub(crate) user: String,
    pub(crate) grants: Vec<GrantEntry>,
    pub(crate) csrf: String,
    /// Whether the issuer keeps the user's password.
    pub(crate) can_change_password: bool,
    /// The result of the last action.
    pub(crate) notice: Option<Message>,
}

/// An application's access.
pub(crate) struct GrantEntry {
    pub(crate) id: String,
    pub(crate) application: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) since: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
}

impl GrantEntry {
    /// Everything that an application may do: consent and grants together.
    pub(crate) fn of(details: &GrantDetails) -> Option<Self> {
        let consented = details.consent.as_ref();
        let grants = &details.grants;
        let since =
            consented.map(|consent| consent.given_at).into_iter().chain(grants.iter().map(|grant| grant.created_at)).min()?;
        let mut held: Vec<String> = scopes(consented.and_then(|consent| consent.scopes.as_ref()));
        for scope in grants.iter().flat_map(|grant| scopes(grant.scopes.as_ref())) {
            if !held.contains(&scope) {
                held.push(scope);
            }
        }
        let name = details.application.as_ref().map(|name| name.as_str().to_owned());
        Some(Self {
            id: details.consumer_key.to_string(),
            application: name.unwrap_or_else(|| details.consumer_key.to_string()),
            scopes: held,
            since: since.into(),
            last_used: grants.iter().map(|grant| grant.used_at).max().map(Into::into),
        })
    }
}

impl Page for Account<'_> {}
