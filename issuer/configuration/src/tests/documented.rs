//! The documentation and the example file list exactly the existing keys.

use std::collections::BTreeSet;
use std::iter;

use super::super::file;
use super::super::key::user_store_keys;
use super::*;

const DOCUMENT: &str = include_str!("../../../../docs/configuring.md");
const EXAMPLE: &str = include_str!("../../../postern.example.toml");

fn example(content: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("postern.toml");
    fs::write(&path, content).unwrap();
    (folder, path)
}

#[test]
fn the_table_lists_every_key_with_its_variable_and_default() {
    let rows = rows("## Keys");
    let (defaults, _) = Configuration::load(None, iter::empty()).unwrap();
    let expected = KEYS.into_iter().zip(&defaults.effective).map(|(key, effective)| {
        let default = if key.name == "trusted_proxies" { "[]" } else { effective.value.as_deref().unwrap_or_default() };
        let default = if default == "1d" { "24h" } else { default };
        [key.name.to_owned(), key.variable(), default.to_owned()]
    });
    let written: Vec<_> = rows.iter().map(|row| [row[0].to_owned(), row[1].to_owned(), row[2].to_owned()]).collect();
    assert_eq!(written, expected.collect::<Vec<_>>());
}

/// The cells of the table below this heading.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, section) = DOCUMENT.split_once(&format!("\n{heading}\n")).unwrap();
    let lines = section.lines().take_while(|line| !line.starts_with("## "));
    let rows = lines.filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('|').map(|cell| cell.trim().trim_matches('`')).collect()).collect()
}

#[test]
fn the_table_of_user_stores_lists_every_key_in_order() {
    let written: Vec<&str> = rows("## User stores").into_iter().map(|row| row[0]).collect();
    assert_eq!(written, user_store_keys().collect::<Vec<_>>());
}

#[test]
fn the_table_lists_every_flag() {
    for key in KEYS {
        let Some(flag) = key.flag else { continue };
        let row = DOCUMENT.lines().find(|line| line.starts_with(&format!("| `{}`", key.name))).unwrap();
        assert!(row.contains(&format!("`{flag}`")), "{row}");
    }
}

#[test]
fn the_example_loads_and_has_the_defaults() {
    let (_folder, path) = example(EXAMPLE);
    let (configuration, warnings) = Configuration::load(Some(&path), iter::empty()).unwrap();
    assert!(warnings.is_empty());
    let (defaults, _) = Configuration::load(None, iter::empty()).unwrap();
    for (own, default) in configuration.effective.iter().zip(&defaults.effective) {
        if !matches!(own.key, "database" | "master_key_file") {
            assert_eq!(own.value, default.value, "{}", own.key);
        }
    }
}

#[test]
fn the_example_lists_every_key() {
    // An unset key is commented out with `#` without a space after it.
    let everything: String = EXAMPLE
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line).to_owned() + "\n")
        .collect();
    let (_folder, path) = example(&everything);
    let mut problems = Vec::new();
    let contents = file::read(&path, &mut problems);
    let listed: BTreeSet<&str> = contents.values.keys().map(String::as_str).collect();
    assert_eq!(problems, []);
    assert_eq!(contents.user_stores.len(), 1);
    assert_eq!(listed, KEYS.iter().map(|key| key.name).collect());
    Configuration::load(Some(&path), iter::empty()).unwrap();
}
