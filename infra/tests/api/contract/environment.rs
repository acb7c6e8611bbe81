//! Compares the environment that the template sets with the settings that the functions read.

use super::{function_folders, repository_path};
use crate::list_comparison::assert_same;
use domain::language::Language;
use domain::messages::Template;
use platform::Settings;
use platform::settings::variables::VARIABLES;
use platform::telemetry::OUR_CRATES;
use testkit::template::{DeploymentTemplate, members, text};
use yaml_serde::Value;

/// Variables that a deployment doesn't set, with the reason.
const ONLY_LOCAL: &[(&str, &str)] = &[
    ("SECRETS_FILE", "in AWS, secrets are in Secrets Manager"),
    ("PUBLIC_BASE_URL", "the API's URL needs the functions first, so it is the secret public-url"),
    ("TWILIO_API_BASE", "in AWS, Twilio is the real one"),
];

/// Variables that the template sets for a library, with its name and the reason.
const FOR_LIBRARIES: &[(&str, &str)] =
    &[("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "lambda_http: the stage is no part of a route")];

#[test]
fn the_template_sets_what_the_functions_read() {
    let template = DeploymentTemplate::read().unwrap();
    let others = |name: &str| FOR_LIBRARIES.iter().any(|(other, _)| *other == name);
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

/// Only warnings of unknown crates are logged, so that a metric of the template would miss their lines.
#[test]
fn the_log_filter_names_every_crate_of_the_workspace() {
    let known = OUR_CRATES.into_iter().map(str::to_owned);
    let shared = std::fs::read_dir(repository_path("shared")).unwrap();
    let shared = shared.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_same(
        "platform::telemetry",
        known,
        "the folders",
        function_folders().into_iter().chain(shared).chain(["dev".to_owned()]),
    );
}

/// An exception that is no longer needed would hide the next mistake.
#[test]
fn every_exception_is_still_needed() {
    let template = DeploymentTemplate::read().unwrap();
    for (name, _) in FOR_LIBRARIES {
        assert!(environment(&template).iter().any(|(set, _)| set == name), "template.yaml doesn't set {name}");
        assert!(!VARIABLES.iter().any(|variable| variable.name == *name), "{name} is ours");
    }
    for (name, _) in ONLY_LOCAL {
        assert!(VARIABLES.iter().any(|variable| variable.name == *name), "no function reads {name}");
        assert!(!environment(&template).iter().any(|(set, _)| set == name), "template.yaml sets {name}");
    }
}

#[test]
fn the_templates_environment_makes_valid_settings() {
    let template = DeploymentTemplate::read().unwrap();
    let environment = environment(&template);
    let settings = Settings::from_lookup(|name| {
        let (_, value) = environment.iter().find(|(set, _)| set == name)?;
        Some(default_value(&template, value))
    });
    let settings = settings.expect("a deployment that leaves every parameter at its default");
    assert_eq!(settings.table_name, "Table");
    assert_eq!(settings.twilio_account, None, "an unset account is None");
}

/// The names of the functions that the console calls. In the environment of all, they would refer to themselves.
const OF_THE_CONSOLE: &str = "API_FUNCTIONS";

/// The environment that all functions share. Only the console has one of its own, because settings are one struct.
fn environment(template: &DeploymentTemplate) -> Vec<(String, Value)> {
    for function in template.functions() {
        let own = &function.resource["Properties"].get("Environment");
        if function.folder() == "console" {
            let names: Vec<&str> =
                members(&function.resource["Properties"]["Environment"]["Variables"]).map(|(name, _)| name).collect();
            assert_eq!(names, [OF_THE_CONSOLE]);
            continue;
        }
        assert!(own.is_none(), "{} has an environment of its own", function.logical_id);
    }
    let variables = template.at(&["Globals", "Function", "Environment", "Variables"]);
    members(variables).map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// The value in a deployment with default parameters: a reference to a parameter becomes its default, one to a
/// resource its logical id.
fn default_value(template: &DeploymentTemplate, value: &Value) -> String {
    let literal = value.as_str().unwrap_or_default().to_owned();
    let is_reference = matches!(value, Value::Tagged(tagged) if tagged.tag == "!Ref");
    let parameter = template.at(&["Parameters", &literal]);
    if is_reference && !parameter.is_null() { text(parameter, &["Default"]) } else { literal }
}

/// The console of AWS refuses a stack whose parameter doesn't match.
#[test]
fn the_parameter_of_content_templates_takes_every_template_and_language() {
    let names = Template::ALL.map(Template::name).join("|");
    let codes = Language::ALL.map(Language::code).join("|");
    let template = DeploymentTemplate::read().unwrap();
    let pattern = text(template.at(&["Parameters", "ContentTemplates"]), &["AllowedPattern"]);
    assert_eq!(pattern, format!("^(({names})_({codes})=HX[0-9a-fA-F]{{32}}(,|$))*$"));
}
