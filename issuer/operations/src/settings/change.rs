//! Changes the settings of the whole issuer.

use serde_json::json;

use super::current::current;
use super::policies::{self, PolicyChange};
use crate::error::TokenError;
use crate::{Act, Error};
use postern_model::{Action, Settings, Validities, Validity};

/// The changes. A field that is `None` stays unchanged.
#[derive(Debug, Clone, Copy, Default)]
pub struct SettingsChange {
    /// The default validity of application tokens, for new applications.
    pub application_validity: Option<Validity>,
    /// The default validity of user tokens, for new applications.
    pub user_validity: Option<Validity>,
    /// The policies.
    pub policies: PolicyChange,
}

impl SettingsChange {
    /// The settings with which this change weakens security, by name.
    pub fn weakens(&self, before: &Settings) -> Vec<&'static str> {
        let mut weakened = self.policies.apply(before.policies).weakened_since(&before.policies);
        let usual = Validities::default();
        let validities = [
            ("application_validity", self.application_validity, before.default_validities.application, usual.application),
            ("user_validity", self.user_validity, before.default_validities.user, usual.user),
        ];
        // Without an end is longer than any time.
        let long = |validity: Validity| validity.expires_in().unwrap_or(u64::MAX);
        let longer = validities
            .into_iter()
            .filter(|(_, now, before, usual)| now.is_some_and(|now| long(now) > long(*before) && long(now) > long(*usual)));
        weakened.extend(longer.map(|(name, ..)| name));
        weakened
    }

    /// The settings after this change, or why they would be wrong.
    pub fn apply(&self, before: &Settings) -> Result<Settings, Error> {
        let Self { application_validity, user_validity, policies } = *self;
        let default_validities = Validities {
            application: application_validity.unwrap_or(before.default_validities.application),
            user: user_validity.unwrap_or(before.default_validities.user),
        };
        let after = Settings { policies: policies.apply(before.policies), default_validities, ..before.clone() };
        let forever = [application_validity, user_validity].contains(&Some(Validity::Forever));
        if forever && !after.policies.forever_allowed {
            return Err(TokenError::UnlimitedValidityForbidden.into());
        }
        policies::check(&after.policies, &after)?;
        Ok(after)
    }
}

/// Changes the settings, if `expected` accepts the current ones. Existing applications keep their validities.
pub fn change_settings(
    act: &Act<'_>,
    change: &SettingsChange,
    expected: impl FnOnce(&Settings) -> bool,
) -> Result<Settings, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let before = current(transaction)?;
        if !expected(&before) {
            return Err(Error::PreconditionFailed);
        }
        let after = change.apply(&before)?;
        transaction.update_default_validities(&after.default_validities)?;
        transaction.update_policies(&after.policies)?;
        let details = json!({ "validities": after.default_validities, "policies": after.policies });
        act.audit(transaction, Action::SettingsChange, None, None, Some(&details))?;
        Ok(after)
    })
}
