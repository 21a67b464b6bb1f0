//! The follower against a model of the shared records and of the issuer, with a clock that the tests set.

mod answers;
mod changes;
mod clock;
mod edge;
mod expiry;
mod issuer;
mod leases;
mod lists;
mod older_bundles;
mod origin;
mod protocol;
mod publishing;
mod random_events;
mod records;
mod requests;
mod signatures;
mod trusted_lists;
