//! The catalogue: APIs, tiers and subscriptions.

mod apis;
mod search;
mod subscriptions;
mod tiers;

pub use apis::{
    ApiChange, ApiImport, add_api, change_api, import_api, list_apis, preview_import, remove_api, show_api, show_openapi,
};
pub use search::search_apis;
pub use subscriptions::{change_subscription, list_waiting_subscriptions, subscribe, unsubscribe};
pub use tiers::{TierChange, add_tier, change_tier, list_tiers, remove_tier, show_tier};
