//! `template.yaml` as values. CloudFormation's tags (`!Ref`, `!Sub`, …) stay on what they stand before.

use yaml_serde::Value;

/// As it was when this was built.
const TEXT: &str = include_str!("../../../template.yaml");

/// The deployment template.
#[derive(Debug)]
pub struct Template(Value);

/// A function in it.
#[derive(Debug)]
pub struct Function<'a> {
    /// `PatientsFunction`.
    pub logical_id: &'a str,
    /// What stands below it.
    pub resource: &'a Value,
}

/// A method of a path that API Gateway hands to a function.
#[derive(Debug)]
pub struct Route {
    /// `GET`.
    pub method: String,
    /// `/api/patients/{id}`.
    pub path: String,
}

impl Template {
    /// Reads it.
    ///
    /// # Errors
    /// Where it is no YAML.
    pub fn read() -> Result<Self, yaml_serde::Error> {
        Self::of(TEXT)
    }

    /// Another one.
    ///
    /// # Errors
    /// Where it is no YAML.
    pub fn of(text: &str) -> Result<Self, yaml_serde::Error> {
        yaml_serde::from_str(text).map(Self)
    }

    /// What a path of names leads to.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> &Value {
        at(&self.0, path)
    }

    /// Its functions, in the order of the template.
    #[must_use]
    pub fn functions(&self) -> Vec<Function<'_>> {
        let resources = members(self.at(&["Resources"]));
        let functions = resources.filter(|(_, resource)| text(resource, &["Type"]) == "AWS::Serverless::Function");
        functions.map(|(logical_id, resource)| Function { logical_id, resource }).collect()
    }
}

impl Function<'_> {
    /// What its logical id names, a folder or another program of one: `PatientsFunction` is `patients`,
    /// `AuthAdminFunction` is `auth-admin`.
    #[must_use]
    pub fn folder(&self) -> String {
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
    #[must_use]
    pub fn binary(&self) -> String {
        text(self.resource, &["Metadata", "BuildProperties", "Binary"])
    }

    /// Its events of the API.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        let Some(events) = self.resource.get("Properties").and_then(|properties| properties.get("Events")) else {
            return Vec::new();
        };
        let of_the_api = members(events).filter(|(_, event)| text(event, &["Type"]) == "Api");
        let routes = of_the_api.map(|(_, event)| Route {
            method: text(event, &["Properties", "Method"]),
            path: text(event, &["Properties", "Path"]),
        });
        routes.collect()
    }
}

/// What a path of names leads to from a value.
#[must_use]
pub fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(value, |value, name| value.get(*name).unwrap_or(&Value::Null))
}

/// The text at a path of names; empty where there is none.
#[must_use]
pub fn text(value: &Value, path: &[&str]) -> String {
    at(value, path).as_str().unwrap_or_default().to_owned()
}

/// The members of a mapping.
pub fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_mapping().into_iter().flatten().filter_map(|(name, value)| Some((name.as_str()?, value)))
}
