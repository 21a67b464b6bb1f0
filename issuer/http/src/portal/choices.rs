//! What a developer chooses for new tokens, as a form has it.

use std::time::Duration;

use super::refusal;
use crate::messages::Message;
use postern_http_types::Form;
use postern_model::{Validity, parse_client_domain};
use postern_operations::Expiry;
use postern_time::{format_duration, parse_lifetime};
use postern_token::{AddressBlock, DomainPattern, Scopes, UnixSeconds};

/// The choices that are valid.
pub(super) struct Choices {
    pub(super) domains: Vec<DomainPattern<'static>>,
    pub(super) ips: Vec<AddressBlock>,
    pub(super) scopes: Option<Scopes<'static>>,
    pub(super) validity: Option<Validity>,
    pub(super) new_secret: bool,
}

/// The fields as they were entered, and what is wrong with each.
#[derive(Clone, Default)]
pub(super) struct Entered {
    pub(super) domains: String,
    pub(super) ips: String,
    pub(super) lifetime: String,
    /// The scopes that are chosen.
    pub(super) scopes: Vec<String>,
    pub(super) new_secret: bool,
    pub(super) domains_problem: Option<Message>,
    pub(super) ips_problem: Option<Message>,
    pub(super) lifetime_problem: Option<Message>,
    pub(super) scopes_problem: Option<Message>,
}

/// What precedes a scope in the name of its field.
pub(super) const SCOPE: &str = "scope ";

impl Entered {
    pub(super) fn of(form: &Form) -> Self {
        let value = |name: &str| form.value(name).unwrap_or_default().to_owned();
        Self {
            domains: value("domains"),
            ips: value("ips"),
            lifetime: value("lifetime"),
            scopes: form
                .names()
                .filter_map(|name| name.strip_prefix(SCOPE))
                .chain(form.value("scopes").unwrap_or_default().split_ascii_whitespace())
                .map(str::to_owned)
                .collect(),
            new_secret: form.value("new_secret").is_some(),
            ..Self::default()
        }
    }

    /// Whether a field that is rarely needed is used.
    pub(super) const fn has_more(&self) -> bool {
        !self.ips.is_empty() || !self.lifetime.is_empty()
    }

    /// The choices; `None` if a field is wrong, which then says what.
    pub(super) fn read(&mut self) -> Option<Choices> {
        let (domains, ips, validity) = (domains(&self.domains), addresses(&self.ips), validity(&self.lifetime));
        let scopes = match self.scopes.as_slice() {
            [] => Ok(None),
            scopes => Scopes::parse(scopes.join(" ")).map(Some).map_err(|error| refusal("wrong_scope", &error.to_string())),
        };
        self.domains_problem = domains.as_ref().err().cloned();
        self.ips_problem = ips.as_ref().err().cloned();
        self.lifetime_problem = validity.as_ref().err().cloned();
        self.scopes_problem = scopes.as_ref().err().cloned();
        let (domains, ips, scopes, validity) = (domains.ok()?, ips.ok()?, scopes.ok()?, validity.ok()?);
        Some(Choices { domains, ips, scopes, validity, new_secret: self.new_secret })
    }
}

/// The client domains in a text.
pub(super) fn domains(text: &str) -> Result<Vec<DomainPattern<'static>>, Message> {
    let parse = |item: &str| parse_client_domain(item).map_err(|error| error.to_string());
    items(text).map(|item| named(item, "wrong_domain", parse)).collect()
}

/// The blocks of client addresses in a text.
pub(super) fn addresses(text: &str) -> Result<Vec<AddressBlock>, Message> {
    let parse = |item: &str| item.parse().map_err(str::to_owned);
    items(text).map(|item| named(item, "wrong_address", parse)).collect()
}

/// The items of a text, separated by white space or commas.
pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| character.is_whitespace() || character == ',').filter(|item| !item.is_empty())
}

/// An item of a list. If it is wrong, `code` says how, and the message names it.
pub(super) fn named<T>(item: &str, code: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, Message> {
    parse(item).map_err(|problem| refusal(code, &format!("`{item}`: {problem}")).with("item", item))
}

/// How long tokens are valid: a duration such as `30d`, `never`, or nothing.
pub(super) fn validity(text: &str) -> Result<Option<Validity>, Message> {
    match text.trim() {
        "" => Ok(None),
        "never" => Ok(Some(Validity::Forever)),
        text => {
            let duration = parse_lifetime(text).map_err(|error| refusal("wrong_lifetime", &format!("the lifetime {error}")))?;
            let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
            Validity::from_seconds(seconds).map(Some).map_err(|error| refusal("wrong_lifetime", &error.to_string()))
        }
    }
}

/// The text that [`validity`] reads as this validity.
pub(super) fn validity_text(validity: Validity) -> String {
    validity.expires_in().map_or_else(|| "never".to_owned(), |seconds| format_duration(Duration::from_secs(seconds)))
}

/// The end of something that begins now: a duration such as `30d`, `never`, or nothing.
pub(super) fn ends_at(text: Option<&str>, now: UnixSeconds) -> Result<Expiry, Message> {
    match text.map(str::trim) {
        None | Some("") => Ok(Expiry::Default),
        Some("never") => Ok(Expiry::Never),
        Some(text) => {
            let duration = parse_lifetime(text).map_err(|error| refusal("wrong_lifetime", &format!("the lifetime {error}")))?;
            Ok(Expiry::At(now.plus(duration.as_secs())))
        }
    }
}

/// A number of seconds in words, in the largest unit that divides it; `None` is without end.
pub(super) fn lifetime(seconds: Option<u64>) -> Message {
    let units = [("days", 86_400), ("hours", 3_600), ("minutes", 60)];
    match seconds {
        None => Message::new("without-end"),
        Some(seconds) => {
            let fitting = units.into_iter().find(|(_, size)| seconds >= *size && seconds.is_multiple_of(*size));
            let (unit, size) = fitting.unwrap_or(("seconds", 1));
            Message::new(unit).with("count", seconds / size)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;

    fn form(text: &str) -> Entered {
        Entered::of(&Form::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn valid_fields_become_choices() {
        let mut entered = form(
            "domains=app.example.com%0D%0A*.b.example, c.example&ips=192.0.2.0/24&lifetime=30d&scope+orders=on&scope+menu=on&new_secret=on",
        );
        let choices = entered.read().unwrap();
        let domains: Vec<String> = choices.domains.iter().map(ToString::to_string).collect();
        assert_eq!(domains, ["app.example.com", "*.b.example", "c.example"]);
        assert_eq!(choices.ips.iter().map(ToString::to_string).collect::<Vec<_>>(), ["192.0.2.0/24"]);
        assert_eq!((choices.validity, choices.new_secret), (Some(Validity::Seconds(2_592_000)), true));
        assert_eq!(choices.scopes.unwrap().as_str(), "orders menu");
    }

    #[test]
    fn empty_fields_are_the_defaults() {
        let choices = form("domains=&ips=&lifetime=").read().unwrap();
        assert!(choices.domains.is_empty() && choices.ips.is_empty() && choices.scopes.is_none() && choices.validity.is_none());
        assert_eq!(form("lifetime=never").read().unwrap().validity, Some(Validity::Forever));
    }

    #[test]
    fn a_validity_is_read_as_it_is_written() {
        for (text, written) in [("never", "never"), ("24h", "1d"), ("90s", "90s"), ("30d", "30d")] {
            let read = validity(text).unwrap().unwrap();
            assert_eq!(validity_text(read), written);
            assert_eq!(validity(written).unwrap(), Some(read));
        }
    }

    #[test]
    fn each_wrong_field_says_what_is_wrong() {
        let mut entered = form("domains=a.example+https://b.example/path&ips=300.1.1.1&lifetime=soon&scope+%22=on");
        assert!(entered.read().is_none());
        for (problem, part) in [
            (&entered.domains_problem, "b.example/path"),
            (&entered.ips_problem, "300.1.1.1"),
            (&entered.lifetime_problem, ""),
            (&entered.scopes_problem, ""),
        ] {
            let words = problem.clone().map(|problem| Language::default().say(problem).to_string());
            assert!(words.as_ref().is_some_and(|words| words.contains(part)), "{words:?}");
        }
    }

    #[test]
    fn lifetimes_are_written_in_the_largest_unit_that_fits() {
        for (seconds, text) in
            [(Some(3_600), "1 hour"), (Some(2_592_000), "30 days"), (Some(90), "90 seconds"), (None, "no expiry")]
        {
            assert_eq!(Language::default().say(lifetime(seconds)).to_string(), text);
        }
    }
}
