//! Tests of paths and methods outside of the OpenAPI document, and of trailing slashes, with both event formats of API
//! Gateway, which differ in the path.

use crate::openapi_document::{ApiOperation, operations};
use http::Method;
use local::gateway::Format;
use std::collections::{BTreeMap, BTreeSet};
use testkit::test_app::{TestApp, TestError};

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The methods that `Allow` has to list for each path; GET implies HEAD.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let mut allowed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations() {
        let methods = allowed.entry(operation.path_with_unknown_ids()).or_default();
        if operation.method == "GET" {
            methods.insert("HEAD".to_owned());
        }
        methods.insert(operation.method);
    }
    allowed
}

#[tokio::test]
async fn an_unknown_path_is_404() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let admin = app.admin().await?;
    // Longer than any path of the document, so that no parameter matches.
    let mut unknown: Vec<String> = allowed().into_keys().map(|path| format!("{path}and/so/on/")).collect();
    unknown.extend(["/api/", "/api/nothing/", "/api/patientss/"].map(str::to_owned));
    for path in unknown {
        for who in [&app.anonymous(), &admin] {
            let answer = who.get(&path).await?;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"), "{path}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_unknown_method_is_405_and_lists_the_allowed_ones() -> Result<(), TestError> {
    for format in [Format::Rest, Format::Http] {
        let app = TestApp::with_format(format).await?;
        let admin = app.admin().await?;
        for (path, allowed) in allowed() {
            for method in METHODS.into_iter().filter(|method| !allowed.contains(*method)) {
                let answer = admin.send(method.parse::<Method>()?, &path, None).await?;
                let code = (answer.status.as_u16(), answer.code());
                assert_eq!(code, (405, "method_not_allowed".to_owned()), "{method} {path}: {answer:?}");
                let named = answer.header("allow").split(", ").map(str::to_owned).collect::<BTreeSet<_>>();
                assert_eq!(named, allowed, "{method} {path}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn options_without_a_token_is_204_and_lists_the_allowed_methods() -> Result<(), TestError> {
    for format in [Format::Rest, Format::Http] {
        let app = TestApp::with_format(format).await?;
        for (path, mut allowed) in allowed() {
            allowed.insert("OPTIONS".to_owned());
            let answer = app.anonymous().send(Method::OPTIONS, &path, None).await?;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, Some("")), "{path}: {answer:?}");
            let named = answer.header("allow").split(", ").map(str::to_owned).collect::<BTreeSet<_>>();
            assert_eq!(named, allowed, "{path}");
        }
        let answer = app.anonymous().send(Method::OPTIONS, "/api/patients/a/b/c/", None).await?;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"), "{answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn head_is_get_without_the_body() -> Result<(), TestError> {
    for format in [Format::Rest, Format::Http] {
        let app = TestApp::with_format(format).await?;
        let admin = app.admin().await?;
        for operation in operations().into_iter().filter(|operation| operation.method == "GET") {
            let path = operation.path_with_unknown_ids();
            let (get, head) = (admin.get(&path).await?, admin.send(Method::HEAD, &path, None).await?);
            assert_eq!((head.status, head.header("content-type")), (get.status, get.header("content-type")), "{path}");
            assert!(head.status.is_client_error() || head.body == "", "{path}: {head:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_trailing_slash_makes_no_difference() -> Result<(), TestError> {
    for format in [Format::Rest, Format::Http] {
        let app = TestApp::with_format(format).await?;
        let admin = app.admin().await?.header("x-request-id", "the-same")?;
        for operation in operations().into_iter().filter(|operation| operation.method == "GET") {
            let ApiOperation { path, .. } = &operation;
            let with = admin.get(&operation.path_with_unknown_ids()).await?;
            let without = admin.get(operation.path_with_unknown_ids().trim_end_matches('/')).await?;
            assert_eq!((with.status, &with.body), (without.status, &without.body), "{path}");
            // A 404 may only be about an unknown id.
            assert!(with.status != 404 || path.contains('{'), "{path}: {with:?}");
        }
    }
    Ok(())
}
