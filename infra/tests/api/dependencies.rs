//! Checks licences, names and sources of all dependencies against `infra/checks/deny.toml`, without cargo-deny, which
//! isn't installed everywhere.

use serde_json::Value;
use spdx::{Expression, ParseMode};
use std::process::Command;

/// A list of `deny.toml`.
fn deny_list(of: &str, list: &str) -> Vec<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../checks/deny.toml");
    let file: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
    let entries = file[of][list].as_array().unwrap().iter();
    let text = |entry: &toml::Value| entry.get("crate").unwrap_or(entry).as_str().unwrap().to_owned();
    entries.map(text).collect()
}

/// The platform of this build. Crates for other platforms aren't downloaded.
fn host_platform() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// Cargo's metadata: every package, and what it depends on.
pub(crate) fn cargo_metadata() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &host_platform()]);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every package that isn't part of the workspace.
fn dependencies() -> Vec<Value> {
    let metadata = cargo_metadata();
    let all = metadata["packages"].as_array().unwrap().iter().filter(|package| !package["source"].is_null());
    let all: Vec<Value> = all.cloned().collect();
    assert!(all.len() > 100, "cargo was understood");
    all
}

fn is_allowed(licence: &str, allowed: &[String]) -> bool {
    // Older crates write a slash for OR.
    let expression = Expression::parse_mode(licence, ParseMode::LAX).unwrap();
    expression.evaluate(|wanted| allowed.iter().any(|name| *name == wanted.to_string()))
}

#[test]
fn licences_are_permissive() {
    let allowed = deny_list("licenses", "allow");
    assert!(is_allowed("GPL-3.0-only OR MIT/Apache-2.0", &allowed) && !is_allowed("MIT AND GPL-3.0-only", &allowed));
    let refused: Vec<_> = dependencies()
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(|licence| is_allowed(licence, &allowed)))
        .map(|package| format!("{}: {}", package["name"], package["license"]))
        .collect();
    assert_eq!(refused, [""; 0]);
}

#[test]
fn every_crate_is_from_the_registry_and_none_is_banned() {
    let banned = deny_list("bans", "deny");
    assert!(!banned.is_empty());
    for package in dependencies() {
        let (name, source) = (package["name"].as_str().unwrap(), package["source"].as_str().unwrap());
        assert!(source.starts_with("registry+https://github.com/rust-lang/crates.io-index"), "{name}: {source}");
        assert!(!banned.iter().any(|banned| banned == name), "{name} is banned");
    }
}
