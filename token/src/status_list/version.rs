//! The version of a status list, as a bundle names it: a digest that issuer and edge both compute.

use sha2::{Digest as _, Sha256};

use crate::digest::finish_sha256;
use crate::identifier::Kid;
use crate::time::UnixSeconds;

/// How many bytes of a SHA-256 digest are used.
const LEN: usize = 16;

/// A digest of a list's entries: the first half of their SHA-256, in base64url.
pub fn entries_digest(entries: &[u8]) -> String {
    half_of_sha256(entries)
}

/// The version of the list whose entries have the digest `entries`, whose `iat` is `iat`, and which the key `kid` has signed: the first half
/// of a SHA-256, in base64url. It changes with each of them. So an edge that has verified a list can tell whether the list is the one that
/// a bundle names, whatever the answer with the list says.
pub fn status_list_version(entries: &str, iat: UnixSeconds, kid: &Kid<'_>) -> String {
    half_of_sha256(format!("{entries} {} {}", iat.0, kid.as_str()).as_bytes())
}

/// The SHA-256 of a content in base64url: the entity tag, between quotes, under which the issuer sends a bundle.
pub fn content_digest(content: &[u8]) -> String {
    encode(&sha256(content))
}

fn half_of_sha256(bytes: &[u8]) -> String {
    encode(sha256(bytes).get(..LEN).unwrap_or_default())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(bytes);
    finish_sha256(hash)
}

/// base64url. The plugin encodes nothing else, and the encoder for long texts would make it larger.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * LEN);
    let (mut bits, mut len) = (0_u32, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        len += 8;
        while len >= 6 {
            len -= 6;
            text.push(character(bits >> len));
        }
    }
    if len > 0 {
        text.push(character(bits << (6 - len)));
    }
    text
}

/// The character for the lowest six bits.
fn character(bits: u32) -> char {
    let (first, offset) = match (bits & 63) as u8 {
        upper @ ..26 => (b'A', upper),
        lower @ ..52 => (b'a', lower - 26),
        digit @ ..62 => (b'0', digit - 52),
        62 => (b'-', 0),
        _ => (b'_', 0),
    };
    char::from(first + offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Identifier;

    fn version(entries: &[u8], iat: u64, kid: &'static str) -> String {
        status_list_version(&entries_digest(entries), UnixSeconds(iat), &Identifier::parse(kid).unwrap())
    }

    /// Edges and issuers of different versions must agree on it, and databases hold the digests.
    #[test]
    fn a_version_stays_the_same() {
        assert_eq!(entries_digest(&[0; 4]), "3z9hmASpL9tAVxktxD3XSA");
        assert_eq!(version(&[0; 4], 1_800_000_000, "k1"), "JHf1EWoHvF1i2ukh7syUeQ");
    }

    /// The example of FIPS 180-2 appendix B.1.
    #[test]
    fn a_content_digest_is_sha256() {
        assert_eq!(content_digest(b"abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    }

    #[test]
    fn the_encoding_is_base64url() {
        let bytes: Vec<u8> = (0..=u8::MAX).rev().step_by(5).collect();
        for len in 0..bytes.len() {
            assert_eq!(encode(&bytes[..len]), crate::base64url::encode(&bytes[..len]));
        }
    }

    #[test]
    fn a_version_changes_with_each_of_its_parts() {
        let all = [version(&[1], 2, "k3"), version(&[2], 2, "k3"), version(&[1], 3, "k3"), version(&[1], 2, "k4")];
        for (at, one) in all.iter().enumerate() {
            assert!(all.iter().skip(at + 1).all(|other| other != one), "{all:?}");
        }
    }
}
