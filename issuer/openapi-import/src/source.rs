//! Parses a document's bytes, JSON or YAML, to a tree.

use postern_token::{JsonError, Node};
use thiserror::Error;

use super::MAX_OPENAPI_LEN;
use super::yaml::{self, YamlError};

/// The reason why a document cannot be parsed. The error never quotes the document.
#[derive(Debug, Error)]
pub(super) enum SourceError {
    #[error("the document is larger than {} MiB", MAX_OPENAPI_LEN / (1024 * 1024))]
    Length,
    #[error("the document is not UTF-8")]
    NotUtf8,
    #[error("the document starts like JSON but is not valid JSON: {0}")]
    Json(#[from] JsonError),
    #[error("the document is invalid or unsupported YAML: {0}")]
    Yaml(#[from] YamlError),
}

/// Whether a document is read as JSON, not as YAML.
pub fn is_json(document: &[u8]) -> bool {
    let first = document.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'['))
}

/// Parses a document: as JSON if it begins with `{` or `[`, otherwise as YAML.
pub(super) fn read(document: &[u8]) -> Result<Node<'_>, SourceError> {
    if document.len() > MAX_OPENAPI_LEN {
        return Err(SourceError::Length);
    }
    if is_json(document) {
        return Ok(Node::parse(document)?);
    }
    let text = std::str::from_utf8(document).map_err(|_| SourceError::NotUtf8)?;
    Ok(yaml::read(text)?)
}
