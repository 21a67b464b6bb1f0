//! The page that explains a decision, from the npm package: its files are read once, when the issuer starts.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

/// The names of the files. Nothing else of the folder is read, so no request can name another file.
const NAMES: [&str; 11] = [
    "index.html",
    "style.css",
    "form.css",
    "result.css",
    "icon.svg",
    "page.js",
    "curl.js",
    "inputs.js",
    "result.js",
    "explain_bg.js",
    "explain_bg.wasm",
];

/// The page's files.
#[derive(Debug, Clone)]
pub struct ExplainPage(Arc<[(&'static str, Bytes)]>);

impl ExplainPage {
    /// Reads the files in `folder`. The error names the file that cannot be read.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let read = |name: &'static str| {
            let path = folder.join(name);
            let content = fs::read(&path).map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", path.display())));
            Ok((name, Bytes::from(content?)))
        };
        NAMES.into_iter().map(read).collect::<io::Result<_>>().map(Self)
    }

    /// Each file with its name.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &Bytes)> {
        self.0.iter().map(|(name, content)| (*name, content))
    }
}
