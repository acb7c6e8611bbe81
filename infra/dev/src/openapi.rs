//! Generates the OpenAPI document from the attributes of the handlers.

use local::functions::functions;
use std::io;
use std::path::PathBuf;

/// The document of every function, as it stands in `infra/openapi.json`.
#[must_use]
pub fn document() -> String {
    web::openapi::to_json(&web::openapi::document(functions().into_iter().map(|function| function.router)))
}

/// The path of the committed document.
#[must_use]
pub fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.json"))
}

/// Writes the document to [`path`].
pub fn write() -> io::Result<()> {
    std::fs::write(path(), document())
}
