//! A system with one resource of each kind, and example bodies for its operations.

use crate::clinic_setup::{ClinicSetup, id};
use crate::openapi_document::{ApiOperation, document, operations};
use bytes::Bytes;
use http::{Method, Request};
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use testkit::test_app::{PASSWORD, TestResponse};

/// A system with one resource of each kind, and the ADMIN's token.
pub(super) struct SeededSystem {
    pub(super) setup: ClinicSetup,
    pub(super) token: String,
    /// Path templates, and the same paths with ids that exist.
    paths: Vec<(&'static str, String)>,
}

impl SeededSystem {
    pub(super) async fn new() -> Self {
        let setup = ClinicSetup::new().await;
        let appointment = id(&setup.book("10:00").await);
        // For a history of more than one row; the status stays the same.
        for action in ["confirm", "unconfirm"] {
            setup.act(&appointment, &json!({ "action": action })).await.expect_status(200).unwrap();
        }
        let window = setup.add_window(&setup.doctor, &setup.room, "2025-12-16", "09:00", "13:00").await;
        let made = async |path: &str, body: Value| id(&setup.create(path, &body).await);
        let contact = made(&format!("/api/patients/{}/contacts/", setup.patient), json!({ "name": "Marta" })).await;
        let specialty = made("/api/doctors/specialties/", json!({ "name": "Cardiología" })).await;
        let holiday = made("/api/clinics/holidays/", json!({ "date": "2026-12-25", "name": "Navidad" })).await;
        let rule = made("/api/schedules/rules/", rule_body(&setup, 7)).await;
        let block = made("/api/schedules/blocks/", block_body(&setup)).await;
        let user = made("/api/auth/users/", user_body("otra@example.com")).await;
        for sender in ["+5511987650001", "+5511987650000"] {
            let reply = PatientReply { from: sender.into(), body: Some("oi".into()), ..ClinicSetup::patient_reply() };
            setup.app.patient_writes(&reply).await.unwrap();
        }
        // One is marked as handled, and leaves the worklist.
        let messages = setup.list("/api/notifications/inbound/").await;
        let (inbound, listed) = (id(&messages[0]), id(&messages[1]));
        // Only somebody who has an appointment can be answered.
        setup.patient_writes("¿puedo ir con mi hijo?").await.expect_status(200).unwrap();
        let messages = setup.list("/api/notifications/inbound/").await;
        let question = messages.iter().map(id).find(|message| ![&inbound, &listed].contains(&message)).unwrap();
        let picture = PatientReply { media: vec!["image/png".to_owned()], ..ClinicSetup::patient_reply() };
        setup.app.patient_writes(&picture).await.unwrap();
        let messages = setup.list("/api/notifications/inbound/").await;
        let picture = id(messages.iter().find(|message| message["media"] != json!([])).unwrap());
        let notification = id(&setup.list("/api/notifications/").await[0]);
        let patient = format!("/api/patients/{}/", setup.patient);
        let gone = setup.add_patient("Rosa", "30777777", "+12025550149").await;
        let paths = vec![
            ("/api/patients/{id}/erase/", format!("/api/patients/{gone}/erase/")),
            ("/api/patients/{id}/contacts/{contact_id}/", format!("{patient}contacts/{contact}/")),
            ("/api/patients/{id}/", patient),
            ("/api/doctors/specialties/{id}/", format!("/api/doctors/specialties/{specialty}/")),
            ("/api/doctors/{id}/", format!("/api/doctors/{}/", setup.doctor)),
            ("/api/clinics/clinics/{id}/", format!("/api/clinics/clinics/{}/", setup.clinic)),
            ("/api/clinics/rooms/{id}/", format!("/api/clinics/rooms/{}/", setup.room)),
            ("/api/clinics/holidays/{id}/", format!("/api/clinics/holidays/{holiday}/")),
            ("/api/schedules/rules/{id}/", format!("/api/schedules/rules/{rule}/")),
            ("/api/schedules/blocks/{id}/", format!("/api/schedules/blocks/{block}/")),
            ("/api/schedules/{id}/", format!("/api/schedules/{window}/")),
            ("/api/appointments/{id}/", format!("/api/appointments/{appointment}/")),
            ("/api/notifications/inbound/{id}/reply/", format!("/api/notifications/inbound/{question}/reply/")),
            ("/api/notifications/inbound/{id}/media/{n}/", format!("/api/notifications/inbound/{picture}/media/0/")),
            ("/api/notifications/inbound/{id}/", format!("/api/notifications/inbound/{inbound}/")),
            (
                "/api/notifications/whatsapp/send/{appointment_id}/",
                format!("/api/notifications/whatsapp/send/{appointment}/"),
            ),
            ("/api/notifications/{id}/", format!("/api/notifications/{notification}/")),
            ("/api/auth/users/{id}/", format!("/api/auth/users/{user}/")),
            ("/api/worklist/{id}/", format!("/api/worklist/new_contact:{listed}/")),
        ];
        let token = setup.token("admin@example.com").await;
        Self { setup, token, paths }
    }

    /// The operation's path with ids that exist.
    pub(super) fn path(&self, operation: &ApiOperation) -> String {
        let path = &operation.path;
        if !path.contains('{') {
            return path.clone();
        }
        let found =
            self.paths.iter().find_map(|(template, real)| Some(format!("{real}{}", path.strip_prefix(template)?)));
        found.filter(|path| !path.contains('{')).unwrap_or_else(|| panic!("{path}: no resource for it"))
    }

    /// The query parameters that a list requires.
    pub(super) fn query(&self, operation: &ApiOperation) -> String {
        match operation.text("operationId") {
            "list_schedules" | "list_windows" => {
                format!("doctor={}&date_from=2025-12-15&date_to=2025-12-16&", self.setup.doctor)
            }
            "list_slots" => format!("doctor={}&", self.setup.doctor),
            _ => String::new(),
        }
    }

    pub(super) async fn call(
        &self,
        operation: &ApiOperation,
        query: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> TestResponse {
        let mut request = Request::builder().method(operation.method.parse::<Method>().unwrap()).uri(format!(
            "{}?{}{query}",
            self.path(operation),
            self.query(operation)
        ));
        let mut own = vec![];
        if operation.access() != "public" {
            own.push(("authorization", format!("Bearer {}", self.token)));
        }
        if takes_json(operation) && !headers.iter().any(|(name, _)| *name == "content-type") {
            own.push(("content-type", "application/json".to_owned()));
        }
        for (name, value) in own.iter().map(|(name, value)| (*name, value.as_str())).chain(headers.iter().copied()) {
            request = request.header(name, value);
        }
        self.setup.app.call(request.body(body.into()).unwrap()).await
    }
}

fn user_body(email: &str) -> Value {
    json!({ "email": email, "first_name": "Otra", "last_name": "Más", "role": "OPERATOR", "password": PASSWORD })
}

/// A body for an operation that takes an `Idempotency-Key`, and a member with another value, which makes it a
/// different request.
pub(super) fn example_body(operation: &str, setup: &ClinicSetup) -> Option<(Value, &'static str, Value)> {
    let (doctor, room, clinic) = (&setup.doctor, &setup.room, &setup.clinic);
    Some(match operation {
        "book_appointment" => {
            (setup.booking("2025-12-16T10:00:00-03:00"), "start_datetime", json!("2025-12-16T11:00:00-03:00"))
        }
        "act_on_appointment" => (json!({ "action": "confirm" }), "action", json!("unconfirm")),
        "send_notification" => (json!({}), "force", json!(true)),
        "link_inbound" => {
            (json!({ "patient": setup.patient }), "patient", json!("019b2f3e-7a10-7cc1-9d7e-0242ac120002"))
        }
        "reply_to_inbound" => (json!({ "body": "La esperamos." }), "body", json!("Venga a las diez.")),
        "create_user" => (user_body("nueva@example.com"), "email", json!("otra.mas@example.com")),
        "create_patient" => {
            let patient = json!({ "first_name": "Ana", "last_name": "Ruiz", "document_number": "1",
                "phone_number": "+12025550170" });
            (patient, "document_number", json!("2"))
        }
        "erase_patient" => (json!({ "reason": "solicitud" }), "reason", json!("ley 25.326")),
        "create_contact" => (json!({ "name": "Raúl" }), "name", json!("Rita")),
        "create_doctor" => (json!({ "first_name": "Bruno", "last_name": "Paz" }), "last_name", json!("Sol")),
        "create_specialty" => (json!({ "name": "Pediatría" }), "name", json!("Geriatría")),
        "create_clinic" => (json!({ "name": "Norte", "timezone": "America/Bogota" }), "name", json!("Sur")),
        "create_room" => (json!({ "clinic": clinic, "name": "Sala" }), "name", json!("Otra sala")),
        "create_holiday" => (json!({ "date": "2026-01-01", "name": "Año Nuevo" }), "name", json!("Fin de año")),
        "create_schedule" => {
            let window = json!({ "doctor": doctor, "room": room, "date": "2025-12-17", "start_time": "09:00",
                "end_time": "13:00" });
            (window, "start_time", json!("10:00"))
        }
        "create_rule" => (rule_body(setup, 6), "start_time", json!("10:00")),
        "create_block" => (block_body(setup), "reason", json!("congreso")),
        _ => return None,
    })
}

fn rule_body(setup: &ClinicSetup, weekday: u8) -> Value {
    json!({ "doctor": setup.doctor, "room": setup.room, "weekdays": [weekday], "start_time": "09:00",
        "end_time": "13:00", "valid_from": "2026-01-01" })
}

fn block_body(setup: &ClinicSetup) -> Value {
    json!({ "doctor": setup.doctor, "start_datetime": "2026-02-02T09:00:00-03:00",
        "end_datetime": "2026-02-02T10:00:00-03:00" })
}

pub(super) fn route_name(operation: &ApiOperation) -> String {
    format!("{} {}", operation.method, operation.path)
}

pub(super) fn takes_json(operation: &ApiOperation) -> bool {
    operation.declared.pointer("/requestBody/content/application~1json").is_some()
}

pub(super) fn has_parameter(operation: &ApiOperation, parameter: &str) -> bool {
    let reference = format!("#/components/parameters/{parameter}");
    operation.declared["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["$ref"] == *reference))
}

/// The members of an operation's body, by its schema.
pub(super) fn body_members(operation: &ApiOperation) -> Vec<String> {
    let schema =
        operation.declared.pointer("/requestBody/content/application~1json/schema/$ref").and_then(Value::as_str);
    let document = document();
    let properties =
        schema.and_then(|schema| document.pointer(&format!("{}/properties", schema.trim_start_matches('#'))));
    properties.and_then(Value::as_object).map(|members| members.keys().cloned().collect()).unwrap_or_default()
}

/// The operations of the document for which `wanted` holds; at least one.
pub(super) fn operations_where(wanted: impl Fn(&ApiOperation) -> bool) -> Vec<ApiOperation> {
    let found: Vec<ApiOperation> = operations().into_iter().filter(wanted).collect();
    assert!(!found.is_empty(), "no operation matches");
    found
}
