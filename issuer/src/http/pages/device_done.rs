//! The page after a decision about a device: the user goes on there.

use askama::Template;

use super::page::Page;
use super::site::Site;

/// Says what was decided.
#[derive(Template)]
#[template(path = "device_done.html")]
pub(in crate::http) struct DeviceDone<'a> {
    pub(in crate::http) site: &'a Site,
    pub(in crate::http) allowed: bool,
}

impl Page for DeviceDone<'_> {}
