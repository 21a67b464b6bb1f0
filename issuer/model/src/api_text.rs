//! What people read about an API, and its `OpenAPI` document.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use postern_token::Scopes;
use thiserror::Error;

use super::visible_text::{is_visible, without_hidden};

/// The maximum number of tags of an API.
pub const MAX_API_TAGS: usize = 20;

/// The maximum number of scopes that an API describes.
pub const MAX_DESCRIBED_SCOPES: usize = 500;

/// What people read about an API. Edges do not know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiText {
    /// The title.
    pub title: Option<ApiTitle>,
    /// The description, in Markdown.
    pub description: Option<ApiDescription>,
    /// The tags, by which the catalogue is searched: at most [`MAX_API_TAGS`].
    pub tags: Vec<ApiTag>,
    /// What its scopes allow, by scope: at most [`MAX_DESCRIBED_SCOPES`]. What an administrator says about a scope takes precedence.
    pub scopes: BTreeMap<String, ScopeDescription>,
}

/// The text is too short, too long, or has invisible characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{what} must be 1 to {max} visible characters")]
pub struct ApiTextError {
    what: &'static str,
    max: usize,
}

/// A text of visible characters, at most as many as its limit.
macro_rules! text {
    ($(#[$comment:meta])* $name:ident, $what:literal, $max:literal, $lines:literal) => {
        $(#[$comment])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The most characters that it has.
            pub const MAX_LEN: usize = $max;

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// As much of a foreign text as fits, without invisible characters; `None` if nothing is left.
            fn of_foreign(text: &str) -> Option<Self> {
                fitting(text, $max, $lines).parse().ok()
            }
        }

        impl FromStr for $name {
            type Err = ApiTextError;

            fn from_str(text: &str) -> Result<Self, ApiTextError> {
                let has_length = (1..=$max).contains(&text.chars().count()) && !text.trim().is_empty();
                let is_visible = if $lines { text.split(['\n', '\t']).all(is_visible) } else { is_visible(text) };
                if has_length && is_visible { Ok(Self(text.to_owned())) } else { Err(ApiTextError { what: $what, max: $max }) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

text! {
    /// An API's title: 1 to 100 visible characters.
    ApiTitle, "an API's title", 100, false
}
text! {
    /// An API's description in Markdown: 1 to 10,000 visible characters, line breaks and tabs.
    ApiDescription, "an API's description", 10_000, true
}
text! {
    /// A tag: 1 to 50 visible characters.
    ApiTag, "a tag", 50, false
}
text! {
    /// What a scope allows, for people: 1 to 300 visible characters.
    ScopeDescription, "a scope's description", 300, false
}

impl ApiText {
    /// What an `OpenAPI` document says about its API. What is too long is cut, because the document keeps all of it.
    pub fn of_document<'a>(
        title: Option<&str>,
        description: Option<&str>,
        tags: impl Iterator<Item = &'a str>,
        scopes: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut found: Vec<ApiTag> = Vec::new();
        for tag in tags.filter_map(ApiTag::of_foreign) {
            if found.len() < MAX_API_TAGS && !found.contains(&tag) {
                found.push(tag);
            }
        }
        Self {
            title: title.and_then(ApiTitle::of_foreign),
            description: description.and_then(ApiDescription::of_foreign),
            tags: found,
            scopes: scopes.filter_map(described).take(MAX_DESCRIBED_SCOPES).collect(),
        }
    }
}

/// A scope and what a document says about it, if it is a scope.
fn described((scope, description): (&str, &str)) -> Option<(String, ScopeDescription)> {
    let is_one = Scopes::parse(scope).is_ok_and(|scopes| scopes.iter().count() == 1);
    is_one.then(|| Some((scope.to_owned(), ScopeDescription::of_foreign(description)?))).flatten()
}

/// At most `max` characters of `text`, in one line or in lines, without invisible ones. What was cut ends with `…`.
fn fitting(text: &str, max: usize, has_lines: bool) -> String {
    // Four bytes are the most that a character takes: there is no need to read more of a text than may fit, even if half of it is invisible.
    let end = text.len().min(max.saturating_mul(8));
    let start = text.get(..text.floor_char_boundary(end)).unwrap_or_default();
    let is_line_break = |character| has_lines && matches!(character, '\n' | '\t');
    let visible = without_hidden(&start.replace("\r\n", "\n"));
    let visible: String = visible
        .chars()
        .map(|character| if character.is_control() && !is_line_break(character) { ' ' } else { character })
        .collect();
    let visible = visible.trim();
    let is_whole = end == text.len() && visible.chars().count() <= max;
    if is_whole {
        return visible.to_owned();
    }
    let kept: String = visible.chars().take(max - 1).collect();
    format!("{}…", kept.trim_end())
}

/// The catalogue's entry of an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiSummary {
    /// The API's name.
    pub name: String,
    /// The API's version.
    pub version: String,
    /// What people read about it.
    pub text: ApiText,
}

/// The format of an `OpenAPI` document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenApiFormat {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl OpenApiFormat {
    const ALL: [Self; 2] = [Self::Json, Self::Yaml];

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Yaml => "application/yaml",
        }
    }

    /// The format with a media type.
    pub fn with_media_type(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.media_type() == text)
    }
}

/// The `OpenAPI` document of an API, as it was imported. It is kept compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenApiDocument {
    format: OpenApiFormat,
    compressed: Vec<u8>,
}

impl OpenApiDocument {
    /// The largest document in bytes, uncompressed.
    pub const MAX_LEN: usize = 4 * 1024 * 1024;

    /// Compresses a document.
    pub fn compress(format: OpenApiFormat, content: &[u8]) -> Self {
        Self { format, compressed: compress_to_vec_zlib(content, 6) }
    }

    /// A document that was compressed before.
    pub const fn of_compressed(format: OpenApiFormat, compressed: Vec<u8>) -> Self {
        Self { format, compressed }
    }

    /// The format.
    pub const fn format(&self) -> OpenApiFormat {
        self.format
    }

    /// The document in its compressed form.
    pub fn compressed(&self) -> &[u8] {
        &self.compressed
    }

    /// The document as it was imported; `None` if it was not compressed by [`OpenApiDocument::compress`], or is too large.
    pub fn content(&self) -> Option<Vec<u8>> {
        decompress_to_vec_zlib_with_limit(&self.compressed, Self::MAX_LEN).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded_and_visible() {
        assert!("Pizza 🍕".parse::<ApiTitle>().is_ok() && "One\n\ntwo\tthree".parse::<ApiDescription>().is_ok());
        for wrong in ["", " ", "a\nb", "a\u{202e}b", "\u{200b}", &"x".repeat(101)] {
            assert!(wrong.parse::<ApiTitle>().is_err(), "{wrong:?}");
        }
        assert!("x".repeat(10_001).parse::<ApiDescription>().is_err());
        assert!("a\u{0}b".parse::<ApiDescription>().is_err());
        assert_eq!("".parse::<ApiTag>().unwrap_err().to_string(), "a tag must be 1 to 50 visible characters");
    }

    #[test]
    fn the_text_of_a_document_is_cut_to_fit() {
        let long = "é".repeat(1_000_000);
        let tags: Vec<String> = (0..1_000).map(|number| format!("tag {}", number % 30)).collect();
        let scopes = [("orders", "Read\norders"), ("two words", "x"), ("menu", " ")].into_iter();
        let text = ApiText::of_document(Some("Pi\u{202e}zza\r\nand\u{7}"), Some(&long), tags.iter().map(String::as_str), scopes);
        assert_eq!(text.title.unwrap().as_str(), "Pizza and");
        let description = text.description.unwrap();
        assert_eq!(description.as_str().chars().count(), ApiDescription::MAX_LEN);
        assert!(description.as_str().ends_with("é…"));
        assert_eq!((text.tags.len(), text.tags[1].as_str()), (MAX_API_TAGS, "tag 1"));
        let scopes: Vec<_> = text.scopes.iter().map(|(scope, said)| (scope.as_str(), said.as_str())).collect();
        assert_eq!(scopes, [("orders", "Read orders")]);
        let nothing = ApiText::of_document(Some("\u{200b}\r\n"), Some(""), [" "].into_iter(), [].into_iter());
        assert_eq!(nothing, ApiText::default());
    }

    #[test]
    fn a_document_is_kept_byte_for_byte() {
        let content = "openapi: 3.1.0\n".repeat(10_000);
        let document = OpenApiDocument::compress(OpenApiFormat::Yaml, content.as_bytes());
        assert!(document.compressed().len() < content.len() / 10);
        assert_eq!(document.content().unwrap(), content.as_bytes());
        let bomb = OpenApiDocument::compress(OpenApiFormat::Json, &vec![b' '; OpenApiDocument::MAX_LEN + 1]);
        assert_eq!(bomb.content(), None);
        assert_eq!(OpenApiDocument::of_compressed(OpenApiFormat::Json, b"not zlib".to_vec()).content(), None);
        assert_eq!(OpenApiFormat::with_media_type("application/yaml"), Some(OpenApiFormat::Yaml));
    }
}
