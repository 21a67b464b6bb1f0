//! Key sets of applications: the consumer key, its secrets, and the restrictions of its tokens.

mod authenticate;
mod change;
mod generate;
mod regenerate;
mod secrets;

pub use authenticate::ClientCredentials;
pub use change::{KeyChanges, KeyDetails, change_keys, show_keys};
pub(super) use generate::store_key_set;
pub use generate::{GenerateRequest, GeneratedKeys, generate};
pub use regenerate::{RegenerateRequest, RegeneratedToken, regenerate};
pub(super) use secrets::new_secret;
pub use secrets::{NewConsumerSecret, create_secret, remove_secret};
