//! What following an issuer needs and no host: the settings, what virtual machines tell each other, and what a fetched bundle is.

mod fetched;
mod record;
mod settings;

pub use fetched::FetchedBundle;
pub use record::{Index, Lease, Listed, Version};
pub use settings::SyncSettings;
