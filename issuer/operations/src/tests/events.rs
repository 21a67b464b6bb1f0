//! Security events, the source of audit entries, and the entries that are handed over when they are committed.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use postern_model::{Actor, EventName, Role, SecurityEvent};

use super::super::*;
use super::*;

on_both!(
    repetitions_within_an_hour_share_a_row,
    filters_select_events_and_only_members_who_may_see_them,
    a_flood_adds_a_bounded_number_of_rows,
    many_addresses_of_one_network_count_as_one,
    a_large_network_hides_no_other_source,
    a_flood_hides_neither_new_sources_nor_other_kinds,
    old_events_are_pruned,
    audit_entries_name_the_source,
    audit_entries_are_handed_over_when_they_are_committed,
);

/// The beginning of an hour, in which the tests stay.
const HOUR: UnixSeconds = UnixSeconds(1_800_000_000);

fn event(reason: &str, source: &str, subject: Option<&str>, at: u64) -> SecurityEvent {
    let at = HOUR.plus(at);
    SecurityEvent {
        number: 0,
        event: EventName::SignIn,
        reason: reason.to_owned(),
        source: Some(source.to_owned()),
        subject: subject.map(str::to_owned),
        first_at: at,
        last_at: at,
        times: 1,
    }
}

fn listed(fixture: &Fixture, filter: &EventFilter) -> Vec<(String, Option<String>, u64)> {
    let events = list_events(&fixture.act(), filter, 1000).unwrap();
    events.into_iter().map(|event| (event.source.unwrap_or_default(), event.subject, event.times)).collect()
}

fn repetitions_within_an_hour_share_a_row(engine: Engine) {
    let fixture = Fixture::new(engine);
    let alice = |at| event("wrong_credentials", "192.0.2.1", Some("alice@local"), at);
    for events in [vec![alice(0), alice(5)], vec![alice(3599)], vec![alice(3600)]] {
        record_events(&fixture.act(), &events).unwrap();
    }
    let found = list_events(&fixture.act(), &EventFilter::default(), 10).unwrap();
    let counts: Vec<_> = found.iter().map(|event| (event.first_at, event.last_at, event.times)).collect();
    assert_eq!(counts, [(HOUR.plus(3600), HOUR.plus(3600), 1), (HOUR, HOUR.plus(3599), 3)]);
    // Another reason, source or subject, and none, is another row.
    for other in [
        event("throttled", "192.0.2.1", Some("alice@local"), 1),
        event("wrong_credentials", "192.0.2.2", Some("alice@local"), 1),
        event("wrong_credentials", "192.0.2.1", Some("bob@local"), 1),
        event("wrong_credentials", "192.0.2.1", None, 1),
        SecurityEvent { source: None, ..event("wrong_credentials", "", None, 1) },
    ] {
        record_events(&fixture.act(), &[other]).unwrap();
    }
    assert_eq!(listed(&fixture, &EventFilter::default()).len(), 7);
}

fn filters_select_events_and_only_members_who_may_see_them(engine: Engine) {
    let fixture = Fixture::new(engine);
    let client = SecurityEvent { event: EventName::Client, ..event("throttled", "192.0.2.2", Some("ck_a"), 100) };
    record_events(&fixture.act(), &[event("wrong_credentials", "192.0.2.1", Some("alice@local"), 0), client]).unwrap();
    let all = EventFilter::default();
    for (filter, source) in [
        (EventFilter { event: Some("client.refused".into()), ..all.clone() }, "192.0.2.2"),
        (EventFilter { source: Some("192.0.2.1".into()), ..all.clone() }, "192.0.2.1"),
        (EventFilter { subject: Some("ck_a".into()), ..all.clone() }, "192.0.2.2"),
        (EventFilter { since: Some(HOUR.plus(1)), ..all.clone() }, "192.0.2.2"),
        (EventFilter { until: Some(HOUR.plus(1)), ..all.clone() }, "192.0.2.1"),
    ] {
        let found = listed(&fixture, &filter);
        assert!(found.len() == 1 && found[0].0 == source, "{filter:?}: {found:?}");
    }
    assert!(list_events(&fixture.member("audrey", Role::Auditor), &all, 10).is_ok());
    let refused = list_events(&fixture.member("dora", Role::Developer), &all, 10);
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
}

fn a_flood_adds_a_bounded_number_of_rows(engine: Engine) {
    let fixture = Fixture::new(engine);
    // One address tries many names.
    let names: Vec<String> = (0..300).map(|number| format!("user{number}@local")).collect();
    let events: Vec<_> = names.iter().map(|name| event("wrong_credentials", "192.0.2.1", Some(name), 0)).collect();
    record_events(&fixture.act(), &events).unwrap();
    let found = listed(&fixture, &EventFilter::default());
    assert_eq!((found.len(), found.iter().map(|(.., times)| times).sum::<u64>()), (101, 300), "nothing is lost from the count");
    assert!(found.contains(&("192.0.2.1".to_owned(), Some("*".to_owned()), 200)));
    // What has a row already is still counted there.
    record_events(&fixture.act(), &[event("wrong_credentials", "192.0.2.1", Some("user1@local"), 2)]).unwrap();
    let of = |subject: &str| EventFilter { subject: Some(subject.into()), ..EventFilter::default() };
    assert_eq!(listed(&fixture, &of("user1@local"))[0].2, 2);
}

fn many_addresses_of_one_network_count_as_one(engine: Engine) {
    let fixture = Fixture::new(engine);
    let attempts: Vec<(String, String)> =
        (0..300).map(|number| (format!("2001:db8::{number:x}"), format!("ck_{number}"))).collect();
    let events: Vec<_> = attempts.iter().map(|(source, subject)| event("throttled", source, Some(subject), 0)).collect();
    record_events(&fixture.act(), &events).unwrap();
    assert_eq!(listed(&fixture, &EventFilter::default()).len(), 101);
    let from = |source: &str| EventFilter { source: Some(source.into()), ..EventFilter::default() };
    assert_eq!(listed(&fixture, &from("2001:db8::/64")), [("2001:db8::/64".to_owned(), Some("*".to_owned()), 200)]);
    // The filter by an address also finds the rows that name only its network.
    assert_eq!(listed(&fixture, &from("2001:db8::1")).len(), 2);
    assert_eq!(listed(&fixture, &from("2001:db8::fff")).len(), 1);
}

fn a_large_network_hides_no_other_source(engine: Engine) {
    let fixture = Fixture::new(engine);
    let from = |source: &str| EventFilter { source: Some(source.into()), ..EventFilter::default() };
    // Every address is in a /64 network of its own, and those of the second /48 network are in different /56 networks too.
    let of_one_48 = |prefix: &str, step: u32| -> Vec<SecurityEvent> {
        let source = |number: u32| format!("2001:db8:{prefix}:{:x}::1", number * step);
        (0..600).map(|number| event("throttled", &source(number), Some(&format!("user{number}@local")), 0)).collect()
    };
    let of_one_24 = (0..256).map(|number| event("throttled", &format!("198.51.100.{number}"), Some("alice@local"), 0)).collect();
    for (flood, network, rows) in [
        // Two /56 networks take 151 of the 201 rows, and what is left of them.
        (of_one_48("7", 1), "2001:db8:7::/48", 201),
        (of_one_48("8", 0x40), "2001:db8:8::/48", 201),
        (of_one_24, "198.51.100.0/24", 151),
    ] {
        let fixture = Fixture::new(engine);
        record_events(&fixture.act(), &flood).unwrap();
        record_events(&fixture.act(), &[event("throttled", "203.0.113.99", Some("bob@local"), 1)]).unwrap();
        let found = listed(&fixture, &EventFilter::default());
        assert_eq!(found.iter().map(|(.., times)| *times).sum::<u64>(), 1 + u64::try_from(flood.len()).unwrap());
        assert_eq!(found.len(), rows + 1, "{network}");
        assert_eq!(listed(&fixture, &from("203.0.113.99")), [("203.0.113.99".to_owned(), Some("bob@local".to_owned()), 1)]);
        assert!(found.iter().any(|(source, subject, _)| source == network && subject.as_deref() == Some("*")), "{network}");
    }
    // The filter by an address also finds the rows that name only a network of it.
    record_events(&fixture.act(), &of_one_48("7", 1)).unwrap();
    for (address, network) in [("2001:db8:7:ff::9", "2001:db8:7::/56"), ("2001:db8:7:ff00::9", "2001:db8:7::/48")] {
        assert!(listed(&fixture, &from(address)).iter().any(|(source, ..)| source == network), "{address}");
    }
}

fn a_flood_hides_neither_new_sources_nor_other_kinds(engine: Engine) {
    let fixture = Fixture::new(engine);
    // Many networks use up what any network may use.
    let hour = HOUR.0 / 3600;
    fixture.execute(&format!(
        "INSERT INTO security_events (hour, event, reason, source, subject, first_at, last_at, times, network)
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 500)
         SELECT {hour}, 'sign_in.refused', 'throttled', 'source ' || (n % 50), n, {at}, {at}, 1, 'source ' || (n % 50) FROM numbers",
        at = HOUR.0
    ));
    let alice = |source: &str, at| event("throttled", source, Some("alice@local"), at);
    let from = |source: &str| EventFilter { source: Some(source.into()), ..EventFilter::default() };
    record_events(&fixture.act(), &[alice("203.0.113.99", 1), alice("source 7", 1)]).unwrap();
    assert_eq!(listed(&fixture, &from("203.0.113.99")), [("203.0.113.99".to_owned(), Some("*".to_owned()), 1)]);
    // A source that is on record has one more row, for all that does not fit.
    assert!(listed(&fixture, &from("source 7")).contains(&("source 7".to_owned(), Some("*".to_owned()), 1)));
    // The reserve is bounded too.
    let sources: Vec<String> = (0..400).map(|number| format!("10.{}.{}.7", number / 250, number % 250)).collect();
    let events: Vec<_> = sources.iter().map(|source| alice(source, 2)).collect();
    record_events(&fixture.act(), &events).unwrap();
    assert_eq!(listed(&fixture, &from("*")), [("*".to_owned(), Some("*".to_owned()), 400 - 198)]);
    // A source on record is still counted there, another kind has a budget of its own, and the next hour begins anew.
    let client = SecurityEvent { event: EventName::Client, ..alice("203.0.113.98", 3) };
    record_events(&fixture.act(), &[alice("203.0.113.99", 3), client, alice("203.0.113.97", 3600)]).unwrap();
    assert_eq!(listed(&fixture, &from("203.0.113.99"))[0].2, 2);
    for source in ["203.0.113.98", "203.0.113.97"] {
        assert_eq!(listed(&fixture, &from(source)), [(source.to_owned(), Some("alice@local".to_owned()), 1)]);
    }
    let networks =
        fixture.instance.storage().read(|transaction| transaction.networks_of_events(HOUR, EventName::SignIn)).unwrap();
    assert_eq!(networks.iter().map(|(_, rows)| rows).sum::<u64>(), 701, "with the one for what does not fit");
}

fn old_events_are_pruned(engine: Engine) {
    let fixture = Fixture::new(engine);
    record_events(&fixture.act(), &[event("a", "192.0.2.1", None, 0), event("b", "192.0.2.2", None, 7200)]).unwrap();
    assert!(!prune_events(&fixture.at(HOUR.plus(7300)), 100).unwrap());
    assert_eq!(listed(&fixture, &EventFilter::default()).len(), 1);
    for number in 0..5 {
        record_events(&fixture.act(), &[event("c", &format!("192.0.2.{number}"), None, 7200)]).unwrap();
    }
    let excess = |transaction: &postern_storage::Transaction<'_>| transaction.delete_events(UnixSeconds(0), 2, 10);
    assert_eq!(fixture.instance.storage().write(excess).unwrap(), 4);
    let kept: Vec<String> = listed(&fixture, &EventFilter::default()).into_iter().map(|(source, ..)| source).collect();
    assert_eq!(kept, ["192.0.2.4", "192.0.2.3"]);
}

fn audit_entries_name_the_source(engine: Engine) {
    let fixture = Fixture::new(engine);
    let from = |address: &str| fixture.act().from_source(Some(address.parse::<IpAddr>().unwrap()));
    create_application(&from("192.0.2.7"), "One".parse().unwrap()).unwrap();
    create_application(&from("::ffff:192.0.2.8"), "Two".parse().unwrap()).unwrap();
    create_application(&fixture.act(), "Three".parse().unwrap()).unwrap();
    let sources = |filter: &AuditFilter| -> Vec<Option<String>> {
        let entries = list_audit(&fixture.act(), filter, 3).unwrap();
        entries.iter().map(|entry| entry.source.map(|source| source.to_string())).collect()
    };
    assert_eq!(sources(&AuditFilter::default()), [None, Some("192.0.2.8".into()), Some("192.0.2.7".into())]);
    let one = AuditFilter { source: Some("192.0.2.7".parse().unwrap()), ..AuditFilter::default() };
    assert_eq!(sources(&one), [Some("192.0.2.7".to_owned())]);
}

fn audit_entries_are_handed_over_when_they_are_committed(engine: Engine) {
    let fixture = Fixture::new(engine);
    let heard = Arc::<Mutex<Vec<(u64, String)>>>::default();
    let noted = Arc::clone(&heard);
    let instance = fixture.another(&fixture.master_key, 5).with_audit_sink(Box::new(move |entry| {
        noted.lock().unwrap().push((entry.number, entry.action.clone()));
    }));
    let act = instance.act(Actor::Operator);
    let application = create_application(&act, "Heard".parse().unwrap()).unwrap();
    // An entry of a transaction that is rolled back is not handed over.
    let change = ApplicationChange::default();
    assert!(change_application(&act, &application.id, change, |_| false).is_err());
    delete_application(&act, application.id.as_str(), |_| true).unwrap();
    let heard: Vec<(u64, String)> = heard.lock().unwrap().clone();
    let kept: Vec<(u64, String)> = fixture.audit().iter().map(|entry| (entry.number, entry.action.clone())).collect();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard, kept[kept.len() - 2..]);
}
