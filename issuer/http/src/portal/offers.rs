//! APIs at their tiers, from which a member chooses what to subscribe to.

use postern_token::ApiReference;

use super::choices::lifetime;
use crate::messages::Message;
use postern_model::{ApiRecord, Tier, TierName};

/// How many can be chosen from on a page; with more, the member chooses in the catalogue.
pub(super) const MAX_OFFERS: usize = 200;

/// An API at a tier.
pub(super) struct Offer {
    /// The API and the tier, with a space between them.
    pub(super) value: String,
    pub(super) text: Message,
    /// Whether an administrator must approve a developer's subscription.
    pub(super) needs_approval: bool,
}

impl Offer {
    /// The API at the first tier that needs no approval, or else at the first one.
    pub(super) fn first_of(api: &ApiRecord, tiers: &[Tier]) -> Option<Self> {
        let first = tiers.iter().filter(|tier| api.offers(&tier.name)).min_by_key(|tier| needs_approval(api, tier))?;
        Some(Self::of(api, first))
    }

    /// The API at each of its tiers.
    pub(super) fn all_of<'a>(api: &'a ApiRecord, tiers: &'a [Tier]) -> impl Iterator<Item = Self> + 'a {
        tiers.iter().filter(|tier| api.offers(&tier.name)).map(|tier| Self::of(api, tier))
    }

    fn of(api: &ApiRecord, tier: &Tier) -> Self {
        let reference = api.reference();
        let limit = tier.limit.map_or_else(
            || Message::new("offer"),
            |limit| {
                let period = lifetime(Some(limit.seconds.into()));
                Message::new("offer-limited").with("requests", u64::from(limit.requests)).with("period", period)
            },
        );
        let text = limit.with("api", &reference).with("tier", tier.name.to_string());
        let needs_approval = needs_approval(api, tier);
        let text = if needs_approval { Message::new("offer-approval").with("offer", text) } else { text };
        Self { value: format!("{reference} {}", tier.name), text, needs_approval }
    }
}

const fn needs_approval(api: &ApiRecord, tier: &Tier) -> bool {
    api.approval || tier.approval
}

/// The API and the tier that the value of an offer names.
pub(super) fn chosen(value: &str) -> Option<(ApiReference<'static>, TierName)> {
    let (api, tier) = value.split_once(' ')?;
    Some((ApiReference::parse(api.to_owned()).ok()?, tier.parse().ok()?))
}
