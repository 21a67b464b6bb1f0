//! base64url as RFC 7515 section 2 defines it: no padding, no white space, no stray trailing bits.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The bytes that `text` stands for, or `None` when it is not the one canonical encoding of them.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The encoding of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends the encoding of `bytes` to `text`.
pub(crate) fn encode_into(bytes: &[u8], text: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn accepts_only_one_encoding_of_each_value() {
        assert_eq!(decode(b"AQID"), Some(vec![1, 2, 3]));
        assert_eq!(decode(b"_-8"), Some(vec![0xff, 0xef]));
        assert_eq!(decode(b""), Some(vec![]));
        for refused in ["AQ==", "AQ=", "AR", "A", "/+8", "AQ ID", "AQID\n", " AQID", "AQ\u{e9}D"] {
            assert_eq!(decode(refused.as_bytes()), None, "`{refused}`");
        }
    }
}
