//! How much of a flood of security events is recorded.

use postern_model::{EventName, SecurityEvent};

/// The most records of one kind of event in some time. Each kind has a budget of its own, so that attempts that cost an attacker little do not
/// hide others.
#[derive(Debug, Clone, Copy)]
pub struct EventBudget {
    /// The records that any network may use.
    pub common: u64,
    /// Further records, for networks with fewer than `few`. They have no subject.
    pub reserve: u64,
    /// See `reserve`.
    pub few: u64,
    /// The records of one network, an IPv4 address or a /64 network of IPv6.
    pub of_network: u64,
}

/// What is recorded already.
pub trait Recorded {
    /// Why that cannot be found out.
    type Error;
    /// Whether there is a record of the same event, reason, source and subject, so that one more needs no further record.
    fn has(&self, event: &SecurityEvent) -> Result<bool, Self::Error>;
    /// The number of records of this kind of event.
    fn of_kind(&self, event: &SecurityEvent) -> Result<u64, Self::Error>;
    /// The number of records of this kind of event from the same network.
    fn of_network(&self, kind: EventName, network: &str) -> Result<u64, Self::Error>;
}

impl EventBudget {
    /// For one hour in the database: 7 kinds with 700 rows each.
    pub(super) const OF_AN_HOUR: Self = Self { common: 500, reserve: 200, few: 5, of_network: 100 };

    /// For the events of one second in memory.
    pub const OF_A_SECOND: Self = Self { common: 40, reserve: 20, few: 2, of_network: 20 };

    /// The event as it is recorded: itself while its kind and its network have room; otherwise the network without the subject, the source
    /// without the subject, or neither.
    pub fn fit<R: Recorded>(&self, mut event: SecurityEvent, recorded: &R) -> Result<SecurityEvent, R::Error> {
        if recorded.has(&event)? {
            return Ok(event);
        }
        let network = event.network();
        let from_network = recorded.of_network(event.event, &network)?;
        let full = from_network >= self.of_network;
        if full {
            event.source = event.source.map(|_| network);
            event.subject = Some(SecurityEvent::MANY.to_owned());
            if recorded.has(&event)? {
                return Ok(event);
            }
        }
        let of_kind = recorded.of_kind(&event)?;
        if of_kind < self.common {
            return Ok(event);
        }
        event.subject = event.subject.map(|_| SecurityEvent::MANY.to_owned());
        let reserved = of_kind < self.common + self.reserve && from_network < self.few;
        if reserved || recorded.has(&event)? {
            return Ok(event);
        }
        event.source = Some(SecurityEvent::MANY.to_owned());
        event.subject = Some(SecurityEvent::MANY.to_owned());
        Ok(event)
    }
}
