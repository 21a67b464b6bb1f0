//! Where slapd and its files lie.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One set of slapd's files: below a folder that holds what belongs below `/`.
#[derive(Debug)]
pub(crate) struct Installation {
    root: PathBuf,
    pub(crate) slapd: PathBuf,
}

/// Where systems keep slapd, its modules and its schemas.
const PROGRAMS: [&str; 2] = ["usr/sbin/slapd", "usr/local/sbin/slapd"];
const MODULES: [&str; 3] = ["usr/lib/ldap", "usr/lib64/openldap", "usr/libexec/openldap"];
const SCHEMAS: [&str; 3] = ["etc/ldap/schema", "etc/openldap/schema", "usr/local/etc/openldap/schema"];

/// Where its own libraries are, if it was only unpacked.
const LIBRARIES: [&str; 4] =
    ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "lib/aarch64-linux-gnu"];

impl Installation {
    /// The system's, or the one that `just ldap` gets.
    pub(crate) fn find() -> Self {
        let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/slapd");
        let roots = [PathBuf::from("/"), unpacked];
        let found = roots.into_iter().find_map(|root| {
            let slapd = first(&root, &PROGRAMS)?;
            first(&root, &SCHEMAS).map(|_| Self { root, slapd })
        });
        found.expect("there is no `slapd`: run `npx -y rust-just ldap`")
    }

    /// A command of slapd's that takes nothing from our environment.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LC_ALL", "C"), ("LDAPNOINIT", "1")]);
        if self.root != Path::new("/") {
            let libraries = LIBRARIES.map(|path| self.root.join(path).display().to_string());
            command.env("LD_LIBRARY_PATH", libraries.join(":"));
        }
        command.current_dir("/").stdin(Stdio::null());
        command
    }

    /// What the configuration has to say of these files.
    pub(crate) fn configuration(&self) -> String {
        let schemas = first(&self.root, &SCHEMAS).expect("it was there when this was found");
        let mut lines: Vec<String> = ["core", "cosine", "inetorgperson"]
            .map(|name| format!("include {}", schemas.join(name).with_extension("schema").display()))
            .into();
        if let Some(modules) = first(&self.root, &MODULES) {
            lines.push(format!("modulepath {}", modules.display()));
            for module in ["back_mdb", "memberof"] {
                // What is built in has no file.
                if ["la", "so"].iter().any(|extension| modules.join(module).with_extension(extension).exists()) {
                    lines.push(format!("moduleload {module}"));
                }
            }
        }
        lines.join("\n")
    }
}

fn first(root: &Path, paths: &[&str]) -> Option<PathBuf> {
    paths.iter().map(|path| root.join(path)).find(|path| path.exists())
}
