//! Evaluates the functions' policies in the template as IAM does: one statement has to allow a call as a whole, and
//! none may deny it. [`Roles`] understands the policy syntax that the template uses, and rejects any other.

use super::log::PermissionUse;
use super::request::IamRequest;
use crate::template::{DeploymentTemplate, at, members, text, values};
use std::collections::BTreeMap;
use yaml_serde::Value;

/// The condition of an allowing statement: all partitions of a call are among its own. It also holds for a call
/// without partitions, as a Scan, so a statement with it must not have such actions.
pub const ALLOWING: [&str; 2] = ["ForAllValues:StringLike", "dynamodb:LeadingKeys"];
/// The condition of a denying statement: at least one partition of a call is among its own.
pub const DENYING: [&str; 2] = ["ForAnyValue:StringLike", "dynamodb:LeadingKeys"];

/// What Lambda itself does under a function's role, so that no test can observe it: it reads the stream, and sends
/// failed batches to the dead-letter queue.
pub const BY_LAMBDA: [&str; 5] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "sqs:SendMessage",
];

/// A statement of a policy.
#[derive(Debug, Clone)]
pub struct PolicyStatement {
    /// Whether the effect is Allow; otherwise it is Deny.
    pub allows: bool,
    /// For example `dynamodb:GetItem`.
    pub actions: Vec<String>,
    /// Logical ids of the template; of secrets their names.
    pub resources: Vec<String>,
    /// Patterns of partition keys, if it has a condition on them.
    pub partitions: Option<Vec<String>>,
}

/// The statements of each function, by its name.
#[derive(Debug, Clone)]
pub struct Roles(pub BTreeMap<String, Vec<PolicyStatement>>);

/// Matches IAM's `*`, which is only supported at the end.
fn is_like(text: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(text == pattern, |beginning| text.starts_with(beginning))
}

fn any_like(text: &str, patterns: &[String]) -> bool {
    patterns.iter().any(|pattern| is_like(text, pattern))
}

impl PolicyStatement {
    fn matches_action_and_resource(&self, request: &IamRequest) -> bool {
        self.actions.contains(&request.action) && any_like(&request.resource, &self.resources)
    }

    /// Whether its effect applies to a call.
    #[must_use]
    pub fn applies(&self, request: &IamRequest) -> bool {
        let holds = match &self.partitions {
            None => true,
            Some(patterns) if self.allows => request.partitions.iter().all(|name| any_like(name, patterns)),
            Some(patterns) => request.partitions.iter().any(|name| any_like(name, patterns)),
        };
        holds && self.matches_action_and_resource(request)
    }

    /// Its permissions: each action with each resource and each pattern.
    fn permissions(&self, function: &str) -> Vec<PermissionUse> {
        let partitions = self.partitions.as_ref().map_or_else(
            || vec![String::new()],
            |patterns| patterns.iter().map(|pattern| pattern.trim_end_matches('*').to_owned()).collect(),
        );
        let pairs =
            self.actions.iter().flat_map(|action| self.resources.iter().map(move |resource| (action, resource)));
        pairs
            .flat_map(|(action, resource)| partitions.iter().map(move |partition| (action, resource, partition)))
            .map(|(action, resource, partition)| PermissionUse {
                function: function.to_owned(),
                action: action.clone(),
                resource: resource.trim_end_matches('*').to_owned(),
                partition: partition.clone(),
            })
            .collect()
    }
}

impl Roles {
    /// Reads the roles of a template's functions.
    ///
    /// # Errors
    /// A description of the policy syntax that isn't supported.
    pub fn of(template: &DeploymentTemplate) -> Result<Self, String> {
        let mut roles = BTreeMap::new();
        for function in template.functions() {
            let read = template.statements(&function).and_then(|statements| {
                statements.into_iter().map(|statement| read_statement(template, statement)).collect()
            });
            let name = function.folder();
            roles.insert(name.clone(), read.map_err(|error| format!("the policy of {name}: {error}"))?);
        }
        Ok(Self(roles))
    }

    /// Checks that a function may make this call.
    ///
    /// # Errors
    /// A text that says what is missing in the function's policy.
    pub fn check_allowed(&self, function: &str, request: &IamRequest) -> Result<(), String> {
        let statements = self.0.get(function).map_or([].as_slice(), Vec::as_slice);
        let what = format!("{function}: {} on {}{}", request.action, request.resource, describe_partitions(request));
        if statements.iter().any(|statement| !statement.allows && statement.applies(request)) {
            return Err(format!("{what} is denied by a statement of its policy"));
        }
        let about: Vec<&PolicyStatement> = statements
            .iter()
            .filter(|statement| statement.allows && statement.matches_action_and_resource(request))
            .collect();
        if about.iter().any(|statement| statement.applies(request)) {
            return Ok(());
        }
        let known =
            |name: &String| about.iter().any(|one| any_like(name, one.partitions.as_deref().unwrap_or_default()));
        let missing: Vec<String> = request
            .partitions
            .iter()
            .filter(|name| !known(name))
            .map(|name| format!("\"{}\"", leading_keys_pattern(name)))
            .collect();
        Err(match (about.is_empty(), missing.is_empty()) {
            (true, _) => {
                let patterns: Vec<String> =
                    request.partitions.iter().map(|name| format!("\"{}\"", leading_keys_pattern(name))).collect();
                format!("{what} is in no statement. Add one with that action and LeadingKeys [{}]", patterns.join(", "))
            }
            (false, false) => {
                format!("{what} is not allowed. Add to the LeadingKeys of that action: {}", missing.join(", "))
            }
            (false, true) => {
                format!("{what} is allowed in parts only: one statement has to have all of these LeadingKeys")
            }
        })
    }

    /// All allowed permissions, except those that Lambda itself uses.
    #[must_use]
    pub fn allowed(&self) -> Vec<PermissionUse> {
        let of = |(function, statements): (&String, &Vec<PolicyStatement>)| {
            let allowing = statements.iter().filter(|statement| statement.allows);
            allowing.flat_map(|statement| statement.permissions(function)).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of).filter(|one| !BY_LAMBDA.contains(&one.action.as_str())).collect()
    }
}

fn describe_partitions(request: &IamRequest) -> String {
    let names: Vec<&str> = request.partitions.iter().map(String::as_str).collect();
    if names.is_empty() { String::new() } else { format!(", partitions {}", names.join(" ")) }
}

/// The LeadingKeys pattern for the prefix of a partition key.
fn leading_keys_pattern(beginning: &str) -> String {
    if beginning.ends_with('#') { format!("{beginning}*") } else { beginning.to_owned() }
}

fn texts(value: &Value) -> Vec<String> {
    values(value).into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn read_statement(template: &DeploymentTemplate, statement: &Value) -> Result<PolicyStatement, String> {
    let effect = text(statement, &["Effect"]);
    let allows = effect == "Allow";
    let known = if allows { ALLOWING } else { DENYING };
    if !allows && effect != "Deny" {
        return Err(format!("the effect {effect}"));
    }
    for (member, _) in members(statement) {
        if !["Sid", "Effect", "Action", "Resource", "Condition"].contains(&member) {
            return Err(format!("the member {member}"));
        }
    }
    let condition = at(statement, &["Condition"]);
    let partitions = (!condition.is_null()).then(|| texts(at(condition, &known)));
    let conditions = members(condition).flat_map(|(_, keys)| members(keys)).count();
    if partitions.as_ref().is_some_and(|patterns| patterns.is_empty() || conditions != 1) {
        return Err(format!("a condition that is not one of {}", known.join(", ")));
    }
    let actions = texts(at(statement, &["Action"]));
    let resources = values(at(statement, &["Resource"])).into_iter().map(|resource| resource_name(template, resource));
    let read = PolicyStatement { allows, actions, resources: resources.collect(), partitions };
    let patterns = read.actions.iter().chain(&read.resources).chain(read.partitions.iter().flatten());
    match patterns.clone().find(|pattern| pattern.trim_end_matches('*').contains(['*', '?'])) {
        Some(pattern) => Err(format!("the pattern {pattern}")),
        None if read.actions.is_empty() || read.resources.is_empty() => Err("a statement about nothing".to_owned()),
        None => Ok(read),
    }
}

/// The name of a resource: `Table` for `!GetAtt Table.Arn`; for a secret its name in Secrets Manager.
fn resource_name(template: &DeploymentTemplate, resource: &Value) -> String {
    let written = resource.as_str().unwrap_or_default();
    let secret = text(template.at(&["Resources", written]), &["Properties", "Name"]);
    let is_secret = text(template.at(&["Resources", written]), &["Type"]) == "AWS::SecretsManager::Secret";
    let path = if is_secret { secret.as_str() } else { written };
    if is_secret || written.contains(":secret:") {
        // Secrets Manager adds a dash and six characters to a name.
        return path.rsplit('/').next().unwrap_or_default().trim_end_matches("-??????").to_owned();
    }
    path.replace("${", "").replace(['}'], "").replace(".Arn", "")
}
