//! Secrets in three forms: plain when they are created or presented, hashed if they are only compared, sealed if they must be
//! read back. Also the clock and the random source.

#![forbid(unsafe_code)]

mod clock;
mod entropy;
mod hashed;
mod master_key;
mod plain;
mod sealed;
#[cfg(any(test, feature = "dangerous_test_doubles"))]
pub mod testing;
mod totp;

pub use clock::{Clock, SystemClock};
pub use entropy::{Entropy, EntropyError, SystemEntropy, random_bytes, random_name, sortable};
pub use hashed::HashedSecret;
pub use master_key::{MasterKey, MasterKeyError};
pub use plain::PlainSecret;
pub use sealed::{Sealed, UnsealError};
pub use totp::{TOTP_DIGITS, TOTP_PERIOD, TotpSecret};
