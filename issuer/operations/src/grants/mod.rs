//! The OAuth grants, one file for each. Grants of users end with [`issuance::Issuance`].

mod ahead;
mod authorization;
mod authorization_code;
mod client;
mod client_credentials;
mod decision;
mod device;
mod issuance;
mod password;
mod presented;
mod refresh_token;
mod rounds;
mod scopes;
mod standing;
mod user_grant;
mod user_rounds;

pub use ahead::{Ahead, issue_alone, look_ahead};
pub use authorization::{
    Authorization, AuthorizationClient, allow_authorization, find_authorization_client, prepare_authorization,
};
pub use authorization_code::CodeGrant;
pub use client::{ClientProof, check_grant_type};
pub use client_credentials::{
    ClientGrant, ClientRequest, ClientToken, CurrentToken, NoCurrentToken, expects_new_token, find_current_tokens,
    mint_for_clients,
};
pub use device::{
    DEVICE_CODE_LIFETIME, DeviceAuthorization, DeviceDecision, DeviceGrant, DeviceRequest, POLL_INTERVAL, begin_device,
    decide_device, find_device,
};
pub use issuance::{MintedUserToken, UnsignedUserTokens};
pub use password::{PasswordGrant, grant_password, is_password_grant_used};
pub use presented::RefreshTokenDetails;
pub use refresh_token::RefreshGrant;
pub use user_grant::{UserGrantRequest, UserRequest};
pub use user_rounds::issue_for_users;

pub(super) use presented::{belongs_to_living_grant, find_refresh_token, revoke_refresh_token};
