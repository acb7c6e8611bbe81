//! Reads the functions and routes of `template.yaml`. CloudFormation's tags (`!Ref`, `!Sub`, …) stay on their values.

use yaml_serde::Value;

/// The file as it was at build time.
const TEXT: &str = include_str!("../../../template.yaml");

#[derive(Debug)]
pub struct DeploymentTemplate(Value);

#[derive(Debug)]
pub struct TemplateFunction<'a> {
    /// For example `PatientsFunction`.
    pub logical_id: &'a str,
    /// The YAML mapping of the resource.
    pub resource: &'a Value,
}

/// A method and path that API Gateway routes to a function.
#[derive(Debug)]
pub struct TemplateRoute {
    pub method: String,
    /// For example `/api/patients/{id}`.
    pub path: String,
}

impl DeploymentTemplate {
    /// Parses the project's template.
    pub fn read() -> Result<Self, yaml_serde::Error> {
        Self::of(TEXT)
    }

    /// Parses another template.
    pub fn of(text: &str) -> Result<Self, yaml_serde::Error> {
        yaml_serde::from_str(text).map(Self)
    }

    /// The value at a path of names; null if there is none.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> &Value {
        at(&self.0, path)
    }

    /// The functions, in the order of the template.
    #[must_use]
    pub fn functions(&self) -> Vec<TemplateFunction<'_>> {
        let resources = members(self.at(&["Resources"]));
        let functions = resources.filter(|(_, resource)| text(resource, &["Type"]) == "AWS::Serverless::Function");
        functions.map(|(logical_id, resource)| TemplateFunction { logical_id, resource }).collect()
    }
}

impl TemplateFunction<'_> {
    /// The name in kebab case, a folder or a second binary of one: `PatientsFunction` is `patients`,
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

    /// The name of the binary that is built for it.
    #[must_use]
    pub fn binary(&self) -> String {
        text(self.resource, &["Metadata", "BuildProperties", "Binary"])
    }

    /// The API routes among its events.
    #[must_use]
    pub fn routes(&self) -> Vec<TemplateRoute> {
        let Some(events) = self.resource.get("Properties").and_then(|properties| properties.get("Events")) else {
            return Vec::new();
        };
        let of_the_api = members(events).filter(|(_, event)| text(event, &["Type"]) == "Api");
        let routes = of_the_api.map(|(_, event)| TemplateRoute {
            method: text(event, &["Properties", "Method"]),
            path: text(event, &["Properties", "Path"]),
        });
        routes.collect()
    }
}

/// The value below another one at a path of names; null if there is none.
#[must_use]
pub fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(value, |value, name| value.get(*name).unwrap_or(&Value::Null))
}

/// The text at a path of names; empty if there is none.
#[must_use]
pub fn text(value: &Value, path: &[&str]) -> String {
    at(value, path).as_str().unwrap_or_default().to_owned()
}

/// The members of a mapping.
pub fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_mapping().into_iter().flatten().filter_map(|(name, value)| Some((name.as_str()?, value)))
}
