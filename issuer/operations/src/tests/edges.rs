//! The bundle of edges, and the authentication of edges.

use postern_token::KeyType;

use super::super::*;
use super::*;
use crate::error::{ApiError, EdgeError};
use postern_model::{Actor, BundleRevision, EdgeContact, EdgeContacts, EdgeEnvironment, EdgeState, HeldBundle, Role};
use postern_secrets::PlainSecret;

on_both!(
    apis_share_a_context_only_on_different_hosts,
    an_edge_is_authenticated_by_its_key_alone,
    an_edge_is_behind_until_it_asks_with_the_current_bundle,
    contacts_change_no_bundle_and_are_bounded,
    two_processes_record_contacts_of_the_same_edge,
);

fn apis_share_a_context_only_on_different_hosts(engine: Engine) {
    let fixture = Fixture::new(engine);
    let add = |json: &str| add_api(&fixture.act(), &api(json));
    add(r#"{"name":"a","version":"1","context":"/x","hosts":["a.example"]}"#).unwrap();
    add(r#"{"name":"b","version":"1","context":"/x","hosts":["b.example"]}"#).unwrap();
    let refused = add(r#"{"name":"c","version":"1","context":"/x","hosts":["c.example","b.example"]}"#);
    assert!(matches!(refused, Err(Error::Api(ApiError::Overlaps { existing, .. })) if existing == "b/1"));
    assert!(matches!(add(r#"{"name":"a","version":"1","context":"/y"}"#), Err(Error::Api(ApiError::AlreadyExists(_)))));
    assert!(matches!(add(r#"{"name":"a b","version":"1","context":"/y"}"#), Err(Error::Api(ApiError::Invalid(_)))));
    compose_bundle(&fixture.act(), Some(KeyType::Sandbox)).unwrap();
}

fn an_edge_is_authenticated_by_its_key_alone(engine: Engine) {
    let fixture = Fixture::new(engine);
    let act = fixture.act();
    let name = "edge-1".parse().unwrap();
    let key = create_edge_key(&act, &name, EdgeEnvironment::Both).unwrap();
    assert_eq!(authenticate_edge(&act, &key).unwrap().name, name);
    assert!(compose_live_bundle(&act, None).unwrap().edges.hold(&key));
    let stranger = PlainSecret::presented("edge-1".into());
    assert!(matches!(authenticate_edge(&act, &stranger), Err(Error::Edge(EdgeError::UnknownKey))));
    assert!(!compose_live_bundle(&act, None).unwrap().edges.hold(&stranger));
    assert!(matches!(create_edge_key(&act, &name, EdgeEnvironment::Both), Err(Error::Edge(EdgeError::KeyAlreadyExists(_)))));
    assert_eq!(list_edge_keys(&act).unwrap().len(), 1);
    remove_edge_key(&act, &name, |_| true).unwrap();
    assert!(matches!(authenticate_edge(&act, &key), Err(Error::Edge(EdgeError::UnknownKey))));
    assert!(matches!(remove_edge_key(&act, &name, |_| true), Err(Error::Edge(EdgeError::KeyNotFound(_)))));
}

fn current(act: &Act<'_>) -> BundleRevision {
    let bundle = compose_live_bundle(act, None).unwrap();
    BundleRevision { epoch: bundle.document.epoch.unwrap_or_default(), revision: bundle.revision }
}

/// A contact of `edge-1` from `source`, at the time of the act.
fn hear(act: &Act<'_>, source: &str, held: HeldBundle, sent: Option<BundleRevision>) {
    let mut contacts = EdgeContacts::default();
    contacts.add(&"edge-1".parse().unwrap(), source.to_owned(), EdgeContact { heard_at: act.now(), held, sent });
    record_edge_contacts(act, &contacts).unwrap();
}

fn an_edge_is_behind_until_it_asks_with_the_current_bundle(engine: Engine) {
    let fixture = Fixture::new(engine);
    let at = |seconds| fixture.at(NOW.plus(seconds));
    let shown = |seconds| show_edge(&at(seconds), &"edge-1".parse().unwrap());
    assert!(matches!(shown(0), Err(Error::Edge(EdgeError::KeyNotFound(_)))));
    create_edge_key(&at(0), &"edge-1".parse().unwrap(), EdgeEnvironment::Both).unwrap();
    assert_eq!((shown(0).unwrap().state(), shown(0).unwrap().heard_at), (EdgeState::Unseen, None));
    // At first it has nothing, and is sent the bundle.
    let first = current(&at(0));
    hear(&at(0), "192.0.2.1", HeldBundle::Nothing, Some(first));
    let edge = shown(1).unwrap();
    assert_eq!((edge.state(), edge.behind_since(), edge.connected), (EdgeState::Sent, Some(NOW), 1));
    hear(&at(2), "192.0.2.1", HeldBundle::Current(first), None);
    let edge = shown(3).unwrap();
    assert_eq!((edge.state(), edge.behind_since(), edge.heard_at), (EdgeState::Current, None, Some(NOW.plus(2))));
    // After a change it is behind at once, and the task records since when.
    add_api(&at(4), &api(r#"{"name":"new","version":"1","context":"/new"}"#)).unwrap();
    let edge = shown(4).unwrap();
    assert_eq!((edge.state(), edge.revisions_behind(), edge.behind_since()), (EdgeState::Behind, Some(1), None));
    assert_eq!(count_edges(&at(5)).unwrap().unmarked, 1);
    record_edge_contacts(&at(5), &EdgeContacts::default()).unwrap();
    let counts = count_edges(&at(5)).unwrap();
    assert_eq!((counts.heard, counts.behind, counts.unmarked), (1, 1, 0));
    add_api(&at(6), &api(r#"{"name":"newer","version":"1","context":"/newer"}"#)).unwrap();
    record_edge_contacts(&at(7), &EdgeContacts::default()).unwrap();
    let edge = shown(7).unwrap();
    assert_eq!((edge.revisions_behind(), edge.behind_since()), (Some(2), Some(NOW.plus(5))));
    // It asks with the old bundle, whose number this process does not know, and then with the new one.
    let second = current(&at(8));
    hear(&at(8), "192.0.2.1", HeldBundle::Earlier, Some(second));
    let edge = shown(8).unwrap();
    assert_eq!((edge.state(), edge.revisions_behind(), edge.behind_since()), (EdgeState::Sent, Some(2), Some(NOW.plus(5))));
    hear(&at(9), "192.0.2.1", HeldBundle::Current(second), None);
    assert_eq!((shown(9).unwrap().state(), count_edges(&at(9)).unwrap().behind), (EdgeState::Current, 0));
    // Another edge with the same key has an older one.
    hear(&at(10), "192.0.2.2", HeldBundle::Nothing, Some(first));
    let edge = shown(10).unwrap();
    assert_eq!((edge.connected, edge.state(), edge.oldest.unwrap().source.as_deref()), (2, EdgeState::Behind, Some("192.0.2.2")));
    for seconds in [60, 120, 180] {
        hear(&at(seconds), "192.0.2.1", HeldBundle::Current(second), None);
    }
    let edge = shown(180).unwrap();
    assert_eq!((edge.connected, edge.state()), (1, EdgeState::Current));
    assert!(matches!(list_edges(&fixture.member("dora", Role::Developer)), Err(Error::Forbidden { needed: Role::Auditor })));
    assert_eq!(list_edges(&fixture.member("anna", Role::Auditor)).unwrap().len(), 1);
    // A key with the same name is another key.
    remove_edge_key(&at(181), &"edge-1".parse().unwrap(), |_| true).unwrap();
    hear(&at(181), "192.0.2.1", HeldBundle::Current(second), None);
    create_edge_key(&at(182), &"edge-1".parse().unwrap(), EdgeEnvironment::Both).unwrap();
    assert_eq!(shown(182).unwrap().state(), EdgeState::Unseen);
}

fn contacts_change_no_bundle_and_are_bounded(engine: Engine) {
    let fixture = Fixture::new(engine);
    create_edge_key(&fixture.act(), &"edge-1".parse().unwrap(), EdgeEnvironment::Both).unwrap();
    let before = current(&fixture.act());
    for number in 0..200 {
        hear(&fixture.at(NOW.plus(number)), &number.to_string(), HeldBundle::Current(before), None);
    }
    let rows = |what| fixture.database.query(&format!("SELECT {what} FROM edge_contacts")).unwrap();
    assert_eq!((rows("count(*)"), rows("min(heard_at) - 1800000000")), ("64".to_owned(), "136".to_owned()));
    assert_eq!(current(&fixture.act()), before);
    // Long ago: only the last one stays.
    record_edge_contacts(&fixture.at(NOW.plus(10_000)), &EdgeContacts::default()).unwrap();
    assert_eq!((rows("count(*)"), rows("source")), ("1".to_owned(), "199".to_owned()));
}

fn two_processes_record_contacts_of_the_same_edge(engine: Engine) {
    let fixture = Fixture::new(engine);
    create_edge_key(&fixture.act(), &"edge-1".parse().unwrap(), EdgeEnvironment::Both).unwrap();
    let other = fixture.another(&fixture.master_key, 9);
    let now = current(&fixture.act());
    hear(&other.act(Actor::Issuer).at(NOW.plus(5)), "192.0.2.1", HeldBundle::Current(now), None);
    // Written later, but heard earlier.
    hear(&fixture.act(), "192.0.2.1", HeldBundle::Nothing, Some(now));
    let edge = show_edge(&fixture.act(), &"edge-1".parse().unwrap()).unwrap();
    assert_eq!((edge.state(), edge.heard_at), (EdgeState::Current, Some(NOW.plus(5))));
}
