//! A folder of a program that uses the npm package.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use postern_test_harness::artifacts;
use tempfile::TempDir;

/// What the programs import beside the gate.
const PACKAGES: [&str; 6] = ["@hono/node-server", "@types/node", "esbuild", "hono", "miniflare", "vite"];

/// A folder with the scripts of `tests/edges/hosts`, and with the package and what the scripts need in `node_modules`.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let modules = folder.path().join("node_modules");
        for scope in ["@postern", "@hono", "@types"] {
            fs::create_dir_all(modules.join(scope)).unwrap();
        }
        symlink(artifacts::npm_package().unwrap(), modules.join("@postern/gate")).unwrap();
        for package in PACKAGES {
            symlink(artifacts::javascript_hosts().unwrap().join("node_modules").join(package), modules.join(package)).unwrap();
        }
        for scripts in ["tests/edges/hosts", "tests/browser"] {
            for script in fs::read_dir(artifacts::project_file(scripts)).unwrap() {
                let script = script.unwrap().path();
                if script.extension().is_some_and(|extension| extension == "mjs") {
                    fs::copy(&script, folder.path().join(script.file_name().unwrap())).unwrap();
                }
            }
        }
        fs::write(folder.path().join("package.json"), r#"{"type":"module","dependencies":{"@postern/gate":"0.1.0"}}"#).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A command in the folder. `deno` and `bun` are those of the tools.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = match program {
            "node" => Command::new("node"),
            tool => Command::new(artifacts::javascript_hosts().unwrap().join("node_modules/.bin").join(tool)),
        };
        command.current_dir(self.path()).env("DENO_NO_UPDATE_CHECK", "1").env("DENO_DIR", self.path().join("deno"));
        if let Ok(browser) = artifacts::browser() {
            command.env("BROWSER_TOOLS", browser);
        }
        command
    }

    /// Runs a command, asserts success, and returns what it printed.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program).args(arguments).output().unwrap();
        let printed = [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy);
        assert!(output.status.success(), "{program} {arguments:?}: {}", printed.concat());
        String::from_utf8(output.stdout).unwrap()
    }
}
