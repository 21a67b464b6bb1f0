//! The networks that limits and records treat as one source.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The network that counts as one address: an IPv4 address, or the /64 network of an IPv6 address, because one host usually controls the
/// whole network.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The size of a network that may belong to one customer of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NetworkSize {
    /// An IPv4 address, or a /64 network of IPv6.
    Narrow,
    /// A /24 network of IPv4, or a /56 network of IPv6.
    Wide,
    /// A /48 network of IPv6.
    Widest,
}

const V4: [(NetworkSize, u32); 2] = [(NetworkSize::Narrow, 32), (NetworkSize::Wide, 24)];
const V6: [(NetworkSize, u32); 3] = [(NetworkSize::Narrow, 64), (NetworkSize::Wide, 56), (NetworkSize::Widest, 48)];

/// The networks that a source belongs to as texts, the narrowest first. The source is an address, or one of the texts that this function
/// returns; any other text is its own network.
pub fn networks_of(source: &str) -> Vec<(NetworkSize, String)> {
    let Some((address, len)) = parse(source) else { return vec![(NetworkSize::Narrow, source.to_owned())] };
    let sizes: &[(NetworkSize, u32)] = if address.is_ipv4() { &V4 } else { &V6 };
    let within = sizes.iter().filter(|(_, wanted)| *wanted <= len);
    within.map(|(size, wanted)| (*size, text(address, *wanted))).collect()
}

/// An address, or a network as [`networks_of`] writes it, with the length of its prefix.
fn parse(source: &str) -> Option<(IpAddr, u32)> {
    let (address, len) = source.split_once('/').map_or((source, None), |(address, len)| (address, Some(len)));
    let address = address.parse::<IpAddr>().ok()?.to_canonical();
    let (sizes, most): (&[(NetworkSize, u32)], u32) = if address.is_ipv4() { (&V4, 32) } else { (&V6, 128) };
    let Some(len) = len else { return Some((address, most)) };
    let len = len.parse().ok()?;
    (sizes.iter().any(|(_, known)| *known == len) && source == text(address, len)).then_some((address, len))
}

/// The network of `address` whose prefix has `len` bits, at least one.
fn text(address: IpAddr, len: u32) -> String {
    match address {
        IpAddr::V4(address) if len == 32 => address.to_string(),
        IpAddr::V4(address) => format!("{}/{len}", Ipv4Addr::from_bits(address.to_bits() & !(u32::MAX >> len))),
        IpAddr::V6(address) => format!("{}/{len}", Ipv6Addr::from_bits(address.to_bits() & !(u128::MAX >> len))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_host_share_a_network() {
        for (address, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::", "2001:db8:1:2::"),
        ] {
            assert_eq!(network(address.parse().unwrap()).to_string(), expected);
        }
    }

    #[test]
    fn a_source_belongs_to_networks() {
        for (source, expected) in [
            ("192.0.2.7", &["192.0.2.7", "192.0.2.0/24"][..]),
            ("::ffff:192.0.2.7", &["192.0.2.7", "192.0.2.0/24"]),
            ("192.0.2.0/24", &["192.0.2.0/24"]),
            ("2001:db8:1:2ff:3::4", &["2001:db8:1:2ff::/64", "2001:db8:1:200::/56", "2001:db8:1::/48"]),
            ("2001:db8:1:2ff::/64", &["2001:db8:1:2ff::/64", "2001:db8:1:200::/56", "2001:db8:1::/48"]),
            ("2001:db8:1:200::/56", &["2001:db8:1:200::/56", "2001:db8:1::/48"]),
            ("2001:db8:1::/48", &["2001:db8:1::/48"]),
            // No text of this function.
            ("2001:db8:1::/47", &["2001:db8:1::/47"]),
            ("2001:db8:1:2::/48", &["2001:db8:1:2::/48"]),
            ("192.0.2.7/0", &["192.0.2.7/0"]),
            ("192.0.2.7/", &["192.0.2.7/"]),
            ("*", &["*"]),
            ("", &[""]),
        ] {
            let networks: Vec<String> = networks_of(source).into_iter().map(|(_, network)| network).collect();
            assert_eq!(networks, expected, "{source}");
        }
    }
}
