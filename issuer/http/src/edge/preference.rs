//! The preference `wait` (RFC 7240 section 4.3): how long an answer may be held.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The longest wait in seconds: proxies time out after a minute or more without an answer.
pub(crate) const MAX_WAIT: u64 = 60;

const PREFER: HeaderName = HeaderName::from_static("prefer");

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The wait that is granted, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait(u64);

impl Wait {
    /// The wait that a client prefers, at most [`MAX_WAIT`]. The first one counts (section 2); one that is malformed is ignored, like every
    /// preference that a server does not know.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let lists = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
        let wait = lists.flat_map(|list| split(list, b',')).find_map(|preference| {
            // Parameters follow a semicolon; `wait` has none.
            let (name, value) = split(preference, b';').next()?.split_once('=')?;
            name.trim().eq_ignore_ascii_case("wait").then(|| value.trim())
        })?;
        let seconds = wait.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(wait);
        if seconds.is_empty() || !seconds.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // A number too large for the type is larger than the maximum.
        let seconds = seconds.parse().unwrap_or(MAX_WAIT).min(MAX_WAIT);
        (seconds > 0).then_some(Self(seconds))
    }

    pub(crate) const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }

    /// Adds the header that says which wait was granted (section 3).
    pub(crate) fn acknowledge(self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(&format!("wait={}", self.0)) {
            headers.insert(PREFERENCE_APPLIED, value);
        }
    }
}

/// Splits `text` at separators outside of quoted strings.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |character| {
        if escaped {
            escaped = false;
        } else if quoted && character == '\\' {
            escaped = true;
        } else if character == '"' {
            quoted = !quoted;
        }
        !quoted && character == char::from(separator)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(lines: &[&str]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(PREFER, HeaderValue::from_str(line).unwrap());
        }
        Wait::of(&headers).map(|wait| wait.0)
    }

    #[test]
    fn every_form_of_rfc_7240_is_read() {
        for (line, expected) in [
            ("wait=30", 30),
            ("Wait = 30", 30),
            ("wait=\"30\"", 30),
            ("respond-async, wait=10", 10),
            ("wait=10; x=1, wait=20", 10),
            ("x=\"a, wait=5\", wait=6", 6),
            ("x=\"a\\\", wait=5\", wait=7", 7),
            ("wait=061", 60),
            ("wait=99999999999999999999999", 60),
        ] {
            assert_eq!(wait(&[line]), Some(expected), "{line}");
        }
        assert_eq!(wait(&["return=minimal", "wait=3"]), Some(3));
        for line in
            ["", "wait", "wait=", "wait=0", "wait=-1", "wait=1.5", "wait=a", "waits=5", "x; wait=5", "x=\"wait=5\"", "wait=\"5"]
        {
            assert_eq!(wait(&[line]), None, "{line}");
        }
        assert_eq!(wait(&[]), None);
    }
}
