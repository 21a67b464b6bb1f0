//! The OAuth endpoints: tokens, authorization, devices, introspection, revocation, registration, metadata.

mod client_authentication;
pub(crate) mod client_form;
pub(crate) mod client_request;
pub(crate) mod device_authorization;
pub(crate) mod error;
pub(crate) mod introspect;
pub(crate) mod jwks;
pub(crate) mod metadata;
pub(crate) mod register;
pub(crate) mod revoke;
pub(crate) mod token;
