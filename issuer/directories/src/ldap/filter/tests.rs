//! Parsing and encoding of filters; substituted values cannot change a filter.

use super::*;

fn encoded(filter: &str, user: &str, dn: &str) -> Vec<u8> {
    Filter::parse(filter).unwrap().encode(Values { user, dn }).to_vec()
}

#[test]
fn every_kind_of_filter_is_encoded() {
    let octet = |text: &str| ber::element(OCTETS, &[text.as_bytes()]).to_vec();
    let two = |tag, left: &[u8], right: &[u8]| ber::element(tag, &[left, right]).to_vec();
    for (filter, expected) in [
        ("(uid={user})", two(EQUAL, &octet("uid"), &octet("alice"))),
        ("(cn>=a)", two(GREATER, &octet("cn"), &octet("a"))),
        ("(cn<=a)", two(LESS, &octet("cn"), &octet("a"))),
        ("(cn~=a)", two(APPROXIMATE, &octet("cn"), &octet("a"))),
        ("(mail=*)", ber::element(PRESENT, &[b"mail"]).to_vec()),
        ("(cn=\\2a\\28\\c3\\a9)", two(EQUAL, &octet("cn"), &octet("*(é"))),
        ("(!(cn=a))", ber::element(NOT, &[&two(EQUAL, &octet("cn"), &octet("a"))]).to_vec()),
        ("(&(cn=a)(sn=b))", two(AND, &two(EQUAL, &octet("cn"), &octet("a")), &two(EQUAL, &octet("sn"), &octet("b")))),
        ("(|(cn=a))", ber::element(OR, &[&two(EQUAL, &octet("cn"), &octet("a"))]).to_vec()),
        (
            "(mail={user}@*.b*c)",
            two(
                SUBSTRINGS,
                &octet("mail"),
                &ber::element(
                    SEQUENCE,
                    &[&ber::element(INITIAL, &[b"alice@"]), &ber::element(ANY, &[b".b"]), &ber::element(FINAL, &[b"c"])],
                ),
            ),
        ),
        (
            "(memberOf:1.2.840.113556.1.4.1941:={dn})",
            ber::element(
                EXTENSIBLE,
                &[
                    &ber::element(0x81, &[b"1.2.840.113556.1.4.1941"]),
                    &ber::element(0x82, &[b"memberOf"]),
                    &ber::element(0x83, &[b"cn=x"]),
                ],
            )
            .to_vec(),
        ),
        (
            "(ou:dn:=a)",
            ber::element(
                EXTENSIBLE,
                &[&ber::element(0x82, &[b"ou"]), &ber::element(0x83, &[b"a"]), &ber::element(0x84, &[&[0xff]])],
            )
            .to_vec(),
        ),
    ] {
        assert_eq!(encoded(filter, "alice", "cn=x"), expected, "{filter}");
    }
}

#[test]
fn a_substituted_value_cannot_change_the_filter() {
    for hostile in ["*", ")(uid=*", "*)(objectClass=*", "a\\2a", "\0", "(|(uid=a", "{dn}", "é"] {
        let expected =
            ber::element(EQUAL, &[&ber::element(OCTETS, &[b"uid"]), &ber::element(OCTETS, &[hostile.as_bytes()])]).to_vec();
        assert_eq!(encoded("(uid={user})", hostile, "the dn"), expected, "{hostile}");
        let substrings = encoded("(uid={user}*)", hostile, "the dn");
        let piece = ber::element(SEQUENCE, &[&ber::element(INITIAL, &[hostile.as_bytes()])]).to_vec();
        assert!(substrings.ends_with(&piece), "{hostile}");
    }
}

#[test]
fn an_invalid_filter_is_refused() {
    use FilterError::{Comparison, Depth, Escape, Parentheses, Placeholder};
    let deep = format!("{}(cn=a){}", "(!".repeat(16), ")".repeat(16));
    for (filter, expected) in [
        ("", Parentheses),
        ("uid={user}", Parentheses),
        ("(uid={user}", Parentheses),
        ("(uid={user}))", Parentheses),
        ("(&)", Parentheses),
        ("(cn=a(b)", Parentheses),
        (deep.as_str(), Depth),
        ("(uid)", Comparison),
        ("(=a)", Comparison),
        ("(u id=a)", Comparison),
        ("(cn>=a*)", Comparison),
        ("(cn=a**b)", Comparison),
        ("(:=a)", Comparison),
        ("(cn:a:b:=c)", Comparison),
        ("(cn=\\)", Escape),
        ("(cn=\\2)", Escape),
        ("(cn=\\zz)", Escape),
        ("(cn=\\+1)", Escape),
        ("(uid={name})", Placeholder),
        ("(uid=})", Placeholder),
        ("(uid={USER})", Placeholder),
    ] {
        assert_eq!(Filter::parse(filter).err(), Some(expected), "{filter}");
    }
}

#[test]
fn a_filter_knows_its_placeholders() {
    let both = Filter::parse("(|(member={dn})(memberUid={user}))").unwrap();
    assert!(both.uses_dn() && both.uses_user());
    let neither = Filter::parse("(cn=\\7buser\\7d)").unwrap();
    assert!(!neither.uses_dn() && !neither.uses_user());
}
