//! Blocked applications.

use anyhow::{Result, ensure};

use super::fixture::Fixture;
use super::fixture::edges::{Edge, order};

pub(super) fn a_blocked_application_gets_no_token_until_it_is_unblocked(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("blocked")?;
    let keys = fixture.generate(&application, &["--scope", "orders"])?;
    let sandbox = fixture.generate_of_type(&application, "sandbox", &["--scope", "orders"])?;
    let others = fixture.generate(&fixture.application("not blocked")?, &["--scope", "orders"])?;
    for token in [&keys.token, &sandbox.token] {
        fixture.eventually_passes(&order(token))?;
    }
    fixture.block_application(&application, true)?;
    for token in [&keys.token, &sandbox.token] {
        fixture.eventually_refuses(&order(token), 401, "revoked")?;
    }
    ensure!(fixture.grant_refusal(&keys.client, "")? == "unauthorized_client", "a blocked application got a token");
    ensure!(fixture.regenerate(&application).is_err(), "a blocked application got a token");
    fixture.accepts(&others.token)?;

    fixture.block_application(&application, false)?;
    fixture.accepts(&fixture.grant(&keys.client, "")?)?;
    fixture.accepts(&fixture.grant(&sandbox.client, "")?)?;
    fixture.refuses(Edge::Both, &order(&keys.token), 401, "revoked")
}
