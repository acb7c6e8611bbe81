//! What holds for all operations is tried on each one of the OpenAPI document, with ids of things that
//! are there. None is named but for what it takes: a new one is tried too, and says here what it takes.

use crate::conventions::named;
use crate::document::{Operation, document, operations};
use crate::world::{World, id};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Map, Value, json};
use testkit::fake_twilio::PatientReply;
use testkit::test_app::{Answer, PASSWORD};

/// A system that has one of everything, and the ADMIN's token.
struct Everything {
    world: World,
    token: String,
    /// Paths by the template's, with everything in them that is there.
    paths: Vec<(&'static str, String)>,
}

impl Everything {
    async fn new() -> Self {
        let world = World::new().await;
        let visit = id(&world.book("10:00").await);
        let window = world.open(&world.doctor, &world.room, "2025-12-16", "09:00", "13:00").await;
        let made = async |path: &str, body: Value| id(&world.made(path, &body).await);
        let contact = made(&format!("/api/patients/{}/contacts/", world.patient), json!({ "name": "Marta" })).await;
        let specialty = made("/api/doctors/specialties/", json!({ "name": "Cardiología" })).await;
        let holiday = made("/api/clinics/holidays/", json!({ "date": "2026-12-25", "name": "Navidad" })).await;
        let rule = made("/api/schedules/rules/", json!({ "doctor": world.doctor, "room": world.room, "weekdays": [7], "start_time": "09:00", "end_time": "13:00", "valid_from": "2026-01-01" })).await;
        let block = made("/api/schedules/blocks/", body_of("create_block", &world).unwrap()).await;
        let user = made("/api/auth/users/", user("otra@example.com")).await;
        let stranger = PatientReply { from: "+5511987650000".into(), body: Some("oi".into()), ..world.reply() };
        world.app.patient_writes(&stranger).await.unwrap();
        let inbound = id(&world.list("/api/notifications/inbound/").await[0]);
        let notification = id(&world.list("/api/notifications/").await[0]);
        let patient = format!("/api/patients/{}/", world.patient);
        let paths = vec![
            ("/api/patients/{id}/contacts/{contact_id}/", format!("{patient}contacts/{contact}/")),
            ("/api/patients/{id}/", patient),
            ("/api/doctors/specialties/{id}/", format!("/api/doctors/specialties/{specialty}/")),
            ("/api/doctors/{id}/", format!("/api/doctors/{}/", world.doctor)),
            ("/api/clinics/clinics/{id}/", format!("/api/clinics/clinics/{}/", world.clinic)),
            ("/api/clinics/rooms/{id}/", format!("/api/clinics/rooms/{}/", world.room)),
            ("/api/clinics/holidays/{id}/", format!("/api/clinics/holidays/{holiday}/")),
            ("/api/schedules/rules/{id}/", format!("/api/schedules/rules/{rule}/")),
            ("/api/schedules/blocks/{id}/", format!("/api/schedules/blocks/{block}/")),
            ("/api/schedules/{id}/", format!("/api/schedules/{window}/")),
            ("/api/appointments/{id}/", format!("/api/appointments/{visit}/")),
            ("/api/notifications/inbound/{id}/", format!("/api/notifications/inbound/{inbound}/")),
            (
                "/api/notifications/whatsapp/send/{appointment_id}/",
                format!("/api/notifications/whatsapp/send/{visit}/"),
            ),
            ("/api/notifications/{id}/", format!("/api/notifications/{notification}/")),
            ("/api/auth/users/{id}/", format!("/api/auth/users/{user}/")),
        ];
        let token = world.token("admin@example.com").await;
        Self { world, token, paths }
    }

    /// The path of an operation to something that is there.
    fn path(&self, operation: &Operation) -> String {
        let path = &operation.path;
        if !path.contains('{') {
            return path.clone();
        }
        let found =
            self.paths.iter().find_map(|(template, real)| Some(format!("{real}{}", path.strip_prefix(template)?)));
        found.filter(|path| !path.contains('{')).unwrap_or_else(|| panic!("{path}: of which thing?"))
    }

    /// What a list can't do without.
    fn query(&self, operation: &Operation) -> String {
        match operation.text("operationId") {
            "list_schedules" | "list_slots" => format!("doctor={}&", self.world.doctor),
            _ => String::new(),
        }
    }

    async fn call(
        &self,
        operation: &Operation,
        query: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::builder().method(operation.method.parse::<Method>().unwrap()).uri(format!(
            "{}?{}{query}",
            self.path(operation),
            self.query(operation)
        ));
        let mut own = vec![];
        if operation.access() != "public" {
            own.push(("authorization", format!("Bearer {}", self.token)));
        }
        if is_json(operation) && !headers.iter().any(|(name, _)| *name == "content-type") {
            own.push(("content-type", "application/json".to_owned()));
        }
        for (name, value) in own.iter().map(|(name, value)| (*name, value.as_str())).chain(headers.iter().copied()) {
            request = request.header(name, value);
        }
        self.world.app.call(request.body(body.into()).unwrap()).await
    }
}

fn user(email: &str) -> Value {
    json!({ "email": email, "first_name": "Otra", "last_name": "Más", "role": "OPERATOR", "password": PASSWORD })
}

/// What each operation that takes an `Idempotency-Key` can be sent.
fn body_of(operation: &str, world: &World) -> Option<Value> {
    let (doctor, room, clinic) = (&world.doctor, &world.room, &world.clinic);
    Some(match operation {
        "book_appointment" => world.booking("2025-12-16T10:00:00-03:00"),
        "act_on_appointment" => json!({ "action": "confirm" }),
        "send_notification" => json!({}),
        "create_user" => user("nueva@example.com"),
        "create_patient" => {
            json!({ "first_name": "Ana", "last_name": "Ruiz", "document_number": "1", "phone_number": "+12025550170" })
        }
        "create_contact" => json!({ "name": "Raúl" }),
        "create_doctor" => json!({ "first_name": "Bruno", "last_name": "Paz" }),
        "create_specialty" => json!({ "name": "Pediatría" }),
        "create_clinic" => json!({ "name": "Norte", "timezone": "America/Bogota" }),
        "create_room" => json!({ "clinic": clinic, "name": "Sala" }),
        "create_holiday" => json!({ "date": "2026-01-01", "name": "Año Nuevo" }),
        "create_schedule" => {
            json!({ "doctor": doctor, "room": room, "date": "2025-12-17", "start_time": "09:00", "end_time": "13:00" })
        }
        "create_rule" => {
            json!({ "doctor": doctor, "room": room, "weekdays": [6], "start_time": "09:00", "end_time": "13:00", "valid_from": "2026-01-01" })
        }
        "create_block" => {
            json!({ "doctor": doctor, "start_datetime": "2026-02-02T09:00:00-03:00", "end_datetime": "2026-02-02T10:00:00-03:00" })
        }
        _ => return None,
    })
}

fn place(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

fn is_json(operation: &Operation) -> bool {
    operation.declared.pointer("/requestBody/content/application~1json").is_some()
}

fn takes(operation: &Operation, parameter: &str) -> bool {
    let reference = format!("#/components/parameters/{parameter}");
    operation.declared["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["$ref"] == *reference))
}

/// The members that a body may have.
fn members(operation: &Operation) -> Vec<String> {
    let schema =
        operation.declared.pointer("/requestBody/content/application~1json/schema/$ref").and_then(Value::as_str);
    let document = document();
    let properties =
        schema.and_then(|schema| document.pointer(&format!("{}/properties", schema.trim_start_matches('#'))));
    properties.and_then(Value::as_object).map(|members| members.keys().cloned().collect()).unwrap_or_default()
}

/// Those that may be called as often as one likes, as long as nothing comes of it.
fn of(wanted: impl Fn(&Operation) -> bool) -> Vec<Operation> {
    let found: Vec<Operation> = operations().into_iter().filter(wanted).collect();
    assert!(!found.is_empty(), "none is tried");
    found
}

#[tokio::test]
async fn a_parameter_that_there_is_not_is_named() {
    let all = Everything::new().await;
    for operation in
        of(|operation| !operation.path.contains("/whatsapp/webhook") && !operation.path.contains("/whatsapp/status"))
    {
        let answer = all.call(&operation, "colour=red", &[], if is_json(&operation) { "{}" } else { "" }).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (400, "validation_error"),
            "{}",
            place(&operation)
        );
        assert!(named(&answer).contains(&"colour".to_owned()), "{}: {}", place(&operation), answer.body);
    }
}

#[tokio::test]
async fn a_member_that_there_is_not_or_twice_is_named() {
    let all = Everything::new().await;
    for operation in of(is_json) {
        let answer = all.call(&operation, "", &[], r#"{"colour": 1}"#).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (400, "validation_error"),
            "{}",
            place(&operation)
        );
        assert!(named(&answer).contains(&"colour".to_owned()), "{}: {}", place(&operation), answer.body);
        let member = members(&operation).remove(0);
        let answer = all.call(&operation, "", &[], format!(r#"{{"{member}": null, "{member}": null}}"#)).await;
        assert_eq!(answer.status, 400, "{} {member}", place(&operation));
        assert!(named(&answer).contains(&member), "{}: {}", place(&operation), answer.body);
    }
}

#[tokio::test]
async fn what_is_no_json_object_of_bounded_size_and_depth_is_refused() {
    let all = Everything::new().await;
    let large = format!(r#"{{"a": "{}"}}"#, "x".repeat(64 * 1024));
    let deep = format!(r#"{{"a": {}{}}}"#, "[".repeat(32), "]".repeat(32));
    for operation in of(is_json) {
        for (kind, body, status, code) in [
            ("application/json", large.as_str(), 413, "too_large"),
            ("text/plain", "{}", 415, "unsupported_media_type"),
            ("application/x-www-form-urlencoded", "a=b", 415, "unsupported_media_type"),
            ("application/json", deep.as_str(), 400, "malformed"),
            ("application/json", "[]", 400, "malformed"),
            ("application/json", "{", 400, "malformed"),
        ] {
            let answer = all.call(&operation, "", &[("content-type", kind)], body.to_owned()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (status, code),
                "{} {kind}",
                place(&operation)
            );
        }
    }
}

#[tokio::test]
async fn a_request_keeps_its_id_and_a_problem_is_told_in_three_languages() {
    let all = Everything::new().await;
    for operation in of(|_| true) {
        let mut titles = Vec::new();
        for language in ["es", "en", "pt"] {
            // No type, a parameter that isn't known, or nobody who asks: each is refused for something.
            let headers = [
                ("x-request-id", "ask-1"),
                ("accept-language", language),
                ("authorization", "Bearer x"),
                ("content-type", "text/plain"),
            ];
            let request = Request::builder()
                .method(operation.method.as_str())
                .uri(format!("{}?colour=red", all.path(&operation)));
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let answer = all.world.app.call(request.body(Bytes::from("x")).unwrap()).await;
            let place = place(&operation);
            assert!(answer.status.is_client_error(), "{place}: {answer:?}");
            assert_eq!(answer.header("x-request-id"), "ask-1", "{place}");
            assert_eq!(
                (answer.text("instance").as_str(), answer.header("content-language").as_str()),
                ("ask-1", language),
                "{place}"
            );
            assert_eq!(answer.header("content-type"), "application/problem+json", "{place}");
            titles.push(answer.text("title"));
        }
        titles.sort();
        titles.dedup();
        assert_eq!(titles.len(), 3, "{}: {titles:?}", place(&operation));
    }
}

/// The body that replaces a thing by itself.
async fn same(all: &Everything, operation: &Operation) -> Value {
    let get = Operation { method: "GET".to_owned(), ..operation.clone() };
    let now = all.call(&get, "", &[], "").await.expect_status(200).unwrap().body;
    let own = |member: String| Some((member.clone(), now.get(&member)?.clone()));
    Value::Object(members(operation).into_iter().filter_map(own).collect::<Map<_, _>>())
}

#[tokio::test]
async fn a_version_that_nobody_saw_last_changes_nothing() {
    let all = Everything::new().await;
    for operation in of(|operation| takes(operation, "IfMatch")) {
        let body = match operation.method.as_str() {
            "PUT" => same(&all, &operation).await.to_string(),
            // Nothing of the message can be changed but this, so it has to be there.
            "PATCH" if operation.text("operationId") == "update_inbound" => r#"{"needs_attention": false}"#.to_owned(),
            "PATCH" => "{}".to_owned(),
            "POST" => body_of(operation.text("operationId"), &all.world).unwrap().to_string(),
            _ => String::new(),
        };
        for stale in ["\"99\"", "W/\"1\""] {
            let answer = all.call(&operation, "", &[("if-match", stale)], body.clone()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (412, "precondition_failed"),
                "{}: {}",
                place(&operation),
                answer.body
            );
        }
        if operation.method != "DELETE" {
            let answer = all.call(&operation, "", &[("if-match", "*")], body).await;
            assert_eq!(answer.status, 200, "{}: {}", place(&operation), answer.body);
        }
    }
    // Whoever changes one thing can say which version was meant.
    let deaf: Vec<String> = operations()
        .iter()
        .filter(|operation| {
            matches!(operation.method.as_str(), "PUT" | "PATCH" | "DELETE") && !takes(operation, "IfMatch")
        })
        .map(place)
        .collect();
    assert_eq!(deaf, ["DELETE /api/auth/me/totp/"], "a second factor has no version");
}

#[tokio::test]
async fn one_thing_has_its_version_for_a_tag() {
    let all = Everything::new().await;
    let mut seen = 0;
    for operation in
        of(|operation| operation.method == "GET" && operation.declared.pointer("/responses/200/headers/ETag").is_some())
    {
        let answer = all.call(&operation, "", &[], "").await.expect_status(200).unwrap();
        assert_eq!(answer.header("etag"), format!("\"{}\"", answer.body["version"]), "{}", place(&operation));
        seen += 1;
    }
    let things = operations()
        .into_iter()
        .filter(|operation| operation.method == "GET" && operation.path.ends_with("}/"))
        .count();
    assert_eq!(seen, things + 1, "every one that has an id, and oneself");
}

#[tokio::test]
async fn what_is_posted_twice_under_one_key_happens_once() {
    let all = Everything::new().await;
    for operation in of(|operation| takes(operation, "IdempotencyKey")) {
        let (name, place) = (operation.text("operationId"), place(&operation));
        // Ending a session has no outcome to be shown again: the second time nothing is left to end.
        if name == "log_out" {
            continue;
        }
        let body = body_of(name, &all.world).unwrap_or_else(|| panic!("{place}: what does it take?"));
        let key = [("idempotency-key", name)];
        let first = all.call(&operation, "", &key, body.to_string()).await;
        assert!(first.status.is_success(), "{place}: {}", first.body);
        assert_eq!(first.header("idempotency-replayed"), "", "{place}");
        let again = all.call(&operation, "", &key, body.to_string()).await;
        assert_eq!(
            (again.status, again.header("idempotency-replayed").as_str()),
            (first.status, "true"),
            "{place}: {}",
            again.body
        );
        assert_eq!((again.id(), again.header("location")), (first.id(), first.header("location")), "{place}");
        let mut other = body.clone();
        match name {
            "act_on_appointment" => other["action"] = json!("unconfirm"),
            "send_notification" => other["force"] = json!(true),
            _ => {
                let (member, value) = body.as_object().unwrap().iter().find(|(_, value)| value.is_string()).unwrap();
                other[member] = json!(if member == "date" {
                    "2027-01-01".to_owned()
                } else {
                    format!("{}x", value.as_str().unwrap())
                });
            }
        }
        if name == "book_appointment" {
            other = all.world.booking("2025-12-16T11:00:00-03:00");
        } else if matches!(name, "create_room" | "create_schedule" | "create_rule" | "create_block") {
            other = body.clone();
            let (member, value) = match name {
                "create_room" => ("name", json!("Otra sala")),
                "create_schedule" => ("start_time", json!("10:00")),
                "create_rule" => ("start_time", json!("10:00")),
                _ => ("reason", json!("congreso")),
            };
            other[member] = value;
        } else if name == "create_user" {
            other = user("otra.mas@example.com");
        } else if name == "create_clinic" {
            other["name"] = json!("Sur");
            other["timezone"] = body["timezone"].clone();
        }
        let mismatch = all.call(&operation, "", &key, other.to_string()).await;
        assert_eq!(
            (mismatch.status.as_u16(), mismatch.code().as_str()),
            (422, "idempotency_mismatch"),
            "{place}: {}",
            mismatch.body
        );
        let bad = all.call(&operation, "", &[("idempotency-key", "")], body.to_string()).await;
        assert_eq!((bad.status.as_u16(), bad.code().as_str()), (400, "validation_error"), "{place}");
    }
}

#[tokio::test]
async fn a_list_has_pages_of_bounded_size_and_cursors_of_its_own() {
    let all = Everything::new().await;
    for operation in of(|operation| takes(operation, "PageSize")) {
        let place = place(&operation);
        for size in ["0", "201", "abc", "-1"] {
            let answer = all.call(&operation, &format!("page_size={size}"), &[], "").await;
            assert_eq!((answer.status.as_u16(), named(&answer)), (400, vec!["page_size".to_owned()]), "{place} {size}");
        }
        for cursor in ["abc", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let answer = all.call(&operation, &format!("cursor={cursor}"), &[], "").await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_cursor"), "{place}");
        }
        let answer = all.call(&operation, "page_size=1", &[], "").await.expect_status(200).unwrap();
        let shape: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
        assert_eq!(shape, ["next", "previous", "results"], "{place}");
        assert!(answer.results().len() <= 1, "{place}");
        // From one end to the other and back.
        let client = all.world.app.with_token(&all.token);
        let first = format!("{}?{}page_size=1", all.path(&operation), all.query(&operation));
        let (forwards, backwards) = crate::paging::walk(&client, &first).await;
        let (forwards, mut backwards) = (forwards.concat(), backwards.concat());
        backwards.reverse();
        assert_eq!(forwards, backwards, "{place}");
        let whole = all.call(&operation, "page_size=200", &[], "").await.expect_status(200).unwrap();
        assert_eq!(forwards, whole.results(), "{place}");
        // A cursor is good for its list, its user and its filters only, and for an hour.
        let Some(next) = answer.body["next"].as_str() else { continue };
        let changed = next.replace(&format!("{}?", operation.path), &format!("{}?colour=red&", operation.path));
        assert!(client.get(&changed).await.unwrap().status == 400 || operation.path.contains('{'), "{place}");
        let other = all.world.app.with_token(&all.world.token("operator@example.com").await);
        let answer = other.get(next).await.unwrap();
        let refused = (answer.status.as_u16(), answer.code());
        assert!(refused == (400, "invalid_cursor".to_owned()) || refused.0 == 403, "{place}: {refused:?}");
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_an_hour() {
    let all = Everything::new().await;
    let mut cursors = Vec::new();
    for operation in of(|operation| takes(operation, "PageSize")) {
        let answer = all.call(&operation, "page_size=1", &[], "").await.expect_status(200).unwrap();
        cursors.extend(answer.body["next"].as_str().map(|next| (place(&operation), next.to_owned())));
    }
    assert!(cursors.len() > 2, "{cursors:?}");
    all.world.app.set_now("2025-12-01T13:00:00Z").unwrap();
    let admin = all.world.admin().await;
    for (place, next) in cursors {
        let answer = admin.get(&next).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_cursor"), "{place}");
    }
}
