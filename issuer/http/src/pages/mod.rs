//! The pages that people see: how they look, what a page is told, and what goes around it as headers. A page has its handler and its
//! view in one place. The pages are HTML alone: nothing in them needs JavaScript, and their content security policy allows none.

pub(crate) mod account;
mod assets;
pub(crate) mod authorize;
pub(crate) mod device;
pub(crate) mod error_page;
mod moment;
pub(crate) mod next_page;
mod page;
mod redirect_origin;
mod send_on;
pub(crate) mod session;
pub(crate) mod sign_in;
mod site;
mod wait;

#[cfg(test)]
mod tests;

pub(crate) use assets::routes as asset_routes;
pub(crate) use error_page::Ask;
pub(crate) use page::respond;
pub(crate) use redirect_origin::RedirectOrigin;
pub(crate) use send_on::SendOn;
pub(crate) use site::Site;
