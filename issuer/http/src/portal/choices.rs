//! What a developer chooses for new tokens, as a form has it.

use std::time::Duration;

use super::sentence;
use postern_http_types::Form;
use postern_model::{Validity, parse_client_domain};
use postern_time::{format_duration, parse_lifetime};
use postern_token::{AddressBlock, DomainPattern, Scopes};

/// The choices that are valid.
pub(super) struct Choices {
    pub(super) domains: Vec<DomainPattern<'static>>,
    pub(super) ips: Vec<AddressBlock>,
    pub(super) scopes: Option<Scopes<'static>>,
    pub(super) validity: Option<Validity>,
    pub(super) new_secret: bool,
}

/// The fields as they were entered, and what is wrong with each.
#[derive(Default)]
pub(super) struct Entered {
    pub(super) domains: String,
    pub(super) ips: String,
    pub(super) lifetime: String,
    /// The scopes that are chosen.
    pub(super) scopes: Vec<String>,
    pub(super) new_secret: bool,
    pub(super) domains_problem: Option<String>,
    pub(super) ips_problem: Option<String>,
    pub(super) lifetime_problem: Option<String>,
    pub(super) scopes_problem: Option<String>,
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

    /// The choices; `None` if a field is wrong, which then says what.
    pub(super) fn read(&mut self) -> Option<Choices> {
        let domains = list(&self.domains, |text| parse_client_domain(text).map_err(|error| error.to_string()));
        let ips = list(&self.ips, |text| text.parse::<AddressBlock>().map_err(str::to_owned));
        let validity = match self.lifetime.trim() {
            "" => Ok(None),
            "never" => Ok(Some(Validity::Forever)),
            text => parse_lifetime(text).map_err(|error| format!("the lifetime {error}")).and_then(|duration| {
                let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
                Validity::from_seconds(seconds).map(Some).map_err(|error| error.to_string())
            }),
        };
        let scopes = match self.scopes.as_slice() {
            [] => Ok(None),
            scopes => Scopes::parse(scopes.join(" ")).map(Some).map_err(|error| error.to_string()),
        };
        self.domains_problem = domains.as_ref().err().map(|problem| sentence(problem));
        self.ips_problem = ips.as_ref().err().map(|problem| sentence(problem));
        self.lifetime_problem = validity.as_ref().err().map(|problem| sentence(problem));
        self.scopes_problem = scopes.as_ref().err().map(|problem| sentence(problem));
        let (domains, ips, scopes, validity) = (domains.ok()?, ips.ok()?, scopes.ok()?, validity.ok()?);
        Some(Choices { domains, ips, scopes, validity, new_secret: self.new_secret })
    }
}

/// The items of a text, separated by white space or commas.
fn list<T>(text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    let items = text.split(|character: char| character.is_whitespace() || character == ',').filter(|item| !item.is_empty());
    items.map(|item| parse(item).map_err(|problem| format!("`{item}`: {problem}"))).collect()
}

/// A number of seconds as people write it; `None` is for ever.
pub(super) fn lifetime(seconds: Option<u64>) -> String {
    seconds.map_or_else(|| "never".to_owned(), |seconds| format_duration(Duration::from_secs(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn each_wrong_field_says_what_is_wrong() {
        let mut entered = form("domains=a.example+https://b.example/path&ips=300.1.1.1&lifetime=soon&scope+%22=on");
        assert!(entered.read().is_none());
        for (problem, part) in [
            (&entered.domains_problem, "b.example/path"),
            (&entered.ips_problem, "300.1.1.1"),
            (&entered.lifetime_problem, ""),
            (&entered.scopes_problem, ""),
        ] {
            assert!(problem.as_ref().is_some_and(|problem| problem.contains(part)), "{problem:?}");
        }
    }

    #[test]
    fn lifetimes_are_written_as_they_are_read() {
        for (seconds, text) in [(Some(3_600), "1h"), (Some(2_592_000), "30d"), (None, "never")] {
            assert_eq!(lifetime(seconds), text);
        }
    }
}
