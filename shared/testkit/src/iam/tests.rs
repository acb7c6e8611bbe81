use super::log::{PermissionUse, read, unused};
use super::policy::Roles;
use super::request::IamRequest;
use super::*;
use domain::ids::{DoctorId, Id as _};
use domain::time::LocalDate;
use local::database::Database;
use local::observer::run_as_function;
use store::Key;
use store::keys::Resource;

/// The roles of a template with one function and these statements.
fn roles(statements: &str) -> Result<Roles, String> {
    let template = format!(
        "Resources:\n  Word: {{ Type: AWS::SecretsManager::Secret, Properties: {{ Name: !Sub '${{AWS::StackName}}/word' }} }}\n  \
         OneFunction:\n    Type: AWS::Serverless::Function\n    Properties:\n      Policies:\n        - Statement: [{statements}]\n"
    );
    Roles::of(&DeploymentTemplate::of(&template).unwrap())
}

fn allow(actions: &str, resource: &str, partitions: &str) -> String {
    format!(
        "{{ Effect: Allow, Action: [{actions}], Resource: {resource}, \
         Condition: {{ 'ForAllValues:StringLike': {{ 'dynamodb:LeadingKeys': [{partitions}] }} }} }}"
    )
}

fn call(action: &str, resource: &str, partitions: &[&str]) -> IamRequest {
    let partitions = partitions.iter().map(|name| (*name).to_owned()).collect();
    IamRequest { partitions, ..IamRequest::new(action, resource) }
}

#[test]
fn a_forbidden_call_is_refused_with_what_is_missing_in_the_policy() {
    let roles = roles(&allow("a:Get, a:Put", "!GetAtt Table.Arn", "'USER#*', ADMINS")).unwrap();
    let judge = |action, resource, partitions: &[&str]| roles.check_allowed("one", &call(action, resource, partitions));
    assert_eq!(judge("a:Get", "Table", &["USER#", "ADMINS"]), Ok(()));
    for (action, resource, partitions, said) in [
        ("a:Get", "Table", ["USER#", "PATIENT#"], "Add to the LeadingKeys of that action: \"PATIENT#*\""),
        ("a:Get", "Table", ["ADMINS#", "HOLDS"], "\"ADMINS#*\", \"HOLDS\""),
        ("a:Delete", "Table", ["USER#", "ADMINS"], "is in no statement"),
        ("a:Get", "Table/index/GSI1", ["USER#", "USER#"], "is in no statement"),
    ] {
        let refused = judge(action, resource, &partitions).unwrap_err();
        assert!(refused.contains(said) && refused.starts_with(&format!("one: {action} on {resource}")), "{refused}");
    }
    assert!(
        roles.check_allowed("other", &call("a:Get", "Table", &["USER#"])).is_err(),
        "an unknown function may do nothing"
    );
}

/// IAM evaluates one statement at a time.
#[test]
fn a_call_is_allowed_by_one_statement_as_a_whole() {
    let two = [allow("a:Get", "!GetAtt Table.Arn", "'USER#*'"), allow("a:Get", "!GetAtt Table.Arn", "ADMINS")];
    let roles = roles(&two.join(", ")).unwrap();
    assert_eq!(roles.check_allowed("one", &call("a:Get", "Table", &["ADMINS"])), Ok(()));
    let both = roles.check_allowed("one", &call("a:Get", "Table", &["ADMINS", "USER#"])).unwrap_err();
    assert!(both.contains("in parts only"), "{both}");
}

#[test]
fn a_call_with_one_denied_partition_is_denied() {
    let deny = "{ Effect: Deny, Action: a:Put, Resource: !GetAtt Table.Arn, \
        Condition: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': ['SEAL#*'] } } }";
    let roles = roles(&format!("{{ Effect: Allow, Action: a:Put, Resource: !GetAtt Table.Arn }}, {deny}")).unwrap();
    assert_eq!(roles.check_allowed("one", &call("a:Put", "Table", &["USER#"])), Ok(()));
    assert!(roles.check_allowed("one", &call("a:Put", "Table", &["SEAL#", "USER#"])).unwrap_err().contains("denied"));
}

#[test]
fn resources_are_named_by_logical_id_or_secret_name() {
    let all = roles(
        "{ Effect: Allow, Action: a:Get, Resource: [!Ref Word, !Sub '${Bucket.Arn}/seals/*', \
         !Sub 'arn:x:secret:${AWS::StackName}/public-url-??????', !Sub '${Table.Arn}/index/GSI2'] }",
    );
    let names: Vec<String> = all.unwrap().allowed().into_iter().map(|one| one.resource).collect();
    assert_eq!(names, ["word", "Bucket/seals/", "public-url", "Table/index/GSI2"]);
}

/// Syntax that isn't supported could change the meaning of a statement.
#[test]
fn a_statement_with_unsupported_syntax_is_rejected() {
    for statement in [
        "{ Effect: Allow, NotAction: a:Get, Resource: '*' }",
        "{ Effect: Perhaps, Action: a:Get, Resource: Table }",
        "{ Effect: Allow, Action: a:Get }",
        "{ Effect: Allow, Action: 'a:*Item', Resource: Table }",
        "{ Effect: Allow, Action: a:Get, Resource: Table, Condition: { StringLike: { 'dynamodb:LeadingKeys': [A] } } }",
        "{ Effect: Allow, Action: a:Get, Resource: Table, Condition: { 'ForAllValues:StringLike': \
          { 'dynamodb:LeadingKeys': [A], 'dynamodb:Attributes': [B] } } }",
        "{ Effect: Deny, Action: a:Get, Resource: Table, Condition: { 'ForAllValues:StringLike': \
          { 'dynamodb:LeadingKeys': [A] } } }",
    ] {
        assert!(roles(statement).is_err(), "{statement}");
    }
}

#[test]
fn unused_permissions_are_found() {
    let roles = roles(&allow("a:Get, a:Put", "!GetAtt Table.Arn", "'USER#*', ADMINS")).unwrap();
    let used = |calls: &[IamRequest]| calls.iter().flat_map(|call| PermissionUse::of_request("one", call)).collect();
    let all = [call("a:Get", "Table", &["USER#", "ADMINS"]), call("a:Put", "Table", &["USER#", "ADMINS"])];
    assert_eq!(unused(&roles, &used(&all)), []);
    let some = [call("a:Get", "Table", &["USER#", "ADMINS"]), call("a:Put", "Table", &["USER#"])];
    let found: Vec<String> = unused(&roles, &used(&some)).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["one\ta:Put\tTable\tADMINS"]);
}

#[test]
fn a_log_is_read_as_it_was_written() {
    let folder = std::env::temp_dir().join(format!("citas-iam-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let uses = PermissionUse::of_request("one", &call("a:Get", "Table", &["USER#", "ADMINS"]));
    let lines: String = uses.iter().chain(&uses).map(|one| format!("{one}\n")).collect();
    std::fs::write(folder.join("1.tsv"), lines).unwrap();
    assert_eq!(read(&folder).unwrap(), uses.into_iter().collect());
    std::fs::write(folder.join("2.tsv"), "one\ta:Get\n").unwrap();
    assert!(read(&folder).is_err());
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Calls of the real SDK are recorded with their function.
#[tokio::test]
async fn calls_are_recorded_as_iam_sees_them() {
    let database = Database::memory().await.unwrap();
    let (table, iam) = (database.table(), IamObserver::default());
    let keys = [Key::admins(), Key::breaker(), Key::guard(Resource::Doctor(DoctorId::nil()))];
    let calls = async || {
        table.get::<store::counter::Counter>(&keys[0]).await.unwrap();
        table.batch(&keys).await.unwrap();
        let days = store::patterns::audit_of_day(LocalDate::default(), 0);
        table.map_items(&days, 1, |_| ()).await.unwrap();
        table.client().scan().table_name(table.name()).send().await.unwrap();
    };
    let observer: Arc<dyn Observer> = Arc::new(iam.clone());
    calls().await;
    assert!(iam.take_refused().is_empty(), "the call belongs to no function");
    run_as_function(&observer, "docs", calls()).await;
    let refused = iam.take_refused();
    let [get, batch, query, scan] = &refused[..] else { panic!("{refused:?}") };
    assert!(get.starts_with("docs: dynamodb:GetItem on Table, partitions ADMINS is in no"), "{get}");
    assert!(batch.starts_with("docs: dynamodb:BatchGetItem on Table, partitions ADMINS BREAKER DOCTOR# is"), "{batch}");
    assert!(query.starts_with("docs: dynamodb:Query on Table, partitions AUDIT# is"), "{query}");
    assert!(scan.starts_with("docs: dynamodb:Scan on Table is"), "{scan}");
    run_as_function(&observer, "docs", calls()).await;
    assert!(iam.take_refused().is_empty(), "each is reported once");
}
