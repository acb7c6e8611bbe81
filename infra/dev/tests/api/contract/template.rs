//! `template.yaml` as values. CloudFormation's tags (`!Ref`, `!Sub`, …) stay on what they stand before.

use super::repository;
use yaml_serde::Value;

/// The deployment template.
pub(super) struct Template(Value);

/// A function in it.
pub(super) struct Function<'a> {
    /// `PatientsFunction`.
    pub(super) logical_id: &'a str,
    /// What stands below it.
    pub(super) resource: &'a Value,
}

/// A method of a path that API Gateway hands to a function.
pub(super) struct Route {
    pub(super) method: String,
    pub(super) path: String,
}

impl Template {
    pub(super) fn read() -> Self {
        let text = std::fs::read_to_string(repository("template.yaml")).unwrap();
        Self(yaml_serde::from_str(&text).expect("template.yaml is YAML"))
    }

    /// What a path of names leads to.
    pub(super) fn at(&self, path: &[&str]) -> &Value {
        at(&self.0, path)
    }

    /// Its functions, in the order of the template.
    pub(super) fn functions(&self) -> Vec<Function<'_>> {
        let resources = members(self.at(&["Resources"]));
        let functions = resources.filter(|(_, resource)| text(resource, &["Type"]) == "AWS::Serverless::Function");
        functions.map(|(logical_id, resource)| Function { logical_id, resource }).collect()
    }
}

impl Function<'_> {
    /// What its logical id names, a folder or another program of one: `PatientsFunction` is `patients`,
    /// `AuthAdminFunction` is `auth-admin`.
    pub(super) fn folder(&self) -> String {
        let mut name = String::new();
        for letter in self.logical_id.strip_suffix("Function").unwrap_or(self.logical_id).chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }

    /// The binary that is built for it.
    pub(super) fn binary(&self) -> String {
        text(self.resource, &["Metadata", "BuildProperties", "Binary"])
    }

    /// Its events of the API.
    pub(super) fn routes(&self) -> Vec<Route> {
        let Some(events) = self.resource["Properties"].get("Events") else { return Vec::new() };
        let of_the_api = members(events).filter(|(_, event)| text(event, &["Type"]) == "Api");
        let routes = of_the_api.map(|(_, event)| Route {
            method: text(event, &["Properties", "Method"]),
            path: text(event, &["Properties", "Path"]),
        });
        routes.collect()
    }
}

/// What a path of names leads to from a value.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(value, |value, name| value.get(*name).unwrap_or(&Value::Null))
}

/// The text at a path of names; empty where there is none.
pub(super) fn text(value: &Value, path: &[&str]) -> String {
    at(value, path).as_str().unwrap_or_default().to_owned()
}

/// The members of a mapping.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_mapping().into_iter().flatten().filter_map(|(name, value)| Some((name.as_str()?, value)))
}
