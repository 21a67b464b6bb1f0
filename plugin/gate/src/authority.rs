//! The authority of a request: the host that it is for, and the form in which the upstream gets it.

use std::borrow::Cow;

/// The longest port in digits.
const MAX_PORT_LEN: usize = 5;

/// The host of an authority (`host[:port]`) as a bundle writes it: in lower case, without the port and without one dot at its end. `None`
/// when it is not a host.
pub(crate) fn host_of(authority: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (host, port) = split(authority);
    let host = host.strip_suffix(b".").unwrap_or(host);
    let host = if host.iter().any(u8::is_ascii_uppercase) { Cow::Owned(host.to_ascii_lowercase()) } else { Cow::Borrowed(host) };
    let is_host = std::str::from_utf8(&host).is_ok_and(postern_token::bundle::is_host);
    let is_port = port.len() <= MAX_PORT_LEN && port.iter().all(u8::is_ascii_digit);
    (is_host && is_port).then_some(host)
}

/// The authority in the form that was judged, with its port; `None` when the client already sent this form. Otherwise a server that
/// compares hosts byte by byte could serve another virtual host than the one whose rules were applied.
pub(crate) fn rewritten(authority: &[u8]) -> Option<String> {
    // Nearly every authority has that form already, which a single pass over its bytes shows.
    let (mut differs, mut previous) = (false, b':');
    for byte in authority {
        differs |= byte.is_ascii_uppercase() || (*byte == b':' && previous == b'.');
        previous = *byte;
    }
    if !differs && !matches!(previous, b'.' | b':') {
        return None;
    }
    // An authority without a valid host never passes.
    let mut judged = String::from_utf8(host_of(authority)?.into_owned()).ok()?;
    let (_, port) = split(authority);
    if !port.is_empty() {
        judged.push(':');
        judged.push_str(std::str::from_utf8(port).ok()?);
    }
    Some(judged)
}

/// Splits `host[:port]`; without a port that is empty.
fn split(authority: &[u8]) -> (&[u8], &[u8]) {
    let colon = authority.iter().rposition(|byte| *byte == b':').filter(|_| !authority.ends_with(b"]"));
    let parts = colon.and_then(|colon| Some((authority.get(..colon)?, authority.get(colon + 1..)?)));
    parts.unwrap_or((authority, b""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_however_it_is_written() {
        for text in ["api.example", "API.Example", "api.example:8443", "api.example.", "api.example.:443", "api.example:"] {
            assert_eq!(host_of(text.as_bytes()).as_deref(), Some(&b"api.example"[..]), "`{text}`");
        }
        assert_eq!(host_of(b"[::1]:8080").as_deref(), Some(&b"[::1]"[..]));
        assert_eq!(host_of(b"[::1]").as_deref(), Some(&b"[::1]"[..]));
        for bad in [
            "",
            ".",
            "api.example..",
            "api.example:1:2",
            "api.example:x",
            "api.example:000443",
            "api.example%2e",
            "api.example, x",
            "user@api.example",
            "\u{e9}.example",
        ] {
            assert_eq!(host_of(bad.as_bytes()), None, "`{bad}`");
        }
    }

    #[test]
    fn an_authority_is_rewritten_to_what_was_judged() {
        for (text, judged) in [
            ("api.example", None),
            ("api.example:8443", None),
            ("[::1]", None),
            ("[::1]:8080", None),
            ("API.Example", Some("api.example")),
            ("api.example.", Some("api.example")),
            ("api.example:", Some("api.example")),
            ("Api.Example.:443", Some("api.example:443")),
            ("[2001:DB8::1]:443", Some("[2001:db8::1]:443")),
        ] {
            assert_eq!(rewritten(text.as_bytes()).as_deref(), judged, "`{text}`");
        }
    }
}
