//! Secrets in a file, for a laptop: a JSON object with a member for each secret, by its name.
//!
//! ```json
//! {"signing": "…", "seals": "…", "cursors": "…", "twilio": {"auth_token": "…"}, "public-url": "http://127.0.0.1:8000"}
//! ```
//!
//! [`SecretsFile::create_if_absent`] makes it up at the first start, and adds what a newer version needs
//! besides; [`SecretsFile::rotate`] puts a new word in front of one of its secrets. The file is its
//! owner's alone, and appears and changes whole or not at all, also where two processes start at once.

use app::support::ports::{NoSecret, SecretName, SecretText, Secrets};
use app::support::secret_words::Words;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A file of secrets. `fresh` reads it again.
pub struct SecretsFile {
    path: PathBuf,
    known: Mutex<Option<Map<String, Value>>>,
}

/// Why there is no file of secrets.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The machine has no randomness.
    #[error("no random bytes could be had")]
    Random,
    /// It couldn't be written.
    #[error("the file of secrets could not be written")]
    Write(#[from] io::Error),
}

/// Why a secret in a file has no new word.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// There is nothing to rotate.
    #[error(transparent)]
    Read(#[from] NoSecret),
    /// The machine has no randomness.
    #[error("no random bytes could be had")]
    Random,
    /// It couldn't be written.
    #[error("the file of secrets could not be written: {0}")]
    Write(#[from] io::Error),
}

impl SecretsFile {
    /// The file at a path. It is read when a secret is asked for.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), known: Mutex::new(None) }
    }

    /// Makes the file where there is none: with these values, and random ones for what only we
    /// need to know. What is there already stays as it is.
    ///
    /// # Errors
    /// [`CreateError`].
    pub fn create_if_absent(path: &Path, values: &[(SecretName, &str)]) -> Result<Self, CreateError> {
        if path.try_exists()? {
            complete(path)?;
        } else {
            let mut secrets = Map::new();
            for name in MADE_UP {
                secrets.insert(name.name().to_owned(), Value::String(random()?));
            }
            for (name, value) in values {
                // An object stays one, so that a person can edit it.
                let object = serde_json::from_str(value).ok().filter(Value::is_object);
                secrets.insert(name.name().to_owned(), object.unwrap_or_else(|| Value::from(*value)));
            }
            write_new(path, &format!("{:#}\n", Value::Object(secrets)))?;
        }
        Ok(Self::new(path))
    }

    /// Puts a new word in front of a secret in the file at a path, and keeps the one that was in front.
    /// Everything else in the file stays. Who has the file open reads one or the other, whole.
    ///
    /// # Errors
    /// [`RotateError`].
    pub fn rotate(path: &Path, name: SecretName) -> Result<(), RotateError> {
        let file = Self::new(path);
        let renewed = Words::of(file.read(name, true)?).renewed().map_err(|_| RotateError::Random)?;
        let mut secrets = file.known.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_default();
        secrets.insert(name.name().to_owned(), Value::String(renewed.0));
        Ok(write_over(path, &format!("{:#}\n", Value::Object(secrets)))?)
    }

    fn read(&self, name: SecretName, fresh: bool) -> Result<SecretText, NoSecret> {
        let failed = |reason: String| NoSecret { name: name.name(), reason };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if fresh || known.is_none() {
            let text = fs::read_to_string(&self.path).map_err(|error| failed(error.kind().to_string()))?;
            // serde_json's own message could repeat a piece of the file.
            *known = Some(
                serde_json::from_str(&text)
                    .map_err(|error| failed(format!("the file is no JSON object, as line {} shows", error.line())))?,
            );
        }
        match known.as_ref().and_then(|secrets| secrets.get(name.name())) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(SecretText(text.clone())),
            Some(object @ Value::Object(_)) => Ok(SecretText(object.to_string())),
            _ => Err(failed("the file doesn't have it".to_owned())),
        }
    }
}

impl Secrets for SecretsFile {
    fn get(&self, name: SecretName, fresh: bool) -> BoxFuture<'_, Result<SecretText, NoSecret>> {
        Box::pin(async move { self.read(name, fresh) })
    }
}

/// The secrets that nobody but us needs to know.
const MADE_UP: [SecretName; 3] = [SecretName::Signing, SecretName::Seals, SecretName::Cursors];

/// Adds to a file of an older version what only we need to know. One that can't be read stays as it is:
/// reading a secret says so.
fn complete(path: &Path) -> Result<(), CreateError> {
    let Ok(mut secrets) = serde_json::from_str::<Map<String, Value>>(&fs::read_to_string(path)?) else { return Ok(()) };
    let before = secrets.len();
    for name in MADE_UP {
        if !secrets.contains_key(name.name()) {
            secrets.insert(name.name().to_owned(), Value::String(random()?));
        }
    }
    if secrets.len() > before {
        write_over(path, &format!("{:#}\n", Value::Object(secrets)))?;
    }
    Ok(())
}

/// A secret of one word.
fn random() -> Result<String, CreateError> {
    let nothing = Words::of(SecretText(String::new()));
    nothing.renewed().map(|text| text.0).map_err(|_| CreateError::Random)
}

/// Writes a file of our own first and then gives it its name, so that nobody finds half of it. A
/// link is refused where the name is taken meanwhile; then that file is the right one.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let unfinished = path.with_extension(format!("{}.new", std::process::id()));
    let written = write_owned(&unfinished, text).and_then(|()| match fs::hard_link(&unfinished, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let removed = fs::remove_file(&unfinished);
    written.and(removed)
}

/// The same over a file that is there.
fn write_over(path: &Path, text: &str) -> io::Result<()> {
    let unfinished = path.with_extension(format!("{}.new", std::process::id()));
    let written = write_owned(&unfinished, text).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // Nothing of a secret is left behind; where it can't be removed either, the first error says more.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn write_owned(path: &Path, text: &str) -> io::Result<()> {
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
