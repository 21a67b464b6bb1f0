//! How long tokens may last.

use super::document::MaxValidityDocument;
use super::{At, Problems};
use crate::claims::{Claims, Kind};

/// The most seconds from a token's `iat` to its `exp`, for each kind. `None` means no limit, and that a token may never expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MaxValidity {
    /// Of application tokens.
    pub application: Option<u64>,
    /// Of user tokens.
    pub user: Option<u64>,
}

impl MaxValidity {
    /// Whether a token with these claims lasts longer than its kind may.
    pub fn is_exceeded(self, claims: &Claims<'_>) -> bool {
        let max = match claims.kind {
            Kind::Application => self.application,
            Kind::User => self.user,
        };
        max.is_some_and(|max| claims.exp.is_none_or(|exp| exp.0.saturating_sub(claims.iat.0) > max))
    }

    pub(super) fn check(document: Option<MaxValidityDocument>, at: At<'_>, problems: &mut Problems) -> Self {
        let MaxValidityDocument { application, user } = document.unwrap_or_default();
        for (name, max) in [("application", application), ("user", user)] {
            if max == Some(0) {
                problems.push(at.field(name), "must be at least 1; leave it out for no maximum");
            }
        }
        Self { application, user }
    }
}
