//! The pages as responses, and in a real browser.

mod browser;
mod fixtures;
mod responses;
mod served;
