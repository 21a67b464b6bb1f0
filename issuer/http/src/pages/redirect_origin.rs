//! The origin to which a browser may be redirected after a form, as a source in a content security policy.

use url::{Host, Url};

/// The origin of a client's redirect URI, or its scheme where it has no origin that a policy could name. It holds only letters,
/// digits and `+-.:/`, so nothing in it can end a directive or a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RedirectOrigin(String);

impl RedirectOrigin {
    /// The origin of `uri`; `None` for a scheme whose documents would run or be shown with our origin.
    pub(crate) fn of(uri: &Url) -> Option<Self> {
        let scheme = uri.scheme();
        match scheme {
            "about" | "blob" | "data" | "file" | "filesystem" | "javascript" | "view-source" | "vbscript" => None,
            "http" | "https" => Some(Self(match named_host(uri) {
                Some(host) => match uri.port() {
                    Some(port) => format!("{scheme}://{host}:{port}"),
                    None => format!("{scheme}://{host}"),
                },
                None => format!("{scheme}:"),
            })),
            // A native application (RFC 8252 section 7.1).
            _ => Some(Self(format!("{scheme}:"))),
        }
    }

    /// The source expression for a directive.
    pub(crate) fn as_source(&self) -> &str {
        &self.0
    }
}

/// The host, where a policy can name it (Content Security Policy Level 3, section 2.3.1 and 6.7.2.9): letters, digits, hyphens and dots,
/// and of all addresses 127.0.0.1 alone.
fn named_host(uri: &Url) -> Option<String> {
    match uri.host()? {
        Host::Domain(name) => {
            let labels = name.split('.').all(|label| {
                !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            });
            labels.then(|| name.to_owned())
        }
        Host::Ipv4(address) => (address.octets() == [127, 0, 0, 1]).then(|| address.to_string()),
        Host::Ipv6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_policy_can_name() {
        let cases = [
            ("https://app.example/callback?x=;", Some("https://app.example")),
            ("https://app.example:8443/", Some("https://app.example:8443")),
            ("https://APP.example:443/", Some("https://app.example")),
            ("https://bücher.example/", Some("https://xn--bcher-kva.example")),
            ("http://localhost:3000/cb", Some("http://localhost:3000")),
            ("http://127.0.0.1:49152/", Some("http://127.0.0.1:49152")),
            ("http://[::1]:49152/", Some("http:")),
            ("http://192.0.2.1/", Some("http:")),
            ("https://my_app.example/", Some("https:")),
            ("https://a;b.example/", Some("https:")),
            ("https://*.example/", Some("https:")),
            ("https://app.example./", Some("https:")),
            ("com.example.app:/oauth", Some("com.example.app:")),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("blob:https://app.example/1", None),
        ];
        for (uri, source) in cases {
            let origin = RedirectOrigin::of(&Url::parse(uri).unwrap());
            assert_eq!(origin.as_ref().map(RedirectOrigin::as_source), source, "{uri}");
        }
    }
}
