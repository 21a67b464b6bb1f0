//! A comparison of bytes that are not secret.

/// Whether the bytes are the same. Compares eight bytes at a time, and branches after 32: the standard comparison, when it is built for
/// size, does so after each byte.
pub fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    let ((blocks, rest), (other_blocks, other_rest)) = (one.as_chunks::<32>(), other.as_chunks::<32>());
    one.len() == other.len()
        && blocks.iter().zip(other_blocks).all(|(block, other)| differences(block, other) == 0)
        && differences(rest, other_rest) == 0
        && rest.as_chunks::<8>().1 == other_rest.as_chunks::<8>().1
}

/// The bits that differ in one of the words of eight bytes, without the bytes after the last word. Both have the same length.
fn differences(one: &[u8], other: &[u8]) -> u64 {
    let words = one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    words.fold(0, |differences, (word, other)| differences | (u64::from_le_bytes(*word) ^ u64::from_le_bytes(*other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_in_any_byte_or_in_the_length_is_seen() {
        for len in 0..100 {
            let one: Vec<u8> = (1..=len).collect();
            assert!(same_bytes(&one, &one.clone()), "{len}");
            for at in 0..usize::from(len) {
                for bit in 0..8 {
                    let mut other = one.clone();
                    other[at] ^= 1 << bit;
                    assert!(!same_bytes(&one, &other), "{len} {at}");
                }
                assert!(!same_bytes(&one, &one[..at]) && !same_bytes(&one[..at], &one), "{len} {at}");
            }
        }
    }
}
