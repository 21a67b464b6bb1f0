//! Finds slapd and its files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The files of one slapd, below a folder that stands for `/`.
#[derive(Debug)]
pub(crate) struct Installation {
    root: PathBuf,
    pub(crate) slapd: PathBuf,
}

/// The usual paths of slapd, its modules and its schemas.
const PROGRAMS: [&str; 2] = ["usr/sbin/slapd", "usr/local/sbin/slapd"];
const MODULES: [&str; 3] = ["usr/lib/ldap", "usr/lib64/openldap", "usr/libexec/openldap"];
const SCHEMAS: [&str; 3] = ["etc/ldap/schema", "etc/openldap/schema", "usr/local/etc/openldap/schema"];

/// The paths of slapd's libraries if the package was only unpacked.
const LIBRARIES: [&str; 4] =
    ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "lib/aarch64-linux-gnu"];

impl Installation {
    /// Finds the system's slapd, or the one that `just ldap` provides.
    pub(crate) fn find() -> Self {
        let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/slapd");
        let roots = [PathBuf::from("/"), unpacked];
        let found = roots.into_iter().find_map(|root| {
            let slapd = first(&root, &PROGRAMS)?;
            first(&root, &SCHEMAS).map(|_| Self { root, slapd })
        });
        found.expect("there is no `slapd`: run `npx -y rust-just ldap`")
    }

    /// A command of slapd with a clean environment.
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

    /// The lines of the configuration that name these files.
    pub(crate) fn configuration(&self) -> String {
        let schemas = first(&self.root, &SCHEMAS).expect("the schemas existed before");
        let mut lines: Vec<String> = ["core", "cosine", "inetorgperson"]
            .map(|name| format!("include {}", schemas.join(name).with_extension("schema").display()))
            .into();
        if let Some(modules) = first(&self.root, &MODULES) {
            lines.push(format!("modulepath {}", modules.display()));
            for module in ["back_mdb", "memberof"] {
                // A built-in module has no file.
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
