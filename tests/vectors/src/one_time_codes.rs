//! Codes of an authenticator app (RFC 6238), by other code than the issuer's.

use ring::hmac;

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code that an app with this secret, in base32 without padding, shows at a Unix time.
#[must_use]
pub fn one_time_code(secret: &str, at: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes(secret));
    let digest = hmac::sign(&key, &(at / 30).to_be_bytes());
    let last = digest.as_ref().last().expect("a digest has 20 bytes");
    let word = digest.as_ref().iter().skip(usize::from(last & 15)).take(4);
    let number = word.fold(0, |number: u32, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// The bytes of a text in base32, whose length is a multiple of 8.
fn bytes(base32: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for digit in base32.chars() {
        let digit = ALPHABET.find(digit).expect("a digit of base32");
        bits = bits << 5 | u32::try_from(digit).expect("less than 32");
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).expect("a byte"));
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        for (at, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(super::one_time_code(secret, at), code, "{at}");
        }
    }
}
