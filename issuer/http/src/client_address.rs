//! The client's address, behind trusted proxies too.

use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

use axum::http::HeaderMap;
use postern_token::AddressBlock;

/// The address at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The header in which proxies name the client's address.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Its standard form (RFC 7239), which is not read.
const FORWARDED: &str = "forwarded";

/// Logs, once for each process, that a proxy names its clients although no proxy is trusted.
pub(crate) fn warn_of_untrusted_proxy(peer: Option<Peer>, headers: &HeaderMap, trusted: &[AddressBlock]) {
    static WARNED: Once = Once::new();
    if !trusted.is_empty() || WARNED.is_completed() {
        return;
    }
    let Some(header) = [FORWARDED_FOR, FORWARDED].into_iter().find(|name| headers.contains_key(*name)) else { return };
    WARNED.call_once(|| {
        let peer = peer.map(|peer| peer.0.ip().to_canonical().to_string());
        tracing::warn!(
            header,
            peer,
            "a request names its client's address, but no proxy is trusted: all clients behind a proxy count as one address. Set \
             `trusted_proxies` to your proxy's address, or let the proxy remove the header"
        );
    });
}

impl Peer {
    /// The client's address: the connection's or, while that is a trusted proxy's, the one that the proxy names. An address in the header is
    /// believed only if every address after it is a trusted proxy's.
    pub(crate) fn client(self, headers: &HeaderMap, trusted: &[AddressBlock]) -> IpAddr {
        let mut address = self.0.ip().to_canonical();
        // A value that is no address ends the chain of trust.
        let values: Vec<_> = headers.get_all(FORWARDED_FOR).iter().map(|value| value.to_str().unwrap_or_default()).collect();
        let mut hops = values.iter().rev().flat_map(|value| value.rsplit(',')).map(|hop| hop.trim().parse::<IpAddr>());
        while trusted.iter().any(|block| block.contains(address)) {
            let Some(Ok(before)) = hops.next() else { break };
            address = before.to_canonical();
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_addresses_from_trusted_proxies_are_used() {
        let trusted: Vec<AddressBlock> = ["10.0.0.0/8", "2001:db8::/32"].iter().map(|block| block.parse().unwrap()).collect();
        let client = |peer: &str, forwarded: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append(FORWARDED_FOR, HeaderValue::from_static(value));
            }
            Peer(SocketAddr::new(peer.parse().unwrap(), 1)).client(&headers, &trusted).to_string()
        };
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["203.0.113.9", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("2001:db8::1", &["rubbish"]), "2001:db8::1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }
}
