//! `cargo dev citas keys rotate`: puts a new key in front of each secret that only this system uses, in the local
//! server's file. In AWS, Secrets Manager does the same on a schedule (`platform::secrets::rotation`).

use crate::target::Target;
use app::support::ports::SecretName;
use platform::secrets::{RotateError, SecretsFile};

/// The file of secrets in the local server's folder.
pub const SECRETS: &str = "secrets.json";
/// The secrets that `keys rotate` puts a new key in front of. A running server reads them again.
pub const ROTATED: &[SecretName] = &[SecretName::Signing, SecretName::Cursors];

/// Why keys could not be rotated.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("Secrets Manager rotates the keys of a deployment on a schedule: see infra/docs/operations.md")]
    Deployment,
    /// The server never ran on this folder.
    #[error("there is no {0}: `cargo dev` creates it at its first start. Name its folder with --data")]
    NoFile(String),
    #[error(transparent)]
    Rotate(#[from] RotateError),
}

/// Puts a new key in front of each secret. Returns a text for the operator, without any key.
///
/// # Errors
/// The secrets before the one that failed have been rotated.
pub fn rotate(target: &Target) -> Result<String, KeysError> {
    let file = target.local_folder().ok_or(KeysError::Deployment)?.join(SECRETS);
    if !file.is_file() {
        return Err(KeysError::NoFile(file.display().to_string()));
    }
    for name in ROTATED {
        SecretsFile::rotate(&file, *name)?;
    }
    Ok(format!(
        "{}: new keys sign tokens and seal cursors. A running server uses them within five minutes.\n\
         Tokens and cursors of the previous keys stay valid until they expire; older keys were removed.",
        file.display()
    ))
}
