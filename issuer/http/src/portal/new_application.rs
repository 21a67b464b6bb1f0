//! The form for a new application. With an API, it also makes a first token.

use postern_token::KeyType;

use super::choices::{Choices, Entered};
use super::offers::{MAX_OFFERS, Offer};
use super::refusal;
use super::scope_choices::ScopeChoices;
use crate::documentation::FirstCall;
use crate::messages::Message;
use postern_http_types::Form;
use postern_model::{ApiRecord, ApplicationName};
use postern_operations::{self as operations, Act, Error};

/// The fields as they were entered.
#[derive(Clone, Default)]
pub(super) struct NewApplication {
    pub(super) name: String,
    /// The value of the offer that was chosen.
    pub(super) offer: String,
    pub(super) is_sandbox: bool,
    pub(super) entered: Entered,
}

impl NewApplication {
    pub(super) fn of(form: &Form) -> Self {
        Self {
            name: form.value("name").unwrap_or_default().trim().to_owned(),
            offer: form.value("api").unwrap_or_default().to_owned(),
            is_sandbox: form.value("environment") == Some(KeyType::Sandbox.as_str()),
            entered: Entered { scopes: Entered::of(form).scopes, ..Entered::default() },
        }
    }

    /// The name, or what is wrong with it.
    pub(super) fn name(&self) -> Result<ApplicationName, Message> {
        self.name.parse().map_err(|error| refusal("wrong_name", &format!("{error}")))
    }

    pub(super) fn is_name_wrong(&self) -> bool {
        self.name().is_err()
    }

    pub(super) const fn key_type(&self) -> KeyType {
        if self.is_sandbox { KeyType::Sandbox } else { KeyType::Production }
    }

    /// What new tokens may do.
    pub(super) fn choices(&mut self) -> Result<Choices, Message> {
        self.entered.read().ok_or_else(|| self.entered.scopes_problem.clone().unwrap_or_else(|| "form-old".into()))
    }
}

/// What the form offers.
#[derive(Default)]
pub(super) struct Offered {
    /// Each API once; none if there are too many.
    pub(super) offers: Vec<Offer>,
    pub(super) scopes: ScopeChoices,
    /// Whether the scopes are shown at first.
    pub(super) shows_scopes: bool,
}

impl Offered {
    /// Reads the catalogue. What needs no approval is offered first.
    pub(super) fn read(act: &Act<'_>, new: &NewApplication) -> Result<Self, Error> {
        let (apis, tiers) = (operations::list_apis(act)?, operations::list_tiers(act)?);
        let mut offers: Vec<(&ApiRecord, Offer)> =
            apis.iter().filter_map(|api| Some((api, Offer::first_of(api, &tiers)?))).take(MAX_OFFERS + 1).collect();
        if offers.len() > MAX_OFFERS {
            return Ok(Self::default());
        }
        offers.sort_by_key(|(_, offer)| offer.needs_approval);
        let selected = offers.iter().find(|(_, offer)| offer.value == new.offer).or_else(|| offers.first());
        let is_needed = |(api, _): &(&ApiRecord, Offer)| FirstCall::allowed([*api], None).is_none();
        let shows_scopes = !new.entered.scopes.is_empty() || selected.is_some_and(is_needed);
        let offered: Vec<ApiRecord> = offers.iter().map(|(api, _)| (*api).clone()).collect();
        let scopes = ScopeChoices::read(act, &offered, &new.entered.scopes)?;
        Ok(Self { offers: offers.into_iter().map(|(_, offer)| offer).collect(), scopes, shows_scopes })
    }
}
