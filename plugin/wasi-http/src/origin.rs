//! An origin: the scheme and the authority of a server.

/// The origin of a server, such as `https://issuer.example` or `http://127.0.0.1:8080`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Whether the scheme is `https`.
    pub is_https: bool,
    /// `host[:port]`.
    pub authority: String,
}

impl Origin {
    /// Reads an origin; `None` if the text is anything else, such as a URL with a path.
    pub fn parse(text: &str) -> Option<Self> {
        let https = text.strip_prefix("https://").map(|authority| (true, authority));
        let (is_https, authority) = https.or_else(|| text.strip_prefix("http://").map(|authority| (false, authority)))?;
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#@\\".contains(&byte);
        (!authority.is_empty() && authority.bytes().all(is_plain)).then(|| Self { is_https, authority: authority.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_an_authority() {
        for (text, is_https, authority) in [
            ("https://issuer.example", true, "issuer.example"),
            ("http://127.0.0.1:8080", false, "127.0.0.1:8080"),
            ("http://[::1]:80", false, "[::1]:80"),
        ] {
            assert_eq!(Origin::parse(text), Some(Origin { is_https, authority: authority.into() }), "{text}");
        }
        for text in [
            "",
            "issuer",
            "issuer.example",
            "https://",
            "https://a/",
            "https://a/b",
            "https://a?b",
            "https://user@a",
            "https://a b",
            "ftp://a",
            "HTTPS://a",
            "https://é",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }
}
