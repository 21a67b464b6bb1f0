//! The pages for users: each has its handler and its view in one place. They are plain HTML: no page needs JavaScript, and their
//! content security policy allows none. The page that explains a decision is the exception.

pub(crate) mod account;
pub(crate) mod api_docs;
mod assets;
pub(crate) mod authorize;
mod branding;
mod continue_page;
mod cookies;
pub(crate) mod device;
pub(crate) mod error_page;
mod explain;
pub(crate) mod language;
pub(crate) mod next_page;
mod page;
pub(crate) mod rate;
mod redirect_origin;
mod scope_text;
mod second_factor;
pub(crate) mod session;
pub(crate) mod sign_in;
mod site;
pub(crate) mod start;
mod timestamp;
mod wait;

#[cfg(test)]
mod tests;

pub(crate) use assets::routes as asset_routes;
pub(crate) use branding::{Theme, routes as branding_routes, served};
pub(crate) use continue_page::ContinuePage;
pub(crate) use error_page::Ask;
pub(crate) use explain::routes as explain_routes;
pub(crate) use page::{OWN_RESOURCE, Page, respond};
pub(crate) use redirect_origin::RedirectOrigin;
pub(crate) use site::Site;
pub(crate) use timestamp::Timestamp;
