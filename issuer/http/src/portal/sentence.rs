//! What an error says, as a page shows it.

use crate::messages::Message;

/// What a program is told by `code` and a text in English, for people: the message with that id, or the text where a language has none.
pub(super) fn refusal(code: &'static str, text: &str) -> Message {
    Message::new(code).with("text", sentence(text))
}

/// The message of an error as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}{}", characters.as_str(), if text.ends_with('.') { "" } else { "." })
}
