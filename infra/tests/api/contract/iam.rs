//! What the functions' roles may do: to the partitions that they work with what they do there, and to the
//! audit trail and its seals add, and nothing else. That each role allows what its function does, and no
//! more, is found out by doing it: see `testkit::iam`.

use super::repository;
use domain::time::LocalDate;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use store::keys::{audit_partition, seal_partition};
use testkit::iam::policy::{Roles, Statement};
use testkit::iam::request::{Request, beginning};
use testkit::template::{Template, at, members, text};
use yaml_serde::Value;

/// The only one that seals.
const SEALER: &str = "reminders";

/// The actions that are about partitions. In all others (Scan, PartiQL, the table itself) IAM sees no
/// partition, and a condition on all of none holds.
const BY_PARTITION: [&str; 7] =
    ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"];

/// IAM takes 10,240 characters of all inline policies of a role, without whitespace.
const MOST: usize = 8_000;

fn roles() -> Roles {
    Roles::of(&Template::read().unwrap()).unwrap()
}

fn is_of_table(statement: &Statement) -> bool {
    statement.actions.iter().any(|action| action.starts_with("dynamodb:"))
}

fn write(action: &str, partition: &str) -> Request {
    Request {
        partitions: BTreeSet::from([beginning(partition)]),
        ..Request::new(&format!("dynamodb:{action}"), "Table")
    }
}

/// No role may do anything to the whole table, and none what IAM can't tell partitions of.
#[test]
fn what_is_allowed_of_the_table_is_allowed_by_partition() {
    let mut seen = 0;
    for (function, statements) in &roles().0 {
        for statement in statements.iter().filter(|statement| statement.allows && is_of_table(statement)) {
            if statement.actions == ["dynamodb:Scan"] {
                // It reads all, and so can do nothing else.
                assert_eq!((function.as_str(), statements.len()), ("fsck", 1));
                continue;
            }
            // The stream has no partitions; who reads it has no other right to the table.
            if statement.resources.iter().all(|resource| resource.to_lowercase().contains("stream")) {
                let others = statements.iter().filter(|other| is_of_table(other)).flat_map(|other| &other.resources);
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
            // An index is read only, and each by its own name.
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

/// A partition that no key has any more is a right to what nobody thinks of.
#[test]
fn the_partitions_in_the_policies_are_those_of_the_keys() {
    let keys = std::fs::read_to_string(repository("shared/store/src/keys.rs")).unwrap();
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
fn nobody_may_change_or_remove_a_row_of_the_trail_or_a_seal() {
    let roles = roles();
    let partitions = [audit_partition(LocalDate::default(), 3), seal_partition(3), "ERASURES".to_owned()];
    let mut writers = 0;
    for (function, statements) in &roles.0 {
        let any = |action: &str| {
            let action = format!("dynamodb:{action}");
            statements.iter().any(|statement| statement.allows && statement.actions.contains(&action))
        };
        let denies = |action: &str, partition: &str| {
            let request = write(action, partition);
            statements.iter().any(|statement| !statement.allows && statement.applies(&request))
        };
        for action in ["UpdateItem", "DeleteItem"] {
            for partition in &partitions {
                assert!(
                    roles.judge(function, &write(action, partition)).is_err(),
                    "{function} may {action} {partition}"
                );
                // And it stays so if somebody allows more.
                assert!(!any(action) || denies(action, partition), "{function}: {action} isn't denied in {partition}");
            }
            writers += usize::from(any(action));
        }
        let seals = roles.judge(function, &write("PutItem", &partitions[1])).is_ok();
        assert_eq!(seals, function == SEALER, "{function} and seals");
        assert!(seals || !any("PutItem") || denies("PutItem", &partitions[1]), "{function} isn't denied seals");
    }
    assert!(writers > 10, "nobody writes anything");
}

/// With the secret one can sign. `audit` has it to verify, and can't put seals anywhere.
#[test]
fn only_the_job_can_sign_seals_and_put_them() {
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

/// A policy as IAM gets it, with long names in the place of references.
fn as_json(value: &Value) -> Json {
    match value {
        Value::Tagged(_) => json!("x".repeat(200)),
        Value::Sequence(list) => list.iter().map(as_json).collect(),
        Value::Mapping(_) => members(value).map(|(name, value)| (name.to_owned(), as_json(value))).collect(),
        value => json!(value.as_str()),
    }
}

#[test]
fn no_policy_comes_near_to_what_iam_takes() {
    let template = Template::read().unwrap();
    for function in template.functions() {
        let policies = at(function.resource, &["Properties", "Policies"]).as_sequence().into_iter().flatten();
        let length: usize = policies.map(|policy| as_json(policy).to_string().len()).sum();
        assert!(length <= MOST, "{}: {length} characters", function.folder());
    }
}

#[test]
fn archived_seals_are_locked() {
    let template = Template::read().unwrap();
    let bucket = template.at(&["Resources", "SealsBucket", "Properties"]);
    assert_eq!(at(bucket, &["ObjectLockEnabled"]).as_bool(), Some(true));
    assert!(!at(bucket, &["ObjectLockConfiguration", "Rule", "DefaultRetention"]).is_null());
    assert_eq!(text(bucket, &["VersioningConfiguration", "Status"]), "Enabled");
    for resource in ["SealsBucket", "SealsBucketPolicy", "Table"] {
        assert_eq!(text(template.at(&["Resources", resource]), &["DeletionPolicy"]), "Retain", "{resource}");
    }
}
