//! Routes: the OpenAPI document, API Gateway's (in the template), the local server's, and those of
//! `cargo lambda watch` all lead to the same functions.

use super::{folders, programs, repository};
use crate::difference::assert_same;
use crate::document::operations;
use http::Request;
use local::functions::{PREFIXES, functions};
use std::process::Command;
use testkit::template::{Template, at, members, text};
use tower::ServiceExt as _;
use yaml_serde::Value;

/// Folders of functions that are called by a schedule or by the table's stream.
const WITHOUT_ROUTES: [&str; 3] = ["fsck", "publisher", "reminders"];

/// How a template writes a path: a REST API can't declare one with a slash at the end.
fn without_slash(path: &str) -> &str {
    path.trim_end_matches('/')
}

#[test]
fn the_template_has_the_routes_of_the_document() {
    let template = Template::read().unwrap();
    let deployed = template.functions().into_iter().flat_map(|function| {
        let folder = function.folder();
        let routes = function.routes().into_iter();
        routes.map(|route| format!("{} {} to {folder}", route.method, route.path)).collect::<Vec<_>>()
    });
    let declared = operations().into_iter().map(|operation| {
        format!("{} {} to {}", operation.method, without_slash(&operation.path), operation.tags().join(" and "))
    });
    assert_same("template.yaml", deployed, "the OpenAPI document", declared);
}

#[test]
fn every_program_is_a_function_of_the_template() {
    let template = Template::read().unwrap();
    let deployed: Vec<String> = template
        .functions()
        .iter()
        .map(|function| format!("{}, built from the binary {}", function.folder(), function.binary()))
        .collect();
    let on_disk = programs().into_iter().map(|name| format!("{name}, built from the binary {name}"));
    assert_same("template.yaml", deployed, "functions/", on_disk);
}

/// What isn't in the testkit is tested by nothing.
#[test]
fn every_folder_with_routes_is_in_the_testkit() {
    let known = functions().into_iter().map(|function| function.name.to_owned());
    let on_disk = folders().into_iter().filter(|folder| !WITHOUT_ROUTES.contains(&folder.as_str()));
    assert_same("local::functions", known, "functions/", on_disk);
}

/// What may write secrets and make an ADMIN has no way in from outside: no event at all, no address of its own,
/// and no other service that may invoke it than Secrets Manager of the same account.
#[test]
fn the_function_without_routes_is_reached_by_secrets_manager_alone() {
    let template = Template::read().unwrap();
    let functions = template.functions();
    let admin = functions.iter().find(|function| function.folder() == "auth-admin").unwrap();
    let properties = &admin.resource["Properties"];
    for way_in in ["Events", "FunctionUrlConfig", "AutoPublishAlias"] {
        assert!(properties.get(way_in).is_none(), "auth-admin has {way_in}");
    }
    let resources = members(template.at(&["Resources"]));
    let permissions: Vec<&Value> = resources
        .filter(|(_, resource)| text(resource, &["Type"]) == "AWS::Lambda::Permission")
        .map(|(_, resource)| at(resource, &["Properties"]))
        .filter(|permission| text_of(at(permission, &["FunctionName"])) == "AuthAdminFunction")
        .collect();
    let [permission] = permissions[..] else { panic!("{} may invoke auth-admin", permissions.len()) };
    assert_eq!(text(permission, &["Principal"]), "secretsmanager.amazonaws.com");
    assert_eq!(text_of(at(permission, &["SourceAccount"])), "AWS::AccountId");
}

/// Every secret that a function of ours writes is rotated by it, and no other.
#[test]
fn what_auth_admin_may_write_is_what_is_rotated() {
    let template = Template::read().unwrap();
    let may_write = |function: &testkit::template::Function<'_>| {
        let policies = at(function.resource, &["Properties", "Policies"]).as_sequence().cloned().unwrap_or_default();
        let statements = policies.iter().flat_map(|policy| at(policy, &["Statement"]).as_sequence().cloned());
        let writing = statements.flatten().filter(|statement| {
            let actions = at(statement, &["Action"]);
            let actions = actions.as_sequence().cloned().unwrap_or_else(|| vec![actions.clone()]);
            actions.iter().any(|action| text_of(action).starts_with("secretsmanager:Put"))
        });
        writing.flat_map(|statement| at(&statement, &["Resource"]).as_sequence().cloned().unwrap_or_default()).collect()
    };
    let mut written = Vec::new();
    for function in template.functions() {
        let secrets: Vec<Value> = may_write(&function);
        assert!(secrets.is_empty() || function.folder() == "auth-admin", "{} may write secrets", function.logical_id);
        written.extend(secrets.iter().map(text_of));
    }
    let schedules = members(template.at(&["Resources"]))
        .filter(|(_, resource)| text(resource, &["Type"]) == "AWS::SecretsManager::RotationSchedule")
        .map(|(_, resource)| text_of(at(resource, &["Properties", "SecretId"])));
    assert_same("the policy of auth-admin", written, "the rotation schedules", schedules);
}

/// What a reference names, or the text itself.
fn text_of(value: &Value) -> String {
    match value {
        Value::Tagged(tagged) => tagged.value.as_str().unwrap_or_default().to_owned(),
        value => value.as_str().unwrap_or_default().to_owned(),
    }
}

#[test]
fn a_throttled_route_is_a_route() {
    let template = Template::read().unwrap();
    let settings = template.at(&["Resources", "Api", "Properties", "MethodSettings"]).as_sequence().unwrap();
    let routes = operations();
    let mut named = 0;
    for setting in settings {
        let (path, method) = (text(setting, &["ResourcePath"]), text(setting, &["HttpMethod"]));
        if path == "/*" {
            continue;
        }
        // A JSON pointer: each slash of the path is written as ~1.
        let path = path.trim_start_matches('/').replace("~1", "/");
        let known = routes.iter().any(|route| without_slash(&route.path) == path && route.method == method);
        assert!(known, "template.yaml throttles {method} {path}, which is no route");
        named += 1;
    }
    assert!(named > 0, "nothing is throttled on its own");
}

#[tokio::test]
async fn the_local_server_finds_the_function_of_every_route() {
    // The longest prefix of whole segments, as the gateway decides.
    let leads = |prefix: &str, path: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
    for operation in operations() {
        let prefixes = PREFIXES.iter().filter(|(prefix, _)| leads(prefix, &operation.path));
        let function = prefixes.max_by_key(|(prefix, _)| prefix.len()).map(|(_, function)| *function);
        assert_eq!(function, operation.tags().first().copied(), "{}", operation.path);
    }
}

/// The router of `cargo lambda watch`, by the very router that it uses.
#[tokio::test]
async fn cargo_lambda_watch_finds_the_function_of_every_route() {
    let mut router = axum::Router::new();
    for (path, function) in watched() {
        router = router.route(&path, axum::routing::any(move || async move { function }));
    }
    for operation in operations() {
        for path in [operation.path_to_nothing().as_str(), without_slash(&operation.path_to_nothing())] {
            let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            let function = axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
            let function = String::from_utf8_lossy(&function).into_owned();
            assert_eq!([function.as_str()], operation.tags()[..], "{path} by the router in Cargo.toml");
        }
    }
}

#[test]
fn cargo_lambda_watch_names_no_function_that_is_not_there() {
    let mut named: Vec<String> = watched().into_iter().map(|(_, function)| function).collect();
    named.extend(WITHOUT_ROUTES.map(str::to_owned)); // invoked by their names
    named.push("auth-admin".to_owned());
    assert_same("the router in Cargo.toml", named, "functions/", programs());
}

/// `[workspace.metadata.lambda.watch.router]`: paths and functions.
fn watched() -> Vec<(String, String)> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(repository("."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let router = metadata["metadata"]["lambda"]["watch"]["router"].as_object().expect("a router");
    router
        .iter()
        .map(|(path, function)| (path.clone(), function.as_str().expect("the name of a function").to_owned()))
        .collect()
}
