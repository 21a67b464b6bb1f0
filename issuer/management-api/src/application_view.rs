//! How an application is shown.

use serde::Serialize;
use utoipa::ToSchema;

use postern_model::{Application, ApplicationState};

/// A program that calls APIs
#[derive(Serialize, ToSchema)]
#[schema(as = Application)]
pub(super) struct ApplicationView {
    /// Its id, which stands in its tokens
    id: String,
    /// Its name, for people; two applications may have the same. It comes from people: escape it where it is shown
    name: String,
    /// How many seconds application tokens of keys that are generated from now on last; negative means for ever
    application_validity: i64,
    /// How many seconds user tokens last; negative means for ever
    user_validity: i64,
    /// When it was created, in seconds since 1970
    created_at: u64,
    /// Whether it gets tokens
    state: ApplicationStateView,
    /// The member whose it is; absent when it is the administrators'
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    owner: Option<String>,
    /// Whether it may ask its users for their passwords
    passwords: bool,
}

/// Whether an application gets tokens
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ApplicationState)]
#[serde(rename_all = "lowercase")]
pub(super) enum ApplicationStateView {
    /// It does
    Active,
    /// It does not, and its tokens were revoked
    Blocked,
}

impl From<ApplicationState> for ApplicationStateView {
    fn from(value: ApplicationState) -> Self {
        match value {
            ApplicationState::Active => Self::Active,
            ApplicationState::Blocked => Self::Blocked,
        }
    }
}

impl From<&Application> for ApplicationView {
    fn from(application: &Application) -> Self {
        Self {
            id: application.id.to_string(),
            name: application.name.as_str().to_owned(),
            application_validity: application.validities.application.as_seconds(),
            user_validity: application.validities.user.as_seconds(),
            created_at: application.created_at.0,
            state: application.state.into(),
            owner: application.owner.as_ref().map(ToString::to_string),
            passwords: application.passwords,
        }
    }
}
