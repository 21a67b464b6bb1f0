//! The second factor of users of local stores: codes of an authenticator app (RFC 6238), and recovery codes for those who lose it.

mod enrol;
mod manage;
mod recovery_codes;
mod verify;

pub use enrol::{Enrolment, begin_enrolment, finish_enrolment, reopen_enrolment};
pub use manage::{
    SecondFactorDetails, find_own_second_factor, remove_own_second_factor, renew_recovery_codes, reset_second_factor,
    show_second_factor,
};
pub use recovery_codes::RecoveryCodes;

pub(crate) use enrol::{EnrolmentOf, check_not_exists, enrol, new_enrolment, reopen};
pub(crate) use verify::{Accepted, accept};
