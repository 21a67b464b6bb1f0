//! The texts of the pages. Each language is a file of Fluent messages in `issuer/http/messages`; a new language is a new file and its line in
//! [`FILES`]. No page holds a text of its own.

use std::fmt;
use std::sync::LazyLock;

use askama::filters::HtmlSafe;
use axum::http::{HeaderMap, header};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_langneg::{NegotiationStrategy, negotiate_languages, parse_accepted_languages};
use unic_langid::LanguageIdentifier;

/// The languages: tag (BCP 47) and messages. The first one is used where a browser asks for none of them.
const FILES: [(&str, &str); 2] = [("en", include_str!("../messages/en.ftl")), ("de", include_str!("../messages/de.ftl"))];

/// The longest `Accept-Language` that is read; browsers send far less.
const MAX_HEADER_LEN: usize = 500;

static CATALOGUES: LazyLock<Vec<Catalogue>> =
    LazyLock::new(|| FILES.iter().map(|(tag, text)| Catalogue::new(tag, text)).collect());

/// The messages of one language.
struct Catalogue {
    tag: &'static str,
    language: LanguageIdentifier,
    messages: FluentBundle<FluentResource>,
}

impl Catalogue {
    fn new(tag: &'static str, text: &str) -> Self {
        let language: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut messages = FluentBundle::new_concurrent(vec![language.clone()]);
        // Values stand in elements that isolate their direction.
        messages.set_use_isolating(false);
        // A file with a mistake loses that message only; the tests refuse such a file.
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, _)| resource);
        messages.add_resource_overriding(resource);
        Self { tag, language, messages }
    }
}

/// A language of the pages.
#[derive(Clone, Copy)]
pub(crate) struct Language(&'static Catalogue);

impl Language {
    /// Every language.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        CATALOGUES.iter().map(Self)
    }

    /// The language with a tag.
    pub(crate) fn with_tag(tag: &str) -> Option<Self> {
        Self::all().find(|language| language.tag() == tag)
    }

    /// The language that a browser prefers (`Accept-Language`, RFC 9110 section 12.5.4).
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let header = header.filter(|text| text.len() <= MAX_HEADER_LEN).unwrap_or_default();
        let requested = parse_accepted_languages(header);
        let available: Vec<&LanguageIdentifier> = CATALOGUES.iter().map(|catalogue| &catalogue.language).collect();
        let chosen = negotiate_languages(&requested, &available, None, NegotiationStrategy::Lookup);
        let chosen = chosen.first().and_then(|chosen| CATALOGUES.iter().find(|catalogue| catalogue.language == ***chosen));
        Self(chosen.unwrap_or_else(|| Self::default().0))
    }

    /// The tag (BCP 47), such as `en`.
    pub(crate) fn tag(self) -> &'static str {
        self.0.tag
    }

    /// The name of the language in the language itself.
    pub(crate) fn name(self) -> Words {
        self.text("language-name")
    }

    /// The message with an id.
    pub(crate) fn text(self, id: &'static str) -> Words {
        self.say(Message::new(id))
    }

    /// A message in this language.
    pub(crate) fn say(self, message: Message) -> Words {
        Words { language: self, message }
    }

    /// Writes a message. `text` changes the texts among its values.
    fn format(self, message: &Message, text: fn(&str) -> String) -> String {
        let Some(pattern) = self.0.messages.get_message(message.id).and_then(|found| found.value()) else {
            // An error that the language has no message for says what it says to programs.
            let own = message
                .values
                .iter()
                .find_map(|(name, value)| if let ("text", Value::Text(own)) = (*name, value) { Some(own) } else { None });
            return own.map_or_else(|| message.id.to_owned(), |own| text(own));
        };
        let mut values = FluentArgs::with_capacity(message.values.len());
        for (name, value) in &message.values {
            values.set(
                *name,
                match value {
                    Value::Text(own) => FluentValue::from(text(own)),
                    Value::Number(own) => FluentValue::from(*own),
                    Value::Message(own) => FluentValue::from(text(&self.format(own, str::to_owned))),
                },
            );
        }
        // A value that is missing is shown as its name; the tests find it.
        self.0.messages.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.tag())
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.tag() == other.tag()
    }
}

impl Default for Language {
    fn default() -> Self {
        static NONE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new("en", ""));
        Self(CATALOGUES.first().unwrap_or(&NONE))
    }
}

/// A text for a page, in no language yet: a message and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    id: &'static str,
    values: Vec<(&'static str, Value)>,
}

/// A value of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    /// A number, which decides between singular and plural.
    Number(u64),
    Message(Message),
}

impl Message {
    /// The message with an id, from the files of messages.
    pub(crate) const fn new(id: &'static str) -> Self {
        Self { id, values: Vec::new() }
    }

    /// The same message with one more value.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.values.push((name, value.into()));
        self
    }
}

impl From<&'static str> for Message {
    /// The message with this id.
    fn from(id: &'static str) -> Self {
        Self::new(id)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Templates pass references.
impl<T: Clone + Into<Self>> From<&T> for Value {
    fn from(value: &T) -> Self {
        value.clone().into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<Message> for Value {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

/// A message in a language: a plain text, which a template escapes.
#[derive(Clone)]
pub(crate) struct Words {
    language: Language,
    message: Message,
}

impl Words {
    /// The same words with one more value.
    #[must_use]
    pub(crate) fn with(self, name: &'static str, value: impl Into<Value>) -> Self {
        Self { message: self.message.with(name, value), ..self }
    }

    /// The same words as HTML: the message's own markup counts, and its values are escaped.
    pub(crate) fn html(self) -> Html {
        Html(self)
    }
}

impl fmt::Display for Words {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.language.format(&self.message, str::to_owned))
    }
}

impl From<Words> for Value {
    fn from(words: Words) -> Self {
        Self::Message(words.message)
    }
}

/// A message as HTML. Its markup is the message's; its values are escaped.
pub(crate) struct Html(Words);

impl Html {
    /// The same with one more value.
    #[must_use]
    pub(crate) fn with(self, name: &'static str, value: impl Into<Value>) -> Self {
        Self(self.0.with(name, value))
    }
}

impl fmt::Display for Html {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escape = |text: &str| {
            askama::filters::escape(text, askama::filters::Html).map_or_else(|_| String::new(), |safe| safe.to_string())
        };
        formatter.write_str(&self.0.language.format(&self.0.message, escape))
    }
}

impl HtmlSafe for Html {}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;

    use axum::http::HeaderValue;

    use super::*;

    /// The messages of a file, each with its text.
    fn messages(text: &str) -> BTreeMap<String, String> {
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        let mut id = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            match line.split_once(" = ").filter(|_| !line.starts_with([' ', '}'])) {
                Some((own, text)) => {
                    own.clone_into(&mut id);
                    assert!(found.insert(id.clone(), text.to_owned()).is_none(), "{id} is there twice");
                }
                None => found.get_mut(&id).unwrap().push_str(line),
            }
        }
        found
    }

    /// The names of the values in a message.
    fn values(text: &str) -> BTreeSet<&str> {
        text.split("{ $").skip(1).filter_map(|rest| rest.split(' ').next()).collect()
    }

    /// The tags in a message.
    fn tags(text: &str) -> BTreeSet<&str> {
        text.split('<').skip(1).filter_map(|rest| rest.split([' ', '>']).next()).collect()
    }

    /// Every source file and template of this crate but this file, with the comments of templates left in.
    fn sources() -> String {
        fn read(folder: &Path, found: &mut String) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    read(&path, found);
                } else if !path.ends_with("messages.rs") {
                    found.push_str(&fs::read_to_string(&path).unwrap());
                }
            }
        }
        let mut found = String::new();
        for folder in ["src", "templates"] {
            read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
        }
        found
    }

    /// The ids that follow `before` in the sources.
    fn used(sources: &str, before: &str) -> BTreeSet<String> {
        sources
            .split(before)
            .skip(1)
            .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split_once('"'))
            .map(|(id, _)| id.to_owned())
            .collect()
    }

    #[test]
    fn every_language_has_the_same_messages_with_the_same_values_and_tags() {
        let english = messages(FILES[0].1);
        for (tag, text) in FILES {
            assert!(FluentResource::try_new(text.to_owned()).is_ok(), "{tag} has a mistake");
            let own = messages(text);
            let missing: Vec<_> = english.keys().filter(|id| !own.contains_key(*id)).collect();
            let more: Vec<_> = own.keys().filter(|id| !english.contains_key(*id) && !is_code(id)).collect();
            assert!(missing.is_empty() && more.is_empty(), "{tag} lacks {missing:?} and has {more:?}");
            for (id, text) in own.iter().filter(|(id, _)| english.contains_key(*id)) {
                assert_eq!(values(text), values(&english[id]), "{tag}: {id}");
                assert_eq!(tags(text), tags(&english[id]), "{tag}: {id}");
            }
        }
    }

    /// Whether an id is the code of an error.
    fn is_code(id: &str) -> bool {
        id.contains('_') || ["changed", "forbidden"].contains(&id)
    }

    #[test]
    fn every_error_of_the_management_api_has_a_message_in_other_languages() {
        let problems = Path::new(env!("CARGO_MANIFEST_DIR")).join("../management-api/src/problem.rs");
        let problems = fs::read_to_string(problems).unwrap();
        let (_, codes) = problems.split_once("fn status_and_code").unwrap();
        let codes: BTreeSet<&str> = codes.split(", \"").skip(1).filter_map(|rest| Some(rest.split_once("\")")?.0)).collect();
        assert!(codes.len() > 60, "{codes:?}");
        for (tag, text) in FILES.iter().skip(1) {
            let own = messages(text);
            let missing: Vec<_> = codes.iter().filter(|code| !own.contains_key(**code)).collect();
            assert!(missing.is_empty(), "{tag} lacks {missing:?}");
        }
    }

    #[test]
    fn pages_use_messages_that_exist_and_every_message_is_used() {
        let (sources, english) = (sources(), messages(FILES[0].1));
        let wanted = ["site.text(", "site.html(", "Message::new(", "text: Message::new("];
        let wanted: BTreeSet<String> = wanted.iter().flat_map(|before| used(&sources, before)).collect();
        let unknown: Vec<_> = wanted.iter().filter(|id| !english.contains_key(*id) && !is_code(id)).collect();
        assert!(unknown.is_empty(), "there is no message {unknown:?}");
        let unused: Vec<_> =
            english.keys().filter(|id| !sources.contains(&format!("\"{id}\"")) && *id != "language-name").collect();
        assert!(unused.is_empty(), "no page shows {unused:?}");
    }

    #[test]
    fn messages_with_tags_are_shown_as_html() {
        let (sources, english) = (sources(), messages(FILES[0].1));
        for id in used(&sources, "site.text(").union(&used(&sources, "Message::new(")) {
            assert!(english.get(id).is_none_or(|text| tags(text).is_empty()), "{id}");
        }
        let allowed = ["/a", "/bdi", "/code", "/span", "/strong", "/time", "a", "bdi", "code", "span", "strong", "time"];
        for (id, text) in &english {
            assert!(tags(text).iter().all(|tag| allowed.contains(tag)), "{id}");
        }
    }

    #[test]
    fn values_are_escaped_in_html_alone() {
        let text = Language::default().text("consent-lead").with("application", "<b>&").with("user", "x");
        let html = text.html().to_string();
        assert_eq!(html, "<bdi class=\"name\">&#60;b&#62;&#38;</bdi> wants to act for you, <bdi class=\"name\">x</bdi>.");
        let named = Language::default().text("at-tier").with("tier", "<b>").to_string();
        assert_eq!(named, "at <b>");
    }

    #[test]
    fn the_browser_chooses_the_language() {
        for (header, tag) in [
            ("de", "de"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("fr, de;q=0.5", "de"),
            ("en-GB, de", "en"),
            ("fr", "en"),
            ("*", "en"),
            ("", "en"),
            ("\u{1}, ;;q=x", "en"),
        ] {
            let value = HeaderValue::from_bytes(header.as_bytes()).unwrap_or(HeaderValue::from_static(""));
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value)]);
            assert_eq!(Language::accepted(&headers).tag(), tag, "{header}");
        }
        let long = HeaderValue::try_from("de,".repeat(200)).unwrap();
        assert_eq!(Language::accepted(&HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, long)])).tag(), "en");
        assert_eq!(Language::accepted(&HeaderMap::new()).tag(), "en");
    }

    #[test]
    fn an_error_without_a_message_says_its_own_text() {
        let refused = Message::new("tier_exists").with("text", "There is a tier `gold`.");
        assert_eq!(Language::default().say(refused.clone()).to_string(), "There is a tier `gold`.");
        assert_eq!(Language::with_tag("de").unwrap().say(refused).to_string(), "Diese Stufe gibt es schon.");
    }
}
