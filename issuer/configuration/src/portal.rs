//! What the portal shows.

use url::{Host, Url};

use super::key::{PORTAL_CATALOGUE, PORTAL_GATEWAY};
use super::reader::Reader;

/// What the portal shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portal {
    /// The origin at which clients call APIs, such as `https://api.example.com`.
    pub gateway: Option<String>,
    /// Who sees the catalogue of APIs.
    pub catalogue: Catalogue,
}

/// Who sees the catalogue of APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Catalogue {
    /// Members who have signed in.
    Members,
    /// Everyone.
    Public,
}

impl Portal {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let gateway = read_gateway(reader);
        let catalogue = read_catalogue(reader);
        Self { gateway, catalogue }
    }
}

fn read_gateway(reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.string(PORTAL_GATEWAY.name);
    let gateway = text.as_deref().and_then(|text| {
        let found = gateway(text);
        if found.is_none() {
            let message = "must be the address of the gateway without a path, such as `https://api.example.com`";
            reader.problem(PORTAL_GATEWAY.name, message);
        }
        found
    });
    if let Some((_, false)) = gateway {
        reader.warn(PORTAL_GATEWAY.name, "is not encrypted: whoever is on the way reads the tokens");
    }
    let origin = gateway.map(|(origin, _)| origin);
    reader.record(PORTAL_GATEWAY.name, origin.clone());
    origin
}

/// The origin of an address without user, path and query, and whether requests to it are private.
fn gateway(text: &str) -> Option<(String, bool)> {
    let url = Url::parse(text).ok()?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let has_user = !url.username().is_empty() || url.password().is_some();
    let is_local = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let is_private = match url.scheme() {
        "https" => true,
        "http" => is_local,
        _ => return None,
    };
    (is_bare && !has_user).then(|| (url.origin().ascii_serialization(), is_private))
}

fn read_catalogue(reader: &mut Reader<'_>) -> Catalogue {
    let text = reader.string(PORTAL_CATALOGUE.name);
    let catalogue = match text.as_deref() {
        None | Some("members") => Catalogue::Members,
        Some("public") => Catalogue::Public,
        Some(_) => {
            reader.problem(PORTAL_CATALOGUE.name, "must be `members` or `public`");
            Catalogue::Members
        }
    };
    let shown = if catalogue == Catalogue::Public { "public" } else { "members" };
    reader.record(PORTAL_CATALOGUE.name, Some(shown.to_owned()));
    catalogue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_is_an_origin() {
        for (text, origin, is_private) in [
            ("https://API.example.com", "https://api.example.com", true),
            ("https://api.example.com:443/", "https://api.example.com", true),
            ("https://api.example.com:8443", "https://api.example.com:8443", true),
            ("http://localhost:10000", "http://localhost:10000", true),
            ("http://[::1]:10000", "http://[::1]:10000", true),
            ("http://api.example.com", "http://api.example.com", false),
        ] {
            assert_eq!(gateway(text), Some((origin.to_owned(), is_private)), "{text}");
        }
        for wrong in [
            "api.example.com",
            "https://api.example.com/v1",
            "https://api.example.com?x",
            "https://user:secret@api.example.com",
            "https://api.example.com/#x",
            "ftp://api.example.com",
            "javascript:alert(1)",
            "https://a.example; script-src *",
            "",
        ] {
            assert_eq!(gateway(wrong), None, "{wrong}");
        }
    }
}
