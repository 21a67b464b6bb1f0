//! Users: their accounts, how they sign in, and the grants that they withdraw.

mod accounts;
mod grants;
mod lookup;
mod password;
mod provider_users;
mod prune;
mod session;
mod sign_in;
mod stores;

pub use accounts::{
    NewUser, PreparedUser, UserChange, add_user, change_user, create_user, delete_user, list_users, prepare_user, set_user_roles,
    set_user_state, show_user,
};

pub use grants::{
    GrantDetails, end_grant, list_own_grants, list_user_access, list_user_grants, withdraw_grants, withdraw_user_access,
};
pub(crate) use lookup::find;
pub(crate) use password::{Kept, is_present_password, prepare, set};
pub use password::{PreparedPassword, change_own_password, generate_password, give_password, prepare_password, reset_password};
pub use prune::{PrunedUsers, prune_users};
pub(crate) use session::find_live_session;
pub use session::{SessionDetails, SignedIn, end_user_sessions, find_session, list_user_sessions, sign_out};
pub use sign_in::NewSession;
pub use stores::{
    UserStoreDetails, UserStoreKind, apply_pending_revocations, keeps_password, list_providers, list_user_stores,
    password_store_names,
};

pub(super) use provider_users::record_person;
pub(super) use sign_in::{Authenticated, authenticate_user, begin_session, check_standing, refresh_from_directory};
