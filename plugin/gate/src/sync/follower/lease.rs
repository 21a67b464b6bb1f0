//! The lease: of all workers, only its holder asks the issuer and publishes.

use super::work::Purpose;
use super::{Command, Event, Follower, Step};
use crate::sync::record::{Lease, Record};

/// How long a lease lasts, in milliseconds. If its holder stops, another worker takes over after that time.
const LEASE: u64 = 2_000;

/// How long before its end the holder renews the lease, in milliseconds.
const RENEWAL: u64 = 1_000;

/// How often a worker without the lease checks whether the lease is free, in milliseconds.
const LEASE_CHECK: u64 = 250;

/// The command whose result is the next event.
pub(super) enum LeaseStep {
    Read,
    Written,
}

impl Follower {
    /// Keeps the lease and asks the issuer, or checks whether the lease is free.
    pub(super) fn lead(&mut self) -> Command {
        if let Some(listed) = self.due_list() {
            return self.ask_for_list(listed);
        }
        let ends_soon = self.now.saturating_add(RENEWAL) >= self.lease_until;
        if self.pending.is_some() {
            return if ends_soon { self.renew_lease(Purpose::KeepWaiting) } else { Command::Wait(None) };
        }
        if self.now < self.next_attempt {
            let is_holder = self.lease_until > self.now;
            return if is_holder && ends_soon { self.renew_lease(Purpose::KeepPausing) } else { Command::Wait(None) };
        }
        self.renew_lease(Purpose::Ask)
    }

    /// Takes or renews the lease, if no other worker holds it.
    pub(super) fn renew_lease(&mut self, purpose: Purpose) -> Command {
        self.read(Record::Lease, Step::Lease(LeaseStep::Read, purpose))
    }

    pub(super) fn continue_lease(&mut self, step: LeaseStep, purpose: Purpose, result: &Event) -> Command {
        let worker = self.worker.unwrap_or_default();
        match (step, result) {
            (LeaseStep::Read, Event::Read { value, stamp }) => {
                let lease = value.as_deref().and_then(Lease::from_bytes);
                if lease.is_some_and(|lease| lease.holder != worker && lease.until > self.now) {
                    return self.lease_renewed(purpose, false);
                }
                let lease = Lease { holder: worker, until: self.now.saturating_add(LEASE) };
                self.write(Record::Lease, Some(lease.to_bytes().to_vec()), *stamp, Step::Lease(LeaseStep::Written, purpose))
            }
            (LeaseStep::Read, _) => self.lease_renewed(purpose, false),
            (LeaseStep::Written, result) => self.lease_renewed(purpose, result.is_written()),
        }
    }

    fn lease_renewed(&mut self, purpose: Purpose, is_holder: bool) -> Command {
        self.lease_until = if is_holder { self.now.saturating_add(LEASE) } else { 0 };
        match (purpose, is_holder) {
            (Purpose::KeepWaiting, true) | (Purpose::KeepPausing, _) => Command::Wait(None),
            (Purpose::KeepWaiting, false) => {
                // Another worker has taken over; this one must not publish later answers of the issuer.
                self.pending = None;
                self.check_lease_later()
            }
            (Purpose::Ask, true) => self.ask_for_bundle(),
            (Purpose::Ask, false) => self.check_lease_later(),
            (Purpose::Confirm(confirmation), true) => self.confirm(confirmation),
            (Purpose::WriteList(answered), true) => self.write_list(*answered),
            (Purpose::Publish(incoming), true) => self.publish(incoming),
            (Purpose::PublishList(answered), true) => self.publish_list(answered),
            (Purpose::Confirm(_) | Purpose::PublishList(_) | Purpose::WriteList(_) | Purpose::Publish(_), false) => {
                self.conclude(None)
            }
        }
    }

    fn check_lease_later(&mut self) -> Command {
        self.next_attempt = self.now.saturating_add(LEASE_CHECK);
        Command::Wait(None)
    }
}
