//! Checks the functions' IAM policies: access to the table is limited by partition, and rows of the audit trail and
//! seals can only be added. Whether a role allows exactly what its function does is checked by `testkit::iam`, which
//! observes the calls of all tests.

use super::repository_path;
use domain::ids::{Id as _, PatientId};
use domain::time::LocalDate;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use store::keys::{Key, audit_partition, seal_partition};
use testkit::iam::policy::{PolicyStatement, Roles};
use testkit::iam::request::{IamRequest, beginning};
use testkit::template::{DeploymentTemplate, at, members, text};
use yaml_serde::Value;

/// The only function that writes seals.
const SEALER: &str = "reminders";

/// The actions that IAM can limit by partition (`dynamodb:LeadingKeys`). All others (Scan, PartiQL, the table itself)
/// have no leading keys, and a `ForAllValues` condition holds for an empty set.
const BY_PARTITION: [&str; 7] =
    ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"];

/// In characters without whitespace. IAM allows 10,240 for all inline policies of a role.
const MAX_POLICY_LENGTH: usize = 8_000;
/// The same for a managed policy, of which IAM allows 6,144.
const MAX_MANAGED_POLICY_LENGTH: usize = 5_000;

fn roles() -> Roles {
    Roles::of(&DeploymentTemplate::read().unwrap()).unwrap()
}

fn is_about_table(statement: &PolicyStatement) -> bool {
    statement.actions.iter().any(|action| action.starts_with("dynamodb:"))
}

fn write_request(action: &str, partition: &str) -> IamRequest {
    IamRequest {
        partitions: BTreeSet::from([beginning(partition)]),
        ..IamRequest::new(&format!("dynamodb:{action}"), "Table")
    }
}

/// No role has access to the whole table, except for the scan of `fsck` and the stream of `publisher`.
#[test]
fn access_to_the_table_is_limited_by_partition() {
    let mut seen = 0;
    for (function, statements) in &roles().0 {
        for statement in statements.iter().filter(|statement| statement.allows && is_about_table(statement)) {
            if statement.actions == ["dynamodb:Scan"] {
                // It reads everything, so it must be able to do nothing else.
                assert_eq!((function.as_str(), statements.len()), ("fsck", 1));
                continue;
            }
            // The stream has no partitions; the function that reads it has no other access to the table.
            if statement.resources.iter().all(|resource| resource.to_lowercase().contains("stream")) {
                let others = statements.iter().filter(|other| is_about_table(other)).flat_map(|other| &other.resources);
                let only = others.into_iter().all(|resource| resource.to_lowercase().contains("stream"));
                assert!(function == "publisher" && only, "{function} reads the stream");
                continue;
            }
            for action in &statement.actions {
                let known = BY_PARTITION.iter().any(|known| *action == format!("dynamodb:{known}"));
                assert!(known, "{function}: {action} can't be allowed by partition");
            }
            let partitions = statement.partitions.as_ref().unwrap_or_else(|| panic!("{function}: the whole table"));
            for pattern in partitions {
                let kind = pattern.trim_end_matches('*');
                assert_eq!(beginning(kind), kind, "{function}: {pattern} is no beginning of a partition");
                assert_eq!(pattern.ends_with('*'), kind.ends_with('#'), "{function}: {pattern} may be others' too");
            }
            // An index is only read, and is named explicitly.
            for resource in &statement.resources {
                let is_index = ["GSI1", "GSI2", "GSI3"].iter().any(|index| *resource == format!("Table/index/{index}"));
                let reads_only = statement.actions == ["dynamodb:Query"];
                assert!(resource == "Table" || (is_index && reads_only), "{function}: {:?}", statement.resources);
            }
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen} statements");
}

/// A partition in a policy that no key has any more would be a forgotten permission.
#[test]
fn the_partitions_of_the_policies_exist_in_the_keys() {
    let files = std::fs::read_dir(repository_path("shared/store/src/keys")).unwrap();
    let files = files.map(|file| file.unwrap().path()).filter(|path| path.is_file() && !path.ends_with("tests.rs"));
    let keys: String = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for (function, statements) in &roles().0 {
        for pattern in statements.iter().flat_map(|statement| statement.partitions.iter().flatten()) {
            let kind = pattern.trim_end_matches('*');
            let is_there = keys.contains(&format!("\"{kind}{{")) // format!("USER#{id}")
                || keys.contains(&format!("\"{}\"", kind.trim_end_matches('#')));
            assert!(is_there, "{function}: no key begins with {kind}");
        }
    }
}

#[test]
fn no_role_can_change_or_remove_audit_rows_and_seals() {
    let roles = roles();
    let partitions = [audit_partition(LocalDate::default(), 3), seal_partition(3), Key::erasure(PatientId::nil()).pk];
    let mut writers = 0;
    for (function, statements) in &roles.0 {
        let any = |action: &str| {
            let action = format!("dynamodb:{action}");
            statements.iter().any(|statement| statement.allows && statement.actions.contains(&action))
        };
        let denies = |action: &str, partition: &str| {
            let request = write_request(action, partition);
            statements.iter().any(|statement| !statement.allows && statement.applies(&request))
        };
        for action in ["UpdateItem", "DeleteItem"] {
            for partition in &partitions {
                assert!(
                    roles.check_allowed(function, &write_request(action, partition)).is_err(),
                    "{function} may {action} {partition}"
                );
                // An explicit Deny, so that a broader Allow can't change it.
                assert!(!any(action) || denies(action, partition), "{function}: {action} isn't denied in {partition}");
            }
            writers += usize::from(any(action));
        }
        let seals = roles.check_allowed(function, &write_request("PutItem", &partitions[1])).is_ok();
        assert_eq!(seals, function == SEALER, "{function} and seals");
        assert!(seals || !any("PutItem") || denies("PutItem", &partitions[1]), "{function} isn't denied seals");
    }
    assert!(writers > 10, "functions with write access are found");
}

/// The secret signs seals. `audit` reads it to verify them, but can't write any.
#[test]
fn only_the_job_can_sign_and_write_seals() {
    let mut readers = Vec::new();
    for (function, statements) in &roles().0 {
        for statement in statements {
            if statement.resources.iter().any(|resource| resource == "seals") {
                readers.push(function.clone());
            }
            if statement.actions.iter().any(|action| action.starts_with("s3:")) {
                assert_eq!(
                    (function.as_str(), statement.actions.clone()),
                    (SEALER, vec!["s3:PutObject".into(), "s3:GetObject".into()])
                );
            }
        }
    }
    assert_eq!(readers, ["audit", SEALER]);
}

/// A policy as the JSON that IAM gets, with long texts instead of references.
fn as_json(value: &Value) -> Json {
    match value {
        Value::Tagged(_) => json!("x".repeat(200)),
        Value::Sequence(list) => list.iter().map(as_json).collect(),
        Value::Mapping(_) => members(value).map(|(name, value)| (name.to_owned(), as_json(value))).collect(),
        value => json!(value.as_str()),
    }
}

#[test]
fn every_policy_is_well_below_the_limit_of_iam() {
    let template = DeploymentTemplate::read().unwrap();
    for function in template.functions() {
        let policies = at(function.resource, &["Properties", "Policies"]).as_sequence().into_iter().flatten();
        let inline = policies.filter(|policy| policy.is_mapping());
        let length: usize = inline.map(|policy| as_json(policy).to_string().len()).sum();
        assert!(length <= MAX_POLICY_LENGTH, "{}: {length} characters", function.folder());
    }
    let mut managed = 0;
    for (name, resource) in members(template.at(&["Resources"])) {
        if text(resource, &["Type"]) == "AWS::IAM::ManagedPolicy" {
            let length = as_json(at(resource, &["Properties", "PolicyDocument"])).to_string().len();
            assert!(length <= MAX_MANAGED_POLICY_LENGTH, "{name}: {length} characters");
            managed += 1;
        }
    }
    assert!(managed > 0, "no managed policy was found");
}

#[test]
fn archived_seals_are_locked() {
    let template = DeploymentTemplate::read().unwrap();
    let bucket = template.at(&["Resources", "SealsBucket", "Properties"]);
    assert_eq!(at(bucket, &["ObjectLockEnabled"]).as_bool(), Some(true));
    assert!(!at(bucket, &["ObjectLockConfiguration", "Rule", "DefaultRetention"]).is_null());
    assert_eq!(text(bucket, &["VersioningConfiguration", "Status"]), "Enabled");
    for resource in ["SealsBucket", "SealsBucketPolicy", "Table"] {
        assert_eq!(text(template.at(&["Resources", resource]), &["DeletionPolicy"]), "Retain", "{resource}");
    }
}
