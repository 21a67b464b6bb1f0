//! The pages that people see: how they look, what a page is told, and what goes around it as headers. What they are filled with is
//! decided elsewhere. They are HTML alone: nothing in them needs JavaScript, and their content security policy allows none.

mod account;
mod assets;
mod change_password;
mod consent;
mod device_confirm;
mod device_done;
mod device_entry;
mod moment;
mod page;
mod problem;
mod redirect_origin;
mod send_on;
mod sign_in;
mod signed_out;
mod site;
mod wait;

#[cfg(test)]
mod tests;

pub(super) use account::{Account, GrantEntry};
pub(super) use assets::routes as asset_routes;
pub(super) use change_password::{ChangePassword, PasswordField, PasswordProblem};
pub(super) use consent::Consent;
pub(super) use device_confirm::DeviceConfirm;
pub(super) use device_done::DeviceDone;
pub(super) use device_entry::{DeviceEntry, DeviceEntryProblem};
pub(super) use page::respond;
pub(super) use problem::{Ask, Problem};
pub(super) use redirect_origin::RedirectOrigin;
pub(super) use send_on::SendOn;
pub(super) use sign_in::{SignIn, SignInProblem};
pub(super) use signed_out::SignedOut;
pub(super) use site::{Site, paths};
