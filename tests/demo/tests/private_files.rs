//! The files of a demo that hold a secret can be read by their owner only.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use postern_demo::demo::Demo;
use postern_demo::folder;
use postern_demo::reference::Reference;
use postern_test_harness::artifacts;

/// The beginning of an edge key, and that of a private key in PEM.
const SECRETS: [&[u8]; 2] = [b"edge_", b"PRIVATE KEY-----"];

/// The files below `folder` that hold a secret.
fn secret_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            found.extend(secret_files(&path));
        } else if kind.is_file() {
            let content = fs::read(&path).unwrap();
            if SECRETS.iter().any(|secret| content.windows(secret.len()).any(|window| window == *secret)) {
                found.push(path);
            }
        }
    }
    found
}

fn assert_private(folder: &Path) {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700);
    let found = secret_files(folder);
    for name in ["settings.json", "rendered.yaml", "envoy.yaml"] {
        assert!(found.iter().any(|path| path.ends_with(Path::new("gateway").join(name))), "{name}: {found:?}");
    }
    for path in found {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn files_with_an_edge_key_or_a_private_key_are_private() {
    let envoy = artifacts::envoy().unwrap();
    let dir = folder::private().unwrap();
    let demo = Demo::start(&envoy, dir.path(), &mut |_| {}).unwrap();
    assert_private(dir.path());
    drop(demo);
    let dir = folder::private().unwrap();
    let reference = Reference::start(&envoy, dir.path(), &mut |_| {}).unwrap();
    assert_private(dir.path());
    drop(reference);
}
