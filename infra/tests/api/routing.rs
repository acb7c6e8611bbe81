//! What is answered where no operation is? And does it matter how a path is written? Behind both
//! kinds of API, since their events show a path differently.

use crate::document::{Operation, operations};
use http::Method;
use local::gateway::Format;
use std::collections::{BTreeMap, BTreeSet};
use testkit::test_app::{TestApp, Trouble};

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The paths with what `Allow` has to list: a GET can be asked for its head alone.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let mut allowed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations() {
        let methods = allowed.entry(operation.path_to_nothing()).or_default();
        if operation.method == "GET" {
            methods.insert("HEAD".to_owned());
        }
        methods.insert(operation.method);
    }
    allowed
}

#[tokio::test]
async fn a_path_that_is_not_in_the_document_is_404() -> Result<(), Trouble> {
    let app = TestApp::start().await?;
    let admin = app.admin().await?;
    // Longer than any path of the document, so that none of its parameters takes it.
    let mut unknown: Vec<String> = allowed().into_keys().map(|path| format!("{path}and/so/on/")).collect();
    unknown.extend(["/", "/api/", "/api/nothing/", "/apis/patients/", "/api/patientss/"].map(str::to_owned));
    for path in unknown {
        for who in [&app.anonymous(), &admin] {
            let answer = who.get(&path).await?;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"), "{path}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_405_with_those_that_it_has() -> Result<(), Trouble> {
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
async fn the_slash_at_the_end_makes_no_difference() -> Result<(), Trouble> {
    for format in [Format::Rest, Format::Http] {
        let app = TestApp::with_format(format).await?;
        let admin = app.admin().await?.header("x-request-id", "the-same")?;
        for operation in operations().into_iter().filter(|operation| operation.method == "GET") {
            let Operation { path, .. } = &operation;
            let with = admin.get(&operation.path_to_nothing()).await?;
            let without = admin.get(operation.path_to_nothing().trim_end_matches('/')).await?;
            assert_eq!((with.status, &with.body), (without.status, &without.body), "{path}");
            // Nothing was there to be found, but it was looked for.
            assert!(with.status != 404 || path.contains('{'), "{path}: {with:?}");
        }
    }
    Ok(())
}
