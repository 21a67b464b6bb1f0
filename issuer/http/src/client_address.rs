//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use postern_token::AddressBlock;

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The header in which proxies say for whom they ask.
const FORWARDED_FOR: &str = "x-forwarded-for";

impl Peer {
    /// The client's address: the connection's, or, as long as that is a trusted proxy's, the one for which the proxy says that it asks. Addresses in
    /// the header that stand before one that is not trusted may be made up.
    pub(crate) fn client(self, headers: &HeaderMap, trusted: &[AddressBlock]) -> IpAddr {
        let mut address = self.0.ip().to_canonical();
        // One that cannot be read ends what is believed, like one that is no address.
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
    fn a_proxy_is_believed_as_far_as_it_is_trusted() {
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
