//! Limits for guesses at passwords, codes of second factors and user codes of devices.
//!
//! The counts are in the database, so a restart or further processes do not change them. A guess is counted before it is verified, and
//! uncounted if it was right: so no more guesses are verified when many arrive at once than when they arrive one after the other.

mod counter;
mod device;
mod prune;

use std::net::IpAddr;

use postern_token::UnixSeconds;

use crate::error::{GrantError, UserError};
use crate::logins::throttling_name;
use crate::{Act, Error};
use counter::Counter;
use postern_model::{UserId, network};
use postern_secrets::PlainSecret;
use postern_storage::Transaction;

pub use device::remember_device;
pub use prune::prune_guesses;

/// The limits that the configuration sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuessLimits {
    /// The wrong passwords for one name from one address that are allowed in a burst and in each minute after it; at least 1.
    pub per_minute: u32,
    /// The wrong passwords for one account in a row, over all addresses; 1 to [`GuessLimits::MAX_PER_ACCOUNT`].
    pub per_account: u32,
}

impl GuessLimits {
    /// The most consecutive wrong passwords for one account (NIST SP 800-63B section 3.2.2).
    pub const MAX_PER_ACCOUNT: u32 = 100;
}

impl Default for GuessLimits {
    fn default() -> Self {
        Self { per_minute: 30, per_account: Self::MAX_PER_ACCOUNT }
    }
}

/// The wrong passwords in a row from a browser in which the user has signed in before.
const PER_DEVICE: u32 = 10;

/// One address may send this many times the wrong passwords that it may send for one name, because many people may share an address.
const NAMES_PER_ADDRESS: u32 = 10;

const MINUTE: u64 = 60;

/// The wrong codes for one second factor in each [`CODES_PERIOD`]. Three of a million codes are right at a time, so whoever guesses at this rate
/// for a day has one chance in 350.
const CODES: u32 = 10;

const CODES_PERIOD: u64 = 15 * MINUTE;

/// The counts that limit one guess.
#[derive(Debug)]
pub struct Guard {
    /// The count of the browser, if the user has signed in there before. While it is below its limit, the other counts are ignored.
    device: Option<Counter>,
    /// The counts that apply to unknown browsers.
    counters: Vec<Counter>,
    /// The index of the counter of names in `counters`, and that of the name at its address: only the first wrong password for a name
    /// counts among the names.
    names: Option<(usize, usize)>,
    /// The counts that a right password resets.
    account: Option<Counter>,
}

impl Guard {
    /// Guards a sign-in as `login` from `address`. `device` is the device cookie that the browser sent, see [`remember_device`].
    ///
    /// A browser in which this user has signed in before has a separate count, so that an attacker cannot lock the user out there. All
    /// other browsers share four counts: of the name at the address, of the address, of the names that the address tries, and of the
    /// account.
    pub fn of_sign_in(act: &Act<'_>, limits: GuessLimits, login: &str, address: IpAddr, device: Option<&PlainSecret>) -> Self {
        let name = throttling_name(act, login);
        let network = network(address).to_string();
        let account = Counter::consecutive("account", &[&name], limits.per_account);
        let counters = vec![
            Counter::falling("name", &[&name, &network], limits.per_minute, MINUTE),
            Counter::falling("address", &[&network], limits.per_minute.saturating_mul(NAMES_PER_ADDRESS), MINUTE),
            Counter::falling("names", &[&network], limits.per_minute, 10 * MINUTE),
            account,
        ];
        let known = device.and_then(|cookie| device::find(act, &name, cookie));
        let device = known.map(|device| Counter::consecutive("device", &[&name, &device], PER_DEVICE));
        Self { device, counters, names: Some((2, 0)), account: Some(account) }
    }

    /// Guards the present password of a user who changes it: a person at an unlocked computer must not be able to guess it.
    pub fn of_password_change(limits: GuessLimits, user: &UserId, address: IpAddr) -> Self {
        let (name, network) = (user.to_string(), network(address).to_string());
        let in_a_row = Counter::consecutive("change", &[&name], limits.per_account);
        let counters = vec![Counter::falling("name", &[&name, &network], limits.per_minute, MINUTE), in_a_row];
        Self { device: None, counters, names: None, account: Some(in_a_row) }
    }

    /// Guards the codes of a user's second factor, recovery codes too. Only those who know the password come so far, so one count for all
    /// addresses locks no one out who has not lost the password.
    pub fn of_second_factor(limits: GuessLimits, user: &UserId) -> Self {
        let name = user.to_string();
        let in_a_row = Counter::consecutive("second factor", &[&name], limits.per_account);
        let counters = vec![Counter::falling("codes", &[&name], CODES, CODES_PERIOD), in_a_row];
        Self { device: None, counters, names: None, account: Some(in_a_row) }
    }

    /// Guards the user code of a device that a signed-in user enters.
    pub fn of_user_code(limits: GuessLimits, user: &UserId, address: IpAddr) -> Self {
        let (name, network) = (user.to_string(), network(address).to_string());
        let counters = vec![Counter::falling("user code", &[&name, &network], limits.per_minute, MINUTE)];
        Self { device: None, counters, names: None, account: None }
    }

    /// The keys of every count that the guard may touch, sorted.
    fn keys(&self) -> Vec<[u8; 32]> {
        let all = self.counters.iter().chain(&self.device).chain(&self.account);
        let mut keys: Vec<_> = all.map(|counter| counter.key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The counts that a wrong guess raises now, each with its present level; an error if one of them is at its limit.
    fn assess(&self, transaction: &Transaction<'_>, now: UnixSeconds) -> Result<Vec<(Counter, u64)>, Error> {
        if let Some(device) = self.device {
            let level = device.level(transaction, now)?;
            if device.check(level).is_ok() {
                return Ok(vec![(device, level)]);
            }
        }
        let levels: Vec<u64> =
            self.counters.iter().map(|counter| counter.level(transaction, now)).collect::<Result<_, Error>>()?;
        let known_name = |index: usize| levels.get(index).is_some_and(|level| *level > 0);
        let mut raised = Vec::new();
        for (index, (counter, level)) in self.counters.iter().zip(&levels).enumerate() {
            if self.names.is_some_and(|(names, name)| names == index && known_name(name)) {
                continue;
            }
            counter.check(*level)?;
            raised.push((*counter, *level));
        }
        Ok(raised)
    }
}

/// Fails if a guess would be refused now. It writes nothing, so a flood of refused guesses costs little; [`guarded`] decides.
pub fn check_guess(act: &Act<'_>, guard: &Guard) -> Result<(), Error> {
    act.storage().read(|transaction| guard.assess(transaction, act.now).map(drop))
}

/// Runs `verify` unless too many guesses were wrong. A wrong guess is counted; a right one resets the consecutive counts.
pub fn guarded<T>(act: &Act<'_>, guard: &Guard, verify: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let keys = guard.keys();
    let taken = act.storage().write_concurrent(|transaction| {
        transaction.lock_guess_counts(keys.iter())?;
        let raised = guard.assess(transaction, act.now)?;
        for (counter, level) in &raised {
            counter.set(transaction, level.saturating_add(counter::ONE), act.now)?;
        }
        Ok::<_, Error>(raised)
    })?;
    let result = verify();
    let right = result.is_ok();
    if !right && result.as_ref().is_err_and(is_wrong) {
        return result;
    }
    act.storage().write_concurrent(|transaction| {
        transaction.lock_guess_counts(keys.iter())?;
        for (counter, _) in &taken {
            counter.take_back(transaction, act.now)?;
        }
        if right {
            let ended = guard.device.iter().chain(&guard.account);
            ended.into_iter().try_for_each(|counter| Ok(transaction.delete_guess_count(&counter.key)?))
        } else {
            Ok::<_, Error>(())
        }
    })?;
    result
}

/// Resets the counts of an account, after an administrator set another password or unlocked it.
pub(crate) fn forget_failures(transaction: &Transaction<'_>, user: &UserId) -> Result<(), Error> {
    let name = user.to_string();
    let in_a_row = ["account", "change", "second factor"].map(|purpose| Counter::consecutive(purpose, &[&name], 1));
    for counter in in_a_row.into_iter().chain([Counter::falling("codes", &[&name], CODES, CODES_PERIOD)]) {
        transaction.delete_guess_count(&counter.key)?;
    }
    Ok(())
}

/// Whether the guess was wrong, as opposed to a failure that says nothing about it.
const fn is_wrong(error: &Error) -> bool {
    matches!(
        error,
        Error::User(UserError::WrongCredentials | UserError::WrongCode)
            | Error::Grant(GrantError::Invalid(_) | GrantError::UnknownUserCode)
    )
}
