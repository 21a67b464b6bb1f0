//! `postern admin bundle`

use std::fs;
use std::os::unix::fs::symlink;

use postern_token::KeyType;
use postern_token::bundle::Bundle;

use crate::harness::{AUDIENCE, Home, ISSUER, failure, mode};

#[test]
fn an_edge_accepts_the_bundle() {
    let (home, _) = Home::with_application();
    let bundle = Bundle::from_json(&home.bundle()).unwrap();
    let own = &bundle.issuers[0];
    assert_eq!((own.name.as_str(), own.audience.as_str(), bundle.environment), (ISSUER, AUDIENCE, None));
    assert_eq!(bundle.apis[0].reference.as_str(), "pizza/1.0.0");
    let output = home.command(&["admin", "bundle", "--environment", "sandbox"]).output().unwrap();
    assert_eq!(Bundle::from_json(&output.stdout).unwrap().environment, Some(KeyType::Sandbox));
    let output = home.command(&["admin", "bundle", "--environment", "both"]).output().unwrap();
    assert_eq!(Bundle::from_json(&output.stdout).unwrap().environment, None);
    home.misuse(&["admin", "bundle", "--environment", "staging"]);
}

#[test]
fn an_output_file_is_private_even_if_it_replaces_another() {
    let home = Home::new();
    let file = home.write("bundle.json", "old");
    let output = home.command(&["admin", "bundle", "--out", &file]).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty());
    assert_eq!(fs::read(&file).unwrap(), home.bundle());
    assert_eq!(mode(&home.path("bundle.json")), 0o600);
    let left: Vec<_> = fs::read_dir(home.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with('.')), "{left:?}");
    assert!(home.fail(&["admin", "bundle", "--out", "no/such/place"]).contains("cannot write `no/such/place`"));
}

#[test]
fn a_link_is_kept_and_a_device_is_refused() {
    let home = Home::new();
    home.write("real.json", "old");
    symlink("real.json", home.path("link.json")).unwrap();
    let run = |out: &str| home.command(&["admin", "bundle", "--out", home.path(out).to_str().unwrap()]).output().unwrap();
    assert!(run("link.json").status.success());
    assert!(home.path("link.json").is_symlink());
    assert_eq!(fs::read(home.path("real.json")).unwrap(), home.bundle());
    // The same as `/dev/stdout`, if the output is a pipe.
    symlink("/proc/self/fd/1", home.path("stdout")).unwrap();
    symlink("/dev/null", home.path("null")).unwrap();
    for out in ["stdout", "null"] {
        assert!(failure(&run(out), 1).contains("not a regular file"));
        assert!(home.path(out).is_symlink());
    }
}
