//! The small part of DER (ITU-T X.690) that hosts need: public keys and ECDSA signatures.

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// `AlgorithmIdentifier` of an EC public key on P-256 (RFC 5480 section 2.1.1).
const P256: [u8; 21] = [
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
];

/// `AlgorithmIdentifier` of an RSA public key (RFC 3279 section 2.3.1).
const RSA: [u8; 15] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1) of a point on P-256 in uncompressed form.
pub(super) fn p256_public_key(point: &[u8]) -> Vec<u8> {
    wrap(SEQUENCE, &[&P256, &bit_string(point)])
}

/// `SubjectPublicKeyInfo` of an RSA modulus and exponent, both big-endian.
pub(super) fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = wrap(SEQUENCE, &[&integer(modulus), &integer(exponent)]);
    wrap(SEQUENCE, &[&RSA, &bit_string(&key)])
}

/// `ECDSA-Sig-Value` (RFC 3279 section 2.2.3) of the two halves of a JWS signature (RFC 7518 section 3.4).
pub(super) fn ecdsa_signature(halves: &[u8; 64]) -> Vec<u8> {
    let (r, s) = halves.split_at(32);
    wrap(SEQUENCE, &[&integer(r), &integer(s)])
}

fn bit_string(bytes: &[u8]) -> Vec<u8> {
    wrap(BIT_STRING, &[&[0], bytes])
}

/// A number that is not negative, in the fewest bytes.
fn integer(big_endian: &[u8]) -> Vec<u8> {
    let zeros = big_endian.iter().take_while(|byte| **byte == 0).count();
    let digits = big_endian.get(zeros..).unwrap_or_default();
    let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    wrap(INTEGER, &[sign, digits])
}

fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let mut der = Vec::with_capacity(len + 6);
    der.push(tag);
    let len_bytes = len.to_be_bytes();
    if len < 0x80 {
        der.extend(len_bytes.last());
    } else {
        let significant = len_bytes.iter().skip_while(|byte| **byte == 0);
        // At most eight bytes hold a length.
        der.push(0x80 | significant.clone().fold(0, |count, _| count + 1));
        der.extend(significant);
    }
    for part in parts {
        der.extend_from_slice(part);
    }
    der
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_short_and_not_negative() {
        assert_eq!(integer(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[]), [2, 1, 0]);
    }

    #[test]
    fn lengths_take_as_many_bytes_as_they_need() {
        assert_eq!(wrap(SEQUENCE, &[&[0; 127]]).get(..2), Some(&[0x30, 127][..]));
        assert_eq!(wrap(SEQUENCE, &[&[0; 128]]).get(..3), Some(&[0x30, 0x81, 128][..]));
        assert_eq!(wrap(SEQUENCE, &[&[0; 256]]).get(..4), Some(&[0x30, 0x82, 1, 0][..]));
    }
}
