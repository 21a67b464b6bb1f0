//! Arbitrary text as a pattern and arbitrary bytes as a client domain: a pattern allows only its own host and hosts below it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use postern_token::{ClientDomain, DomainPattern};

fuzz_target!(|input: (&str, &[u8])| {
    let (pattern, value) = input;
    let _ = ClientDomain::from_origin(value);
    let _ = ClientDomain::from_referer(value);
    let (Ok(pattern), Some(domain)) = (DomainPattern::parse(pattern), ClientDomain::parse(value)) else { return };
    if pattern.matches(&domain) {
        let own = pattern.as_str();
        let own = own.split_once("://").map_or(own, |(_, rest)| rest);
        let own = own.strip_prefix("*").unwrap_or(own);
        let host = if own.ends_with(']') { own } else { own.rsplit_once(':').map_or(own, |(host, _)| host) };
        let value = String::from_utf8_lossy(value).to_ascii_lowercase();
        assert!(value.contains(host), "`{value}` against `{own}`");
    }
});
