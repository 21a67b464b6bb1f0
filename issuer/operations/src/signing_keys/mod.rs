//! Signing keys: creating, publishing, activating and retiring them; and the master key that encrypts them.

mod master_key;
mod recover;
mod rotate;
mod schedule;
mod separate;

pub use master_key::{change_master_key, check_master_key};
pub use recover::{Recovery, recover};
pub(super) use rotate::create_for;
pub use rotate::{
    SigningKeyDetails, create_signing_key, list_signing_keys, make_signing_key, retire_signing_key, show_signing_key,
    sign_with_key, sign_with_key_everywhere, verifying_keys,
};
pub use schedule::{Rotation, rotate_on_schedule};
pub use separate::separate_environments;
