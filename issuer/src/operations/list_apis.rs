//! Listing the APIs.

use postern_token::bundle::ApiDocument;

use super::Error;
use crate::storage::Storage;

/// Every API, by name and version.
pub fn list_apis(storage: &Storage) -> Result<Vec<ApiDocument>, Error> {
    storage.read(|transaction| Ok(transaction.apis()?))
}
