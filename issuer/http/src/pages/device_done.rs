//! The page after a decision about a device: the user goes on there.

use askama::Template;

use super::page::Page;
use super::site::Site;

/// Says what was decided.
#[derive(Template)]
#[template(path = "device_done.html")]
pub(crate) struct DeviceDone<'a> {
    pub(crate) site: &'a Site,
    pub(crate) allowed: bool,
}

impl Page for DeviceDone<'_> {}
