//! Applications.

mod change;
mod create;
mod delete;
mod list;

pub use change::{ApplicationChange, change_application};
pub use create::create_application;
pub use delete::delete_application;
pub use list::{ApplicationDetails, list_applications, show_application};
