//! Converts values of a directory to roles.

use postern_model::UserRole;

/// Converts values to roles, sorted and without duplicates. A value that is not a valid role, such as a name with spaces, is
/// ignored.
pub(super) fn roles(values: impl Iterator<Item = String>) -> Vec<UserRole> {
    let mut roles: Vec<UserRole> = values.filter_map(|value| first_rdn_value(&value).parse().ok()).collect();
    roles.sort();
    roles.dedup();
    roles
}

/// The value of the first attribute of a DN (RFC 4514): `editors` of `cn=editors,ou=groups`. A text that is not a DN is returned
/// unchanged.
fn first_rdn_value(text: &str) -> String {
    let Some((attribute, rest)) = text.split_once('=') else { return text.to_owned() };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let attribute = attribute.trim();
    if attribute.is_empty() || !attribute.bytes().all(plain) {
        return text.to_owned();
    }
    let mut value = Vec::new();
    let mut rest = rest.trim_start().as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b',' | b'+' | b';' => break,
            b'\\' => {
                let pair = after.split_at_checked(2);
                let hexadecimal =
                    pair.and_then(|(pair, after)| Some((u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?, after)));
                if let Some((escaped, after)) = hexadecimal {
                    value.push(escaped);
                    rest = after;
                } else if let Some((&escaped, after)) = after.split_first() {
                    value.push(escaped);
                    rest = after;
                }
            }
            _ => value.push(byte),
        }
    }
    String::from_utf8_lossy(&value).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_a_plain_value_or_the_first_rdn_value_of_a_dn() {
        for (value, role) in [
            ("editors", "editors"),
            ("cn=editors,ou=groups,dc=example", "editors"),
            ("CN = editors , OU=groups", "editors"),
            ("cn=editors+ou=x,dc=example", "editors"),
            ("cn=a\\2db,dc=x", "a-b"),
            ("cn=a\\,b,dc=x", "a,b"),
            ("cn=\\c3\\a9,dc=x", "\u{e9}"),
            ("cn=a=b,dc=x", "a=b"),
            ("cn=a\\", "a"),
            ("=editors", "=editors"),
            ("a b=c", "a b=c"),
            ("cn=", ""),
        ] {
            assert_eq!(first_rdn_value(value), role, "{value}");
        }
    }

    #[test]
    fn values_that_are_not_valid_roles_are_ignored() {
        let values = ["writers", "cn=Domain Users,dc=x", "cn=editors,dc=x", "writers", "", "a\"b"];
        let roles = roles(values.into_iter().map(str::to_owned));
        assert_eq!(roles.iter().map(UserRole::as_str).collect::<Vec<_>>(), ["editors", "writers"]);
    }
}
