//! Header and payload of a token as they are written, for people who ask what a token holds.

use crate::base64url;

/// Decodes the header and the payload of a token in compact form, each `None` if it is missing or not base64url. Nothing is verified,
/// so nothing may be decided from the result.
pub fn dangerous_unverified_parts(token: &[u8]) -> [Option<Vec<u8>>; 2] {
    let mut parts = token.split(|byte| *byte == b'.');
    let mut decoded = || parts.next().and_then(base64url::decode);
    [decoded(), decoded()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_decoded_without_being_verified() {
        let text = |part: &str| Some(part.as_bytes().to_vec());
        for (token, expected) in [
            ("e30.eyJhIjoxfQ.AAAA", [text("{}"), text(r#"{"a":1}"#)]),
            ("e30.eyJhIjoxfQ", [text("{}"), text(r#"{"a":1}"#)]),
            ("e30.=.x", [text("{}"), None]),
            ("e30", [text("{}"), None]),
            ("!", [None, None]),
        ] {
            assert_eq!(dangerous_unverified_parts(token.as_bytes()), expected, "{token}");
        }
    }
}
