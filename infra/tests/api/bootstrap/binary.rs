//! A function's binary, where it was built before the tests: `cargo build` does.
//!
//! Cargo makes the binaries of other packages for no test, so the tests that run them say what is
//! missing, and pass.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The binaries beside this test's own, or nothing if one is missing or of another time.
pub(super) fn binaries<const N: usize>(names: [&str; N]) -> Option<[PathBuf; N]> {
    let test = std::env::current_exe().unwrap();
    // target/debug/deps/api-…: cargo puts binaries two up.
    let folder = test.ancestors().nth(2).unwrap();
    let paths = names.map(|name| folder.join(name));
    let unfit = paths.iter().find_map(|path| unfit(path).map(|why| format!("{} {why}", path.display())));
    if let Some(unfit) = unfit {
        // Not `eprintln!`: of a test that passes, nobody would see it.
        let line = format!("skipped: {unfit}; `cargo build` makes it\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return None;
    }
    Some(paths)
}

/// Why a binary can't be used: one that is older than what it is made of would tell of other code.
fn unfit(binary: &Path) -> Option<String> {
    let Some(built) = changed(binary) else { return Some("is missing".to_owned()) };
    // What it is made of, as cargo noted it: `binary: source source …`.
    let note = std::fs::read_to_string(binary.with_extension("d")).unwrap_or_default();
    let sources = note.split_once(": ").map(|(_, sources)| sources.replace("\\ ", "\0")).unwrap_or_default();
    let newer = sources
        .split_whitespace()
        .map(|source| source.replace('\0', " "))
        .find(|source| changed(Path::new(source)).is_none_or(|changed| changed > built));
    newer.map(|source| format!("is older than {source}"))
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|file| file.modified()).ok()
}
