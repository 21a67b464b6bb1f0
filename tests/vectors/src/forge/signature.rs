//! Changes of signatures.

use ring::digest::{SHA512, digest};

use super::key::KeyPair;
use super::number::{ED25519_ORDER, Number, P256_ORDER, difference, hex, product, reversed, sum, wrapping_sum};

/// The signature after `change`; `pair` made it over `message`, unless it was made with a secret.
pub(super) fn changed(mut signature: Vec<u8>, change: &str, pair: Option<&KeyPair>, message: &[u8]) -> Vec<u8> {
    match change {
        "flip" => signature.iter_mut().take(1).for_each(|byte| *byte ^= 1),
        "flip_last" => signature.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1),
        "empty" => signature.clear(),
        "truncate" => signature.truncate(signature.len() / 2),
        "shorter" => signature.truncate(signature.len() - 1),
        "longer" => signature.push(0),
        "zero_in_front" => signature.insert(0, 0),
        "zero" => signature.fill(0),
        "one" => {
            signature.fill(0);
            signature.iter_mut().rev().take(1).for_each(|byte| *byte = 1);
        }
        "modulus" => signature = pair.expect("an RSA key").member("n"),
        "plus_modulus" => signature = wrapping_sum(&signature, &pair.expect("an RSA key").member("n")),
        _ => {
            let (first, second) = halves(&signature);
            return match change {
                "swapped" => [second, first].concat(),
                "r_zero" => [[0; 32], second].concat(),
                "s_zero" => [first, [0; 32]].concat(),
                "order" => [hex(P256_ORDER); 2].concat(),
                "twin" => [first, difference(hex(P256_ORDER), second)].concat(),
                "der" => der(first, second),
                "s_plus_l" => [first, reversed(sum(reversed(second), hex(ED25519_ORDER)))].concat(),
                // The neutral point, and one of order 8 (the curve's cofactor), in the encoding of RFC 8032 section 5.1.2.
                "r_neutral" => signed_with(reversed(hex(&format!("{:064x}", 1))), pair.expect("an Ed25519 key"), message),
                "r_of_order_8" => {
                    let point = hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
                    signed_with(point, pair.expect("an Ed25519 key"), message)
                }
                other => panic!("`{other}` is no change of a signature"),
            };
        }
    }
    signature
}

fn halves(signature: &[u8]) -> (Number, Number) {
    let (first, second) = signature.split_at(signature.len() / 2);
    (first.try_into().expect("64 bytes"), second.try_into().expect("64 bytes"))
}

/// The signature in the DER form of X.509 and TLS (RFC 3279 section 2.2.3), which JWS does not allow (RFC 7518 section 3.4).
fn der(r: Number, s: Number) -> Vec<u8> {
    let integer = |number: Number| {
        let start = number.iter().position(|byte| *byte != 0).expect("not zero");
        let (_, digits) = number.split_at(start);
        // A set first bit would mean a negative number.
        let sign: &[u8] = if digits.first().is_some_and(|first| *first > 0x7f) { &[0] } else { &[] };
        let bytes = [sign, digits].concat();
        [&[0x02, u8::try_from(bytes.len()).expect("short")], bytes.as_slice()].concat()
    };
    let both = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(both.len()).expect("short")], both.as_slice()].concat()
}

/// A signature whose point R is `point` and whose number S fits it, up to a point of small order: `S = k * a`, where an honest
/// signature has `S = k * a + r`. A verifier that does not refuse such points, or that multiplies by the cofactor, accepts it.
fn signed_with(point: Number, pair: &KeyPair, message: &[u8]) -> Vec<u8> {
    let private = pair.private_der();
    let (_, seed) = private.split_at(private.len() - 32);
    let hash = digest(&SHA512, seed);
    let (secret, _) = hash.as_ref().split_at(32);
    let mut secret: Number = secret.try_into().expect("32 bytes");
    let [first, .., last] = &mut secret;
    *first &= 0xf8;
    *last = *last & 0x7f | 0x40;
    let k = digest(&SHA512, &[&point, pair.member("x").as_slice(), message].concat());
    let k: Vec<u8> = k.as_ref().iter().rev().copied().collect();
    [point, reversed(product(&k, reversed(secret), hex(ED25519_ORDER)))].concat()
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};

    use super::super::key::sign;
    use super::*;

    /// Each of these signatures has only one flaw, so another implementation accepts it.
    #[test]
    fn invalid_signatures_have_only_one_flaw() {
        let es1 = KeyPair::find("es1").unwrap();
        let point = [&[4], es1.member("x").as_slice(), &es1.member("y")].concat();
        let signature = sign("ES256", es1, b"message");
        let der = changed(signature.clone(), "der", Some(es1), b"message");
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point).verify(b"message", &der).unwrap();
        let twin = changed(signature.clone(), "twin", Some(es1), b"message");
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).verify(b"message", &twin).unwrap();
        assert_ne!(twin, signature);

        let ed1 = KeyPair::find("ed1").unwrap();
        let signature = sign("EdDSA", ed1, b"message");
        let neutral = changed(signature, "r_neutral", Some(ed1), b"message");
        UnparsedPublicKey::new(&ED25519, ed1.member("x")).verify(b"message", &neutral).unwrap();
    }
}
