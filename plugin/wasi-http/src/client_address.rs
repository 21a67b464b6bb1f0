//! The client's address, from a header that the platform sets.

use std::net::IpAddr;

/// The address in the header called `name`, if the request has that header exactly once and its value is exactly one address.
pub fn client_address(name: &str, headers: &[(&[u8], &[u8])]) -> Option<IpAddr> {
    let mut values = headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| *value);
    match (values.next(), values.next()) {
        (Some(value), None) => std::str::from_utf8(value).ok()?.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_value_that_is_one_address_counts() {
        let read = |values: &[&str]| {
            let headers: Vec<(&[u8], &[u8])> = values.iter().map(|value| (&b"X-Client"[..], value.as_bytes())).collect();
            client_address("x-client", &headers).map(|address| address.to_string())
        };
        assert_eq!(read(&["192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(read(&["2001:db8::1"]).as_deref(), Some("2001:db8::1"));
        for wrong in [
            &[][..],
            &[""],
            &["192.0.2.1", "192.0.2.1"],
            &["192.0.2.1, 192.0.2.2"],
            &["192.0.2.1:80"],
            &["[::1]"],
            &[" 192.0.2.1"],
            &["unknown"],
            &["192.0.2.01"],
        ] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
