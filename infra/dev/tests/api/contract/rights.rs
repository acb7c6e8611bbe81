//! What the functions' roles may do to the audit trail and its seals: add to it, and nothing else.

use testkit::template::{Function, Template, at, text};
use domain::time::LocalDate;
use store::keys::{audit_partition, seal_partition};
use yaml_serde::Value;

/// The only one that seals.
const SEALER: &str = "reminders";

fn statements<'a>(function: &Function<'a>) -> Vec<&'a Value> {
    let policies = function.resource["Properties"].get("Policies").and_then(Value::as_sequence).into_iter().flatten();
    policies.flat_map(|policy| policy["Statement"].as_sequence().into_iter().flatten()).collect()
}

/// A member that is a text or a list of them.
fn texts(value: &Value) -> Vec<String> {
    match value.as_sequence() {
        Some(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => value.as_str().map(str::to_owned).into_iter().collect(),
    }
}

fn actions(statement: &Value) -> Vec<String> {
    texts(&statement["Action"])
}

/// Whether a statement denies an action for partitions that begin like this one. IAM's `*` stands at the end.
fn denies(statement: &Value, action: &str, partition: &str) -> bool {
    let condition = at(statement, &["Condition", "ForAnyValue:StringLike", "dynamodb:LeadingKeys"]);
    text(statement, &["Effect"]) == "Deny"
        && actions(statement).iter().any(|denied| denied == action)
        && texts(condition).iter().any(|pattern| partition.starts_with(pattern.trim_end_matches('*')))
}

#[test]
fn nobody_may_change_or_remove_a_row_of_the_trail_or_a_seal() {
    let template = Template::read().unwrap();
    let partitions = [audit_partition(LocalDate::default(), 3), seal_partition(3)];
    let mut writers = 0;
    for function in template.functions() {
        let statements = statements(&function);
        let allowed: Vec<String> = statements
            .iter()
            .filter(|statement| text(statement, &["Effect"]) == "Allow")
            .flat_map(|statement| actions(statement))
            .filter(|action| action.starts_with("dynamodb:"))
            .collect();
        let folder = function.folder();
        for action in &allowed {
            let single =
                ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"];
            let known = single.iter().any(|single| action == &format!("dynamodb:{single}"));
            assert!(known, "{folder}: {action} isn't denied for the trail");
        }
        for action in ["dynamodb:UpdateItem", "dynamodb:DeleteItem"].map(str::to_owned) {
            if allowed.contains(&action) {
                for partition in &partitions {
                    let is_denied = statements.iter().any(|statement| denies(statement, &action, partition));
                    assert!(is_denied, "{folder} may {action} in {partition}");
                }
                writers += 1;
            }
        }
        if allowed.iter().any(|action| action == "dynamodb:PutItem") {
            let denied = statements.iter().any(|statement| denies(statement, "dynamodb:PutItem", &partitions[1]));
            assert_eq!(denied, folder != SEALER, "{folder} and seals");
        }
    }
    assert!(writers > 10, "nobody writes anything");
}

/// With the secret one can sign. `audit` has it to verify, and can't write anywhere.
#[test]
fn only_the_job_can_sign_seals_and_put_them() {
    let template = Template::read().unwrap();
    let mut readers = Vec::new();
    for function in template.functions() {
        let folder = function.folder();
        for statement in statements(&function) {
            let shown = format!("{:?}", statement["Resource"]);
            if shown.contains("SealsSecret") {
                readers.push(folder.clone());
            }
            if actions(statement).iter().any(|action| action.starts_with("s3:")) {
                assert_eq!(
                    (folder.as_str(), actions(statement)),
                    (SEALER, vec!["s3:PutObject".into(), "s3:GetObject".into()])
                );
            }
        }
    }
    assert_eq!(readers, [SEALER, "audit"]);
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
