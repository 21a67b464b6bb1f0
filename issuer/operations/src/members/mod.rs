//! Members, and the personal access tokens with which they use the management API.

mod change;
mod from_groups;
mod personal_tokens;
mod requests;
mod sign_in;

pub use change::{MemberChange, add_member, change_member, list_members, remove_member, show_member};
pub(crate) use from_groups::follow_groups;
pub use personal_tokens::{
    NewPersonalToken, authenticate_member, create_personal_token, list_personal_tokens, remove_personal_token,
    show_personal_token,
};
pub use requests::{
    MembershipOffer, approve_member_request, list_member_requests, membership_offer, refuse_member_request, request_membership,
};
pub(crate) use sign_in::find_signed_in;
pub use sign_in::find_signed_in_member;
