//! A request as JavaScript writes it into the module's memory: lengths, and one text with all parts.

use std::net::IpAddr;

use postern_gate::Request;

/// How many parts come before the header fields: method, path, authority, client address.
const FIRST: usize = 4;

/// Memory that JavaScript writes to. It only grows.
#[derive(Debug, Default)]
pub struct Input {
    /// The number of known signatures, each of them as twice its key's number plus 1 if it is valid, and the length of each part in bytes.
    numbers: Vec<u32>,
    /// The parts without separators: method, path, authority, client address (empty when it is unknown), and then the name and the value
    /// of each header field.
    text: Vec<u8>,
}

/// The parts of an input.
#[derive(Default)]
pub(crate) struct Parts<'a> {
    /// The known signatures: the key's number, and whether the signature is valid.
    pub(crate) known: Vec<(u32, bool)>,
    pub(crate) method: &'a [u8],
    pub(crate) path: &'a [u8],
    pub(crate) authority: &'a [u8],
    pub(crate) client_address: Option<IpAddr>,
    pub(crate) headers: Vec<(&'a [u8], &'a [u8])>,
}

impl Input {
    /// Makes room for so many numbers and bytes.
    pub fn reserve(&mut self, numbers: usize, bytes: usize) {
        if self.numbers.len() < numbers {
            self.numbers.resize(numbers.next_power_of_two(), 0);
        }
        if self.text.len() < bytes {
            self.text.resize(bytes.next_power_of_two(), 0);
        }
    }

    /// The memory for the numbers.
    pub fn numbers(&mut self) -> &mut [u32] {
        &mut self.numbers
    }

    /// The memory for the text.
    pub fn text(&mut self) -> &mut [u8] {
        &mut self.text
    }

    /// Reads what was written: so many numbers. `None` when the lengths do not fit.
    pub(crate) fn parts(&self, numbers: usize) -> Option<Parts<'_>> {
        let (known, lengths) = self.numbers.get(..numbers)?.split_first()?;
        let (known, lengths) = lengths.split_at_checked(usize::try_from(*known).ok()?)?;
        let mut text = self.text.as_slice();
        let mut next = |length: &u32| {
            let (part, rest) = text.split_at_checked(usize::try_from(*length).ok()?)?;
            text = rest;
            Some(part)
        };
        let (first, fields) = lengths.split_first_chunk::<FIRST>()?;
        let [method, path, authority, client_address] = first.each_ref().map(&mut next);
        let (fields, []) = fields.as_chunks::<2>() else { return None };
        let mut headers = Vec::with_capacity(fields.len());
        for [name, value] in fields {
            headers.push((next(name)?, next(value)?));
        }
        Some(Parts {
            known: known.iter().map(|known| (known >> 1, known & 1 == 1)).collect(),
            method: method?,
            path: path?,
            authority: authority?,
            client_address: std::str::from_utf8(client_address?).ok().and_then(|text| text.parse().ok()),
            headers,
        })
    }
}

impl Parts<'_> {
    /// Calls `decide` with the request.
    pub(crate) fn with_request<T>(&self, decide: impl FnOnce(&Request<'_>) -> T) -> T {
        let client_address = || self.client_address;
        decide(&Request {
            method: self.method,
            path: self.path,
            authority: self.authority,
            headers: &self.headers,
            client_address: &client_address,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(numbers: &[u32], text: &str) -> Input {
        Input { numbers: numbers.to_vec(), text: text.as_bytes().to_vec() }
    }

    #[test]
    fn parts_are_read_by_their_lengths() {
        let input = input(&[2, 6, 3, 3, 2, 6, 9, 4, 3, 1, 0], "GET/aa.test192.0.2.1hostxyzb");
        let parts = input.parts(11).unwrap();
        assert_eq!((parts.method, parts.path, parts.authority), (&b"GET"[..], &b"/a"[..], &b"a.test"[..]));
        assert_eq!(parts.known, [(3, false), (1, true)]);
    }

    #[test]
    fn an_address_that_cannot_be_read_is_unknown() {
        for (text, address) in
            [("192.0.2.1", Some("192.0.2.1")), ("2001:db8::1", Some("2001:db8::1")), ("", None), ("unknown", None)]
        {
            let length = u32::try_from(text.len()).unwrap();
            let input = input(&[0, 0, 0, 0, length], text);
            assert_eq!(input.parts(5).unwrap().client_address, address.map(|address| address.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        for (numbers, text) in [
            (&[][..], ""),
            (&[0], ""),
            (&[0, 0, 0, 0], ""),
            (&[9, 0, 0, 0, 0], ""),
            (&[0, 1, 0, 0, 0], ""),
            (&[0, 0, 0, 0, 0, 1], "a"),
            (&[0, 0, 0, 0, 0, 1, 1], "a"),
            (&[0, 0, 0, 0, 0, u32::MAX, u32::MAX], "a"),
        ] {
            assert!(input(numbers, text).parts(numbers.len()).is_none(), "{numbers:?}");
        }
        assert!(input(&[0, 0, 0, 0, 0], "").parts(6).is_none());
    }

    #[test]
    fn memory_grows_and_never_shrinks() {
        let mut input = Input::default();
        input.reserve(5, 100);
        assert_eq!((input.numbers().len(), input.text().len()), (8, 128));
        input.reserve(1, 1);
        assert_eq!((input.numbers().len(), input.text().len()), (8, 128));
    }
}
