//! The binaries that are deployed: do they do what the tests have seen?

use super::repository;

#[test]
fn a_panic_ends_a_request_and_not_the_process() {
    // cargo-lambda fills in what isn't said, and to this it says "abort". Then nothing that catches a panic
    // does, and no test would notice: they are built with another profile.
    let manifest: toml::Table = std::fs::read_to_string(repository("Cargo.toml")).unwrap().parse().unwrap();
    assert_eq!(manifest["profile"]["release"]["panic"].as_str(), Some("unwind"));
}
