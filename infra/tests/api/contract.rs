//! Contract tests: each compares two artifacts that have to change together (template, OpenAPI document, settings,
//! table schema, `events/`) and says which one lacks what.
//!
//! | Adding | needs, besides the code |
//! |---|---|
//! | a route | `UPDATE_GOLDEN=1` for `infra/openapi.json`; with a throttle of its own, a line in `template.yaml` |
//! | a group of routes | its two lines in `template.yaml`, `local::functions::PREFIXES`, the router of `cargo lambda watch` in `Cargo.toml` |
//! | a function | its folder in `functions/`, its resource in the template, `local::functions`, the router of `cargo lambda watch` in `Cargo.toml`, a payload in `events/`, a budget in `infra/checks/zip-budgets`, a line in `lab::bench::cold_start` |
//! | a setting | its row in `platform::settings::variables`, the template's environment |
//! | an index | `store::schema`, the template's table |
//! | a query, a write | the function's policy in the template, and a test that uses it |

mod environment;
mod iam;
mod payloads;
mod release;
mod routes;
mod table;
mod timeouts;

use std::path::PathBuf;

/// A path relative to the root of the repository.
pub(crate) fn repository_path(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// The names of the folders in `functions/`.
pub(crate) fn function_folders() -> Vec<String> {
    let entries = std::fs::read_dir(repository_path("functions")).unwrap();
    let folders = entries.map(Result::unwrap).filter(|entry| entry.path().join("Cargo.toml").is_file());
    let mut folders: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    folders.sort();
    folders
}

/// The names of the functions' binaries: one per folder, and one per file of its `src/bin`.
pub(crate) fn function_binaries() -> Vec<String> {
    let mut programs = function_folders();
    for folder in function_folders() {
        let others = std::fs::read_dir(repository_path("functions").join(folder).join("src/bin"));
        let names = others.into_iter().flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        programs.extend(names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)));
    }
    programs.sort();
    programs
}
