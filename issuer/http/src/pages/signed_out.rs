//! The page after a user has signed out.

use askama::Template;

use super::page::Page;
use super::site::{Site, paths};

/// Says so.
#[derive(Template)]
#[template(path = "signed_out.html")]
pub(crate) struct SignedOut<'a> {
    pub(crate) site: &'a Site,
}

impl Page for SignedOut<'_> {}
