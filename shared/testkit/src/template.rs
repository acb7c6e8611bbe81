//! Reads the functions of `template.yaml`, their routes and their policies, and resolves a request to a function as API
//! Gateway does. CloudFormation's tags (`!Ref`, `!Sub`, …) stay on their values.

use yaml_serde::Value;

/// The file as it was at build time.
const TEXT: &str = include_str!("../../../template.yaml");

#[derive(Debug)]
pub struct DeploymentTemplate(Value);

#[derive(Debug, Clone, Copy)]
pub struct TemplateFunction<'a> {
    /// For example `PatientsFunction`.
    pub logical_id: &'a str,
    /// The YAML mapping of the resource.
    pub resource: &'a Value,
}

/// A method and path that API Gateway routes to a function.
#[derive(Debug)]
pub struct TemplateRoute {
    /// `ANY` for every method.
    pub method: String,
    /// For example `/api/patients/{proxy+}`.
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

    /// The function and the route to which API Gateway sends a request: the most specific path among the routes that
    /// have the method. A path whose own routes lack the method falls back to a `{proxy+}` above it.
    #[must_use]
    pub fn resolve(&self, method: &str, path: &str) -> Option<(TemplateFunction<'_>, TemplateRoute)> {
        let routes = self
            .functions()
            .into_iter()
            .flat_map(|function| function.routes().into_iter().map(move |route| (function, route)));
        let serving = routes.filter(|(_, route)| route.method == method || route.method == ANY);
        let matching = serving.filter_map(|found| Some((specificity(&found.1, path)?, found)));
        matching.max_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, found)| found)
    }

    /// The statements of a function's policies, its own and those of the managed policies that it refers to.
    ///
    /// # Errors
    /// A description of a policy that is neither.
    pub fn statements(&self, function: &TemplateFunction<'_>) -> Result<Vec<&Value>, String> {
        let policies = self.at(&["Resources", function.logical_id, "Properties", "Policies"]);
        let mut statements = Vec::new();
        for policy in policies.as_sequence().into_iter().flatten() {
            let document = match policy {
                Value::Tagged(reference) if reference.tag == "!Ref" => {
                    let name = reference.value.as_str().unwrap_or_default();
                    let resource = self.at(&["Resources", name]);
                    if text(resource, &["Type"]) != "AWS::IAM::ManagedPolicy" {
                        return Err(format!("{name} is no managed policy of the template"));
                    }
                    at(resource, &["Properties", "PolicyDocument"])
                }
                policy => policy,
            };
            match at(document, &["Statement"]) {
                Value::Null => return Err(format!("a policy without statements: {policy:?}")),
                statement => statements.extend(values(statement)),
            }
        }
        Ok(statements)
    }
}

/// The method of a route that serves all methods.
pub const ANY: &str = "ANY";

/// How specific a matching route is: a literal segment comes before a parameter, a parameter before `{proxy+}`, and the
/// method itself before `ANY`. `None` if the path doesn't match.
fn specificity(route: &TemplateRoute, path: &str) -> Option<(Vec<u8>, bool)> {
    let segments = |path: &'_ str| path.trim_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let (wanted, given) = (segments(&route.path), segments(path));
    let is_greedy = wanted.last().is_some_and(|last| last.ends_with("+}"));
    let fits = if is_greedy { wanted.len() <= given.len() } else { wanted.len() == given.len() };
    let mut ranks = Vec::new();
    for (wanted, given) in wanted.iter().zip(&given) {
        ranks.push(match wanted {
            wanted if wanted == given => 2,
            wanted if wanted.ends_with("+}") => 0,
            wanted if wanted.starts_with('{') => 1,
            _ => return None,
        });
    }
    fits.then_some((ranks, route.method != ANY))
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

/// The values of a list, or a single value as a list.
#[must_use]
pub fn values(value: &Value) -> Vec<&Value> {
    value
        .as_sequence()
        .map_or_else(|| if value.is_null() { Vec::new() } else { vec![value] }, |list| list.iter().collect())
}

/// The members of a mapping.
pub fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_mapping().into_iter().flatten().filter_map(|(name, value)| Some((name.as_str()?, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "
Resources:
  Shared: { Type: AWS::IAM::ManagedPolicy, Properties: { PolicyDocument: { Statement: [{ Sid: Shared }] } } }
  OneFunction:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [!Ref Shared, { Statement: { Sid: Own } }]
      Events:
        A: { Type: Api, Properties: { Path: /api/one, Method: ANY } }
        B: { Type: Api, Properties: { Path: '/api/one/{proxy+}', Method: ANY } }
        C: { Type: Api, Properties: { Path: /api/one/token, Method: POST } }
        D: { Type: Api, Properties: { Path: '/api/one/{id}', Method: GET } }
  TwoFunction:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [!Ref Missing]
      Events:
        A: { Type: Api, Properties: { Path: /api/one/two/hook, Method: ANY } }
        B: { Type: Api, Properties: { Path: /api/one/two/hook, Method: POST } }
  ThreeFunction: { Type: AWS::Serverless::Function, Properties: { Policies: [AWSLambdaBasicExecutionRole] } }
";

    fn template() -> DeploymentTemplate {
        DeploymentTemplate::of(TEMPLATE).unwrap()
    }

    #[test]
    fn a_request_goes_to_the_most_specific_route_with_its_method() {
        let template = template();
        for (method, path, expected) in [
            ("GET", "/api/one", Some("one ANY /api/one")),
            ("GET", "/api/one/", Some("one ANY /api/one")),
            ("POST", "/api/one/token", Some("one POST /api/one/token")),
            ("GET", "/api/one/token", Some("one GET /api/one/{id}")),
            ("PUT", "/api/one/token/", Some("one ANY /api/one/{proxy+}")),
            ("GET", "/api/one/token/refresh", Some("one ANY /api/one/{proxy+}")),
            ("POST", "/api/one/two/hook/", Some("two POST /api/one/two/hook")),
            ("OPTIONS", "/api/one/two/hook", Some("two ANY /api/one/two/hook")),
            ("PUT", "/api/one/two", Some("one ANY /api/one/{proxy+}")),
            ("GET", "/api/one/two/hook/more", Some("one ANY /api/one/{proxy+}")),
            ("GET", "/api/ones", None),
            ("GET", "/api", None),
        ] {
            let found = template.resolve(method, path);
            let found = found.map(|(function, route)| format!("{} {} {}", function.folder(), route.method, route.path));
            assert_eq!(found.as_deref(), expected, "{method} {path}");
        }
    }

    #[test]
    fn the_statements_of_a_managed_policy_are_those_of_the_function() {
        let template = template();
        let functions = template.functions();
        let statements = template.statements(&functions[0]).unwrap();
        let names: Vec<String> = statements.iter().map(|statement| text(statement, &["Sid"])).collect();
        assert_eq!(names, ["Shared", "Own"]);
        // What can't be read must not count as a policy without statements.
        assert!(template.statements(&functions[1]).unwrap_err().contains("Missing is no managed policy"));
        assert!(template.statements(&functions[2]).unwrap_err().contains("AWSLambdaBasicExecutionRole"));
    }
}
