//! Following an issuer: the settings, the records that workers share, and the state machine that fetches and publishes bundles.

mod answer_cache;
mod fetched;
mod follower;
mod issuer_link;
mod local_records;
mod on_request;
mod record;
mod single_worker;

pub use follower::{Answer, Command, Event, Failure, Follower, IssuerRequest, Outcome, Server};
pub use issuer_link::{IssuerLink, MaxAge, StoredAnswer};
pub use on_request::OnRequest;
pub use record::{BundleAge, Record, RecordNames};
pub use single_worker::SingleWorker;
