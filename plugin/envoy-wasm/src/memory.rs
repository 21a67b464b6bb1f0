//! Compares memory eight bytes at a time. The C library for WebAssembly compares byte by byte, and the standard library calls it for every
//! comparison of slices and strings.

#![allow(unsafe_code, reason = "the functions of C that it replaces get pointers")]

/// How two pieces of memory of the same length are ordered: negative, 0 or positive. Calls no function that compares slices.
///
/// # Safety `one` and `other` must be valid for reads of `len` bytes.
pub(crate) unsafe fn order(one: *const u8, other: *const u8, len: usize) -> i32 {
    let mut at = 0;
    // SAFETY: every read ends at or before `len`.
    unsafe {
        let words = |at| (one.add(at).cast::<u64>().read_unaligned(), other.add(at).cast::<u64>().read_unaligned());
        let differences = |at| {
            let (one, other) = words(at);
            one ^ other
        };
        while at + 32 <= len && differences(at) | differences(at + 8) | differences(at + 16) | differences(at + 24) == 0 {
            at += 32;
        }
        while at + 8 <= len {
            let (one, other) = words(at);
            if one != other {
                return order_of(one, other);
            }
            at += 8;
        }
        if at + 4 <= len {
            let (one, other) = (one.add(at).cast::<u32>().read_unaligned(), other.add(at).cast::<u32>().read_unaligned());
            if one != other {
                return order_of(one.into(), other.into());
            }
            at += 4;
        }
        while at < len {
            let (one, other) = (*one.add(at), *other.add(at));
            if one != other {
                return i32::from(one) - i32::from(other);
            }
            at += 1;
        }
    }
    0
}

/// The order of two words by their bytes, the lowest of which is the first.
fn order_of(one: u64, other: u64) -> i32 {
    if one == other {
        0
    } else if one.swap_bytes() < other.swap_bytes() {
        -1
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    fn order(one: &[u8], other: &[u8]) -> i32 {
        assert_eq!(one.len(), other.len());
        // SAFETY: both have that length.
        unsafe { super::order(one.as_ptr(), other.as_ptr(), one.len()) }
    }

    #[test]
    fn memory_is_ordered_like_slices() {
        for len in 0..100 {
            let one: Vec<u8> = (1..=len).map(|byte: u8| byte.wrapping_mul(37)).collect();
            assert_eq!(order(&one, &one.clone()), 0, "{len}");
            for at in 0..usize::from(len) {
                for change in [1, 0x80, 0xff] {
                    let mut other = one.clone();
                    other[at] ^= change;
                    // A later difference does not count.
                    if let Some(last) = other.last_mut() {
                        *last ^= 3;
                    }
                    let expected = one.as_slice().cmp(other.as_slice()) as i32;
                    assert_eq!(order(&one, &other).signum(), expected, "{len} {at} {change}");
                }
            }
        }
    }
}
