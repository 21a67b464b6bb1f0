//! The text of one value in a table.

use std::time::Duration;

use postern_model::visible;
use postern_time::{format_duration, format_short};
use postern_token::UnixSeconds;
use serde_json::Value;

/// Fields with a time in Unix seconds, besides those that end in `_at`.
const TIMES: [&str; 6] = ["at", "since", "until", "live_until", "behind_since", "now"];

/// Fields with a number of seconds, besides those that end in `validity`.
const DURATIONS: [&str; 9] = [
    "expires_in",
    "key_rotation",
    "key_publish_ahead",
    "refresh_idle",
    "refresh_lifetime",
    "refresh_grace",
    "session_idle",
    "session_lifetime",
    "seconds",
];

/// The text of the field `name`, on one line and without characters that a terminal would act on.
pub(super) fn text(name: &str, value: &Value) -> String {
    match value {
        Value::Null => if is_duration(name) { "never" } else { "" }.to_owned(),
        Value::Bool(value) => if *value { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(seconds), _) if name.ends_with("_at") || TIMES.contains(&name) => format_short(UnixSeconds(seconds)),
            (Some(seconds), _) if is_duration(name) => format_duration(Duration::from_secs(seconds)),
            (None, Some(_)) if is_duration(name) => "never".to_owned(),
            _ => number.to_string(),
        },
        Value::String(text) => visible(text).into_owned(),
        Value::Array(items) => items.iter().map(|item| item_text(name, item)).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            if let (Some(requests), Some(seconds), 2) = (fields.get("requests"), fields.get("seconds"), fields.len()) {
                return format!("{} per {}", text("requests", requests), text("seconds", seconds));
            }
            let pairs = fields.iter().map(|(name, value)| format!("{} {}", visible(name), text(name, value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
    }
}

/// An item of a list in one cell: of a subscription or a key set, what names it.
fn item_text(name: &str, item: &Value) -> String {
    let of = |field: &str| item.get(field).and_then(Value::as_str).map(visible);
    match (of("api"), of("tier"), of("key_type")) {
        (Some(api), Some(tier), _) => format!("{api} ({tier})"),
        (_, _, Some(key_type)) => key_type.into_owned(),
        _ => text(name, item),
    }
}

fn is_duration(name: &str) -> bool {
    name.ends_with("validity") || DURATIONS.contains(&name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_short_and_cannot_control_the_terminal() {
        for (name, value, expected) in [
            ("created_at", json!(1_795_316_157), "2026-11-22 02:55"),
            ("validity", json!(3600), "1h"),
            ("user_validity", json!(-1), "never"),
            ("key_rotation", json!(null), "never"),
            ("description", json!(null), ""),
            ("approval", json!(true), "yes"),
            ("requests", json!(7), "7"),
            ("limit", json!({ "requests": 7, "seconds": 60 }), "7 per 1m"),
            ("details", json!({ "role": "developer" }), "role developer"),
            ("domains", json!(["a.example", "b.example"]), "a.example, b.example"),
            ("subscriptions", json!([{ "api": "pizza/1", "tier": "gold", "state": "active" }]), "pizza/1 (gold)"),
            ("key_sets", json!([{ "key_type": "sandbox", "consumer_key": "ck_1" }]), "sandbox"),
            ("name", json!("a\u{1b}[2J\nb\u{202e}c\u{9b}"), "a\\u{1b}[2J\\nb\\u{202e}c\\u{9b}"),
            ("name", json!("日本語"), "日本語"),
        ] {
            assert_eq!(text(name, &value), expected);
        }
    }
}
