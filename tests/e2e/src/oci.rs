//! The plugin as an OCI image layout, as Istio and Envoy Gateway fetch it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use postern_test_harness::artifacts;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Writes a plugin as an image to `folder` and returns the digest that the script prints.
fn write(plugin: &Path, folder: &Path) -> String {
    let mut command = Command::new("python3");
    command.arg(artifacts::project_file("envoy/oci.py")).arg(plugin).arg("0.1.0").arg(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

fn json(file: impl AsRef<Path>) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// The blob of a descriptor. Asserts its media type, size and digest.
fn blob(folder: &Path, descriptor: &Value, media_type: &str) -> Vec<u8> {
    assert_eq!(descriptor["mediaType"], media_type);
    let bytes = fs::read(path(folder, descriptor)).unwrap();
    assert_eq!(descriptor["size"], bytes.len());
    assert_eq!(descriptor["digest"], digest(&bytes));
    bytes
}

fn path(folder: &Path, descriptor: &Value) -> PathBuf {
    folder.join("blobs").join(descriptor["digest"].as_str().unwrap().replace(':', "/"))
}

/// The output of `tar` for an archive, with further arguments.
fn tar(what: &str, archive: &Path, more: &[&str]) -> Vec<u8> {
    let output = Command::new("tar").arg(what).arg(archive).args(more).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    output.stdout
}

#[test]
fn the_image_contains_the_unchanged_plugin() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, plugin) = (dir.path().join("oci"), artifacts::plugin().unwrap());
    let printed = write(&plugin, &folder);

    assert_eq!(json(folder.join("oci-layout")), json!({"imageLayoutVersion": "1.0.0"}));
    let index = json(folder.join("index.json"));
    assert_eq!((&index["schemaVersion"], index["manifests"].as_array().unwrap().len()), (&json!(2), 1));
    let descriptor = &index["manifests"][0];
    assert_eq!(
        (&descriptor["digest"], &descriptor["annotations"]["org.opencontainers.image.ref.name"]),
        (&json!(printed), &json!("0.1.0"))
    );

    let manifest = blob(&folder, descriptor, "application/vnd.oci.image.manifest.v1+json");
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!((&manifest["schemaVersion"], &manifest["mediaType"]), (&json!(2), &descriptor["mediaType"]));
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
    let layer = &manifest["layers"][0];
    blob(&folder, layer, "application/vnd.oci.image.layer.v1.tar+gzip");
    let config = blob(&folder, &manifest["config"], "application/vnd.oci.image.config.v1+json");

    // Unpacked by a tool that shares no code with the script.
    let archive = path(&folder, layer);
    assert_eq!(tar("-tzf", &archive, &[]), b"plugin.wasm\n");
    assert!(tar("-xOzf", &archive, &["plugin.wasm"]) == fs::read(&plugin).unwrap(), "the layer contains another plugin");
    let unpacked = Command::new("gzip").arg("-dc").stdin(fs::File::open(&archive).unwrap()).output().unwrap();
    let config: Value = serde_json::from_slice(&config).unwrap();
    assert_eq!(config["rootfs"], json!({"type": "layers", "diff_ids": [digest(&unpacked.stdout)]}));

    // The folder contains no other blob.
    let named = [descriptor, layer, &manifest["config"]].map(|descriptor| path(&folder, descriptor));
    let blobs = fs::read_dir(folder.join("blobs/sha256")).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(blobs.collect::<BTreeSet<_>>(), BTreeSet::from(named));
}

#[test]
fn the_same_plugin_gives_the_same_image() {
    let dir = tempfile::tempdir().unwrap();
    // Two files with different names and times: empty ones, and ones whose length fits the blocks of tar and gzip.
    for length in [0, 1, 512, 65_535, 65_536, 200_000] {
        let bytes: Vec<u8> = (0..length).map(|at: u32| at.to_le_bytes()[0]).collect();
        let files = [dir.path().join("one.wasm"), dir.path().join("two.wasm")];
        let written = files.map(|file| {
            fs::write(&file, &bytes).unwrap();
            let folder = file.with_extension("oci");
            let printed = write(&file, &folder);
            let index = json(folder.join("index.json"));
            let manifest: Value =
                serde_json::from_slice(&blob(&folder, &index["manifests"][0], "application/vnd.oci.image.manifest.v1+json"))
                    .unwrap();
            assert_eq!(tar("-xOzf", &path(&folder, &manifest["layers"][0]), &["plugin.wasm"]), bytes, "{length}");
            (printed, index)
        });
        assert_eq!(written[0], written[1]);
    }
    // The digest must not depend on the machine or on the version of Python.
    let plugin = dir.path().join("plugin.wasm");
    fs::write(&plugin, b"\0asm\x01\0\0\0").unwrap();
    let expected = "sha256:e16d285b63b86d883b1114b228bc6f00e61f595b25189b22a4a5f7a7522df74c";
    assert_eq!(write(&plugin, &dir.path().join("oci")), expected);
}
