//! Finding out whether the database answers.

use crate::{Act, Error};

/// Makes sure that the database answers.
pub fn check_health(act: &Act<'_>) -> Result<(), Error> {
    super::load_settings(act).map(drop)
}
