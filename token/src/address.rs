//! Blocks of client addresses that a token allows.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Serialize, Serializer};

/// An IPv4 or IPv6 network in CIDR notation (RFC 4632, RFC 4291 section 2.3) with no host bit set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressBlock(IpNet);

impl AddressBlock {
    /// Whether `address` lies in the block. An IPv4 address that is mapped into IPv6 is treated as the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for AddressBlock {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let block = parse(text).ok_or("must be a CIDR block such as `192.0.2.0/24`, or `192.0.2.1/32` for one address")?;
        if block.addr() == block.network() { Ok(Self(block)) } else { Err("has bits set beyond its prefix length") }
    }
}

/// The standard library's parser reads the address, so that the plugin contains no second parser.
fn parse(text: &str) -> Option<IpNet> {
    let (address, length) = text.split_once('/')?;
    let plain = length == "0" || (!length.starts_with('0') && length.bytes().all(|byte| byte.is_ascii_digit()));
    let length = length.parse().ok().filter(|_| plain)?;
    IpNet::new(address.parse().ok()?, length).ok()
}

impl fmt::Display for AddressBlock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Serialize for AddressBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_its_addresses_in_either_form() {
        let block: AddressBlock = "192.0.2.0/24".parse().unwrap();
        assert!(block.contains("192.0.2.7".parse().unwrap()));
        assert!(block.contains("::ffff:192.0.2.7".parse().unwrap()));
        assert!(!block.contains("192.0.3.7".parse().unwrap()));
        assert!(!block.contains("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn accepts_every_length() {
        for good in ["0.0.0.0/0", "::/0", "192.0.2.1/32", "2001:db8::1/128", "2001:db8::/32"] {
            assert_eq!(good.parse::<AddressBlock>().map(|block| block.to_string()).as_deref(), Ok(good));
        }
    }

    #[test]
    fn refuses_invalid_blocks() {
        for bad in [
            "",
            "192.0.2.1",
            "192.0.2.1/24",
            "192.0.2.0/33",
            "localhost/8",
            "192.0.2.0/024",
            "192.0.2.0/+24",
            "192.0.2.0/",
            "192.0.2.0/24/8",
            "0x7f.0.0.0/8",
            "2001:db8::/129",
            "0.0.0.0/00",
        ] {
            assert!(bad.parse::<AddressBlock>().is_err(), "`{bad}`");
        }
    }
}
