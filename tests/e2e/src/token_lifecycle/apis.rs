//! Changes of APIs, which must reach the edges.

use anyhow::Result;
use serde_json::json;

use super::fixture::Fixture;
use super::fixture::edges::{Edge, get};

pub(super) fn a_changed_api_reaches_the_edge(fixture: &Fixture) -> Result<()> {
    let mut api = fixture.add_api("changing", &json!([{"path": "/a"}, {"path": "/b"}]))?;
    let application = fixture.application_without_api("changing")?;
    fixture.subscribe(&application, "changing/1", "gold")?;
    let keys = fixture.generate(&application, &["--scope", "read", "--scope", "write"])?;
    let reader = fixture.grant(&keys.client, "&scope=read")?;
    fixture.eventually_passes(&get("/changing/a").bearer(&reader))?;
    fixture.refuses(Edge::Both, &get("/changing/a"), 401, "missing_token")?;
    fixture.refuses(Edge::Both, &get("/changing/c").bearer(&reader), 404, "no_such_api")?;

    // One path becomes public, and one is new.
    api["resources"] = json!([{"path": "/a", "auth": "none"}, {"path": "/b"}, {"path": "/c"}]);
    fixture.change_api("changing/1", &api)?;
    fixture.eventually_passes(&get("/changing/a"))?;
    fixture.eventually_passes(&get("/changing/c").bearer(&reader))?;
    fixture.refuses(Edge::Both, &get("/changing/b"), 401, "missing_token")?;

    // The path is protected again, and requires a scope.
    api["resources"] = json!([{"path": "/a", "scopes": ["write"]}, {"path": "/b"}]);
    fixture.change_api("changing/1", &api)?;
    fixture.eventually_refuses(&get("/changing/a"), 401, "missing_token")?;
    fixture.eventually_refuses(&get("/changing/a").bearer(&reader), 403, "insufficient_scope")?;
    fixture.eventually_refuses(&get("/changing/c").bearer(&reader), 404, "no_such_api")?;
    fixture.passes(Edge::Both, &get("/changing/a").bearer(&keys.token))?;
    fixture.passes(Edge::Both, &get("/changing/b").bearer(&reader)).map(drop)
}

pub(super) fn a_removed_api_is_unknown_at_the_edge(fixture: &Fixture) -> Result<()> {
    fixture.add_api("removed", &json!([{"path": "/*"}]))?;
    let application = fixture.application("removed API")?;
    fixture.subscribe(&application, "removed/1", "gold")?;
    let keys = fixture.generate(&application, &["--scope", "orders"])?;
    fixture.eventually_passes(&get("/removed/x").bearer(&keys.token))?;
    fixture.remove_api("removed/1")?;
    fixture.eventually_refuses(&get("/removed/x").bearer(&keys.token), 404, "no_such_api")?;
    // The other APIs are unchanged, for a token without the removed subscription.
    fixture.accepts(&fixture.grant(&keys.client, "")?).map(drop)
}
