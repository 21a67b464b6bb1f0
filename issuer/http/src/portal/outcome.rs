//! What a page says about the last action.

use crate::messages::Message;

/// The result of the last action, which the page shows.
#[derive(Default)]
pub(super) enum Outcome {
    #[default]
    Nothing,
    Done(Message),
    Wrong(Message),
    /// Something is shown once: labels and values.
    Made(Vec<(&'static str, String)>),
}
