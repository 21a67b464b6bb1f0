//! Integers of 256 bits with the operations that invalid signatures need. They are big-endian, as in JWS.

/// A number from 0 to 2^256 − 1.
pub(super) type Number = [u8; 32];

/// The order of the group on P-256 (SEC 2 section 2.4.2).
pub(super) const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/// The order L of the prime-order group on Ed25519 (RFC 8032 section 5.1).
pub(super) const ED25519_ORDER: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";

/// Parses a hexadecimal number.
pub(super) fn hex(text: &str) -> Number {
    let digits: Vec<u8> = text.chars().map(|digit| u8::try_from(digit.to_digit(16).expect("a digit")).expect("small")).collect();
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit)).collect();
    bytes.try_into().expect("64 digits")
}

/// The number with the other byte order.
pub(super) fn reversed(mut number: Number) -> Number {
    number.reverse();
    number
}

/// `a + b`, which must not need more than 256 bits.
pub(super) fn sum(a: Number, b: Number) -> Number {
    let sum = wrapping_sum(&a, &b).try_into().expect("as many bytes");
    assert!(sum >= a, "the sum needs more than 256 bits");
    sum
}

/// `a + b`, two numbers of the same length, modulo the range of that length.
pub(super) fn wrapping_sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut sum: Vec<u8> = Vec::with_capacity(a.len());
    for (a, b) in a.iter().zip(b).rev() {
        let wide = u16::from(*a) + u16::from(*b) + carry;
        let [_, digit] = wide.to_be_bytes();
        sum.push(digit);
        carry = wide >> 8;
    }
    sum.reverse();
    sum
}

/// `a - b`, which must not be below zero.
pub(super) fn difference(a: Number, b: Number) -> Number {
    let mut borrow = 0;
    let mut difference = [0; 32];
    for ((digit, a), b) in difference.iter_mut().zip(a).zip(b).rev() {
        let wide = 0x100 + u16::from(a) - u16::from(b) - borrow;
        [_, *digit] = wide.to_be_bytes();
        borrow = 1 - (wide >> 8);
    }
    assert_eq!(borrow, 0, "the difference is below zero");
    difference
}

/// `a * b` modulo `modulus`, where `a` may be of any length.
pub(super) fn product(a: &[u8], b: Number, modulus: Number) -> Number {
    let reduce = |mut number: Number| {
        while number >= modulus {
            number = difference(number, modulus);
        }
        number
    };
    let b = reduce(b);
    let mut product = [0; 32];
    for bit in a.iter().flat_map(|byte| (0..8).rev().map(move |shift| byte >> shift & 1)) {
        product = reduce(sum(product, product));
        if bit == 1 {
            product = reduce(sum(product, b));
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(small: u64) -> Number {
        let mut number = [0; 32];
        number[24..].copy_from_slice(&small.to_be_bytes());
        number
    }

    #[test]
    fn arithmetic_is_right() {
        let (a, b, modulus) = (0xfedc_ba98_7654_3210, 0x0123_4567_89ab_cdff, 0xffff_ffff_ffff_ffc5);
        assert_eq!(sum(number(a - b), number(b)), number(a));
        assert_eq!(difference(number(a), number(b)), number(a - b));
        let remainder = u64::try_from(u128::from(a) * u128::from(b) % u128::from(modulus)).unwrap();
        assert_eq!(product(&a.to_be_bytes(), number(b), number(modulus)), number(remainder));
        assert_eq!(reversed(hex(&format!("{:064x}", 258)))[..3], [2, 1, 0]);
    }
}
