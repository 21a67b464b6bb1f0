//! The running issuer: runs operations for many callers at once, and the background tasks.
//!
//! The HTTP layers call operations through [`Service`], which queues them so that a flood of one kind delays no other. It also holds the
//! state that all requests share (throttles, metrics, cached bundles). Nothing here knows HTTP.

#![forbid(unsafe_code)]

mod background;
mod batches;
mod body_budget;
mod branding;
mod bundle_cache;
mod bundle_composer;
mod change_notifier;
mod client_tokens;
mod collected_contacts;
mod collected_events;
mod edge_contacts;
mod events;
mod explain_page;
mod failure;
mod metrics;
mod options;
mod output;
mod presented_requests;
mod presented_tokens;
mod readiness;
mod service;
mod signed_status_lists;
mod source;
mod throttle;
mod token_requests;
mod user_requests;
mod user_tokens;

pub use background::spawn as spawn_background_tasks;
pub use body_budget::{BodyBudget, HeldBody};
pub use branding::{BrandingCache, CurrentBranding};
pub use bundle_cache::{BundleForm, LiveBundle, LiveBundles};
pub use bundle_composer::{bundle_since, current_bundle};
pub use change_notifier::ChangeNotifier;
pub use explain_page::ExplainPage;
pub use failure::{Failure, Retry, chain};
pub use metrics::{Metrics, TokenOutcome, WaitingEdge};
pub use options::{PortalOptions, PruneOptions, ServeOptions};
pub use output::Output;
pub use readiness::Readiness;
pub use service::Service;
pub use signed_status_lists::SignedStatusLists;
pub use source::{current_source, with_source};
pub use throttle::{Throttle, ThrottleKey};
