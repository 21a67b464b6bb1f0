//! Arbitrary bytes as a Status List Token, as the claims of a signed one, and as the list in it. An accepted list is within the size
//! limit, is the same after it is signed and read again, and has a status for its own indexes only.

#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use postern_token::{
    Identifier, JwkDocument, KeySet, MAX_STATUS_LIST_LEN, SigningKey, SoftwareVerifier, StatusList, StatusListError,
    StatusListTimes, UnixSeconds, VerifyingKey,
};
use postern_vectors::{Forge, TokenSpec};
use std::sync::LazyLock;

const URI: &str = "u";
const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let document = JwkDocument::hs256(&Identifier::parse("k1").expect("a kid"), &Forge::secret("k1"));
    KeySet::new(vec![VerifyingKey::try_from(&document).expect("a key")]).expect("one key")
});

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (shape, bits, bytes) = input;
    let payload: String = match shape % 3 {
        0 => {
            assert!(read(bytes).is_err(), "an unsigned list is accepted");
            if let Some(list) = StatusList::from_bytes(bytes) {
                check(&list);
            }
            return;
        }
        1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        _ => format!(r#"{{"sub":"{URI}","iat":1,"status_list":{{"bits":{bits},"lst":"{}"}}}}"#, URL_SAFE_NO_PAD.encode(bytes)),
    };
    let header = [("typ".into(), "statuslist+jwt".into())].into_iter().collect();
    let token = Forge::new(NOW.0).token(&TokenSpec { header, payload_text: Some(payload), ..TokenSpec::default() });
    if let Ok(list) = read(token.as_bytes()) {
        check(&list);
    }
});

fn read(token: &[u8]) -> Result<StatusList, StatusListError> {
    StatusList::from_token(token, URI, &KEYS, &SoftwareVerifier, NOW).map(|dated| dated.list)
}

fn check(list: &StatusList) {
    assert!(list.len() <= MAX_STATUS_LIST_LEN * 8);
    let len = u64::try_from(list.len()).expect("small");
    assert!(len == 0 || list.status(len - 1).is_some());
    assert!([len, len + 1, u64::MAX / 2, u64::MAX].iter().all(|index| list.status(*index).is_none()));
    assert_eq!(StatusList::from_bytes(&list.to_bytes()).as_ref(), Some(list));
    let key = SigningKey::hs256(Identifier::parse("k1").expect("a kid"), &Forge::secret("k1")).expect("a key");
    let times = StatusListTimes { iat: NOW, exp: None, ttl: None };
    let token = list.sign(&Identifier::parse(URI).expect("a name"), times, &key).expect("a token");
    assert_eq!(read(token.as_bytes()).as_ref(), Ok(list));
}
