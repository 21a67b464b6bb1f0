//! How much of a flood of security events is recorded.

use postern_model::{EventName, NetworkSize, SecurityEvent};

/// The most records of one kind of event in some time. Each kind has a budget of its own, so that attempts that cost an attacker little do not
/// hide others.
#[derive(Debug, Clone, Copy)]
pub struct EventBudget {
    /// The records that any network may use.
    pub common: u64,
    /// Further records, for networks with fewer than `few`. They have no subject.
    pub reserve: u64,
    /// See `reserve`: the records of the widest network that a source belongs to.
    pub few: u64,
    /// The records of one network of each size, without the one that counts what does not fit.
    pub of_network: OfNetwork,
}

/// The most records of one network, by its size. So that many networks within a larger one do not take the room of all others, a larger
/// network may have little more than a smaller one.
#[derive(Debug, Clone, Copy)]
pub struct OfNetwork {
    /// Of an IPv4 address, or a /64 network of IPv6.
    pub narrow: u64,
    /// Of a /24 network of IPv4, or a /56 network of IPv6.
    pub wide: u64,
    /// Of a /48 network of IPv6.
    pub widest: u64,
}

impl OfNetwork {
    const fn of(&self, size: NetworkSize) -> u64 {
        match size {
            NetworkSize::Narrow => self.narrow,
            NetworkSize::Wide => self.wide,
            NetworkSize::Widest => self.widest,
        }
    }
}

/// What is recorded already.
pub trait Recorded {
    /// Why that cannot be found out.
    type Error;
    /// Whether there is a record of the same event, reason, source and subject, so that one more needs no further record.
    fn has(&self, event: &SecurityEvent) -> Result<bool, Self::Error>;
    /// The number of records of this kind of event.
    fn of_kind(&self, event: &SecurityEvent) -> Result<u64, Self::Error>;
    /// The number of records of this kind of event from `network` and the networks within it.
    fn of_network(&self, kind: EventName, network: &str) -> Result<u64, Self::Error>;
}

impl EventBudget {
    /// For one hour in the database: 7 kinds with 700 rows each.
    pub(super) const OF_AN_HOUR: Self =
        Self { common: 500, reserve: 200, few: 5, of_network: OfNetwork { narrow: 100, wide: 150, widest: 200 } };

    /// For the events of one second in memory.
    pub const OF_A_SECOND: Self =
        Self { common: 40, reserve: 20, few: 2, of_network: OfNetwork { narrow: 20, wide: 22, widest: 24 } };

    /// The event as it is recorded: itself while its kind and its networks have room; otherwise without the subject, or with the narrowest of
    /// its networks that has room as the source, or with `*` as the source.
    pub fn fit<R: Recorded>(&self, event: SecurityEvent, recorded: &R) -> Result<SecurityEvent, R::Error> {
        if recorded.has(&event)? {
            return Ok(event);
        }
        let mut networks = Vec::new();
        for (size, network) in event.networks() {
            let records = recorded.of_network(event.event, &network)?;
            networks.push(Network { text: network, records, has_room: records < self.of_network.of(size) });
        }
        let of_kind = recorded.of_kind(&event)?;
        let is_few = networks.last().is_some_and(|widest| widest.records < self.few);
        let room = Room { common: of_kind < self.common, reserve: of_kind < self.common + self.reserve, is_few };
        if networks.iter().all(|network| network.has_room) {
            if room.common {
                return Ok(event);
            }
            let subject = event.subject.as_ref().map(|_| SecurityEvent::MANY.to_owned());
            let without_subject = SecurityEvent { subject, ..event.clone() };
            if room.for_network(false) || recorded.has(&without_subject)? {
                return Ok(without_subject);
            }
        }
        let mut larger = networks.as_slice();
        while let Some((network, rest)) = larger.split_first() {
            larger = rest;
            let of_network = event.counted_with(event.source.is_some().then(|| network.text.clone()));
            let fits = larger.iter().all(|network| network.has_room) && room.for_network(larger.is_empty());
            if fits || recorded.has(&of_network)? {
                return Ok(of_network);
            }
        }
        Ok(event.counted_with(Some(SecurityEvent::MANY.to_owned())))
    }
}

/// A network of an event's source.
struct Network {
    text: String,
    records: u64,
    has_room: bool,
}

/// What a kind of event has room for.
struct Room {
    /// For any network.
    common: bool,
    /// For networks with few records.
    reserve: bool,
    /// Whether the event's widest network has few.
    is_few: bool,
}

impl Room {
    /// Whether there is room for one more record. The widest network may have the one record that counts all others, in the reserve too.
    const fn for_network(&self, is_widest: bool) -> bool {
        self.common || (self.reserve && (self.is_few || is_widest))
    }
}
