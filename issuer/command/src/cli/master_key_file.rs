//! Where the master key comes from.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use postern_configuration::MasterKeySource;
use postern_secrets::Entropy;
use postern_secrets::MasterKey;
use zeroize::Zeroizing;

/// The master key, from where the configuration says that it is.
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

/// The master key; where its file does not exist, a new one that is written there for its owner alone to read.
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
                // A database whose master key is lost is lost too.
                created.sync_all()
            })
            .with_context(|| format!("cannot write the master key to `{}`", file.display()))?;
        return Ok(key);
    }
    load(source)
}

/// The master key in a file.
pub(super) fn read(file: &Path) -> anyhow::Result<MasterKey> {
    let text = match fs::read_to_string(file) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("the master key file `{}` does not exist", file.display()),
        Err(error) => return Err(error).with_context(|| format!("cannot read the master key file `{}`", file.display())),
    };
    MasterKey::parse(&text).with_context(|| format!("the master key file `{}` is not valid", file.display()))
}
