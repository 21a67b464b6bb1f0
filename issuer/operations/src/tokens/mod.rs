//! Tokens: minting, returning again, listing and revoking them.

mod bounds;
mod end_grants;
mod list;
mod mint;
mod mint_for_user;
mod prune;
mod revocation;
mod revoke;

pub(super) use bounds::{check as check_bounds, check_for_users};
pub(super) use end_grants::{end_all_of, end_grants, end_grants_on_record};
pub use list::{UserTokenDetails, list_live_tokens, list_tokens, list_user_tokens};
pub(super) use mint::{ExtendedLists, MintRequest, PreparedToken, check_mintable, minting, minting_concurrent};
pub use mint::{MintedToken, UnsignedAccessToken};
pub(super) use mint_for_user::PreparedUserToken;
pub use prune::{Pruned, prune};
pub use revocation::RevokedTokens;
pub(super) use revocation::{end, over};
pub use revoke::{revoke_all_tokens, revoke_token};
