//! Texts that people see: which characters could make one text look like another, or hide in it.

use std::borrow::Cow;

/// Whether every character of `text` is visible, and none changes the order in which text is shown.
///
/// Refused are control characters, characters that change the direction of the text around them (Unicode Technical Report 36), and
/// invisible characters. Two of the latter are needed by some scripts: joiners, which are allowed where these scripts need them.
pub(crate) fn is_visible(text: &str) -> bool {
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let allowed = match character {
            '\u{200c}' | '\u{200d}' => before.is_some_and(is_joined) && characters.peek().copied().is_some_and(is_joined),
            '\u{fe0e}' | '\u{fe0f}' => before.is_some_and(is_symbol),
            other => !other.is_control() && !is_hidden(other),
        };
        if !allowed {
            return false;
        }
        before = Some(character);
    }
    true
}

/// `text` without the characters that [`is_visible`] refuses in every position.
pub(crate) fn without_hidden(text: &str) -> String {
    text.chars().filter(|character| !is_hidden(*character)).collect()
}

/// `text` as it may be shown on a terminal: unless every character is visible, the hidden ones and the control characters are
/// written as escapes, such as `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if is_visible(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => shown.extend(character.escape_default()),
            hidden if hidden.is_control() || is_hidden(hidden) => shown.extend(hidden.escape_unicode()),
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

/// Characters that are invisible or change the direction of others: the property `Default_Ignorable_Code_Point` of Unicode, the separators
/// of lines and paragraphs, annotations, and the empty pattern of Braille.
const fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a joiner beside this character changes how it is written: letters of Arabic and of the scripts of India and its neighbours, and
/// pictures.
const fn is_joined(character: char) -> bool {
    matches!(character, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}') || is_symbol(character)
}

/// Symbols and pictures, with the mark that shows a symbol as a picture, and skin tones.
const fn is_symbol(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}') && character != '\u{2800}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_visible() {
        for text in ["Pizza app", "Ünïcödé 名前 🍕", "می\u{200c}خواهم", "क्\u{200d}ष", "👩\u{200d}💻 team", "❤\u{fe0f}", "שלום"]
        {
            assert!(is_visible(text), "{text:?}");
            assert!(!without_hidden(text).is_empty());
        }
    }

    #[test]
    fn hidden_characters_and_changes_of_direction_are_found() {
        for hidden in [
            "Bank\u{202e}gro.live",
            "\u{200b}",
            "Ba\u{200b}nk",
            "Ba\u{200d}nk",
            "\u{200d}👩",
            "Ба\u{200c}нк",
            "a\u{2066}b\u{2069}",
            "a\u{200f}",
            "so\u{ad}ft",
            "\u{3164}",
            "a\u{fe0f}",
            "a\u{e0041}",
            "a\u{2028}b",
            "\u{feff}a",
            "a\u{7f}",
            "\u{2800}",
        ] {
            assert!(!is_visible(hidden), "{hidden:?}");
        }
        assert_eq!(visible("a\u{1b}[2J\nb\u{202e}\u{9b}é"), "a\\u{1b}[2J\\nb\\u{202e}\\u{9b}é");
        assert_eq!(visible("👩\u{200d}💻 é"), "👩\u{200d}💻 é");
        assert_eq!(without_hidden("Bank\u{202e}gro.live\u{200b}"), "Bankgro.live");
    }
}
