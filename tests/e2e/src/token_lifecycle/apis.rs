//! APIs change, and edges hear of it.

use anyhow::Result;
use serde_json::json;

use super::stand::Stand;
use super::stand::edges::{Edge, get};

pub(super) fn a_changed_api_reaches_the_edge(stand: &Stand) -> Result<()> {
    let mut api = stand.add_api("changing", &json!([{"path": "/a"}, {"path": "/b"}]))?;
    let application = stand.application_without_api("changing")?;
    stand.subscribe(&application, "changing/1", "gold")?;
    let keys = stand.generate(&application, &["--scope", "read", "--scope", "write"])?;
    let reader = stand.grant(&keys.client, "&scope=read")?;
    stand.soon_passes(&get("/changing/a").bearer(&reader))?;
    stand.refuses(Edge::Both, &get("/changing/a"), 401, "missing_token")?;
    stand.refuses(Edge::Both, &get("/changing/c").bearer(&reader), 404, "no_such_api")?;

    // One path becomes public, and one is new.
    api["resources"] = json!([{"path": "/a", "auth": "none"}, {"path": "/b"}, {"path": "/c"}]);
    stand.change_api("changing/1", &api)?;
    stand.soon_passes(&get("/changing/a"))?;
    stand.soon_passes(&get("/changing/c").bearer(&reader))?;
    stand.refuses(Edge::Both, &get("/changing/b"), 401, "missing_token")?;

    // It is guarded again, and asks for a scope.
    api["resources"] = json!([{"path": "/a", "scopes": ["write"]}, {"path": "/b"}]);
    stand.change_api("changing/1", &api)?;
    stand.soon_refuses(&get("/changing/a"), 401, "missing_token")?;
    stand.soon_refuses(&get("/changing/a").bearer(&reader), 403, "insufficient_scope")?;
    stand.soon_refuses(&get("/changing/c").bearer(&reader), 404, "no_such_api")?;
    stand.passes(Edge::Both, &get("/changing/a").bearer(&keys.token))?;
    stand.passes(Edge::Both, &get("/changing/b").bearer(&reader)).map(drop)
}

pub(super) fn a_removed_api_is_gone_from_the_edge(stand: &Stand) -> Result<()> {
    stand.add_api("removed", &json!([{"path": "/*"}]))?;
    let application = stand.application("removed API")?;
    stand.subscribe(&application, "removed/1", "gold")?;
    let keys = stand.generate(&application, &["--scope", "orders"])?;
    stand.soon_passes(&get("/removed/x").bearer(&keys.token))?;
    stand.remove_api("removed/1")?;
    stand.soon_refuses(&get("/removed/x").bearer(&keys.token), 404, "no_such_api")?;
    // The other APIs are there as before, for a token that does not hold the subscription.
    stand.takes(&stand.grant(&keys.client, "")?).map(drop)
}
