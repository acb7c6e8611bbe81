//! Which places have to change together? Each test here holds two of them against each other, and
//! says which side lacks what.
//!
//! | Adding | needs, besides the code |
//! |---|---|
//! | a route | the function's events in `template.yaml`; `UPDATE_GOLDEN=1` for `infra/openapi.json` |
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

use std::path::PathBuf;

/// A path of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// The folders of the functions, as they are on disk.
pub(crate) fn folders() -> Vec<String> {
    let entries = std::fs::read_dir(repository("functions")).unwrap();
    let folders = entries.map(Result::unwrap).filter(|entry| entry.path().join("Cargo.toml").is_file());
    let mut folders: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    folders.sort();
    folders
}

/// The programs that they make: one by the name of each folder, and what stands in its `src/bin`.
pub(crate) fn programs() -> Vec<String> {
    let mut programs = folders();
    for folder in folders() {
        let others = std::fs::read_dir(repository("functions").join(folder).join("src/bin"));
        let names = others.into_iter().flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        programs.extend(names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)));
    }
    programs.sort();
    programs
}
