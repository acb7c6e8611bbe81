//! Which crate must not link which, read from Cargo's own graph of dependencies. Dependencies of tests alone don't
//! count.

use crate::dependencies::cargo_metadata;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The embedded table.
const EMBEDDED_TABLE: &str = "dynoxide-rs";

/// The normal dependencies of each package, by name.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = cargo_metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let text = |package: &Value, member: &str| package[member].as_str().unwrap_or_default().to_owned();
    let ours: BTreeSet<String> =
        packages.iter().filter(|package| package["source"].is_null()).map(|package| text(package, "name")).collect();
    // A crate of the registry may be named as one of ours, such as `console`.
    let name_of = |package: &Value| match text(package, "name") {
        name if !package["source"].is_null() && ours.contains(&name) => format!("{name} of the registry"),
        name => name,
    };
    let name_of: BTreeMap<&str, String> =
        packages.iter().map(|package| (package["id"].as_str().unwrap(), name_of(package))).collect();
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let is_normal =
            |dependency: &&Value| dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
        let dependencies = node["deps"].as_array().unwrap().iter().filter(is_normal);
        let names = dependencies.map(|dependency| name_of[dependency["pkg"].as_str().unwrap()].clone());
        graph.entry(name_of[node["id"].as_str().unwrap()].clone()).or_default().extend(names);
    }
    graph
}

/// Everything that a package links.
fn linked(graph: &BTreeMap<String, BTreeSet<String>>, package: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![package.to_owned()];
    while let Some(next) = open.pop() {
        for dependency in graph.get(&next).unwrap_or_else(|| panic!("no package {next}")) {
            if found.insert(dependency.clone()) {
                open.push(dependency.clone());
            }
        }
    }
    found
}

/// The folders in a folder of the repository.
fn folders(of: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(format!("{}/../../{of}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[track_caller]
fn assert_links_none(graph: &BTreeMap<String, BTreeSet<String>>, package: &str, refused: &BTreeSet<String>) {
    let linked = linked(graph, package);
    let found: Vec<_> = linked.intersection(refused).collect();
    assert!(found.is_empty(), "{package} links {found:?}");
}

#[test]
fn a_function_links_no_other_function_and_nothing_of_the_local_system() {
    let graph = graph();
    let functions = folders("functions");
    assert!(functions.len() > 10);
    for function in &functions {
        let mut refused = functions.clone();
        refused.remove(function);
        refused.extend(["local", "testkit", "dev", "lab", "cli", EMBEDDED_TABLE].map(str::to_owned));
        assert_links_none(&graph, function, &refused);
    }
}

#[test]
fn layers_depend_downwards_only() {
    let graph = graph();
    for (package, above) in
        [("store", &["app", "wire", "web"][..]), ("app", &["wire", "web"]), ("wire", &["web"]), ("web", &[])]
    {
        let refused = above.iter().map(|outer| (*outer).to_owned()).chain(folders("functions")).collect();
        assert_links_none(&graph, package, &refused);
    }
    let mut ours = folders("shared");
    ours.remove("domain");
    // Domain is pure: no other crate of ours, no async runtime, no SDK.
    ours.extend(["tokio", "aws-sdk-dynamodb", "reqwest", "lambda_runtime"].map(str::to_owned));
    assert_links_none(&graph, "domain", &ours);
}

/// The console is a client of the API: it sees neither the use cases nor the table. `platform`, from which it has the
/// connection to AWS, links both, so that only its own dependencies are checked.
#[test]
fn the_console_sees_neither_use_cases_nor_the_table() {
    let graph = graph();
    let own = &graph["console"];
    for refused in ["app", "store", "identity", "twilio", "invariants", "local", "aws-sdk-dynamodb"] {
        assert!(!own.contains(refused), "console depends on {refused}");
    }
    assert!(own.contains("domain") && own.contains("platform"));
}

#[test]
fn what_operates_a_deployment_links_no_function_no_test_kit_and_no_embedded_table() {
    let graph = graph();
    let mut refused = folders("functions");
    refused.extend(["local", "testkit", "dev", "lab", EMBEDDED_TABLE].map(str::to_owned));
    assert_links_none(&graph, "cli", &refused);
    let refused = ["testkit", "lab"].map(str::to_owned).into();
    assert_links_none(&graph, "dev", &refused);
    // The test would notice.
    assert!(linked(&graph, "dev").contains(EMBEDDED_TABLE) && linked(&graph, "lab").contains("testkit"));
}
