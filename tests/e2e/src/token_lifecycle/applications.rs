//! An application that gets no tokens.

use anyhow::{Result, ensure};

use super::stand::Stand;
use super::stand::edges::{Edge, order};

pub(super) fn blocked_and_unblocked_application(stand: &Stand) -> Result<()> {
    let application = stand.application("blocked")?;
    let keys = stand.generate(&application, &["--scope", "orders"])?;
    let sandbox = stand.generate_of_type(&application, "sandbox", &["--scope", "orders"])?;
    let others = stand.generate(&stand.application("not blocked")?, &["--scope", "orders"])?;
    for token in [&keys.token, &sandbox.token] {
        stand.soon_passes(&order(token))?;
    }
    stand.block_application(&application, true)?;
    for token in [&keys.token, &sandbox.token] {
        stand.soon_refuses(&order(token), 401, "revoked")?;
    }
    ensure!(stand.grant_refusal(&keys.client, "")? == "unauthorized_client", "a blocked application got a token");
    ensure!(stand.regenerate(&application).is_err(), "a blocked application got a token");
    stand.takes(&others.token)?;

    stand.block_application(&application, false)?;
    stand.takes(&stand.grant(&keys.client, "")?)?;
    stand.takes(&stand.grant(&sandbox.client, "")?)?;
    stand.refuses(Edge::Both, &order(&keys.token), 401, "revoked")
}
