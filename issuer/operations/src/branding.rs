//! How the pages of the issuer look.

use serde_json::json;

use crate::{Act, Error};
use postern_model::{Action, Branding, PortalName, WebLink};

/// The branding, and a number that is higher after each change. Everyone sees the pages, so everyone may ask.
pub fn load_branding(act: &Act<'_>) -> Result<(Branding, u64), Error> {
    act.storage().read(|transaction| Ok((transaction.branding()?, transaction.branding_version()?)))
}

/// The number alone.
pub fn branding_version(act: &Act<'_>) -> Result<u64, Error> {
    act.storage().read(|transaction| Ok(transaction.branding_version()?))
}

/// The branding, for a member who manages it.
pub fn show_branding(act: &Act<'_>) -> Result<Branding, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.branding()?))
}

/// Changes the branding, if `expected` accepts the current one and the number of [`load_branding`].
pub fn change_branding(
    act: &Act<'_>,
    branding: &Branding,
    expected: impl FnOnce(&Branding, u64) -> bool,
) -> Result<Branding, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        if !expected(&transaction.branding()?, transaction.branding_version()?) {
            return Err(Error::PreconditionFailed);
        }
        transaction.set_branding(branding)?;
        let link = |link: &Option<WebLink>| link.as_ref().map(|link| link.as_str().to_owned());
        let details = json!({
            "name": branding.name.as_ref().map(PortalName::as_str),
            "accent": branding.accent,
            "logo_bytes": branding.logo.as_ref().map(|logo| logo.as_bytes().len()),
            "sign_in_text_en": branding.sign_in_text_en,
            "sign_in_text_de": branding.sign_in_text_de,
            "help_url": link(&branding.help_url),
            "privacy_url": link(&branding.privacy_url),
            "terms_url": link(&branding.terms_url),
        });
        act.audit(transaction, Action::BrandingChange, None, None, Some(&details))?;
        Ok(branding.clone())
    })
}
