//! Loads the master key, or creates its file.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use postern_configuration::MasterKeySource;
use postern_secrets::Entropy;
use postern_secrets::MasterKey;
use zeroize::Zeroizing;

/// Loads the configured master key.
pub(super) fn load(source: Option<&MasterKeySource>) -> anyhow::Result<MasterKey> {
    match source {
        Some(MasterKeySource::Given(key)) => Ok(MasterKey::parse(&key.encode())?),
        Some(MasterKeySource::File(file)) => read(file),
        None => bail!(
            "no master key is configured: name its file with --master-key-file, `POSTERN_MASTER_KEY_FILE` or `master_key_file` in the \
             configuration file, or set `POSTERN_MASTER_KEY` to the key itself"
        ),
    }
}

/// Loads the configured master key. If its file does not exist, creates a new master key and writes it there, with mode 0600.
pub(super) fn load_or_create(source: Option<&MasterKeySource>, entropy: &dyn Entropy) -> anyhow::Result<MasterKey> {
    if let Some(MasterKeySource::File(file)) = source
        && !file.exists()
    {
        let key = MasterKey::generate(entropy)?;
        let created = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
        created
            .and_then(|mut created| {
                created.write_all(key.encode().as_bytes())?;
                created.write_all(b"\n")?;
                // Without its master key the database would be lost.
                created.sync_all()
            })
            .with_context(|| format!("cannot write the master key to `{}`", file.display()))?;
        return Ok(key);
    }
    load(source)
}

/// Reads the master key in a file.
pub(super) fn read(file: &Path) -> anyhow::Result<MasterKey> {
    let text = match fs::read_to_string(file) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("the master key file `{}` does not exist", file.display()),
        Err(error) => return Err(error).with_context(|| format!("cannot read the master key file `{}`", file.display())),
    };
    MasterKey::parse(&text).with_context(|| format!("the master key file `{}` is not valid", file.display()))
}
