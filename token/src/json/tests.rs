use super::*;

fn accepts(text: &str) -> bool {
    Node::parse(text.as_bytes()).is_ok()
}

#[test]
fn refuses_a_name_twice_at_any_depth() {
    assert!(accepts(r#"{"a":1,"b":[{"a":1},{"a":2}]}"#));
    assert!(!accepts(r#"{"a":1,"a":1}"#));
    assert!(!accepts(r#"{"a":1,"\u0061":1}"#));
    assert!(!accepts(r#"{"b":[{"a":1,"a":2}]}"#));
    let many = |last: usize| {
        let members: Vec<String> = (0..40).chain([last]).map(|n| format!(r#""{n}":0"#)).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(accepts(&many(40)));
    assert!(!accepts(&many(0)) && !accepts(&many(39)) && !accepts(&many(16)));
}

#[test]
fn refuses_invalid_documents() {
    let deep = "[".repeat(10_000);
    for bad in ["", "{}{}", "{} x", "{,}", "[1,]", "/**/{}", "\u{feff}{}", r#""\ud800""#, "{\"a\":1 \"b\":2}", "{1:2}", &deep] {
        assert!(!accepts(bad), "{bad:.20}");
    }
    assert!(Node::parse(b"\"\xff\"").is_err());
    assert!(Node::parse(b"\xff\xfe{\0}\0").is_err());
}

#[test]
fn accepts_integers_and_no_other_numbers() {
    for (text, node) in [
        ("0", Node::Whole(0)),
        ("18446744073709551615", Node::Whole(u64::MAX)),
        ("18446744073709551616", Node::OtherNumber),
        ("-1", Node::Negative(-1)),
        ("-9223372036854775808", Node::Negative(i64::MIN)),
        ("-9223372036854775809", Node::OtherNumber),
        ("-0", Node::OtherNumber),
        ("1.0", Node::OtherNumber),
        ("1e3", Node::OtherNumber),
        ("-1.5E-07", Node::OtherNumber),
        ("1e308", Node::OtherNumber),
    ] {
        assert_eq!(Node::parse(text.as_bytes()).unwrap(), node, "{text}");
    }
    assert!(!accepts(&"9".repeat(400)) && !accepts("01") && !accepts("+1") && !accepts("1e999"));
}

#[test]
fn an_error_says_line_and_column() {
    for (json, error) in [
        (&b"{\n  \"a\": 1,\n}"[..], "no name in double quotes (perhaps a comma too many) at line 3, column 1"),
        ("[\"\u{e9}\u{6771}\" x]".as_bytes(), "no comma and no end at line 1, column 7"),
        (b"", "an end where a value should be at line 1, column 1"),
        (b"{}\r\n\r\n{}", "more after the end at line 3, column 1"),
        (b"{\n\"\xff\"}", "not UTF-8 at line 2, column 2"),
    ] {
        assert_eq!(Node::parse(json).unwrap_err().to_string(), error);
    }
}

#[test]
fn borrows_text_unless_it_must_unescape() {
    assert!(matches!(Node::parse(br#""abc""#).unwrap(), Node::Text(Cow::Borrowed("abc"))));
    assert!(matches!(Node::parse(br#""\u0061bc""#).unwrap(), Node::Text(Cow::Owned(text)) if text == "abc"));
}

/// What `serde_json` makes of a document.
fn independent(json: &[u8]) -> Option<serde_json::Value> {
    serde_json::from_slice(json).ok()
}

fn agrees(node: &Node<'_>, value: &serde_json::Value) -> bool {
    match (node, value) {
        (Node::Null, serde_json::Value::Null) => true,
        (Node::Bool(own), serde_json::Value::Bool(other)) => own == other,
        (Node::Whole(own), serde_json::Value::Number(other)) => other.as_u64() == Some(*own),
        (Node::Negative(own), serde_json::Value::Number(other)) => other.as_i64() == Some(*own),
        (Node::OtherNumber, serde_json::Value::Number(other)) => other.as_u64().is_none() && other.as_i64().is_none(),
        (Node::Text(own), serde_json::Value::String(other)) => own == other,
        (Node::List(own), serde_json::Value::Array(other)) => {
            own.len() == other.len() && own.iter().zip(other).all(|(own, other)| agrees(own, other))
        }
        (Node::Object(own), serde_json::Value::Object(other)) => {
            own.len() == other.len() && own.iter().all(|(name, own)| other.get(&**name).is_some_and(|other| agrees(own, other)))
        }
        _ => false,
    }
}

/// `serde_json` accepts every document that this reader accepts, with the same result; where only this reader refuses
/// one, the error must be one of its own limits.
#[test]
fn documents_are_read_like_serde_json_reads_them() {
    let seeds = [
        r#"{"iss":"https://issuer.example","aud":["a","b"],"exp":1800003600,"n":-1.5e-7,"t":true,"f":false,"z":null}"#,
        r#"[{"a":{"b":[[],{}]}},"\u00e9\ud83d\ude00\n\/\"\\",18446744073709551615,18446744073709551616,0.1,1E+3]"#,
        "  { \"\u{e9}t\u{e9}\" :\t[ 1 , 2 ]\r\n} ",
    ];
    let alphabet = br#"{}[]":,\u0123456789eE+-.tfn dD8cC \n"#;
    let mut random = postern_vectors::Random::new(7);
    let (mut taken, mut alone) = (0, 0);
    for round in 0..200_000 {
        let mut json = seeds[round % seeds.len()].as_bytes().to_vec();
        for _ in 0..random.below(4) {
            let at = random.below(json.len());
            match random.below(4) {
                0 => drop(json.remove(at)),
                1 => json.insert(at, alphabet[random.below(alphabet.len())]),
                2 => json[at] = alphabet[random.below(alphabet.len())],
                _ => json[at] = u8::try_from(random.below(256)).unwrap(),
            }
        }
        let shown = String::from_utf8_lossy(&json);
        match (Node::parse(&json), independent(&json)) {
            (Ok(node), Some(value)) => {
                taken += 1;
                assert!(agrees(&node, &value), "{shown}");
            }
            (Ok(_), None) => panic!("only this reader takes {shown}"),
            (Err(error), Some(_)) => {
                alone += 1;
                assert!(["a repeated name", "a number that is too long"].contains(&error.problem), "{error}: {shown}");
            }
            (Err(_), None) => {}
        }
    }
    assert!(taken > 10_000 && alone > 10, "{taken} taken, {alone} refused by this reader alone");
}

fn text(json: &str) -> Option<String> {
    match Node::parse(json.as_bytes()) {
        Ok(Node::Text(text)) => Some(text.into_owned()),
        _ => None,
    }
}

#[test]
fn every_escape_stands_for_its_character() {
    for (json, expected) in [
        (r#""\"""#, "\""),
        (r#""\\""#, "\\"),
        (r#""\/""#, "/"),
        (r#""\b\f\n\r\t""#, "\u{8}\u{c}\n\r\t"),
        (r#""a\tb\"c\\d""#, "a\tb\"c\\d"),
        (r#""\u0041\u00e9\u20aC""#, "A\u{e9}\u{20ac}"),
        (r#""\u12ab""#, "\u{12ab}"),
        // The first and the last of both halves, and one that needs every part.
        (r#""\ud800\udc00""#, "\u{10000}"),
        (r#""\udbff\udfff""#, "\u{10ffff}"),
        (r#""\ud83d\ude00x""#, "\u{1f600}x"),
        (r#""\ud800\udfff""#, "\u{103ff}"),
        (r#""\udbff\udc00""#, "\u{10fc00}"),
    ] {
        assert_eq!(text(json).as_deref(), Some(expected), "{json}");
    }
    for json in [
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\ud800\ud800""#,
        r#""\udc00\udc00""#,
        r#""\udc00\ud800""#,
        r#""\ud800x""#,
        r#""\ud800\n""#,
        r#""\ud800\u0041""#,
        r#""\ud800 udc00""#,
        r#""\u12""#,
        r#""\u12g4""#,
        r#""\a""#,
        r#""\"#,
        r#""\u"#,
    ] {
        assert_eq!(text(json), None, "{json}");
    }
}

#[test]
fn special_bytes_are_found_at_every_position() {
    for before in 0..20 {
        for after in 0..20 {
            let (before, after) = ("x".repeat(before), "é".repeat(after));
            assert_eq!(text(&format!("\"{before}{after}\"")), Some(format!("{before}{after}")));
            assert_eq!(text(&format!("\"{before}\\n{after}\"")), Some(format!("{before}\n{after}")));
            for bad in ['\u{1f}', '\0', '\n'] {
                assert_eq!(text(&format!("\"{before}{bad}{after}\"")), None);
            }
            // The bytes beside those that are special.
            for good in [' ', '!', '#', '[', ']', '\u{7f}'] {
                assert_eq!(text(&format!("\"{before}{good}{after}\"")), Some(format!("{before}{good}{after}")));
            }
        }
    }
}

#[test]
fn a_number_has_at_most_forty_characters() {
    for (json, accepted) in [("1".repeat(40), true), ("1".repeat(41), false), (format!("-{}", "1".repeat(39)), true)] {
        assert_eq!(Node::parse(json.as_bytes()).is_ok(), accepted, "{json}");
    }
}
