//! Tests of `expand=summary`: when a patient comes next, came last, and how often the patient didn't come.

use crate::clinic_setup::{ClinicSetup, id};
use domain::user::Role;
use local::protocol::OperationKind;
use serde_json::{Value, json};
use testkit::faulty_client::{FaultyClient, run_as_operation};

/// The summary of the patient in the list, which is that of the patient alone.
async fn summary(setup: &ClinicSetup, email: &str) -> Value {
    let client = setup.app.sign_in(email).await.unwrap();
    let alone = client.get(&format!("/api/patients/{}/?expand=summary", setup.patient)).await.unwrap();
    let listed = client.get("/api/patients/?search=fern&expand=summary").await.unwrap().results();
    let listed = listed.iter().find(|row| id(row) == setup.patient).unwrap().clone();
    let members = |row: &Value| json!([row["next_appointment"], row["last_appointment"], row["no_shows"]]);
    assert_eq!(members(&listed), members(&alone.expect_status(200).unwrap().body));
    members(&listed)
}

fn row(appointment: &Value, status: &str) -> Value {
    json!({ "id": appointment["id"], "start_datetime": appointment["start_datetime"], "doctor_name": "Alicia Mora",
        "status": status })
}

const OPERATOR: &str = "operator@example.com";

#[tokio::test]
async fn the_next_and_the_last_appointment_are_those_that_count() {
    let setup = ClinicSetup::new().await;
    assert_eq!(summary(&setup, OPERATOR).await, json!([null, null, 0]));
    let cancelled = setup.book("09:00").await;
    setup.act(&id(&cancelled), &json!({ "action": "cancel", "reason": "x" })).await.expect_status(200).unwrap();
    let later = setup.book("12:00").await;
    let first = setup.book("10:00").await;
    assert_eq!(summary(&setup, OPERATOR).await, json!([row(&first, "PENDING"), null, 0]), "not the cancelled one");
    setup.act(&id(&first), &json!({ "action": "confirm" })).await.expect_status(200).unwrap();
    setup.app.set_now("2025-12-15T14:30:00Z").unwrap();
    assert_eq!(
        summary(&setup, OPERATOR).await,
        json!([row(&later, "PENDING"), row(&first, "CONFIRMED"), 0]),
        "nobody has said whether the patient came"
    );
    setup.act(&id(&first), &json!({ "action": "no_show" })).await.expect_status(200).unwrap();
    assert_eq!(summary(&setup, OPERATOR).await, json!([row(&later, "PENDING"), row(&first, "NO_SHOW"), 1]));
    setup.app.set_now("2025-12-15T15:30:00Z").unwrap();
    setup.act(&id(&later), &json!({ "action": "complete" })).await.expect_status(200).unwrap();
    assert_eq!(summary(&setup, OPERATOR).await, json!([null, row(&later, "COMPLETED"), 1]));
}

#[tokio::test]
async fn appointments_of_other_clinics_are_in_no_summary() {
    let setup = ClinicSetup::new().await;
    let appointment = setup.book("10:00").await;
    let norte = setup.add_clinic("Norte").await;
    setup.app.add_user("norte@example.com", Role::Operator, &[&norte]).await.unwrap();
    setup.app.add_user("centro@example.com", Role::Operator, &[&setup.clinic]).await.unwrap();
    assert_eq!(summary(&setup, "norte@example.com").await, json!([null, null, 0]));
    assert_eq!(summary(&setup, "centro@example.com").await, json!([row(&appointment, "PENDING"), null, 0]));
    setup.app.set_now("2025-12-15T13:30:00Z").unwrap();
    setup.act(&id(&appointment), &json!({ "action": "no_show" })).await.expect_status(200).unwrap();
    assert_eq!(summary(&setup, "norte@example.com").await, json!([null, null, 0]));
    assert_eq!(summary(&setup, "centro@example.com").await, json!([null, row(&appointment, "NO_SHOW"), 1]));
}

#[tokio::test]
async fn without_the_parameter_there_is_no_summary_and_no_query_for_one() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    for number in 0..4 {
        setup.add_patient("Ana", &format!("4000000{number}"), &format!("+1202555016{number}")).await;
    }
    faulty_client.record_calls();
    let operator = setup.operator().await;
    let path = "/api/patients/?search=fern";
    let mut queries = Vec::new();
    for query in ["", "&expand=summary"] {
        let answer = run_as_operation(1, operator.get(&format!("{path}{query}"))).await.unwrap();
        assert_eq!(answer.expect_status(200).unwrap().results().len(), 5);
        let calls = faulty_client.take_calls(1);
        queries.push(calls.iter().filter(|call| call.kind == OperationKind::Query).count());
    }
    assert_eq!(queries[1] - queries[0], 2 * 5, "two for each patient");
    for path in [path, &format!("/api/patients/{}/", setup.patient)] {
        let body = operator.get(path).await.unwrap().expect_status(200).unwrap().body;
        let row = body["results"].get(0).unwrap_or(&body);
        for member in ["next_appointment", "last_appointment", "no_shows"] {
            assert!(row.get(member).is_none(), "{path} {member}");
        }
    }
    for (query, field) in [("expand=patient", "expand"), ("expand=summary&page_size=51", "page_size")] {
        let refused = operator.get(&format!("/api/patients/?{query}")).await.unwrap();
        assert!(refused.status == 400 && refused.body["errors"][field].is_array(), "{query}: {refused:?}");
    }
    for query in ["page_size=51", "expand=summary&page_size=50", "expand=summary"] {
        assert_eq!(operator.get(&format!("/api/patients/?{query}")).await.unwrap().status, 200, "{query}");
    }
}
