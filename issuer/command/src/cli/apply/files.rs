//! The files: YAML or JSON, with the line of each value.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use postern_openapi_import::{LocatedYaml, read_located};
use postern_token::Node;
use serde_json::Value;

/// The extensions of files that are read in a folder.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// A file that could be read.
pub(super) struct Document {
    pub(super) file: PathBuf,
    pub(super) content: LocatedYaml,
}

/// Something wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Problem {
    file: String,
    line: usize,
    text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.file, self.line, self.text)
    }
}

/// The place of a value in a file.
#[derive(Debug, Clone)]
pub(super) struct Source {
    file: String,
    line: usize,
}

impl Source {
    pub(super) fn problem(&self, text: impl Into<String>) -> Problem {
        Problem { file: self.file.clone(), line: self.line, text: text.into() }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.file, self.line)
    }
}

impl Document {
    /// The place of a field, such as `apis[0].context`.
    pub(super) fn source(&self, field: &str) -> Source {
        Source { file: self.file.display().to_string(), line: self.content.line(field) }
    }
}

/// Reads all files. Those that are not valid become problems.
pub(super) fn read(paths: &[PathBuf], problems: &mut Vec<Problem>) -> anyhow::Result<Vec<Document>> {
    let mut documents = Vec::new();
    for path in paths {
        for file in files_at(path)? {
            let bytes = fs::read(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
            let at = |line| Source { file: file.display().to_string(), line };
            match std::str::from_utf8(&bytes).map(read_located) {
                Ok(Ok(content)) => documents.push(Document { file, content }),
                Ok(Err(error)) => problems.push(at(error.line()).problem(format!("is invalid or unsupported YAML: {error}"))),
                Err(_) => problems.push(at(1).problem("is not UTF-8")),
            }
        }
    }
    Ok(documents)
}

/// The file at `path`; of a folder, its files in the order of their names, without hidden files.
fn files_at(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read `{}`", path.display());
    if !fs::metadata(path).with_context(cannot)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(cannot)? {
        let file = entry.with_context(cannot)?.path();
        let hidden = file.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with('.'));
        let extension = file.extension().and_then(|extension| extension.to_str());
        if !hidden && extension.is_some_and(|extension| EXTENSIONS.contains(&extension)) && file.is_file() {
            files.push(file);
        }
    }
    if files.is_empty() {
        bail!("the folder `{}` has no file whose name ends in `.yaml`, `.yml` or `.json`", path.display());
    }
    files.sort();
    Ok(files)
}

/// A value as JSON. A number that documents do not use stays such a number.
pub(super) fn to_json(node: &Node<'_>) -> Value {
    match node {
        Node::Null => Value::Null,
        Node::Bool(value) => (*value).into(),
        Node::Whole(number) => (*number).into(),
        Node::Negative(number) => (*number).into(),
        Node::OtherNumber => 0.5.into(),
        Node::Text(text) => text.as_ref().into(),
        Node::List(items) => items.iter().map(to_json).collect(),
        Node::Object(members) => members.iter().map(|(name, node)| (name.as_ref().to_owned(), to_json(node))).collect(),
    }
}
