//! Stores secrets in a file, for a laptop: a JSON object with one member for each secret, by name.
//!
//! ```json
//! {"signing": "…", "seals": "…", "cursors": "…", "twilio": {"auth_token": "…"}, "public-url": "http://127.0.0.1:8000"}
//! ```
//!
//! [`SecretsFile::create_if_absent`] generates it at the first start, and adds the secrets that a newer version needs;
//! [`SecretsFile::rotate`] puts a new key in front of a secret. Only the owner can read the file. It is created and
//! changed atomically, even if two processes start at once.

use app::support::key_ring::KeyRing;
use app::support::ports::{SecretError, SecretName, SecretText, Secrets};
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// `fresh` reads the file again.
pub struct SecretsFile {
    path: PathBuf,
    known: Mutex<Option<Map<String, Value>>>,
}

#[derive(Debug, thiserror::Error)]
pub enum SecretsFileError {
    #[error("random bytes are not available")]
    Random,
    #[error("the secrets file could not be written")]
    Write(#[from] io::Error),
}

#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    #[error(transparent)]
    Read(#[from] SecretError),
    #[error("random bytes are not available")]
    Random,
    #[error("the secrets file could not be written: {0}")]
    Write(#[from] io::Error),
}

impl SecretsFile {
    /// The file is read at the first secret.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), known: Mutex::new(None) }
    }

    /// Creates the file if there is none, with these values, and random ones for the secrets that only we use. Existing
    /// values are kept.
    pub fn create_if_absent(path: &Path, values: &[(SecretName, &str)]) -> Result<Self, SecretsFileError> {
        if path.try_exists()? {
            add_missing(path)?;
        } else {
            let mut secrets = Map::new();
            for name in GENERATED {
                secrets.insert(name.name().to_owned(), Value::String(random_secret()?));
            }
            for (name, value) in values {
                // An object is stored as one, so that it can be edited.
                let object = serde_json::from_str(value).ok().filter(Value::is_object);
                secrets.insert(name.name().to_owned(), object.unwrap_or_else(|| Value::from(*value)));
            }
            create_file(path, &format!("{:#}\n", Value::Object(secrets)))?;
        }
        Ok(Self::new(path))
    }

    /// Puts a new key in front of a secret, and keeps the key that was in front. The rest of the file is kept. A
    /// concurrent reader gets the old file or the new one.
    pub fn rotate(path: &Path, name: SecretName) -> Result<(), RotateError> {
        let file = Self::new(path);
        let rotated = KeyRing::of(file.read(name, true)?).rotated().map_err(|_| RotateError::Random)?;
        let mut secrets = file.known.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_default();
        secrets.insert(name.name().to_owned(), Value::String(rotated.0));
        Ok(replace_file(path, &format!("{:#}\n", Value::Object(secrets)))?)
    }

    fn read(&self, name: SecretName, fresh: bool) -> Result<SecretText, SecretError> {
        let failed = |reason: String| SecretError { name: name.name(), reason };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if fresh || known.is_none() {
            let text = fs::read_to_string(&self.path).map_err(|error| failed(error.kind().to_string()))?;
            // serde_json's message could repeat a part of the file.
            *known =
                Some(serde_json::from_str(&text).map_err(|error| {
                    failed(format!("the file is not a JSON object: error in line {}", error.line()))
                })?);
        }
        match known.as_ref().and_then(|secrets| secrets.get(name.name())) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(SecretText(text.clone())),
            Some(object @ Value::Object(_)) => Ok(SecretText(object.to_string())),
            _ => Err(failed("the file does not contain it".to_owned())),
        }
    }
}

impl Secrets for SecretsFile {
    fn get(&self, name: SecretName, fresh: bool) -> BoxFuture<'_, Result<SecretText, SecretError>> {
        Box::pin(async move { self.read(name, fresh) })
    }
}

/// The secrets that only we use.
const GENERATED: [SecretName; 3] = [SecretName::Signing, SecretName::Seals, SecretName::Cursors];

/// Adds missing secrets to a file of an older version. A file that can't be parsed stays as it is: reading a secret
/// reports the error.
fn add_missing(path: &Path) -> Result<(), SecretsFileError> {
    let Ok(mut secrets) = serde_json::from_str::<Map<String, Value>>(&fs::read_to_string(path)?) else { return Ok(()) };
    let before = secrets.len();
    for name in GENERATED {
        if !secrets.contains_key(name.name()) {
            secrets.insert(name.name().to_owned(), Value::String(random_secret()?));
        }
    }
    if secrets.len() > before {
        replace_file(path, &format!("{:#}\n", Value::Object(secrets)))?;
    }
    Ok(())
}

/// A secret of one key.
fn random_secret() -> Result<String, SecretsFileError> {
    let empty = KeyRing::of(SecretText(String::new()));
    empty.rotated().map(|text| text.0).map_err(|_| SecretsFileError::Random)
}

/// Writes a temporary file and links it to its name, so that the file is never seen incomplete. If a concurrent process
/// has created the file, that one is kept.
fn create_file(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let unfinished = path.with_extension(format!("{}.new", std::process::id()));
    let written = write_private(&unfinished, text).and_then(|()| match fs::hard_link(&unfinished, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let removed = fs::remove_file(&unfinished);
    written.and(removed)
}

/// Replaces an existing file.
fn replace_file(path: &Path, text: &str) -> io::Result<()> {
    let unfinished = path.with_extension(format!("{}.new", std::process::id()));
    let written = write_private(&unfinished, text).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // Leaves no secret behind. If the removal fails too, the first error is the one to report.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests;
