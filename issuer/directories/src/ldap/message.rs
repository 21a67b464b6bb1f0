//! The LDAP messages (RFC 4511, section 4) that signing in needs.

use zeroize::Zeroizing;

use super::ber::{self, ENUMERATED, INTEGER, Malformed, OCTETS, Reader, SEQUENCE, SET};
use super::filter::boolean_false;

/// The tags of the operations.
pub(super) const BIND_RESPONSE: u8 = 0x61;
pub(super) const ENTRY: u8 = 0x64;
pub(super) const SEARCH_DONE: u8 = 0x65;
pub(super) const REFERENCE: u8 = 0x73;
pub(super) const EXTENDED_RESPONSE: u8 = 0x78;
pub(super) const INTERMEDIATE_RESPONSE: u8 = 0x79;
const BIND: u8 = 0x60;
const UNBIND: u8 = 0x42;
const SEARCH: u8 = 0x63;
const EXTENDED: u8 = 0x77;

/// The OID of `StartTLS` (RFC 4511, section 4.14.1).
const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

const VERSION: u32 = 3;
const SUBTREE: u32 = 2;
const NEVER_DEREFERENCE: u32 = 0;

/// A search request for a whole subtree.
#[derive(Debug)]
pub(super) struct Search<'s> {
    pub(super) base: &'s str,
    pub(super) filter: Zeroizing<Vec<u8>>,
    /// The requested attribute; `None` requests only the DN.
    pub(super) attribute: Option<&'s str>,
    pub(super) size_limit: u32,
    pub(super) time_limit: u32,
}

/// An entry of a search result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) dn: String,
    /// The values of the requested attribute. Values that are not UTF-8 are ignored.
    pub(super) values: Vec<String>,
}

/// A simple bind request, which holds a password.
pub(super) fn bind(id: u32, dn: &str, password: &str) -> Zeroizing<Vec<u8>> {
    let dn = ber::element(OCTETS, &[dn.as_bytes()]);
    let password = ber::element(0x80, &[password.as_bytes()]);
    message(id, &ber::element(BIND, &[&ber::number(INTEGER, VERSION), &dn, &password]))
}

pub(super) fn search(id: u32, search: &Search<'_>) -> Zeroizing<Vec<u8>> {
    // `1.1` requests no attributes (section 4.5.1.8).
    let attribute = ber::element(OCTETS, &[search.attribute.unwrap_or("1.1").as_bytes()]);
    let contents = [
        &ber::element(OCTETS, &[search.base.as_bytes()]),
        &ber::number(ENUMERATED, SUBTREE),
        &ber::number(ENUMERATED, NEVER_DEREFERENCE),
        &ber::number(INTEGER, search.size_limit),
        &ber::number(INTEGER, search.time_limit),
        &boolean_false(),
        &search.filter,
        &ber::element(SEQUENCE, &[&attribute]),
    ];
    message(id, &ber::element(SEARCH, &contents.map(|content| content.as_slice())))
}

pub(super) fn start_tls(id: u32) -> Zeroizing<Vec<u8>> {
    message(id, &ber::element(EXTENDED, &[&ber::element(0x80, &[START_TLS])]))
}

pub(super) fn unbind(id: u32) -> Zeroizing<Vec<u8>> {
    message(id, &ber::element(UNBIND, &[]))
}

fn message(id: u32, operation: &[u8]) -> Zeroizing<Vec<u8>> {
    ber::element(SEQUENCE, &[&ber::number(INTEGER, id), operation])
}

/// Parses the contents of a message: the message id, and the operation's tag and contents. Controls are ignored.
pub(super) fn parse(contents: &[u8]) -> Result<(u32, u8, &[u8]), Malformed> {
    let mut reader = Reader::new(contents);
    let id = reader.number(INTEGER)?;
    let (tag, operation) = reader.next()?.ok_or(Malformed)?;
    Ok((id, tag, operation))
}

/// The result code of an operation (section 4.1.9). The diagnostic message is not read, because it may hold anything.
pub(super) fn result_code(operation: &[u8]) -> Result<u32, Malformed> {
    Reader::new(operation).number(ENUMERATED)
}

/// Parses an entry, with the values of `attribute`. Attribute options, such as `;range=0-1`, are ignored.
pub(super) fn entry(operation: &[u8], attribute: Option<&str>) -> Result<Entry, Malformed> {
    let mut reader = Reader::new(operation);
    let dn = reader.text()?.to_owned();
    let mut values = Vec::new();
    let mut attributes = Reader::new(reader.take(SEQUENCE)?);
    while let Some((tag, contents)) = attributes.next()? {
        let mut reader = Reader::new(contents);
        let name = reader.text()?;
        let name = name.split(';').next().unwrap_or(name);
        if tag != SEQUENCE {
            return Err(Malformed);
        }
        if !attribute.is_some_and(|attribute| attribute.eq_ignore_ascii_case(name)) {
            continue;
        }
        let mut set = Reader::new(reader.take(SET)?);
        while let Some((tag, value)) = set.next()? {
            if tag != OCTETS {
                return Err(Malformed);
            }
            values.extend(str::from_utf8(value).map(str::to_owned));
        }
    }
    Ok(Entry { dn, values })
}
