//! The pages for administrators, which auditors read.

pub(super) mod approvals;
pub(super) mod audit;
pub(super) mod branding;
pub(super) mod edges;
pub(super) mod import;
mod import_preview;
mod key_schedule;
pub(super) mod members;
pub(super) mod scopes;
pub(super) mod settings;
mod settings_form;
pub(super) mod signing_keys;
pub(super) mod tiers;
pub(super) mod user;
pub(super) mod user_new;
pub(super) mod users;
