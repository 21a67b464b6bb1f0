//! Finding out which member is asking.

use crate::error::MemberError;
use crate::{Act, Error};
use postern_model::Member;
use postern_secrets::{HashedSecret, PlainSecret};

/// The member whose personal access token `token` is.
pub fn authenticate_member(act: &Act<'_>, token: &PlainSecret) -> Result<Member, Error> {
    let hash = HashedSecret::of(token);
    act.storage()
        .read(|transaction| transaction.member_with_token(&hash, act.now)?.ok_or(Error::Member(MemberError::InvalidCredential)))
}
