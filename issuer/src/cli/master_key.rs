//! Where the master key comes from.

use std::env::{self, VarError};
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use postern_issuer::entropy::Entropy;
use postern_issuer::secrets::MasterKey;
use zeroize::Zeroizing;

/// The variable that may hold the key itself.
const VARIABLE: &str = "POSTERN_MASTER_KEY";

/// The master key, from the environment or from `file`.
pub(super) fn load(file: Option<&Path>) -> anyhow::Result<MasterKey> {
    match (from_environment()?, file) {
        (Some(_), Some(_)) => {
            bail!("two master keys are given: unset `{VARIABLE}`, or leave out --master-key-file and `POSTERN_MASTER_KEY_FILE`")
        }
        (Some(key), None) => Ok(key),
        (None, Some(file)) => read(file),
        (None, None) => bail!(
            "no master key is given: set `{VARIABLE}`, or name its file with --master-key-file or `POSTERN_MASTER_KEY_FILE`"
        ),
    }
}

/// The master key; where `file` does not exist, a new one that is written there for its owner alone to read.
pub(super) fn load_or_create(file: Option<&Path>, entropy: &dyn Entropy) -> anyhow::Result<MasterKey> {
    if let Some(file) = file
        && from_environment()?.is_none()
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
    load(file)
}

fn from_environment() -> anyhow::Result<Option<MasterKey>> {
    match env::var(VARIABLE) {
        Ok(text) => {
            let text = Zeroizing::new(text);
            MasterKey::parse(&text).map(Some).with_context(|| format!("`{VARIABLE}` cannot be used"))
        }
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => bail!("`{VARIABLE}` is not text"),
    }
}

fn read(file: &Path) -> anyhow::Result<MasterKey> {
    let text = match fs::read_to_string(file) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("there is no master key file `{}`", file.display()),
        Err(error) => return Err(error).with_context(|| format!("cannot read the master key file `{}`", file.display())),
    };
    MasterKey::parse(&text).with_context(|| format!("the file `{}` cannot be used", file.display()))
}
