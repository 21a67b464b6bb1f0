//! Usage by day: counted in the background from what is recorded anyway, so that nothing that mints tokens waits for it.

use std::collections::BTreeMap;

use postern_token::UnixSeconds;

use super::{Act, Error};
use postern_model::{ApplicationId, Day, DayUsage, Role};
use postern_storage::UsageSelector;

/// How many days usage is kept, and the most days that are shown at once.
pub const USAGE_DAYS: u64 = 400;

/// The most audit entries and the most events that one transaction counts.
const STEP: u32 = 1000;

/// How old the number of live tokens becomes before they are counted again, in seconds.
const LIVE_AGE: u64 = 600;

/// Counts some of the tokens that were minted and of the requests that were refused since usage was last counted. Returns whether there may be
/// more to count. The numbers and how far they are counted change in one transaction, so that several processes count nothing twice.
pub fn count_usage(act: &Act<'_>) -> Result<bool, Error> {
    let (last, has_minted, has_refused) = act.storage().read(|transaction| {
        let last = transaction.last_audit()?;
        Ok::<_, Error>((last, last > transaction.usage_cursor()?.audit, transaction.has_refused_to_count()?))
    })?;
    if !has_minted && !has_refused {
        return Ok(false);
    }
    // On PostgreSQL concurrent writers may commit in another order than that of their entries' numbers. When those that were writing have
    // ended, every entry up to the last number is committed or never will be.
    let has_minted = has_minted && act.instance.storage().wait_for_writers()?;
    act.storage().write_concurrent(|transaction| {
        transaction.lock_usage()?;
        let first = Day::of(act.now).before(USAGE_DAYS);
        let all_minted = !has_minted || transaction.count_minted(last, first, STEP)? >= last;
        if has_refused {
            transaction.lock_events()?;
            transaction.count_refused(STEP)?;
        }
        transaction.delete_usage(first)?;
        Ok(!all_minted || transaction.has_refused_to_count()?)
    })
}

/// Counts the live tokens of each application, for today, unless they were counted a short time ago.
pub fn count_live_usage(act: &Act<'_>) -> Result<(), Error> {
    let is_due = |live_at: UnixSeconds| {
        live_at.0.saturating_add(LIVE_AGE) <= act.now.0 || live_at > act.now || Day::of(live_at) != Day::of(act.now)
    };
    let counted = act.storage().read(|transaction| {
        if !is_due(transaction.usage_cursor()?.live_at) {
            return Ok::<_, Error>(None);
        }
        let mut live = transaction.live_tokens_by_application(act.now)?;
        act.stores().read_each(transaction, |tables| {
            add(&mut live, tables.live_user_tokens_by_application(act.now)?);
            Ok(())
        })?;
        Ok(Some(live))
    })?;
    let Some(live) = counted else { return Ok(()) };
    act.storage().write_concurrent(|transaction| {
        transaction.lock_usage()?;
        // Another process may have been faster.
        if is_due(transaction.usage_cursor()?.live_at) {
            transaction.set_live_usage(&live, act.now)?;
        }
        Ok(())
    })
}

fn add(live: &mut BTreeMap<ApplicationId, u64>, more: BTreeMap<ApplicationId, u64>) {
    for (application, number) in more {
        *live.entry(application).or_default() += number;
    }
}

/// The usage of each day from `first` to `last`, at most [`USAGE_DAYS`]: of one application that the actor may see, or of all such applications
/// together.
pub fn show_usage(act: &Act<'_>, application: Option<&ApplicationId>, first: Day, last: Day) -> Result<Vec<DayUsage>, Error> {
    if act.actor.role().is_none() {
        return Err(Error::Forbidden { needed: Role::Auditor });
    }
    let first = first.max(last.before(USAGE_DAYS - 1));
    let found = act.storage().read(|transaction| {
        if let Some(id) = application {
            act.application(transaction, id)?;
        }
        let member = act.owner().filter(|_| application.is_none());
        Ok::<_, Error>(transaction.usage(&UsageSelector { application, member, first, last })?)
    })?;
    let mut found = found.into_iter().peekable();
    let days = (first.0..=last.0).map(Day);
    Ok(days.map(|day| found.next_if(|usage| usage.day == day).unwrap_or(DayUsage::none(day))).collect())
}
