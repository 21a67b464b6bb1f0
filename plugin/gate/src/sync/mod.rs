//! Following an issuer: the settings, the records that workers share, and the state machine that fetches and publishes bundles.

mod fetched;
mod follower;
mod record;
mod settings;

pub use follower::{Answer, Command, Event, Failure, Follower, IssuerRequest, Outcome};
pub use record::{Record, RecordNames};
pub use settings::SyncSettings;
