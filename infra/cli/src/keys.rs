//! `cargo dev citas keys rotate`: new words in front of the secrets that are ours alone, in the local server's
//! file. In AWS Secrets Manager does the same by its schedule (`platform::secrets::rotation`).

use crate::target::Target;
use app::support::ports::SecretName;
use platform::secrets::{RotateError, SecretsFile};

/// The file of secrets in the local server's folder.
pub const SECRETS: &str = "secrets.json";
/// The secrets that `keys rotate` puts a new key in front of. A running server reads them again.
pub const ROTATED: &[SecretName] = &[SecretName::Signing, SecretName::Cursors];

/// Why there are no new keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A deployment rotates its own.
    #[error("Secrets Manager rotates a deployment's keys by its schedule: see infra/docs/operations.md")]
    Deployment,
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
pub fn rotate(target: &Target) -> Result<String, KeysError> {
    let file = target.local_folder().ok_or(KeysError::Deployment)?.join(SECRETS);
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
