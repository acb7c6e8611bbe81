//! `cargo dev keys rotate`: new words in front of the secrets that are ours alone, in the local server's
//! file. In AWS Secrets Manager does the same by its schedule (`platform::secrets::rotation`).

use crate::serve::{ROTATED, SECRETS};
use platform::secrets::{RotateError, SecretsFile};
use std::path::Path;

/// Why there are no new keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The server never ran on this folder.
    #[error("there is no {0}: `cargo dev` makes it at its first start. Name its folder with --data")]
    NoFile(String),
    /// The file couldn't be changed.
    #[error(transparent)]
    Rotate(#[from] RotateError),
}

/// Puts a new word in front of each secret. Answers what was done, without a word of them.
///
/// # Errors
/// [`KeysError`]. Those before it have been rotated then.
pub fn rotate(data: &Path) -> Result<String, KeysError> {
    let file = data.join(SECRETS);
    if !file.is_file() {
        return Err(KeysError::NoFile(file.display().to_string()));
    }
    for name in ROTATED {
        SecretsFile::rotate(&file, *name)?;
    }
    Ok(format!(
        "{}: new keys sign tokens and seal cursors, at the latest in five minutes where a server runs.\n\
         What the keys before them made is good until it runs out; older keys are gone.",
        file.display()
    ))
}
