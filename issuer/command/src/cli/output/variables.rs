//! A result as a token alone, or as variables of a shell.

use serde_json::Value;

/// The fields that a command creates once: tokens first, because a token is used with the least effort.
const SECRETS: [&str; 5] = ["access_token", "personal_token", "registration_token", "edge_key", "consumer_secret"];

/// The token, secret or key of a result.
pub(super) fn token(result: &Value) -> Option<&str> {
    SECRETS.iter().find_map(|name| result.get(name)?.as_str())
}

/// A line `NAME='value'` for each field of a result that has a token.
pub(super) fn lines(result: &Value) -> Option<String> {
    token(result)?;
    let fields = result.as_object()?.iter().filter(|(name, _)| *name != "warnings");
    let values = fields.filter_map(|(name, value)| Some(format!("{}={}\n", variable(name), quoted(&plain(value)?))));
    Some(values.collect())
}

/// The name of a variable. A name has only characters that a shell allows.
fn variable(field: &str) -> String {
    let name = field.chars().map(|each| if each.is_ascii_alphanumeric() { each.to_ascii_uppercase() } else { '_' });
    name.collect()
}

/// The value of a variable. Items of lists are separated by spaces; objects have no value.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Array(items) => items.iter().map(plain).collect::<Option<Vec<_>>>().map(|items| items.join(" ")),
        Value::Null | Value::Object(_) => None,
    }
}

/// `text` in quotation marks in which no character has a meaning (POSIX).
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_shell_reads_every_value_back() {
        let hostile = "a'b \"$(touch x)` \\ ; \u{e9}\n#";
        let result = json!({ "access_token": hostile, "domains": ["a", "b"], "expires_in": 60, "x.y-z": "1", "warnings": ["w"] });
        let script =
            format!("{}printf '%s|%s|%s|%s' \"$ACCESS_TOKEN\" \"$DOMAINS\" \"$EXPIRES_IN\" \"$X_Y_Z\"", lines(&result).unwrap());
        let output = Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{hostile}|a b|60|1"));
    }

    #[test]
    fn the_token_comes_before_the_secret() {
        assert_eq!(token(&json!({ "consumer_secret": "s", "access_token": "t" })), Some("t"));
        assert_eq!(token(&json!({ "consumer_secret": "s" })), Some("s"));
        assert_eq!(token(&json!({ "id": "s" })), None);
        assert_eq!(lines(&json!({ "id": "s" })), None);
    }
}
