//! Tokens: minted, answered with again, looked at, and ended.

mod grant_client_credentials;
mod introspect;
mod list;
mod mint;
mod mint_for_user;
mod places;
mod presented;
mod prune;
mod revocation;
mod revoke;
mod revoke_presented;
mod status_lists;

pub use grant_client_credentials::{ClientGrant, answer_again, mint_for_client};
pub use introspect::{IntrospectedToken, Introspection, introspect};
pub use list::{UserTokenDetails, list_tokens, list_user_tokens};
pub use mint::MintedToken;
pub(super) use mint::{Order, Unsigned, check_mintable, minting, minting_beside_others};
pub(super) use mint_for_user::Prepared;
pub(super) use places::StatusPlaces;
pub use prune::{ANSWERS_KEPT, Pruned, prune};
pub use revocation::RevokedTokens;
pub(super) use revocation::{end, set_bits};
pub use revoke::{revoke_all_tokens, revoke_token};
pub use revoke_presented::{OwnToken, recognise_token, revoke_own_token};
pub(super) use status_lists::{AFTERLIFE, begin_where_needed, embedded, named};
pub use status_lists::{
    SignedStatusList, StatusListEdition, begin_status_list, prune_status_lists, sign_status_list, status_list_edition,
};
