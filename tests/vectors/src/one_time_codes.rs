//! Codes of an authenticator app (RFC 6238), by other code than the issuer's.

use ring::hmac;

/// The code that an app with this secret, in base32 without padding, shows at a Unix time.
#[must_use]
pub fn one_time_code(secret: &str, at: u64) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret.chars().map(|digit| format!("{:05b}", ALPHABET.find(digit).expect("base32"))).collect();
    let bytes = bits.as_bytes().chunks_exact(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | (bit & 1)));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes.collect::<Vec<u8>>());
    let digest = hmac::sign(&key, &(at / 30).to_be_bytes());
    let digest = digest.as_ref();
    let from = usize::from(digest[19] & 15);
    let number = digest[from..from + 4].iter().fold(0, |number: u32, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}
