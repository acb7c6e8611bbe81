//! The binaries that are deployed: do they do what the tests have seen, and is their size watched?

use super::{programs, repository};
use crate::difference::assert_same;

#[test]
fn a_panic_ends_a_request_and_not_the_process() {
    // cargo-lambda fills in what isn't said, and to this it says "abort". Then nothing that catches a panic
    // does, and no test would notice: they are built with another profile.
    let manifest: toml::Table = std::fs::read_to_string(repository("Cargo.toml")).unwrap().parse().unwrap();
    assert_eq!(manifest["profile"]["release"]["panic"].as_str(), Some("unwind"));
}

#[test]
fn every_function_has_a_budget_for_its_zip() {
    let budgets = std::fs::read_to_string(repository("infra/checks/zip-budgets")).unwrap();
    let lines = budgets.lines().filter(|line| !line.starts_with('#'));
    let budgeted = lines.map(|line| line.split_whitespace().next().unwrap().to_owned());
    assert_same("infra/checks/zip-budgets", budgeted, "functions/", programs());
}
