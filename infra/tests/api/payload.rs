//! Reads the files of `events/`.

use crate::contract::repository_path;
use serde_json::Value;

/// The file names without `.json`, sorted.
pub(crate) fn names() -> Vec<String> {
    let files = std::fs::read_dir(repository_path("events")).unwrap();
    let named = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = named
        .map(|name| name.strip_suffix(".json").unwrap_or_else(|| panic!("events/{name} is no .json")).to_owned())
        .collect();
    names.sort();
    names
}

pub(crate) fn text(name: &str) -> String {
    let path = repository_path("events").join(format!("{name}.json"));
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("events/{name}.json: {error}"))
}

pub(crate) fn json(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap_or_else(|error| panic!("events/{name}.json: {error}"))
}

/// The folder of the function that the payload is for.
pub(crate) fn function(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}
