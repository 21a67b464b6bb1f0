//! Finding out which member is asking.

use crate::catalogue::Member;
use crate::operations::{Act, Error};
use crate::secrets::{HashedSecret, PlainSecret};

/// The member whose personal access token `token` is.
pub fn authenticate_member(act: &Act<'_>, token: &PlainSecret) -> Result<Member, Error> {
    let hash = HashedSecret::of(token);
    act.storage().read(|transaction| transaction.member_with_token(&hash, act.now)?.ok_or(Error::UnknownMember))
}
