//! What the virtual machines of one edge tell each other, and its form in memory that they share. They are one program, so what
//! is read here was written here; what does not fit is treated as absent.

use std::fmt::Write as _;

use postern_token::bundle::by_address;

/// Which bundle holds, and until when it was known to hold. Small, because every virtual machine reads it all the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Version {
    /// Grows with each change; 0 before the first.
    pub generation: u64,
    /// When the issuer last said that it holds, in milliseconds of the host's monotonic clock.
    pub confirmed_at: u64,
}

/// Who may ask the issuer, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The virtual machine's number.
    pub holder: u64,
    /// In milliseconds of the host's monotonic clock.
    pub until: u64,
}

/// What a bundle consists of: the one big document, and its status lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// The tag of the whole.
    pub etag: String,
    /// What changes whenever the document does, its status lists and its revision left aside.
    pub document: String,
    /// The bundle's revision.
    pub revision: u64,
    /// The status lists, in the order of [`by_address`].
    pub lists: Vec<Listed>,
}

/// A status list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its address, the `uri` of the tokens' claim `status`.
    pub uri: String,
    /// Names its bits and the signing key; the entity tag under which the issuer serves it.
    pub version: String,
}

impl Version {
    /// The record as shared memory holds it.
    pub fn to_bytes(self) -> [u8; 16] {
        pair(self.generation, self.confirmed_at)
    }

    /// Reads the record; `None` when it has another form.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (generation, confirmed_at) = unpair(bytes)?;
        Some(Self { generation, confirmed_at })
    }
}

impl Lease {
    /// The record as shared memory holds it.
    pub fn to_bytes(self) -> [u8; 16] {
        pair(self.holder, self.until)
    }

    /// Reads the record; `None` when it has another form.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (holder, until) = unpair(bytes)?;
        Some(Self { holder, until })
    }
}

fn pair(first: u64, second: u64) -> [u8; 16] {
    (u128::from(first) | u128::from(second) << 64).to_le_bytes()
}

fn unpair(bytes: &[u8]) -> Option<(u64, u64)> {
    let (first, second) = bytes.split_first_chunk()?;
    Some((u64::from_le_bytes(*first), u64::from_le_bytes(second.try_into().ok()?)))
}

impl Index {
    /// One line for each part; a list's line is its address and its version. None of them holds a space or a line break: the
    /// bundle's check and [`super::FetchedBundle`] see to that.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n{}\n{}", self.etag, self.document, self.revision);
        for Listed { uri, version } in &self.lists {
            let _ = write!(text, "\n{uri} {version}");
        }
        text
    }

    /// Reads [`Self::to_text`]; `None` when it has another form.
    pub fn from_text(text: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(text).ok()?.split('\n');
        let (etag, document) = (lines.next()?.to_owned(), lines.next()?.to_owned());
        let revision = lines.next()?.parse().ok()?;
        let mut lists = Vec::new();
        for line in lines {
            let (uri, version) = line.split_once(' ')?;
            lists.push(Listed { uri: uri.to_owned(), version: version.to_owned() });
        }
        Some(Self { etag, document, revision, lists })
    }

    /// The version of the list at `uri`.
    pub fn version(&self, uri: &str) -> Option<&str> {
        let place = self.lists.binary_search_by(|listed| by_address(&listed.uri, uri)).ok()?;
        self.lists.get(place).map(|listed| listed.version.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_the_same() {
        let version = Version { generation: 7, confirmed_at: u64::MAX };
        assert_eq!(Version::from_bytes(&version.to_bytes()), Some(version));
        let lease = Lease { holder: 1 << 40, until: 3 };
        assert_eq!(Lease::from_bytes(&lease.to_bytes()), Some(lease));
        let listed = |uri: &str, version: &str| Listed { uri: uri.into(), version: version.into() };
        for lists in [vec![], vec![listed("https://a/status/1", "x"), listed("https://a/status/2", "")]] {
            let index = Index { etag: "\"t\"".into(), document: "d".into(), revision: 9, lists };
            assert_eq!(Index::from_text(index.to_text().as_bytes()), Some(index));
        }
    }

    #[test]
    fn what_does_not_fit_is_absent() {
        for bad in [&b""[..], &[0; 15], &[0; 17]] {
            assert_eq!((Version::from_bytes(bad), Lease::from_bytes(bad)), (None, None));
        }
        for bad in [&b""[..], b"a\nb", b"a\nb\nx", b"a\nb\n1\nc", b"\xff\nb\n1"] {
            assert_eq!(Index::from_text(bad), None);
        }
    }

    #[test]
    fn lists_are_found_by_their_address() {
        let lists = ["a", "b", "d"].map(|uri| Listed { uri: uri.into(), version: uri.to_uppercase() }).into();
        let index = Index { lists, ..Index::default() };
        assert_eq!((index.version("b"), index.version("c"), index.version("d")), (Some("B"), None, Some("D")));
    }
}
