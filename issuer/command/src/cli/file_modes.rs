//! Warnings about files with secrets that other users of the machine can read.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use postern_configuration::{Configuration, Database, MasterKeySource};

/// A warning for each file of the configuration that every user can read or write. Access for the file's group is fine:
/// mounted secrets often need it.
pub(super) fn warnings(configuration: &Configuration) -> Vec<String> {
    let master_key = match &configuration.master_key {
        Some(MasterKeySource::File(file)) => Some(file.as_path()),
        Some(MasterKeySource::Given(_)) | None => None,
    };
    let own = |database: &'_ Database| match database {
        Database::Sqlite(file) => Some(file.clone()),
        Database::Postgres(_) => None,
    };
    let stores = configuration.user_stores.iter().filter_map(|store| store.database.as_ref()).filter_map(own);
    let databases = own(&configuration.database).into_iter().chain(stores);
    let keys = [master_key, configuration.previous_master_key_file.as_deref()];
    let keys = keys.into_iter().flatten().filter_map(|file| warning("master key file", file));
    let passwords = configuration.password_files.iter().filter_map(|file| warning(file.what, &file.path));
    keys.chain(databases.filter_map(|file| warning("database", &file))).chain(passwords).collect()
}

fn warning(what: &str, file: &Path) -> Option<String> {
    // A missing file is reported where the file is read.
    let mode = fs::metadata(file).ok()?.permissions().mode() & 0o7777;
    let name = file.display();
    (mode & 0o006 != 0).then(|| {
        format!("the {what} `{name}` has the mode {mode:04o}: every user of this machine can use it; run `chmod 600 {name}`")
    })
}
