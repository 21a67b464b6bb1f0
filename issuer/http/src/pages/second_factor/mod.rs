//! The pages of the second factor: entering a code, setting one up, and the recovery codes. The sign-in and the account page share them.

mod code_problem;
mod enrol;
mod enter_code;
mod overview;
mod qr_code;
mod recovery_codes;

pub(crate) use code_problem::CodeProblem;
pub(crate) use enrol::{Enrol, EnrolForm};
pub(crate) use enter_code::EnterCode;
pub(crate) use overview::{Problem, SecondFactor};
pub(crate) use recovery_codes::RecoveryCodesPage;
