//! Example calls of each operation that succeed for a caller with permission: with ids that exist and a valid body.

use super::callers::CallerKind;
use super::fixture::{ClinicSide, MatrixFixture};
use crate::clinic_setup::{ClinicSetup, DAY, ZONE, id, on_the_day};
use crate::openapi_document::ApiOperation;
use domain::time::{Days, LocalDate};
use local::system::FAKE_ACCOUNT;
use serde_json::{Value, json};
use testkit::test_app::PASSWORD;

#[derive(Debug, Clone, Default)]
pub(super) struct ApiCall {
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// A form with a Twilio signature, instead of a body.
    pub(super) form: Option<Vec<(String, String)>>,
    /// Whether the call is about a resource of a clinic.
    pub(super) has_clinic: bool,
    /// The id that a list shows to a caller with permission.
    pub(super) shows: Option<String>,
    /// A POST that the same caller sends before.
    pub(super) before: Option<(&'static str, Value)>,
}

impl ApiCall {
    fn to(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    fn signed(self, form: Vec<(String, String)>) -> Self {
        Self { form: Some(form), ..self }
    }

    fn of_clinic(self) -> Self {
        Self { has_clinic: true, ..self }
    }

    fn showing(self, id: impl Into<String>) -> Self {
        Self { shows: Some(id.into()), ..self }
    }
}

/// A call of an operation about one of the clinics, with newly created resources.
pub(super) async fn example_call(fixture: &MatrixFixture, operation: &ApiOperation, side: &ClinicSide) -> ApiCall {
    let name = format!("{} {}", operation.method, operation.path);
    let group = operation.path.split('/').nth(2).unwrap_or_default();
    let found = match group {
        "appointments" => appointments(fixture, &name, side).await,
        "auth" => auth(fixture, &name, side).await,
        "clinics" => clinics(fixture, &name, side).await,
        "doctors" => doctors(fixture, &name).await,
        "notifications" => notifications(fixture, &name, side).await,
        "patients" => patients(fixture, &name, side).await,
        "schedules" => schedules(fixture, &name, side).await,
        "worklist" => worklist(fixture, &name, side).await,
        _ => other_calls(&name),
    };
    found.unwrap_or_else(|| {
        panic!(
            "the matrix doesn't know how to call `{name}` ({}). Add a line for it to `{group}` in \
             infra/tests/api/matrix/calls.rs: its path with ids of resources that the fixture makes, a valid \
             body, `.of_clinic()` if it is about a resource of a clinic, `.showing(id)` for a list. Then \
             accept the table with INSTA_UPDATE=always and read the diff.",
            operation.text("operationId")
        )
    })
}

async fn appointments(fixture: &MatrixFixture, name: &str, side: &ClinicSide) -> Option<ApiCall> {
    if name == "POST /api/appointments/" {
        let booking = MatrixFixture::booking(&fixture.add_resources(side).await);
        return Some(ApiCall::to("/api/appointments/").with(booking).of_clinic());
    }
    let (resources, appointment) = fixture.book_appointment(side).await;
    let one = format!("/api/appointments/{appointment}/");
    let call = match name {
        "GET /api/appointments/" => {
            ApiCall::to(format!("/api/appointments/?doctor={}&date={DAY}", resources.doctor)).showing(appointment)
        }
        "GET /api/appointments/{id}/" => ApiCall::to(one),
        "PATCH /api/appointments/{id}/" => ApiCall::to(one).with(json!({ "notes": "traer estudios" })),
        "GET /api/appointments/{id}/actions/" => ApiCall::to(format!("{one}actions/")),
        "POST /api/appointments/{id}/actions/" => {
            ApiCall::to(format!("{one}actions/")).with(json!({ "action": "confirm" }))
        }
        _ => return None,
    };
    Some(call.of_clinic())
}

async fn auth(fixture: &MatrixFixture, name: &str, side: &ClinicSide) -> Option<ApiCall> {
    let body = || {
        let email = format!("nueva{}@example.com", fixture.next_number());
        json!({ "email": email, "role": "OPERATOR", "password": PASSWORD, "clinics": [side.clinic] })
    };
    if name.contains("/api/auth/users/{id}/") {
        let made = fixture.create("/api/auth/users/", &body()).await;
        let call = ApiCall::to(format!("/api/auth/users/{}/", id(&made))).of_clinic();
        return match name.split(' ').next()? {
            "GET" | "DELETE" => Some(call),
            "PATCH" => Some(call.with(json!({ "first_name": "Eva" }))),
            "PUT" => Some(call.with(json!({ "email": made["email"], "role": "OPERATOR", "clinics": [side.clinic] }))),
            _ => None,
        };
    }
    let call = match name {
        "GET /api/auth/users/" => {
            let made = fixture.create("/api/auth/users/", &body()).await;
            ApiCall::to("/api/auth/users/?page_size=200").of_clinic().showing(id(&made))
        }
        "POST /api/auth/users/" => ApiCall::to("/api/auth/users/").with(body()).of_clinic(),
        "GET /api/auth/me/" => ApiCall::to("/api/auth/me/"),
        "PATCH /api/auth/me/" => ApiCall::to("/api/auth/me/").with(json!({ "first_name": "Eva" })),
        "POST /api/auth/me/password/" => ApiCall::to("/api/auth/me/password/")
            .with(json!({ "current_password": PASSWORD, "new_password": "otra clave bastante larga" })),
        "POST /api/auth/me/totp/" => ApiCall::to("/api/auth/me/totp/").with(json!({})),
        "DELETE /api/auth/me/totp/" => {
            ApiCall { before: Some(("/api/auth/me/totp/", json!({}))), ..ApiCall::to("/api/auth/me/totp/") }
        }
        "POST /api/auth/logout/" => ApiCall::to("/api/auth/logout/").with(json!({ "all": true })),
        "POST /api/auth/token/" => {
            let email = fixture.add_user(CallerKind::Operator).await;
            ApiCall::to("/api/auth/token/").with(json!({ "email": email, "password": PASSWORD }))
        }
        "POST /api/auth/token/refresh/" => {
            let email = fixture.add_user(CallerKind::Operator).await;
            let tokens = crate::auth::sign_in(&fixture.setup, &email, PASSWORD).await.expect_status(200).unwrap();
            ApiCall::to("/api/auth/token/refresh/").with(json!({ "refresh": tokens.text("refresh") }))
        }
        _ => return None,
    };
    Some(call)
}

async fn clinics(fixture: &MatrixFixture, name: &str, side: &ClinicSide) -> Option<ApiCall> {
    const CLINICS: &str = "/api/clinics/clinics/";
    const ROOMS: &str = "/api/clinics/rooms/";
    const HOLIDAYS: &str = "/api/clinics/holidays/";
    let clinic = format!("{CLINICS}{}/", side.clinic);
    let new_name = format!("Sala {}", fixture.next_number());
    let room = json!({ "clinic": side.clinic, "name": new_name });
    // A clinic has one holiday on a day.
    let date = DAY.parse::<LocalDate>().unwrap() + Days::new(30 + u64::try_from(fixture.next_number()).unwrap());
    let holiday = json!({ "clinic": side.clinic, "date": date.to_string(), "name": "Año Nuevo" });
    let call = match name {
        // A new clinic isn't in any user's list yet.
        "POST /api/clinics/clinics/" => {
            return Some(ApiCall::to(CLINICS).with(json!({ "name": new_name, "timezone": ZONE })));
        }
        "GET /api/clinics/clinics/" => ApiCall::to(format!("{CLINICS}?page_size=200")).showing(&side.clinic),
        // Appointments of other calls make the DELETE a 409; a new clinic wouldn't be in any user's list.
        "GET /api/clinics/clinics/{id}/" | "DELETE /api/clinics/clinics/{id}/" => ApiCall::to(clinic),
        "PATCH /api/clinics/clinics/{id}/" => ApiCall::to(clinic).with(json!({ "address": "Calle 1" })),
        "PUT /api/clinics/clinics/{id}/" => {
            ApiCall::to(clinic).with(json!({ "name": format!("Sede {}", fixture.next_number()), "timezone": ZONE }))
        }
        "GET /api/clinics/rooms/" => {
            let room = fixture.add_room(side).await;
            ApiCall::to(format!("{ROOMS}?clinic={}&page_size=200", side.clinic)).showing(room)
        }
        "POST /api/clinics/rooms/" => ApiCall::to(ROOMS).with(room),
        "GET /api/clinics/holidays/" => {
            let made = fixture.create(HOLIDAYS, &holiday).await;
            ApiCall::to(format!("{HOLIDAYS}?page_size=200")).showing(id(&made))
        }
        "POST /api/clinics/holidays/" => ApiCall::to(HOLIDAYS).with(holiday),
        name if name.contains("/rooms/{id}/") => {
            let call = ApiCall::to(format!("{ROOMS}{}/", fixture.add_room(side).await));
            edit_call(call, name, json!({ "capacity": 2 }), room)?
        }
        name if name.contains("/holidays/{id}/") => {
            let made = fixture.create(HOLIDAYS, &holiday).await;
            edit_call(ApiCall::to(format!("{HOLIDAYS}{}/", id(&made))), name, json!({ "name": "Feriado" }), holiday)?
        }
        _ => return None,
    };
    Some(call.of_clinic())
}

async fn doctors(fixture: &MatrixFixture, name: &str) -> Option<ApiCall> {
    const SPECIALTIES: &str = "/api/doctors/specialties/";
    let doctor = json!({ "first_name": "Carmen", "last_name": "Ibáñez" });
    let specialty = json!({ "name": format!("Especialidad {}", fixture.next_number()) });
    match name {
        "GET /api/doctors/" => Some(ApiCall::to("/api/doctors/")),
        "POST /api/doctors/" => Some(ApiCall::to("/api/doctors/").with(doctor)),
        "GET /api/doctors/specialties/" => Some(ApiCall::to(SPECIALTIES)),
        "POST /api/doctors/specialties/" => Some(ApiCall::to(SPECIALTIES).with(specialty)),
        name if name.contains("/specialties/{id}/") => {
            let made = json!({ "name": format!("Especialidad {}", fixture.next_number()) });
            let made = id(&fixture.create(SPECIALTIES, &made).await);
            edit_call(ApiCall::to(format!("{SPECIALTIES}{made}/")), name, specialty.clone(), specialty)
        }
        name if name.ends_with(" /api/doctors/{id}/") => {
            let made = fixture.add_doctor().await;
            edit_call(ApiCall::to(format!("/api/doctors/{made}/")), name, json!({ "buffer_minutes": 5 }), doctor)
        }
        _ => None,
    }
}

async fn worklist(fixture: &MatrixFixture, name: &str, side: &ClinicSide) -> Option<ApiCall> {
    const LIST: &str = "/api/worklist/";
    let call = match name {
        "GET /api/worklist/" => {
            ApiCall::to(format!("{LIST}?page_size=200")).showing(fixture.request_reschedule(side).await)
        }
        "GET /api/worklist/counts/" => return Some(ApiCall::to(format!("{LIST}counts/"))),
        "PATCH /api/worklist/{id}/" => {
            ApiCall::to(format!("{LIST}{}/", fixture.request_reschedule(side).await)).with(json!({ "taken_by": null }))
        }
        _ => return None,
    };
    Some(call.of_clinic())
}

async fn notifications(fixture: &MatrixFixture, name: &str, side: &ClinicSide) -> Option<ApiCall> {
    const LIST: &str = "/api/notifications/";
    const INBOUND: &str = "/api/notifications/inbound/";
    let call = match name {
        "POST /api/notifications/whatsapp/webhook/" => {
            let (form, _) = fixture.setup.app.twilio().unwrap().inbound_form(&ClinicSetup::patient_reply());
            return Some(ApiCall::to(format!("{LIST}whatsapp/webhook/")).signed(form));
        }
        "POST /api/notifications/whatsapp/status/" => {
            let sid = format!("SM{:032x}", fixture.next_number());
            let form = [("MessageSid", sid.as_str()), ("MessageStatus", "sent"), ("AccountSid", FAKE_ACCOUNT)];
            let form = form.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            return Some(ApiCall::to(format!("{LIST}whatsapp/status/")).signed(form));
        }
        "GET /api/notifications/" => {
            let (appointment, row) = fixture.book_with_reminder(side).await;
            ApiCall::to(format!("{LIST}?appointment={appointment}")).showing(row)
        }
        "GET /api/notifications/{id}/" => ApiCall::to(format!("{LIST}{}/", fixture.book_with_reminder(side).await.1)),
        "POST /api/notifications/whatsapp/send/{appointment_id}/" => {
            let (_, appointment) = fixture.book_appointment(side).await;
            ApiCall::to(format!("{LIST}whatsapp/send/{appointment}/")).with(json!({}))
        }
        "GET /api/notifications/inbound/" => {
            let message = fixture.receive_reply(side).await;
            ApiCall::to(format!("{INBOUND}?page_size=200")).showing(message)
        }
        "GET /api/notifications/inbound/{id}/" => {
            ApiCall::to(format!("{INBOUND}{}/", fixture.receive_reply(side).await))
        }
        "PATCH /api/notifications/inbound/{id}/" => {
            ApiCall::to(format!("{INBOUND}{}/", fixture.receive_reply(side).await))
                .with(json!({ "needs_attention": false }))
        }
        "POST /api/notifications/inbound/{id}/reply/" => {
            ApiCall::to(format!("{INBOUND}{}/reply/", fixture.receive_reply(side).await))
                .with(json!({ "body": "La esperamos." }))
        }
        "GET /api/notifications/inbound/{id}/quick-replies/" => {
            ApiCall::to(format!("{INBOUND}{}/quick-replies/", fixture.receive_reply(side).await))
        }
        "GET /api/notifications/inbound/{id}/media/{n}/" => {
            ApiCall::to(format!("{INBOUND}{}/media/0/", fixture.receive_picture(side).await))
        }
        "POST /api/notifications/inbound/{id}/link/" => {
            let patient = id(&fixture.create("/api/patients/", &fixture.patient_body()).await);
            ApiCall::to(format!("{INBOUND}{}/link/", fixture.receive_reply(side).await))
                .with(json!({ "patient": patient }))
        }
        _ => return None,
    };
    Some(call.of_clinic())
}

async fn patients(fixture: &MatrixFixture, name: &str, side: &ClinicSide) -> Option<ApiCall> {
    match name {
        "GET /api/patients/" => Some(ApiCall::to("/api/patients/?search=lucia")),
        "POST /api/patients/" => Some(ApiCall::to("/api/patients/").with(fixture.patient_body())),
        "GET /api/patients/{id}/appointments/" => {
            let (resources, appointment) = fixture.book_appointment(side).await;
            let path = format!("/api/patients/{}/appointments/", resources.patient);
            Some(ApiCall::to(path).of_clinic().showing(appointment))
        }
        "GET /api/patients/{id}/messages/" => {
            let message = fixture.receive_reply(side).await;
            let detail = fixture.read(&format!("/api/notifications/inbound/{message}/")).await;
            let path = format!("/api/patients/{}/messages/", id(&detail["patients"][0]));
            Some(ApiCall::to(path).of_clinic().showing(message))
        }
        name if name.contains("/api/patients/{id}/contacts/") => {
            let (patient, _) = fixture.add_patient().await;
            let (list, contact) = (format!("/api/patients/{patient}/contacts/"), json!({ "name": "Marta Gil" }));
            match name {
                "POST /api/patients/{id}/contacts/" => return Some(ApiCall::to(list).with(contact)),
                "GET /api/patients/{id}/contacts/" => return Some(ApiCall::to(list)),
                _ => {}
            }
            let made = id(&fixture.create(&list, &contact).await);
            edit_call(ApiCall::to(format!("{list}{made}/")), name, json!({ "relationship": "madre" }), contact)
        }
        "GET /api/patients/{id}/export/" => {
            let (patient, _) = fixture.add_patient().await;
            Some(ApiCall::to(format!("/api/patients/{patient}/export/")))
        }
        "POST /api/patients/{id}/erase/" => {
            let (patient, _) = fixture.add_patient().await;
            let body = json!({ "reason": "solicitud escrita" });
            Some(ApiCall::to(format!("/api/patients/{patient}/erase/")).with(body))
        }
        name if name.ends_with(" /api/patients/{id}/") => {
            let (patient, _) = fixture.add_patient().await;
            let call = ApiCall::to(format!("/api/patients/{patient}/"));
            edit_call(call, name, json!({ "notes": "llamar de tarde" }), fixture.patient_body())
        }
        _ => None,
    }
}

async fn schedules(fixture: &MatrixFixture, name: &str, side: &ClinicSide) -> Option<ApiCall> {
    const WINDOWS: &str = "/api/schedules/";
    const RULES: &str = "/api/schedules/rules/";
    const BLOCKS: &str = "/api/schedules/blocks/";
    let resources = fixture.add_resources(side).await;
    let window = json!({ "doctor": resources.doctor, "room": resources.room, "date": DAY,
        "start_time": "14:00", "end_time": "18:00" });
    let rule = json!({ "doctor": resources.doctor, "room": resources.room, "weekdays": [2], "start_time": "09:00",
        "end_time": "13:00", "valid_from": DAY });
    let block =
        json!({ "room": resources.room, "start_datetime": on_the_day("10:00"), "end_datetime": on_the_day("11:00") });
    let call = match name {
        "GET /api/schedules/" => {
            ApiCall::to(format!("{WINDOWS}?doctor={}&date={DAY}", resources.doctor)).showing(&resources.window)
        }
        "GET /api/schedules/windows/" => {
            let path = format!("{WINDOWS}windows/?doctor={}&date={DAY}", resources.doctor);
            ApiCall::to(path).showing(&resources.window)
        }
        "POST /api/schedules/" => ApiCall::to(WINDOWS).with(window),
        "GET /api/schedules/slots/" => {
            let path = format!("{WINDOWS}slots/?doctor={}&date_from={DAY}&date_to={DAY}", resources.doctor);
            ApiCall::to(path).showing(&resources.room)
        }
        "GET /api/schedules/rules/" => {
            let made = fixture.create(RULES, &rule).await;
            ApiCall::to(format!("{RULES}?doctor={}", resources.doctor)).showing(id(&made))
        }
        "POST /api/schedules/rules/" => ApiCall::to(RULES).with(rule),
        "GET /api/schedules/blocks/" => {
            let made = fixture.create(BLOCKS, &block).await;
            ApiCall::to(format!("{BLOCKS}?room={}", resources.room)).showing(id(&made))
        }
        "POST /api/schedules/blocks/" => ApiCall::to(BLOCKS).with(block),
        name if name.contains("/rules/{id}/") => {
            let made = fixture.create(RULES, &rule).await;
            edit_call(ApiCall::to(format!("{RULES}{}/", id(&made))), name, json!({ "slot_minutes": 20 }), rule)?
        }
        name if name.contains("/blocks/{id}/") => {
            let made = fixture.create(BLOCKS, &block).await;
            edit_call(ApiCall::to(format!("{BLOCKS}{}/", id(&made))), name, json!({ "reason": "Pintura" }), block)?
        }
        name if name.ends_with(" /api/schedules/{id}/") => edit_call(
            ApiCall::to(format!("{WINDOWS}{}/", resources.window)),
            name,
            json!({ "slot_minutes": 20 }),
            window,
        )?,
        _ => return None,
    };
    Some(call.of_clinic())
}

fn other_calls(name: &str) -> Option<ApiCall> {
    match name {
        "GET /api/audit/" | "GET /api/audit/verify/" | "GET /api/health/" | "GET /api/schema/" | "GET /api/docs/" => {
            Some(ApiCall::to(name.strip_prefix("GET ")?))
        }
        _ => None,
    }
}

/// A call of one resource: `some` is the body for PATCH, `all` the body for PUT.
fn edit_call(call: ApiCall, name: &str, some: Value, all: Value) -> Option<ApiCall> {
    match name.split(' ').next()? {
        "GET" | "DELETE" => Some(call),
        "PATCH" => Some(call.with(some)),
        "PUT" => Some(call.with(all)),
        _ => None,
    }
}
