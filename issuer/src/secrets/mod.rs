//! Secrets in their three forms: plain while someone may see them, hashed where they are only compared, and sealed where
//! they must be read back.

mod hashed;
mod master_key;
mod plain;
mod sealed;

pub use hashed::HashedSecret;
pub use master_key::{MasterKey, MasterKeyError};
pub use plain::PlainSecret;
pub use sealed::{Sealed, UnsealError};
