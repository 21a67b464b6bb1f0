//! Following an issuer: the settings, the records that workers share, and the state machine that fetches and publishes bundles.

mod fetched;
mod follower;
mod local_records;
mod on_request;
mod record;
mod single_worker;

pub use follower::{Answer, Command, Event, Failure, Follower, IssuerRequest, Outcome, Server};
pub use on_request::{IssuerLink, MaxAge, OnRequest};
pub use record::{BundleAge, Record, RecordNames};
pub use single_worker::SingleWorker;
