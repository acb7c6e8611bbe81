//! A system that has one of everything, and what its operations can be sent.

use crate::document::{Operation, document, operations};
use crate::world::{World, id};
use bytes::Bytes;
use http::{Method, Request};
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use testkit::test_app::{Answer, PASSWORD};

/// A system that has one of everything, and the ADMIN's token.
pub(super) struct Everything {
    pub(super) world: World,
    pub(super) token: String,
    /// Paths by the template's, with everything in them that is there.
    paths: Vec<(&'static str, String)>,
}

impl Everything {
    pub(super) async fn new() -> Self {
        let world = World::new().await;
        let appointment = id(&world.book("10:00").await);
        // A history of more than one row, after which it is as it was.
        for action in ["confirm", "unconfirm"] {
            world.act(&appointment, &json!({ "action": action })).await.expect_status(200).unwrap();
        }
        let window = world.open(&world.doctor, &world.room, "2025-12-16", "09:00", "13:00").await;
        let made = async |path: &str, body: Value| id(&world.made(path, &body).await);
        let contact = made(&format!("/api/patients/{}/contacts/", world.patient), json!({ "name": "Marta" })).await;
        let specialty = made("/api/doctors/specialties/", json!({ "name": "Cardiología" })).await;
        let holiday = made("/api/clinics/holidays/", json!({ "date": "2026-12-25", "name": "Navidad" })).await;
        let rule = made("/api/schedules/rules/", rule(&world, 7)).await;
        let block = made("/api/schedules/blocks/", block(&world)).await;
        let user = made("/api/auth/users/", user("otra@example.com")).await;
        let stranger = PatientReply { from: "+5511987650000".into(), body: Some("oi".into()), ..world.reply() };
        world.app.patient_writes(&stranger).await.unwrap();
        let inbound = id(&world.list("/api/notifications/inbound/").await[0]);
        let notification = id(&world.list("/api/notifications/").await[0]);
        let patient = format!("/api/patients/{}/", world.patient);
        let gone = world.add_patient("Rosa", "30777777", "+12025550149").await;
        let paths = vec![
            ("/api/patients/{id}/erase/", format!("/api/patients/{gone}/erase/")),
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
            ("/api/appointments/{id}/", format!("/api/appointments/{appointment}/")),
            ("/api/notifications/inbound/{id}/", format!("/api/notifications/inbound/{inbound}/")),
            (
                "/api/notifications/whatsapp/send/{appointment_id}/",
                format!("/api/notifications/whatsapp/send/{appointment}/"),
            ),
            ("/api/notifications/{id}/", format!("/api/notifications/{notification}/")),
            ("/api/auth/users/{id}/", format!("/api/auth/users/{user}/")),
        ];
        let token = world.token("admin@example.com").await;
        Self { world, token, paths }
    }

    /// The path of an operation to something that is there.
    pub(super) fn path(&self, operation: &Operation) -> String {
        let path = &operation.path;
        if !path.contains('{') {
            return path.clone();
        }
        let found =
            self.paths.iter().find_map(|(template, real)| Some(format!("{real}{}", path.strip_prefix(template)?)));
        found.filter(|path| !path.contains('{')).unwrap_or_else(|| panic!("{path}: of which thing?"))
    }

    /// What a list can't do without.
    pub(super) fn query(&self, operation: &Operation) -> String {
        match operation.text("operationId") {
            "list_schedules" => format!("doctor={}&date_from=2025-12-15&date_to=2025-12-16&", self.world.doctor),
            "list_slots" => format!("doctor={}&", self.world.doctor),
            _ => String::new(),
        }
    }

    pub(super) async fn call(
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

/// What an operation that takes an `Idempotency-Key` can be sent, and a member that makes another request
/// of it.
pub(super) fn body_of(operation: &str, world: &World) -> Option<(Value, &'static str, Value)> {
    let (doctor, room, clinic) = (&world.doctor, &world.room, &world.clinic);
    Some(match operation {
        "book_appointment" => {
            (world.booking("2025-12-16T10:00:00-03:00"), "start_datetime", json!("2025-12-16T11:00:00-03:00"))
        }
        "act_on_appointment" => (json!({ "action": "confirm" }), "action", json!("unconfirm")),
        "send_notification" => (json!({}), "force", json!(true)),
        "create_user" => (user("nueva@example.com"), "email", json!("otra.mas@example.com")),
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
        "create_rule" => (rule(world, 6), "start_time", json!("10:00")),
        "create_block" => (block(world), "reason", json!("congreso")),
        _ => return None,
    })
}

/// A weekly rule on this day of the week.
fn rule(world: &World, weekday: u8) -> Value {
    json!({ "doctor": world.doctor, "room": world.room, "weekdays": [weekday], "start_time": "09:00",
        "end_time": "13:00", "valid_from": "2026-01-01" })
}

fn block(world: &World) -> Value {
    json!({ "doctor": world.doctor, "start_datetime": "2026-02-02T09:00:00-03:00",
        "end_datetime": "2026-02-02T10:00:00-03:00" })
}

pub(super) fn place(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

pub(super) fn is_json(operation: &Operation) -> bool {
    operation.declared.pointer("/requestBody/content/application~1json").is_some()
}

pub(super) fn takes(operation: &Operation, parameter: &str) -> bool {
    let reference = format!("#/components/parameters/{parameter}");
    operation.declared["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["$ref"] == *reference))
}

/// The members that a body may have.
pub(super) fn members(operation: &Operation) -> Vec<String> {
    let schema =
        operation.declared.pointer("/requestBody/content/application~1json/schema/$ref").and_then(Value::as_str);
    let document = document();
    let properties =
        schema.and_then(|schema| document.pointer(&format!("{}/properties", schema.trim_start_matches('#'))));
    properties.and_then(Value::as_object).map(|members| members.keys().cloned().collect()).unwrap_or_default()
}

/// Those that may be called as often as one likes, as long as nothing comes of it.
pub(super) fn of(wanted: impl Fn(&Operation) -> bool) -> Vec<Operation> {
    let found: Vec<Operation> = operations().into_iter().filter(wanted).collect();
    assert!(!found.is_empty(), "none is tried");
    found
}
