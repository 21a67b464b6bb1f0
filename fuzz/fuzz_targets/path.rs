//! Arbitrary bytes as a path: a normal path is its own normal form, and contains nothing that two servers could read differently.

#![no_main]

use libfuzzer_sys::fuzz_target;
use postern_token::NormalPath;

fuzz_target!(|bytes: &[u8]| {
    let Ok(normal) = NormalPath::of_target(bytes) else { return };
    let text = normal.as_str();
    assert_eq!(NormalPath::parse(text.as_bytes()).as_ref().map(NormalPath::as_str), Ok(text));
    assert!(text.starts_with('/') && text.is_ascii());
    assert!(!text.contains("//") && !text.contains(['\\', ';', '?', '#', ' ']));
    assert!(!text.split('/').any(|segment| segment == "." || segment == ".."));
    let folded = normal.folded();
    assert!(!folded.contains("//") && !folded.bytes().any(|byte| byte.is_ascii_uppercase()));
});
