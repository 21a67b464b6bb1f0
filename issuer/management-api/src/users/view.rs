//! The view of a user.

use serde::Serialize;
use utoipa::ToSchema;

use postern_model::{User, UserRole, UserState, UserStoreName};

/// A user of applications
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct UserView {
    /// The user's id: the name, `@`, and the store's name. It is the claim `sub` of the user's tokens
    id: String,
    /// The name within the store
    name: String,
    /// The store's name
    store: String,
    /// The user's roles. Of an LDAP store: as last read from the directory
    roles: Vec<String>,
    /// Whether the user may sign in
    state: UserStateView,
    /// When the user was added or first signed in (Unix time in seconds)
    created_at: u64,
    /// When the password was set (Unix time in seconds). Absent: it is managed in LDAP
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    password_set_at: Option<u64>,
    /// Whether the user must choose another password at the next sign-in
    must_change_password: bool,
    /// When the user set up a second factor (Unix time in seconds). Absent: the user has none
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    second_factor_at: Option<u64>,
}

/// Whether a user may sign in
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UserState)]
#[serde(rename_all = "lowercase")]
pub(super) enum UserStateView {
    /// Yes
    Active,
    /// No, and all sessions, grants and tokens of the user have ended
    Locked,
}

impl From<UserState> for UserStateView {
    fn from(value: UserState) -> Self {
        match value {
            UserState::Active => Self::Active,
            UserState::Locked => Self::Locked,
        }
    }
}

impl UserView {
    pub(super) fn new(store: &UserStoreName, user: &User) -> Self {
        Self {
            id: format!("{}@{store}", user.name),
            name: user.name.to_string(),
            store: store.to_string(),
            roles: user.roles.iter().map(UserRole::to_string).collect(),
            state: user.state.into(),
            created_at: user.created_at.0,
            password_set_at: user.password_set_at.map(|moment| moment.0),
            must_change_password: user.must_change_password,
            second_factor_at: user.second_factor_at.map(|moment| moment.0),
        }
    }
}

impl From<&(UserStoreName, User)> for UserView {
    fn from((store, user): &(UserStoreName, User)) -> Self {
        Self::new(store, user)
    }
}
