//! Checks that the committed OpenAPI document is the one that the handlers' annotations make.
//! `UPDATE_GOLDEN=1 cargo test -p tests` rewrites it.
//!
//! The docs function serves the committed text, so that it doesn't have to link the other functions.

use crate::list_comparison::assert_same;
use crate::openapi_document::{ApiOperation, document, operations};
use local::functions::{Function, functions};
use std::collections::BTreeMap;
use testkit::test_app::{TestApp, TestError};
use web::Policy;

#[test]
fn the_committed_document_is_current() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        dev::openapi::write().unwrap();
    }
    let committed = std::fs::read_to_string(dev::openapi::path()).unwrap();
    let made = dev::openapi::document();
    let first = committed.lines().zip(made.lines()).position(|(old, new)| old != new);
    assert!(
        committed == made,
        "infra/openapi.json is stale from line {} on: run this test with UPDATE_GOLDEN=1",
        first.map_or(committed.lines().count().min(made.lines().count()), |line| line + 1)
    );
}

/// Through the docs function and the gateway.
#[tokio::test]
async fn the_served_document_is_current() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let answer = app.anonymous().get("/api/schema/").await?.expect_status(200)?;
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.body == document(), "/api/schema/ serves another document; after UPDATE_GOLDEN=1, run it again");
    Ok(())
}

#[test]
fn operation_ids_are_unique() {
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for operation in operations() {
        let place = format!("{} {}", operation.method, operation.path);
        named.entry(operation.text("operationId").to_owned()).or_default().push(place);
    }
    let twice: Vec<_> = named.iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:#?}");
}

#[test]
fn every_operation_is_fully_described() {
    let succeeds = |operation: &ApiOperation| {
        let answers = operation.declared["responses"].as_object();
        answers.is_some_and(|answers| answers.keys().any(|status| status.starts_with('2')))
    };
    let document = document();
    let tags = document["tags"].as_array().unwrap();
    let mut lacking = String::new();
    for operation in operations() {
        for (what, has) in [
            ("x-access of public, operator or admin", web::Access::parse(operation.access()).is_some()),
            ("an operationId", !operation.text("operationId").is_empty()),
            ("a summary", !operation.text("summary").is_empty()),
            ("exactly one tag", operation.tags().len() == 1),
            (
                "a tag that is described",
                tags.iter().any(|tag| operation.tags().contains(&tag["name"].as_str().unwrap())),
            ),
            ("an answer of success", succeeds(&operation)),
        ] {
            if !has {
                lacking += &format!("  {} {} lacks {what}\n", operation.method, operation.path);
            }
        }
    }
    assert!(lacking.is_empty(), "{lacking}");
}

#[test]
fn the_tag_is_the_folder_of_the_function() {
    let tagged = operations()
        .into_iter()
        .map(|operation| format!("{} {} in {}", operation.method, operation.path, operation.tags().join(" and ")));
    let routed = functions().into_iter().flat_map(|Function { name, router, .. }| {
        // A line of the table has method, path, access and name.
        let table = Policy::of(&router).table();
        let rows = table.lines().map(|row| row.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
        rows.map(|route| format!("{route} in {name}")).collect::<Vec<_>>()
    });
    assert_same("the tags", tagged, "the functions", routed);
}
