//! Checks that the OpenAPI document, the template's API Gateway routes, the local server and `cargo lambda watch` lead
//! each route to the same function.

use super::{function_binaries, function_folders, repository_path};
use crate::list_comparison::assert_same;
use crate::openapi_document::operations;
use http::Request;
use local::functions::{CONSOLE, PREFIXES, functions};
use std::process::Command;
use testkit::template::{DeploymentTemplate, at, members, text};
use tower::ServiceExt as _;
use yaml_serde::Value;

/// The methods of HTTP that API Gateway knows.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Functions that are invoked by a schedule or by the table's stream.
const WITHOUT_ROUTES: [&str; 3] = ["fsck", "publisher", "reminders"];

/// The path as in the template: a REST API can't declare a trailing slash.
fn without_slash(path: &str) -> &str {
    path.trim_end_matches('/')
}

/// Whether a path is the prefix or below it, in whole segments.
fn leads(prefix: &str, path: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The function of a path by the groups of the local server: the one with the longest prefix.
fn group_of(path: &str) -> Option<&'static str> {
    let prefixes = PREFIXES.iter().filter(|(prefix, _)| leads(prefix, path));
    prefixes.max_by_key(|(prefix, _)| prefix.len()).map(|(_, function)| *function)
}

/// The routes with a throttle of their own: method and path.
fn throttled_routes(template: &DeploymentTemplate) -> Vec<(String, String)> {
    let settings = template.at(&["Resources", "Api", "Properties", "MethodSettings"]).as_sequence().unwrap();
    let routes = settings.iter().map(|setting| {
        // A JSON pointer: each slash of the path is escaped as ~1.
        let path = text(setting, &["ResourcePath"]).trim_start_matches('/').replace("~1", "/");
        (text(setting, &["HttpMethod"]), path)
    });
    routes.filter(|(_, path)| path != "*").collect()
}

/// A group has two lines, whatever its routes are, and a group inside another one has one: what is unknown below it is
/// unknown to the outer group, too. Only throttled routes have a line of their own, because a throttle applies to the
/// line with exactly its path and method.
#[test]
fn the_template_has_the_groups_of_the_local_server_and_the_throttled_routes() {
    let template = DeploymentTemplate::read().unwrap();
    let deployed = template.functions().into_iter().flat_map(|function| {
        let folder = function.folder();
        let routes = function.routes().into_iter();
        routes.map(|route| format!("{} {} to {folder}", route.method, route.path)).collect::<Vec<_>>()
    });
    let groups = PREFIXES.iter().flat_map(|(prefix, function)| {
        let is_inner = PREFIXES.iter().any(|(outer, _)| outer != prefix && leads(outer, prefix));
        let below = (!is_inner).then(|| format!("ANY {prefix}/{{proxy+}} to {function}"));
        [format!("ANY {prefix} to {function}")].into_iter().chain(below)
    });
    let throttled = throttled_routes(&template).into_iter().map(|(method, path)| {
        let function = group_of(&path).unwrap_or(CONSOLE.1);
        format!("{method} {path} to {function}")
    });
    // The console has what no group takes. A path with a line for one method needs one for the others.
    let console = ["/", "/{proxy+}", "/sign-in"].map(|path| format!("ANY {path} to {}", CONSOLE.1));
    assert_same(
        "template.yaml",
        deployed,
        "local::functions::PREFIXES and the throttles in template.yaml",
        groups.chain(throttled).chain(console),
    );
}

/// API Gateway sends each route to the function of its tag, and every other method of its path, too, so that 405 and
/// OPTIONS are answered by the router that knows the path.
#[test]
fn every_route_reaches_its_function_with_every_method() {
    let template = DeploymentTemplate::read().unwrap();
    for operation in operations() {
        for path in [operation.path_with_unknown_ids().as_str(), without_slash(&operation.path_with_unknown_ids())] {
            for method in METHODS {
                let function = template.resolve(method, path).map(|(function, _)| function.folder());
                assert_eq!(function.as_deref(), operation.tags().first().copied(), "{method} {path} in template.yaml");
            }
        }
    }
}

/// An unknown path below a group reaches a function of this group or of the one around it, whose router answers 404.
#[test]
fn nothing_of_a_group_reaches_another() {
    let template = DeploymentTemplate::read().unwrap();
    for (prefix, function) in PREFIXES {
        for below in ["", "/", "/unknown", "/unknown/", "/unknown/and/so/on"] {
            let path = format!("{prefix}{below}");
            let outer = PREFIXES.iter().find(|(outer, _)| outer != prefix && leads(outer, prefix));
            let expected = if below.len() > 1 { outer.map_or(function, |(_, outer)| outer) } else { function };
            for method in METHODS {
                let found = template.resolve(method, &path).map(|(function, _)| function.folder());
                assert_eq!(found.as_deref(), Some(*expected), "{method} {path} in template.yaml");
            }
        }
        assert!(template.resolve("GET", &format!("{prefix}x")).is_none_or(|(_, route)| !leads(prefix, &route.path)));
    }
}

#[test]
fn every_program_is_a_function_of_the_template() {
    let template = DeploymentTemplate::read().unwrap();
    let deployed: Vec<String> = template
        .functions()
        .iter()
        .map(|function| format!("{}, built from the binary {}", function.folder(), function.binary()))
        .collect();
    let on_disk = function_binaries().into_iter().map(|name| format!("{name}, built from the binary {name}"));
    assert_same("template.yaml", deployed, "functions/", on_disk);
}

/// A function that is missing in `local::functions` wouldn't be tested at all.
#[test]
fn every_function_with_routes_is_in_the_local_server() {
    let known = functions().into_iter().map(|function| function.name.to_owned());
    let known = known.chain([CONSOLE.1.to_owned()]);
    let on_disk = function_folders().into_iter().filter(|folder| !WITHOUT_ROUTES.contains(&folder.as_str()));
    assert_same("local::functions", known, "functions/", on_disk);
}

/// The function that may write secrets and create an ADMIN can't be reached from outside: it has no event and no URL,
/// and only Secrets Manager of the same account may invoke it.
#[test]
fn only_secrets_manager_can_invoke_auth_admin() {
    let template = DeploymentTemplate::read().unwrap();
    let functions = template.functions();
    let admin = functions.iter().find(|function| function.folder() == "auth-admin").unwrap();
    let properties = &admin.resource["Properties"];
    for property in ["Events", "FunctionUrlConfig", "AutoPublishAlias"] {
        assert!(properties.get(property).is_none(), "auth-admin has {property}");
    }
    let resources = members(template.at(&["Resources"]));
    let permissions: Vec<&Value> = resources
        .filter(|(_, resource)| text(resource, &["Type"]) == "AWS::Lambda::Permission")
        .map(|(_, resource)| at(resource, &["Properties"]))
        .filter(|permission| reference_or_text(at(permission, &["FunctionName"])) == "AuthAdminFunction")
        .collect();
    let [permission] = permissions[..] else { panic!("{} may invoke auth-admin", permissions.len()) };
    assert_eq!(text(permission, &["Principal"]), "secretsmanager.amazonaws.com");
    assert_eq!(reference_or_text(at(permission, &["SourceAccount"])), "AWS::AccountId");
}

/// A function writes exactly the secrets that it rotates.
#[test]
fn auth_admin_may_write_exactly_the_rotated_secrets() {
    let template = DeploymentTemplate::read().unwrap();
    let may_write = |function: &testkit::template::TemplateFunction<'_>| {
        let statements = template.statements(function).unwrap();
        let writing = statements.into_iter().filter(|statement| {
            let actions = at(statement, &["Action"]);
            let actions = actions.as_sequence().cloned().unwrap_or_else(|| vec![actions.clone()]);
            actions.iter().any(|action| reference_or_text(action).starts_with("secretsmanager:Put"))
        });
        writing.flat_map(|statement| at(statement, &["Resource"]).as_sequence().cloned().unwrap_or_default()).collect()
    };
    let mut written = Vec::new();
    for function in template.functions() {
        let secrets: Vec<Value> = may_write(&function);
        assert!(secrets.is_empty() || function.folder() == "auth-admin", "{} may write secrets", function.logical_id);
        written.extend(secrets.iter().map(reference_or_text));
    }
    let schedules = members(template.at(&["Resources"]))
        .filter(|(_, resource)| text(resource, &["Type"]) == "AWS::SecretsManager::RotationSchedule")
        .map(|(_, resource)| reference_or_text(at(resource, &["Properties", "SecretId"])));
    assert_same("the policy of auth-admin", written, "the rotation schedules", schedules);
}

/// The target of a reference, or the text itself.
fn reference_or_text(value: &Value) -> String {
    match value {
        Value::Tagged(tagged) => tagged.value.as_str().unwrap_or_default().to_owned(),
        value => value.as_str().unwrap_or_default().to_owned(),
    }
}

#[test]
fn every_throttled_route_exists() {
    let template = DeploymentTemplate::read().unwrap();
    let routes = operations();
    let mut named = 0;
    for (method, path) in throttled_routes(&template) {
        let known = routes.iter().any(|route| without_slash(&route.path) == path && route.method == method)
            || console::routes::find(&path).is_some_and(|found| found.route.serves(&method.parse().unwrap()));
        assert!(known, "template.yaml throttles {method} {path}, which is no route");
        let line = template.resolve(&method, &path).map(|(_, route)| (route.method, route.path));
        assert_eq!(line, Some((method, path)), "a throttle has no effect on another line of template.yaml");
        named += 1;
    }
    assert!(named > 0, "nothing is throttled on its own");
}

#[tokio::test]
async fn the_local_server_finds_the_function_of_every_route() {
    for operation in operations() {
        assert_eq!(group_of(&operation.path), operation.tags().first().copied(), "{}", operation.path);
    }
}

/// `cargo lambda watch` routes with axum too.
#[tokio::test]
async fn cargo_lambda_watch_finds_the_function_of_every_route() {
    let mut router = axum::Router::new();
    for (path, function) in watch_routes() {
        router = router.route(&path, axum::routing::any(move || async move { function }));
    }
    for operation in operations() {
        for path in [operation.path_with_unknown_ids().as_str(), without_slash(&operation.path_with_unknown_ids())] {
            let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            let function = axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
            let function = String::from_utf8_lossy(&function).into_owned();
            assert_eq!([function.as_str()], operation.tags()[..], "{path} by the router in Cargo.toml");
        }
    }
}

#[test]
fn cargo_lambda_watch_names_existing_functions() {
    let mut named: Vec<String> = watch_routes().into_iter().map(|(_, function)| function).collect();
    named.extend(WITHOUT_ROUTES.map(str::to_owned)); // invoked by name
    named.push("auth-admin".to_owned());
    assert_same("the router in Cargo.toml", named, "functions/", function_binaries());
}

/// `[workspace.metadata.lambda.watch.router]`: paths and functions.
fn watch_routes() -> Vec<(String, String)> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(repository_path("."))
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
