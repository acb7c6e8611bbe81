//! What `aws s3 sync` brings home of the archive: a folder of JSON files.

use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// The archive couldn't be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", .path.display())]
pub struct ArchiveError {
    /// Which file or folder.
    path: PathBuf,
    /// Why not.
    reason: String,
}

impl ArchiveError {
    fn new(path: &Path, reason: impl ToString) -> Self {
        Self { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// Whatever is in a folder and its folders, each of them a `what`.
///
/// # Errors
/// [`ArchiveError`], also where there is nothing.
pub fn read_all<T: DeserializeOwned>(folder: &Path, what: &str) -> Result<Vec<T>, ArchiveError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| ArchiveError::new(&folder, error))? {
            let path = entry.map_err(|error| ArchiveError::new(&folder, error))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "json") {
                let text = std::fs::read_to_string(&path).map_err(|error| ArchiveError::new(&path, error))?;
                let read = serde_json::from_str(&text);
                found.push(read.map_err(|_| ArchiveError::new(&path, format!("it is no {what}")))?);
            }
        }
    }
    if found.is_empty() { Err(ArchiveError::new(folder, format!("there is no {what} in it"))) } else { Ok(found) }
}
