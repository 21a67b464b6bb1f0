//! Consumer secrets: the next one is made while the one before it still counts.

use anyhow::{Result, ensure};

use super::stand::Stand;

pub(super) fn two_secrets_change_without_an_outage(stand: &Stand) -> Result<()> {
    let application = stand.application("secrets")?;
    let keys = stand.generate(&application, &["--scope", "orders"])?;
    let mut old = keys.client.clone();
    for _ in 0..2 {
        let before = stand.secrets(&application)?;
        ensure!(before.len() == 1, "{before:?}");
        let new = (old.0.clone(), stand.create_secret(&application)?);
        // While clients take over the new one, both count and give the same token, each whether it is minted or answered again.
        for validity in [300, 301, 302] {
            let parameters = format!("&validity_period={validity}");
            let (one, another) = (stand.grant(&old, &parameters)?, stand.grant(&new, &parameters)?);
            ensure!(one == another, "two secrets of one client gave two tokens");
            stand.takes(&one)?;
        }
        ensure!(stand.create_secret(&application).is_err(), "three secrets count at once");
        let live = stand.grant(&new, "")?;
        stand.remove_secret(&application, &before[0])?;
        ensure!(stand.grant_refusal(&old, "")? == "invalid_client", "a removed secret counts");
        ensure!(stand.grant(&new, "")? == live, "the token did not stay");
        stand.takes(&live)?;
        old = new;
    }
    let last = stand.secrets(&application)?;
    ensure!(stand.remove_secret(&application, &last[0]).is_err(), "the last secret was removed");
    stand.takes(&stand.grant(&old, "")?).map(drop)
}
