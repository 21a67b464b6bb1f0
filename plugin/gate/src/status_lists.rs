//! The status lists that a gate holds, and until when each of them may be used.

use postern_token::bundle::{Issuer, by_address};
use postern_token::{DatedStatusList, Status, StatusList, StatusListTimes, StatusReference, UnixSeconds};

/// A status list of one of the gate's issuers.
#[derive(Debug)]
pub(crate) struct HeldList {
    /// The position of its issuer in the gate's list.
    pub(crate) issuer: usize,
    /// Its address.
    pub(crate) uri: String,
    /// Its version.
    pub(crate) version: String,
    /// The list; `None` if it is missing.
    pub(crate) list: Option<StatusList>,
    origin: Origin,
    /// The moment from which the list is not used, for any reason, so that each decision needs only one comparison.
    pub(crate) usable_until: UnixSeconds,
    /// Whether [`take_end`] has reported the list's end.
    has_ended: bool,
}

/// Where a list came from, which determines when it was fresh.
#[derive(Debug, Clone, Copy)]
enum Origin {
    /// It is in the bundle.
    Bundle,
    /// It was fetched; the bundle's own issuer confirms it whenever it confirms the bundle.
    Confirmed(Ages),
    /// It was fetched from a trusted issuer at this time, in milliseconds of the host's monotonic clock.
    Fetched(Ages, u64),
}

/// When a fetched list was made, and how long it may be used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ages {
    /// The moment at which it expires.
    pub(crate) exp: UnixSeconds,
    /// For how many seconds it may be kept.
    pub(crate) ttl: u64,
    /// When its issuer made it. A list of a trusted issuer is never replaced by an older one.
    pub(crate) iat: UnixSeconds,
}

impl Ages {
    /// The ages that the list's token names.
    pub(crate) fn of(dated: &DatedStatusList) -> Self {
        let StatusListTimes { iat, exp, ttl } = dated.times;
        Self { exp: exp.unwrap_or(UnixSeconds::NEVER), ttl: ttl.unwrap_or(u64::MAX), iat }
    }
}

impl HeldList {
    /// A fetched list. `fetched_at` is given for a list of a trusted issuer.
    pub(crate) fn fetched(
        issuer: usize,
        (uri, version): (String, String),
        list: Option<(StatusList, Ages)>,
        fetched_at: Option<u64>,
    ) -> Self {
        let (list, ages) = list.unzip();
        let ages = ages.unwrap_or(Ages { exp: UnixSeconds(0), ttl: 0, iat: UnixSeconds(0) });
        let origin = fetched_at.map_or(Origin::Confirmed(ages), |at| Origin::Fetched(ages, at));
        Self { issuer, uri, version, list, origin, usable_until: ages.exp, has_ended: false }
    }

    /// Whether the list was fetched and is not from the bundle.
    pub(crate) fn is_fetched(&self) -> bool {
        self.ages().is_some()
    }

    /// When the list was made and how long it may be used, if it was fetched.
    pub(crate) fn ages(&self) -> Option<Ages> {
        match self.origin {
            Origin::Bundle => None,
            Origin::Confirmed(ages) | Origin::Fetched(ages, _) => Some(ages),
        }
    }

    /// Ends or resumes the use of a fetched list by its age.
    fn set_age(&mut self, clock: AgeClock) {
        let (Ages { exp, ttl, .. }, age) = match self.origin {
            Origin::Bundle => return,
            Origin::Confirmed(ages) => (ages, clock.bundle_age),
            Origin::Fetched(ages, at) => (ages, clock.now.saturating_sub(at)),
        };
        let longest = ttl.saturating_mul(1_000).min(clock.max_staleness);
        self.usable_until = if age > longest { UnixSeconds(0) } else { exp };
    }
}

/// The lists that a bundle holds, taken out of its issuers, in the order of [`by_address`].
pub(crate) fn take_lists(issuers: &mut [Issuer]) -> Vec<HeldList> {
    let mut held = Vec::new();
    for (issuer, own) in issuers.iter_mut().enumerate() {
        for listed in &mut own.status_lists {
            let Some(DatedStatusList { list, times, .. }) = listed.list.take() else { continue };
            let (uri, version) = (listed.uri.clone(), listed.version.clone());
            let (list, usable_until) = (Some(list), times.end());
            insert(&mut held, HeldList { issuer, uri, version, list, origin: Origin::Bundle, usable_until, has_ended: false });
        }
    }
    held
}

/// Inserts a list at its position, and replaces a list with the same address. The lists stay in the order of [`by_address`].
pub(crate) fn insert(lists: &mut Vec<HeldList>, held: HeldList) {
    match lists.binary_search_by(|other| by_address(&other.uri, &held.uri)) {
        Ok(at) => {
            if let Some(same) = lists.get_mut(at) {
                *same = held;
            }
        }
        Err(at) => lists.insert(at, held),
    }
}

/// The list at `uri`.
pub(crate) fn find<'a>(lists: &'a [HeldList], uri: &str) -> Option<&'a HeldList> {
    let at = lists.binary_search_by(|held| by_address(&held.uri, uri)).ok()?;
    lists.get(at)
}

/// The values that decide whether a list is too old, all in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AgeClock {
    /// The monotonic time.
    pub(crate) now: u64,
    /// How long ago the issuer confirmed the bundle.
    pub(crate) bundle_age: u64,
    /// How long a bundle or a list may be used without an answer from its issuer.
    pub(crate) max_staleness: u64,
}

/// Ends or resumes the use of the lists that were fetched, by their age.
pub(crate) fn set_ages(lists: &mut [HeldList], clock: AgeClock) {
    for held in lists {
        held.set_age(clock);
    }
}

/// Whether a list has ended since the last call. A missing list is no end: the next rounds of the follower find it.
pub(crate) fn take_end(lists: &mut [HeldList], now: UnixSeconds) -> bool {
    lists.iter_mut().fold(false, |any, held| {
        let has_ended = held.list.is_some() && now >= held.usable_until;
        let is_new = has_ended && !held.has_ended;
        held.has_ended = has_ended;
        any || is_new
    })
}

/// The status of a token of that issuer (draft-ietf-oauth-status-list-18 section 8.3); `None` when the list is missing, belongs to another
/// issuer, is too short, or may no longer be used.
pub(crate) fn status(lists: &[HeldList], issuer: usize, reference: &StatusReference<'_>, now: UnixSeconds) -> Option<Status> {
    let held = find(lists, &reference.uri).filter(|held| held.issuer == issuer && now < held.usable_until)?;
    held.list.as_ref()?.status(reference.index)
}
