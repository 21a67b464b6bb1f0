//! The subset of BER that LDAP uses (RFC 4511, section 5.1): one-byte tags and definite lengths.
//!
//! A reader never parses nested elements by itself: the caller opens each element. So deep nesting cannot overflow the stack.

use zeroize::Zeroizing;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The bytes are not BER as LDAP uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Encodes an element. The bytes are zeroed when they are dropped, because they may hold a password.
pub(super) fn element(tag: u8, contents: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let len = contents.iter().map(|content| content.len()).sum::<usize>();
    // With capacity for the whole element, because growing would leave a copy of a password in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(len + 10));
    bytes.push(tag);
    match u8::try_from(len) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            let written = len.to_be_bytes();
            let significant = written.iter().skip_while(|byte| **byte == 0);
            bytes.push(0x80 | u8::try_from(significant.clone().count()).unwrap_or_default());
            bytes.extend(significant);
        }
    }
    for content in contents {
        bytes.extend_from_slice(content);
    }
    bytes
}

/// Encodes a non-negative number.
pub(super) fn number(tag: u8, number: u32) -> Zeroizing<Vec<u8>> {
    let written = number.to_be_bytes();
    let mut zeroes = written.iter().take_while(|byte| **byte == 0).count().min(written.len() - 1);
    // The highest bit is the sign, so a leading zero byte may be needed.
    let positive = written.get(zeroes).is_some_and(|byte| *byte < 0x80);
    let sign: &[u8] = if positive {
        &[]
    } else if zeroes > 0 {
        zeroes -= 1;
        &[]
    } else {
        &[0]
    };
    element(tag, &[sign, written.get(zeroes..).unwrap_or_default()])
}

/// Reads a sequence of elements.
#[derive(Debug, Clone)]
pub(super) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    pub(super) const fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// The next element's tag and contents; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u8, &'b [u8])>, Malformed> {
        let Some((&tag, rest)) = self.0.split_first() else { return Ok(None) };
        if tag & 0x1f == 0x1f {
            return Err(Malformed);
        }
        let (&first, rest) = rest.split_first().ok_or(Malformed)?;
        let (len, rest) = match length_of_length(first)? {
            0 => (usize::from(first), rest),
            further => {
                let (written, rest) = rest.split_at_checked(further).ok_or(Malformed)?;
                (length(written), rest)
            }
        };
        let (contents, rest) = rest.split_at_checked(len).ok_or(Malformed)?;
        self.0 = rest;
        Ok(Some((tag, contents)))
    }

    /// The contents of the next element, which must have this tag.
    pub(super) fn take(&mut self, tag: u8) -> Result<&'b [u8], Malformed> {
        self.next()?.filter(|(found, _)| *found == tag).map(|(_, contents)| contents).ok_or(Malformed)
    }

    /// The text of the next element, which must be an octet string in UTF-8.
    pub(super) fn text(&mut self) -> Result<&'b str, Malformed> {
        str::from_utf8(self.take(OCTETS)?).map_err(|_| Malformed)
    }

    /// The number in the next element, which must not be negative.
    pub(super) fn number(&mut self, tag: u8) -> Result<u32, Malformed> {
        let contents = self.take(tag)?;
        match contents {
            [] => Err(Malformed),
            [first, ..] if *first >= 0x80 || contents.len() > 5 => Err(Malformed),
            _ => u32::try_from(contents.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))).map_err(|_| Malformed),
        }
    }
}

/// The number of length bytes that follow the first length byte; 0 if the first byte is the whole length.
pub(super) const fn length_of_length(first: u8) -> Result<usize, Malformed> {
    match first {
        0..=0x7f => Ok(0),
        0x81..=0x84 => Ok((first & 0x7f) as usize),
        // The indefinite form, or a length of more than four bytes.
        _ => Err(Malformed),
    }
}

/// Decodes a length of at most four bytes.
pub(super) fn length(written: &[u8]) -> usize {
    written.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_elements_are_decoded_again() {
        for len in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; len];
            let written = element(OCTETS, &[&content]);
            let mut reader = Reader::new(&written);
            assert_eq!(reader.take(OCTETS), Ok(content.as_slice()));
            assert_eq!(reader.next(), Ok(None));
        }
        for value in [0, 1, 127, 128, 255, 256, 32_767, 32_768, 8_388_608, u32::MAX] {
            let written = number(INTEGER, value);
            assert_eq!(Reader::new(&written).number(INTEGER), Ok(value));
        }
        assert_eq!(*number(INTEGER, 128), [2, 2, 0, 128]);
        assert_eq!(*number(INTEGER, 0), [2, 1, 0]);
    }

    #[test]
    fn truncated_and_indefinite_elements_are_refused() {
        for bad in [
            &[0x30][..],
            &[0x30, 1],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
            &[0x30, 0x82, 1],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0],
            &[0x1f, 0x01, 0],
        ] {
            assert_eq!(Reader::new(bad).next(), Err(Malformed), "{bad:?}");
        }
        for bad in [&[2, 0][..], &[2, 1, 0x80], &[2, 5, 1, 0, 0, 0, 0], &[2, 6, 0, 0, 0, 0, 0, 1]] {
            assert_eq!(Reader::new(bad).number(INTEGER), Err(Malformed), "{bad:?}");
        }
    }
}
