//! Reads a password from its own file.

use std::fs;
use std::path::Path;

use zeroize::Zeroizing;

/// The largest password file, in bytes.
const MAX_LEN: u64 = 4096;

/// The password in `file`, without a line break at its end; or a message for the key that names the file.
pub(super) fn read(file: &Path) -> Result<Zeroizing<String>, String> {
    let metadata = fs::metadata(file).map_err(|error| format!("cannot be read: {error}"))?;
    if metadata.len() > MAX_LEN {
        return Err(format!("names a file that is too large for a password: at most {MAX_LEN} bytes"));
    }
    let text = fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}"))?;
    let text = Zeroizing::new(text);
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() { Err("names a file that is empty".to_owned()) } else { Ok(Zeroizing::new(line.to_owned())) }
}
