//! The npm package as its users get it: packed, checked, and in fresh projects.

use std::fs;
use std::path::Path;
use std::process::Command;

use postern_test_harness::artifacts;
use serde_json::Value;

use crate::folder::Folder;

/// A program that decides one request with a small bundle, in any host.
const PROGRAM: &str = r#"import { createGate } from "@postern/gate";
const apis = [{ name: "pizza", version: "1.0.0", context: "/pizza" }];
const gate = await createGate({ bundle: { issuer: "https://issuer.example", audience: "a", keys: { keys: [] }, apis } });
const { code } = await gate.decide(new Request("https://api.example/pizza/1"));
"#;

/// Packs the package, and returns the name of the tarball in `folder`.
fn pack(folder: &Folder) -> String {
    let package = artifacts::npm_package().unwrap();
    let mut command = Command::new("npm");
    command.args(["pack", "--json"]).arg(package).current_dir(folder.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let packed: Value = serde_json::from_slice(&output.stdout).unwrap();
    packed[0]["filename"].as_str().unwrap().to_owned()
}

/// A project whose `node_modules` has the unpacked tarball, not a link.
fn project() -> Folder {
    let folder = Folder::new();
    let tarball = pack(&folder);
    let package = folder.path().join("node_modules/@postern/gate");
    fs::remove_file(&package).unwrap();
    fs::create_dir(&package).unwrap();
    let mut command = Command::new("tar");
    command.args(["-xzf", &tarball, "--strip-components=1", "-C"]).arg(&package).current_dir(folder.path());
    assert!(command.status().unwrap().success());
    folder
}

#[test]
fn publint_and_attw_find_nothing() {
    let folder = Folder::new();
    let tarball = pack(&folder);
    folder.run("publint", &["run", "--strict", &tarball]);
    folder.run("attw", &["--profile", "esm-only", &tarball]);
}

#[test]
fn the_package_has_what_it_needs_and_nothing_else() {
    let folder = project();
    let package = folder.path().join("node_modules/@postern/gate");
    let document: Value = serde_json::from_slice(&fs::read(package.join("package.json")).unwrap()).unwrap();
    assert!(document.get("dependencies").is_none() && document.get("scripts").is_none(), "{document}");
    for file in ["LICENSE", "README.md", "dist/gate_bg.wasm", "dist/index.d.ts", "dist/hono.js"] {
        assert!(package.join(file).is_file(), "{file}");
    }
    let module = fs::read(package.join("dist/gate_bg.wasm")).unwrap();
    let text = String::from_utf8_lossy(&module);
    assert!(!text.contains(env!("CARGO_MANIFEST_DIR")) && !text.contains("/.cargo/"), "a path of the machine that built it");
}

#[test]
fn a_fresh_deno_project_needs_no_flag() {
    let folder = project();
    fs::write(folder.path().join("program.ts"), format!("{PROGRAM}console.log(code);")).unwrap();
    assert_eq!(folder.run("deno", &["run", "--no-prompt", "program.ts"]), "missing_token\n");
    folder.run("deno", &["check", "program.ts"]);
}

#[test]
fn wrong_options_are_refused_and_named() {
    Folder::new().run("node", &["--test", "options.test.mjs"]);
}

#[test]
fn the_examples_have_the_right_types() {
    let folder = project();
    let options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck"];
    for example in ["worker", "node"] {
        let to = folder.path().join(example);
        fs::create_dir(&to).unwrap();
        for file in fs::read_dir(artifacts::project_file("plugin/js/examples").join(example)).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
        let files: Vec<String> = fs::read_dir(&to)
            .unwrap()
            .map(|file| format!("{example}/{}", file.unwrap().file_name().into_string().unwrap()))
            .filter(|file| Path::new(file).extension().is_some_and(|extension| extension == "ts"))
            .collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        folder.run("tsc", &[&options, files.as_slice()].concat());
    }
}

mod browser {
    use super::*;

    /// A page in Vite shows the code of the decision.
    #[test]
    fn a_fresh_vite_project_works_built_and_in_development() {
        let folder = project();
        let page = r#"<!doctype html><title>page</title><p id="code"></p><script type="module" src="/main.js"></script>"#;
        fs::write(folder.path().join("index.html"), page).unwrap();
        fs::write(folder.path().join("main.js"), format!("{PROGRAM}document.getElementById('code').textContent = code;"))
            .unwrap();
        let codes = folder.run("node", &["vite-project.mjs"]);
        assert_eq!(codes, "built: missing_token\ndevelopment: missing_token\n");
    }
}
