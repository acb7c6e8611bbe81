//! Does every endpoint treat a request alike, whatever it is about? Paths, methods, who may, request
//! ids, versions.

use crate::world::{World, id};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use testkit::test_app::Answer;

/// A request of the operator's whose every header the test chooses.
pub(crate) async fn raw(
    world: &World,
    method: Method,
    path: &str,
    content_type: &str,
    body: impl Into<Bytes>,
) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", world.token("operator@example.com").await))
        .header("content-type", content_type)
        .body(body.into())
        .unwrap();
    world.app.call(request).await
}

pub(crate) fn named(answer: &Answer) -> Vec<String> {
    answer.body["errors"].as_object().map(|errors| errors.keys().cloned().collect()).unwrap_or_default()
}

#[tokio::test]
async fn a_path_works_with_and_without_its_slash() {
    let world = World::new().await;
    let operator = world.operator().await;
    for path in ["/api/patients", "/api/clinics/clinics", "/api/health"] {
        let bare = operator.get(path).await.unwrap().expect_status(200).unwrap();
        let slashed = operator.get(&format!("{path}/")).await.unwrap().expect_status(200).unwrap();
        assert_eq!(bare.body, slashed.body, "{path}");
    }
    let path = format!("/api/patients/{}", world.patient);
    operator.patch(&path, &json!({ "notes": "x" })).await.unwrap().expect_status(200).unwrap();
}

#[tokio::test]
async fn who_may_not_is_told_why() {
    let world = World::new().await;
    let stranger = world.app.anonymous().get("/api/patients/").await.unwrap().expect_status(401).unwrap();
    assert_eq!(
        (stranger.code().as_str(), stranger.header("www-authenticate").as_str()),
        ("not_authenticated", "Bearer")
    );
    let forged = world.app.with_token("not.a.token").get("/api/patients/").await.unwrap();
    assert_eq!((forged.status.as_u16(), forged.code().as_str()), (401, "not_authenticated"));

    let operator = world.operator().await;
    for path in ["/api/auth/users/", "/api/audit/"] {
        let denied = operator.get(path).await.unwrap().expect_status(403).unwrap();
        assert_eq!(denied.code(), "permission_denied", "{path}");
    }
    for path in ["/api/doctors/", "/api/clinics/clinics/", "/api/clinics/rooms/", "/api/schedules/"] {
        // The role comes before the body: an empty one isn't even looked at.
        let denied = operator.post(path, &json!({})).await.unwrap().expect_status(403).unwrap();
        assert_eq!(denied.code(), "permission_denied", "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    let operator = world.operator().await;
    let unknown = "019b2f3e-7a10-7cc1-9d7e-0242ac120002";
    for path in [
        format!("/api/patients/{unknown}/"),
        "/api/patients/nothing-like-an-id/".to_owned(),
        format!("/api/patients/{}/nothing/", world.patient),
        format!("/api/appointments/{unknown}/actions/"),
        "/api/nothing/".to_owned(),
    ] {
        let answer = operator.get(&path).await.unwrap().expect_status(404).unwrap();
        assert_eq!(answer.code(), "not_found", "{path}");
    }
    // The body comes before existence.
    let answer = operator.patch(&format!("/api/patients/{unknown}/"), &json!({ "colour": 1 })).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "validation_error"));
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right() {
    let world = World::new().await;
    let answer = world.operator().await.delete("/api/patients/").await.unwrap().expect_status(405).unwrap();
    assert_eq!(answer.code(), "method_not_allowed");
    let allow = answer.header("allow");
    let mut methods: Vec<&str> = allow.split(',').map(str::trim).filter(|method| *method != "HEAD").collect();
    methods.sort_unstable();
    assert_eq!(methods, ["GET", "POST"]);
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let world = World::new().await;
    let ask = |given: &'static str| {
        let app = &world.app;
        async move { app.anonymous().header("x-request-id", given).unwrap().get("/api/health/").await.unwrap() }
    };
    assert_eq!(ask("a.b_C-9").await.header("x-request-id"), "a.b_C-9");
    let long = "x".repeat(65);
    for bad in ["with blank", "a/b", "ñ", Box::leak(long.into_boxed_str())] {
        let own = ask(bad).await.header("x-request-id");
        assert!(!own.is_empty() && own != bad, "{bad}");
    }
    let refused = world.app.anonymous().get("/api/patients/").await.unwrap();
    assert_eq!(refused.header("x-request-id"), refused.text("instance"));
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    let admin = world.admin().await;
    let window = id(&world.list(&format!("/api/schedules/?room={}&date=2025-12-15", world.room)).await[0]);
    for path in [
        format!("/api/patients/{}/", world.patient),
        format!("/api/doctors/{}/", world.doctor),
        format!("/api/clinics/clinics/{}/", world.clinic),
        format!("/api/clinics/rooms/{}/", world.room),
        format!("/api/schedules/{window}/"),
        format!("/api/appointments/{appointment}/"),
    ] {
        let read = admin.get(&path).await.unwrap().expect_status(200).unwrap();
        assert_eq!(read.header("etag"), format!("\"{}\"", read.body["version"]), "{path}");
        for stale in ["\"99\"", "W/\"1\"", "1"] {
            let client = admin.clone().header("if-match", stale).unwrap();
            let answer = client.patch(&path, &json!({})).await.unwrap();
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (412, "precondition_failed"),
                "{path} {stale}"
            );
            if !path.contains("appointments") {
                assert_eq!(client.delete(&path).await.unwrap().status, 412, "DELETE {path} {stale}");
            }
        }
        for fresh in [read.header("etag").as_str(), "*"] {
            let client = admin.clone().header("if-match", fresh).unwrap();
            client.patch(&path, &json!({})).await.unwrap().expect_status(200).unwrap();
        }
    }
    let stale = admin.header("if-match", "\"99\"").unwrap();
    let path = format!("/api/appointments/{appointment}/actions/");
    assert_eq!(stale.post(&path, &json!({ "action": "confirm" })).await.unwrap().status, 412);
    let moved = json!({ "action": "reschedule", "start_datetime": "2025-12-15T11:00:00-03:00" });
    assert_eq!(stale.post(&path, &moved).await.unwrap().status, 412);
    let body = json!({ "first_name": "X", "last_name": "Y", "document_number": "1", "phone_number": "+12025550199" });
    let path = format!("/api/patients/{}/", world.patient);
    assert_eq!(stale.put(&path, &body).await.unwrap().status, 412);
    // What is wrong with the body itself is said first.
    for (path, wrong) in [
        (path, json!({ "first_name": " " })),
        (format!("/api/doctors/{}/", world.doctor), json!({ "buffer_minutes": 121 })),
        (format!("/api/clinics/clinics/{}/", world.clinic), json!({ "timezone": "Mars" })),
        (format!("/api/schedules/{window}/"), json!({ "slot_minutes": 4 })),
        (format!("/api/appointments/{appointment}/"), json!({ "reason": "x".repeat(501) })),
    ] {
        assert_eq!(stale.patch(&path, &wrong).await.unwrap().status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_version_grows_with_each_change_and_no_other() {
    let world = World::new().await;
    let operator = world.operator().await;
    let path = format!("/api/patients/{}/", world.patient);
    let changed = operator.patch(&path, &json!({ "notes": "alérgica" })).await.unwrap();
    assert_eq!((changed.header("etag").as_str(), &changed.body["version"]), ("\"2\"", &json!(2)));
    let same = operator.patch(&path, &json!({ "notes": "alérgica" })).await.unwrap();
    assert_eq!(same.body["version"], 2);
    let cleared = operator.patch(&path, &json!({ "notes": null })).await.unwrap();
    assert_eq!((&cleared.body["notes"], &cleared.body["version"]), (&Value::Null, &json!(3)));
}
