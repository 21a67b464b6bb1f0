//! The status lists that a gate holds, and until when each of them may be used.

use postern_token::bundle::{Issuer, by_address};
use postern_token::{DatedStatusList, Status, StatusList, StatusReference, UnixSeconds};

/// A status list of one of the gate's issuers.
#[derive(Debug)]
pub(crate) struct HeldList {
    /// The position of its issuer in the gate's list.
    pub(crate) issuer: usize,
    /// Its address.
    pub(crate) uri: String,
    /// Its version.
    pub(crate) version: String,
    /// The list; `None` where it is missing.
    pub(crate) list: Option<StatusList>,
    origin: Origin,
    /// The moment from which it is not used: one comparison for each decision, whatever the reason.
    usable_until: UnixSeconds,
}

/// Where a list came from, which says when it was fresh.
#[derive(Debug, Clone, Copy)]
enum Origin {
    /// It is in the bundle.
    Bundle,
    /// It was fetched; the issuer confirms it whenever it confirms the bundle.
    Confirmed(Ages),
}

/// How long a list that was fetched may be used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ages {
    /// The moment at which it expires.
    pub(crate) exp: UnixSeconds,
    /// For how many seconds it may be kept.
    pub(crate) ttl: u64,
}

impl Ages {
    /// The ages that the list's token names.
    pub(crate) fn of(dated: &DatedStatusList) -> Self {
        Self { exp: dated.times.exp.unwrap_or(UnixSeconds::NEVER), ttl: dated.times.ttl.unwrap_or(u64::MAX) }
    }
}

impl HeldList {
    /// A list of the bundle's own issuer that was fetched.
    pub(crate) fn fetched(uri: String, version: String, list: Option<(StatusList, Ages)>) -> Self {
        let (list, ages) = list.unzip();
        let ages = ages.unwrap_or(Ages { exp: UnixSeconds(0), ttl: 0 });
        Self { issuer: 0, uri, version, list, origin: Origin::Confirmed(ages), usable_until: ages.exp }
    }

    /// Ends or resumes the use of a fetched list by its `ttl`. `age` is the time since the issuer confirmed it, in milliseconds.
    fn set_age(&mut self, age: u64) {
        if let Origin::Confirmed(Ages { exp, ttl }) = self.origin {
            self.usable_until = if age > ttl.saturating_mul(1_000) { UnixSeconds(0) } else { exp };
        }
    }
}

/// The lists that a bundle holds, taken out of its issuers, in the order of [`by_address`].
pub(crate) fn take_lists(issuers: &mut [Issuer]) -> Vec<HeldList> {
    let mut held = Vec::new();
    for (issuer, own) in issuers.iter_mut().enumerate() {
        for listed in &mut own.status_lists {
            let Some(DatedStatusList { list, times }) = listed.list.take() else { continue };
            let (uri, version) = (listed.uri.clone(), listed.version.clone());
            held.push(HeldList { issuer, uri, version, list: Some(list), origin: Origin::Bundle, usable_until: times.end() });
        }
    }
    held.sort_unstable_by(|one, other| by_address(&one.uri, &other.uri));
    held
}

/// Sets how long ago the issuer confirmed the lists that were fetched, in milliseconds.
pub(crate) fn set_ages(lists: &mut [HeldList], age: u64) {
    lists.iter_mut().for_each(|held| held.set_age(age));
}

/// The status of a token of that issuer (draft-ietf-oauth-status-list-18 section 8.3); `None` when the list is missing, not the
/// issuer's, too short, or not to be used any more.
pub(crate) fn status(lists: &[HeldList], issuer: usize, reference: &StatusReference<'_>, now: UnixSeconds) -> Option<Status> {
    let found = lists.binary_search_by(|held| by_address(&held.uri, &reference.uri)).ok()?;
    let held = lists.get(found).filter(|held| held.issuer == issuer && now < held.usable_until)?;
    held.list.as_ref()?.status(reference.index)
}
