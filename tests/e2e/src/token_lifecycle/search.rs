//! Searches files byte by byte for secrets that must not be in them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::fixture::decode;

/// The secrets to search for.
#[derive(Debug)]
pub(super) struct Search {
    needles: Vec<Needle>,
    /// The pairs of bytes with which needles begin. This check alone skips nearly every position of a file.
    starts: Vec<bool>,
}

#[derive(Debug)]
struct Needle {
    what: String,
    bytes: Vec<u8>,
}

impl Search {
    pub(super) fn new() -> Self {
        Self { needles: Vec::new(), starts: vec![false; 1 << 16] }
    }

    /// Adds a text.
    pub(super) fn text(&mut self, what: &str, text: &str) {
        self.push(what, text.as_bytes().to_vec());
    }

    /// Adds bytes, as they are and in the usual encodings.
    pub(super) fn bytes(&mut self, what: &str, bytes: &[u8]) {
        let digit = |byte: u8| char::from_digit(byte.into(), 16).unwrap_or_default();
        let hexadecimal: String = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
        self.push(what, bytes.to_vec());
        self.push(what, hexadecimal.to_uppercase().into_bytes());
        self.push(what, hexadecimal.into_bytes());
        self.push(what, STANDARD_NO_PAD.encode(bytes).into_bytes());
        self.push(what, URL_SAFE_NO_PAD.encode(bytes).into_bytes());
    }

    /// Adds a token, and its signature, without which the rest is no secret.
    pub(super) fn token(&mut self, what: &str, token: &str) -> Result<()> {
        self.text(what, token);
        let signature = token.rsplit('.').next().unwrap_or_default();
        self.bytes(&format!("the signature of {what}"), &decode(signature)?);
        Ok(())
    }

    fn push(&mut self, what: &str, bytes: Vec<u8>) {
        // Fewer bytes could occur by chance.
        assert!(bytes.len() >= 16, "{what} is too short to search for");
        self.starts[start(&bytes)] = true;
        self.needles.push(Needle { what: what.to_owned(), bytes });
    }

    /// The names of the secrets in `bytes`.
    pub(super) fn find(&self, bytes: &[u8]) -> Vec<&str> {
        let mut found = Vec::new();
        for (at, pair) in bytes.windows(2).enumerate() {
            if self.starts[start(pair)] {
                found.extend(
                    self.needles.iter().filter(|needle| bytes[at..].starts_with(&needle.bytes)).map(|needle| &*needle.what),
                );
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Fails if a file contains a secret.
    pub(super) fn find_nothing(&self, files: &[PathBuf]) -> Result<()> {
        for file in files {
            let found = self.find(&read(file)?);
            ensure!(found.is_empty(), "`{}` contains {}", file.display(), found.join(" and "));
        }
        Ok(())
    }

    /// The number of files that contain a secret.
    pub(super) fn count(&self, files: &[PathBuf]) -> Result<usize> {
        let mut count = 0;
        for file in files {
            count += usize::from(!self.find(&read(file)?).is_empty());
        }
        Ok(count)
    }
}

/// The first two bytes as a number.
fn start(bytes: &[u8]) -> usize {
    (usize::from(bytes[0]) << 8) | usize::from(bytes[1])
}

/// Reads a file. A file that the server has removed in the meantime is treated as empty.
fn read(file: &Path) -> Result<Vec<u8>> {
    match fs::read(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        read => Ok(read?),
    }
}

/// Every file in a folder and below it.
pub(super) fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.is_file() {
            found.push(path);
        }
    }
    Ok(found)
}
