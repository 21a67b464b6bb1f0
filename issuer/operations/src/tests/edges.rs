//! The bundle of edges, and the authentication of edges.

use postern_token::KeyType;

use super::super::*;
use super::*;
use crate::error::{ApiError, EdgeError};
use postern_model::EdgeEnvironment;
use postern_secrets::PlainSecret;

on_both!(apis_share_a_context_only_on_different_hosts, an_edge_is_authenticated_by_its_key_alone);

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
