//! The plugin's configuration, which one store holds, with the edge key, which another store holds.

use serde_json::Value;
use thiserror::Error;

/// Why there is no configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ConfigurationError {
    /// No store has it.
    #[error("no configuration: put it under `configuration` into the Config Store or the KV Store `postern`")]
    Missing,
    /// It is not a JSON object.
    #[error("the `configuration` in the store `postern` is not a JSON object")]
    NotAnObject,
    /// `sync` has no edge key, and neither has the Secret Store.
    #[error("no edge key: put it under `edge_key` into the Secret Store `postern`, as `postern admin edge-key create` prints it")]
    NoEdgeKey,
    /// The edge key is in the wrong store.
    #[error(
        "`sync.key` is in the configuration, which is not secret: remove it, and put the edge key into the Secret Store `postern`"
    )]
    KeyIsNotSecret,
}

/// The plugin's configuration. With `sync`, the edge key is added to it. `edge_key` is called only then.
pub fn with_edge_key(json: Option<&str>, edge_key: impl FnOnce() -> Option<String>) -> Result<String, ConfigurationError> {
    let json = json.ok_or(ConfigurationError::Missing)?;
    let mut document: Value = serde_json::from_str(json).map_err(|_| ConfigurationError::NotAnObject)?;
    let members = document.as_object_mut().ok_or(ConfigurationError::NotAnObject)?;
    let Some(sync) = members.get_mut("sync").and_then(Value::as_object_mut) else { return Ok(json.to_owned()) };
    if sync.contains_key("key") {
        return Err(ConfigurationError::KeyIsNotSecret);
    }
    sync.insert("key".into(), edge_key().ok_or(ConfigurationError::NoEdgeKey)?.into());
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_key_is_added_where_the_configuration_follows_an_issuer() {
        let read = |json: &str| with_edge_key(Some(json), || Some("edge_abc".into()));
        assert_eq!(read(r#"{"sync":{"cluster":"issuer"}}"#), Ok(r#"{"sync":{"cluster":"issuer","key":"edge_abc"}}"#.into()));
        // Duplicate names and everything else are for the plugin's own reader.
        assert_eq!(read(r#"{"bundle":{},"bundle":{}}"#), Ok(r#"{"bundle":{},"bundle":{}}"#.into()));
        assert_eq!(with_edge_key(Some(r#"{"bundle":{}}"#), || panic!("it is not needed")), Ok(r#"{"bundle":{}}"#.into()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (json, key, error) in [
            (None, Some("a"), ConfigurationError::Missing),
            (Some("{"), Some("a"), ConfigurationError::NotAnObject),
            (Some("[]"), Some("a"), ConfigurationError::NotAnObject),
            (Some(r#"{"sync":{}}"#), None, ConfigurationError::NoEdgeKey),
            (Some(r#"{"sync":{"key":"edge_abc"}}"#), Some("a"), ConfigurationError::KeyIsNotSecret),
        ] {
            assert_eq!(with_edge_key(json, || key.map(ToOwned::to_owned)), Err(error), "{json:?}");
        }
    }
}
