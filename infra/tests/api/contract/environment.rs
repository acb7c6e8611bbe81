//! Settings: the template gives the functions what they read.

use super::{folders, repository};
use crate::difference::assert_same;
use platform::Settings;
use platform::settings::variables::VARIABLES;
use platform::telemetry::OURS;
use testkit::template::{Template, members, text};
use yaml_serde::Value;

/// Variables that a deployment doesn't set, and why.
const ONLY_LOCAL: &[(&str, &str)] = &[
    ("SECRETS_FILE", "in AWS, secrets are in Secrets Manager"),
    ("PUBLIC_BASE_URL", "the API's URL needs the functions first, so it is the secret public-url"),
    ("TWILIO_API_BASE", "in AWS, Twilio is the real one"),
];

/// Variables that the template sets for somebody else, and for whom.
const FOR_OTHERS: &[(&str, &str)] =
    &[("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "lambda_http: the stage is no part of a route")];

#[test]
fn the_template_sets_what_the_functions_read() {
    let template = Template::read().unwrap();
    let others = |name: &str| FOR_OTHERS.iter().any(|(other, _)| *other == name);
    let local = |name: &str| ONLY_LOCAL.iter().any(|(other, _)| *other == name);
    let set = environment(&template).into_iter().map(|(name, _)| name);
    let read = VARIABLES.iter().map(|variable| variable.name.to_owned());
    assert_same(
        "template.yaml",
        set.filter(|name| !others(name)),
        "platform::settings::variables",
        read.filter(|name| !local(name)),
    );
}

/// Of other crates only warnings are logged, and no line of which the template makes a metric.
#[test]
fn the_log_knows_every_crate_as_ours() {
    let known = OURS.into_iter().map(str::to_owned);
    let shared = std::fs::read_dir(repository("shared")).unwrap();
    let shared = shared.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_same(
        "platform::telemetry",
        known,
        "the folders",
        folders().into_iter().chain(shared).chain(["dev".to_owned()]),
    );
}

/// An exception that none is needed for any more would hide the next mistake.
#[test]
fn the_exceptions_are_still_some() {
    let template = Template::read().unwrap();
    for (name, _) in FOR_OTHERS {
        assert!(environment(&template).iter().any(|(set, _)| set == name), "template.yaml doesn't set {name}");
        assert!(!VARIABLES.iter().any(|variable| variable.name == *name), "{name} is ours");
    }
    for (name, _) in ONLY_LOCAL {
        assert!(VARIABLES.iter().any(|variable| variable.name == *name), "nobody reads {name}");
        assert!(!environment(&template).iter().any(|(set, _)| set == name), "template.yaml sets {name}");
    }
}

#[test]
fn functions_start_with_the_template_as_it_is() {
    let template = Template::read().unwrap();
    let environment = environment(&template);
    let settings = Settings::from_lookup(|name| {
        let (_, value) = environment.iter().find(|(set, _)| set == name)?;
        Some(deployed(&template, value))
    });
    let settings = settings.expect("a deployment that leaves every parameter at its default");
    assert_eq!(settings.table_name, "Table");
    assert_eq!(settings.twilio_account, None, "none until there is one");
}

/// The environment of every function. None has one of its own: settings are one struct.
fn environment(template: &Template) -> Vec<(String, Value)> {
    for function in template.functions() {
        let own = &function.resource["Properties"].get("Environment");
        assert!(own.is_none(), "{} has an environment of its own", function.logical_id);
    }
    let variables = template.at(&["Globals", "Function", "Environment", "Variables"]);
    members(variables).map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// What a value becomes where nobody chose another one: a reference to a parameter its default, one
/// to a resource its logical id.
fn deployed(template: &Template, value: &Value) -> String {
    let literal = value.as_str().unwrap_or_default().to_owned();
    let is_reference = matches!(value, Value::Tagged(tagged) if tagged.tag == "!Ref");
    let parameter = template.at(&["Parameters", &literal]);
    if is_reference && !parameter.is_null() { text(parameter, &["Default"]) } else { literal }
}
