//! The files that patients send. As at Twilio, the URL of a file redirects to a storage that needs no password.

use std::collections::BTreeMap;

/// A small picture.
const PICTURE: &[u8] = include_bytes!("picture.png");
/// A second of silence.
const VOICE_NOTE: &[u8] = include_bytes!("voice_note.ogg");

/// The path of the storage; the file's id follows.
pub(super) const STORAGE: &str = "/media-storage/";

#[derive(Clone)]
pub(super) struct StoredFile {
    pub(super) content_type: String,
    pub(super) bytes: Vec<u8>,
}

/// The files by their ids.
#[derive(Default)]
pub(super) struct Files {
    by_id: BTreeMap<String, StoredFile>,
    replacement: Option<StoredFile>,
    /// How often the storage was asked.
    pub(super) reads: usize,
}

impl Files {
    /// Adds a file of a type, and returns its id.
    pub(super) fn add(&mut self, content_type: &str) -> String {
        let id = format!("ME{:032x}", self.by_id.len() + 1);
        let bytes = match content_type.split(';').next().unwrap_or_default() {
            "image/png" => PICTURE,
            "audio/ogg" => VOICE_NOTE,
            _ => b"a file",
        };
        self.by_id.insert(id.clone(), StoredFile { content_type: content_type.to_owned(), bytes: bytes.to_vec() });
        id
    }

    pub(super) fn replace(&mut self, content_type: &str, bytes: Vec<u8>) {
        self.replacement = Some(StoredFile { content_type: content_type.to_owned(), bytes });
    }

    pub(super) fn delete(&mut self) {
        self.by_id.clear();
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    pub(super) fn read(&mut self, id: &str) -> Option<StoredFile> {
        self.reads += 1;
        let stored = self.by_id.get(id)?;
        Some(self.replacement.as_ref().unwrap_or(stored).clone())
    }
}
