//! The message of an error, as a page shows it.

/// The message of an error as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}{}", characters.as_str(), if text.ends_with('.') { "" } else { "." })
}
