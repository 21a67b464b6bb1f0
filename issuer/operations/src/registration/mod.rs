//! Clients that register themselves (RFC 7591), and the initial access tokens for it.

mod register;
mod tokens;

pub use register::{ClientRegistration, RegisteredClient, check_registration_token, register_client};
pub use tokens::{
    NewRegistrationToken, create_registration_token, list_registration_tokens, remove_registration_token, show_registration_token,
};
