//! Finds the functions' binaries, which `cargo build` has to build before the tests.
//!
//! Cargo doesn't build binaries of other packages for a test. The tests that need one that is missing print that they
//! are skipped, and pass.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The binaries beside this test's own, or `None` if one is missing or out of date.
pub(super) fn built_binaries<const N: usize>(names: [&str; N]) -> Option<[PathBuf; N]> {
    let test = std::env::current_exe().unwrap();
    // target/debug/deps/api-…: binaries are two levels up.
    let folder = test.ancestors().nth(2).unwrap();
    let paths = names.map(|name| folder.join(name));
    let unfit = paths.iter().find_map(|path| reason_unusable(path).map(|why| format!("{} {why}", path.display())));
    if let Some(unfit) = unfit {
        // Not `eprintln!`: the test harness hides its output for tests that pass.
        let line = format!("skipped: {unfit}; `cargo build` makes it\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return None;
    }
    Some(paths)
}

/// Why a binary can't be used: it is missing or older than its sources.
fn reason_unusable(binary: &Path) -> Option<String> {
    let Some(built) = modified_at(binary) else { return Some("is missing".to_owned()) };
    // Cargo's dependency file: `binary: source source …`.
    let note = std::fs::read_to_string(binary.with_extension("d")).unwrap_or_default();
    let sources = note.split_once(": ").map(|(_, sources)| sources.replace("\\ ", "\0")).unwrap_or_default();
    let newer = sources
        .split_whitespace()
        .map(|source| source.replace('\0', " "))
        .find(|source| modified_at(Path::new(source)).is_none_or(|changed| changed > built));
    newer.map(|source| format!("is older than {source}"))
}

fn modified_at(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|file| file.modified()).ok()
}
