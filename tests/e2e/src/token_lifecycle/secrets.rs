//! Consumer secrets: a new one is created while the previous one is still valid.

use anyhow::{Result, ensure};

use super::fixture::Fixture;

pub(super) fn consumer_secrets_rotate_without_an_outage(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("secrets")?;
    let keys = fixture.generate(&application, &["--scope", "orders"])?;
    let mut old = keys.client.clone();
    for _ in 0..2 {
        let before = fixture.secrets(&application)?;
        ensure!(before.len() == 1, "{before:?}");
        let new = (old.0.clone(), fixture.create_secret(&application)?);
        // During the rotation both secrets are valid and give the same token, whether it is minted or returned again.
        for validity in [300, 301, 302] {
            let parameters = format!("&validity_period={validity}");
            let (one, another) = (fixture.grant(&old, &parameters)?, fixture.grant(&new, &parameters)?);
            ensure!(one == another, "two secrets of one client gave two tokens");
            fixture.accepts(&one)?;
        }
        ensure!(fixture.create_secret(&application).is_err(), "three secrets are valid at once");
        let live = fixture.grant(&new, "")?;
        fixture.remove_secret(&application, &before[0])?;
        ensure!(fixture.grant_refusal(&old, "")? == "invalid_client", "a removed secret is accepted");
        ensure!(fixture.grant(&new, "")? == live, "the live token changed");
        fixture.accepts(&live)?;
        old = new;
    }
    let last = fixture.secrets(&application)?;
    ensure!(fixture.remove_secret(&application, &last[0]).is_err(), "the last secret was removed");
    fixture.accepts(&fixture.grant(&old, "")?).map(drop)
}
