//! What edges fetch: bundles and status lists.

pub(crate) mod bundle;
pub(crate) mod preference;
pub(crate) mod status_list;
