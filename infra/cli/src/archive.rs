//! Reads a copy of the archive, as `aws s3 sync` makes it: a folder of JSON files.

use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", .path.display())]
pub struct ArchiveFolderError {
    /// The file or folder.
    path: PathBuf,
    reason: String,
}

impl ArchiveFolderError {
    fn new(path: &Path, reason: &impl ToString) -> Self {
        Self { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// Parses all JSON files in a folder and its subfolders. `what` names their content in errors.
///
/// # Errors
/// Also if there is no file.
pub fn read_all<T: DeserializeOwned>(folder: &Path, what: &str) -> Result<Vec<T>, ArchiveFolderError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| ArchiveFolderError::new(&folder, &error))? {
            let path = entry.map_err(|error| ArchiveFolderError::new(&folder, &error))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "json") {
                let text = std::fs::read_to_string(&path).map_err(|error| ArchiveFolderError::new(&path, &error))?;
                let read = serde_json::from_str(&text);
                found.push(read.map_err(|_| ArchiveFolderError::new(&path, &format!("it is not a valid {what}")))?);
            }
        }
    }
    if found.is_empty() {
        Err(ArchiveFolderError::new(folder, &format!("there is no {what} in it")))
    } else {
        Ok(found)
    }
}
