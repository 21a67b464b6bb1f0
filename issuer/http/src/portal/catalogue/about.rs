//! Contact, licence and terms, as a document states them.

use postern_openapi_import::{Info, Named};

/// A text, and where it leads.
pub(super) struct Link {
    pub(super) text: String,
    /// An address on the web that is encrypted.
    pub(super) url: Option<String>,
}

/// What a document says about itself, each with the message of its label.
pub(super) fn about(info: &Info) -> Vec<(&'static str, Link)> {
    let terms = info.terms.as_ref().map(|url| Named { url: Some(url.clone()), ..Named::default() });
    let named = [
        ("about-contact", info.contact.as_ref()),
        ("about-license", info.license.as_ref()),
        ("about-terms", terms.as_ref()),
        ("about-more", info.more.as_ref()),
    ];
    named.into_iter().filter_map(|(label, named)| Some((label, link(named?)?))).collect()
}

/// The name and the email address as text; the web address is a link only if it is encrypted.
fn link(named: &Named) -> Option<Link> {
    let url = named.url.as_deref().and_then(|text| url::Url::parse(text).ok()).filter(|url| url.scheme() == "https");
    let words: Vec<&str> = named.name.iter().chain(&named.email).map(String::as_str).collect();
    let text = if words.is_empty() { named.url.clone()? } else { words.join(", ") };
    Some(Link { text, url: url.map(String::from) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_addresses_are_links() {
        let named = |name: Option<&str>, url: Option<&str>, email: Option<&str>| {
            let own = |text: Option<&str>| text.map(str::to_owned);
            let link = link(&Named { name: own(name), url: own(url), email: own(email) })?;
            Some((link.text, link.url))
        };
        let text = |text: &str, url: Option<&str>| Some((text.to_owned(), url.map(str::to_owned)));
        assert_eq!(named(Some("MIT"), Some("https://mit.example"), None), text("MIT", Some("https://mit.example/")));
        assert_eq!(named(Some("MIT"), Some("javascript:alert(1)"), None), text("MIT", None));
        assert_eq!(named(None, Some("http://a.example"), None), text("http://a.example", None));
        assert_eq!(named(Some("Ann"), None, Some("ann@a.example")), text("Ann, ann@a.example", None));
        assert_eq!(named(None, None, None), None);
    }
}
