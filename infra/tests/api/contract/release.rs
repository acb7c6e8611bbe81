//! Checks the release build: its panic strategy and the size budgets of the zips.

use super::{function_binaries, repository_path};
use crate::list_comparison::assert_same;

#[test]
fn a_panic_ends_a_request_and_not_the_process() {
    // cargo-lambda sets "abort" where the profile says nothing. Then panics couldn't be caught, and no test would
    // notice, because tests are built with another profile.
    let manifest: toml::Table = std::fs::read_to_string(repository_path("Cargo.toml")).unwrap().parse().unwrap();
    assert_eq!(manifest["profile"]["release"]["panic"].as_str(), Some("unwind"));
}

#[test]
fn every_function_has_a_budget_for_its_zip() {
    let budgets = std::fs::read_to_string(repository_path("infra/checks/zip-budgets")).unwrap();
    let lines = budgets.lines().filter(|line| !line.starts_with('#'));
    let budgeted = lines.map(|line| line.split_whitespace().next().unwrap().to_owned());
    assert_same("infra/checks/zip-budgets", budgeted, "functions/", function_binaries());
}
