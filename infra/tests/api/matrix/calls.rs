//! How each operation is called so that whoever may is let through: with ids of things that are there,
//! and with a body that breaks no rule.

use super::people::Person;
use super::stage::{Side, Stage};
use crate::document::Operation;
use crate::world::{DAY, ZONE, id, on_the_day};
use local::system::FAKE_ACCOUNT;
use serde_json::{Value, json};
use testkit::test_app::PASSWORD;

/// One call.
#[derive(Debug, Clone, Default)]
pub(super) struct Call {
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// A form that Twilio signs, in the place of a body.
    pub(super) form: Option<Vec<(String, String)>>,
    /// Whether it is about something of a clinic.
    pub(super) has_clinic: bool,
    /// What the answer of a list shows to who may see it.
    pub(super) shows: Option<String>,
    /// What the same caller POSTs before.
    pub(super) before: Option<(&'static str, Value)>,
}

impl Call {
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

/// How to call an operation about one side, with things made for it.
pub(super) async fn call(stage: &Stage, operation: &Operation, side: &Side) -> Call {
    let name = format!("{} {}", operation.method, operation.path);
    let group = operation.path.split('/').nth(2).unwrap_or_default();
    let found = match group {
        "appointments" => appointments(stage, &name, side).await,
        "auth" => auth(stage, &name, side).await,
        "clinics" => clinics(stage, &name, side).await,
        "doctors" => doctors(stage, &name).await,
        "notifications" => notifications(stage, &name, side).await,
        "patients" => patients(stage, &name, side).await,
        "schedules" => schedules(stage, &name, side).await,
        _ => others(&name),
    };
    found.unwrap_or_else(|| {
        panic!(
            "the matrix doesn't know how to call `{name}` ({}). Add a line for it to `{group}` in \
             infra/dev/tests/api/matrix/calls.rs: its path with ids of things that the stage makes, a body that \
             breaks no rule, `.of_clinic()` if it is about something of a clinic, `.showing(id)` for a list. Then \
             take over the table with INSTA_UPDATE=always and read the diff.",
            operation.text("operationId")
        )
    })
}

async fn appointments(stage: &Stage, name: &str, side: &Side) -> Option<Call> {
    if name == "POST /api/appointments/" {
        let booking = Stage::booking(&stage.site(side).await);
        return Some(Call::to("/api/appointments/").with(booking).of_clinic());
    }
    let (site, appointment) = stage.appointment(side).await;
    let one = format!("/api/appointments/{appointment}/");
    let call = match name {
        "GET /api/appointments/" => {
            Call::to(format!("/api/appointments/?doctor={}&date={DAY}", site.doctor)).showing(appointment)
        }
        "GET /api/appointments/{id}/" => Call::to(one),
        "PATCH /api/appointments/{id}/" => Call::to(one).with(json!({ "notes": "traer estudios" })),
        "GET /api/appointments/{id}/actions/" => Call::to(format!("{one}actions/")),
        "POST /api/appointments/{id}/actions/" => {
            Call::to(format!("{one}actions/")).with(json!({ "action": "confirm" }))
        }
        _ => return None,
    };
    Some(call.of_clinic())
}

async fn auth(stage: &Stage, name: &str, side: &Side) -> Option<Call> {
    let body = || {
        let email = format!("nueva{}@example.com", stage.next());
        json!({ "email": email, "role": "OPERATOR", "password": PASSWORD, "clinics": [side.clinic] })
    };
    if name.contains("/api/auth/users/{id}/") {
        let made = stage.made("/api/auth/users/", &body()).await;
        let call = Call::to(format!("/api/auth/users/{}/", id(&made))).of_clinic();
        return match name.split(' ').next()? {
            "GET" | "DELETE" => Some(call),
            "PATCH" => Some(call.with(json!({ "first_name": "Eva" }))),
            "PUT" => Some(call.with(json!({ "email": made["email"], "role": "OPERATOR", "clinics": [side.clinic] }))),
            _ => None,
        };
    }
    let call = match name {
        "GET /api/auth/users/" => {
            let made = stage.made("/api/auth/users/", &body()).await;
            Call::to("/api/auth/users/?page_size=200").of_clinic().showing(id(&made))
        }
        "POST /api/auth/users/" => Call::to("/api/auth/users/").with(body()).of_clinic(),
        "GET /api/auth/me/" => Call::to("/api/auth/me/"),
        "PATCH /api/auth/me/" => Call::to("/api/auth/me/").with(json!({ "first_name": "Eva" })),
        "POST /api/auth/me/password/" => Call::to("/api/auth/me/password/")
            .with(json!({ "current_password": PASSWORD, "new_password": "otra clave bastante larga" })),
        "POST /api/auth/me/totp/" => Call::to("/api/auth/me/totp/").with(json!({})),
        "DELETE /api/auth/me/totp/" => {
            Call { before: Some(("/api/auth/me/totp/", json!({}))), ..Call::to("/api/auth/me/totp/") }
        }
        "POST /api/auth/logout/" => Call::to("/api/auth/logout/").with(json!({ "all": true })),
        "POST /api/auth/token/" => {
            let email = stage.user(Person::Operator).await;
            Call::to("/api/auth/token/").with(json!({ "email": email, "password": PASSWORD }))
        }
        "POST /api/auth/token/refresh/" => {
            let email = stage.user(Person::Operator).await;
            let tokens = crate::auth::sign_in(&stage.world, &email, PASSWORD).await.expect_status(200).unwrap();
            Call::to("/api/auth/token/refresh/").with(json!({ "refresh": tokens.text("refresh") }))
        }
        _ => return None,
    };
    Some(call)
}

async fn clinics(stage: &Stage, name: &str, side: &Side) -> Option<Call> {
    const CLINICS: &str = "/api/clinics/clinics/";
    const ROOMS: &str = "/api/clinics/rooms/";
    const HOLIDAYS: &str = "/api/clinics/holidays/";
    let clinic = format!("{CLINICS}{}/", side.clinic);
    let new_name = format!("Sala {}", stage.next());
    let room = json!({ "clinic": side.clinic, "name": new_name });
    let holiday = json!({ "clinic": side.clinic, "date": "2027-01-01", "name": "Año Nuevo" });
    let call = match name {
        // A clinic that is made belongs to nobody's list yet.
        "POST /api/clinics/clinics/" => {
            return Some(Call::to(CLINICS).with(json!({ "name": new_name, "timezone": ZONE })));
        }
        "GET /api/clinics/clinics/" => Call::to(format!("{CLINICS}?page_size=200")).showing(&side.clinic),
        "GET /api/clinics/clinics/{id}/" => Call::to(clinic),
        "PATCH /api/clinics/clinics/{id}/" => Call::to(clinic).with(json!({ "address": "Calle 1" })),
        "PUT /api/clinics/clinics/{id}/" => {
            Call::to(clinic).with(json!({ "name": format!("Sede {}", stage.next()), "timezone": ZONE }))
        }
        // The appointments that other calls have made here are in the way; a clinic of its own is in nobody's list.
        "DELETE /api/clinics/clinics/{id}/" => Call::to(clinic),
        "GET /api/clinics/rooms/" => {
            let room = stage.room(side).await;
            Call::to(format!("{ROOMS}?clinic={}&page_size=200", side.clinic)).showing(room)
        }
        "POST /api/clinics/rooms/" => Call::to(ROOMS).with(room),
        "GET /api/clinics/holidays/" => {
            let made = stage.made(HOLIDAYS, &holiday).await;
            Call::to(format!("{HOLIDAYS}?page_size=200")).showing(id(&made))
        }
        "POST /api/clinics/holidays/" => Call::to(HOLIDAYS).with(holiday),
        name if name.contains("/rooms/{id}/") => {
            let call = Call::to(format!("{ROOMS}{}/", stage.room(side).await));
            edit(call, name, json!({ "capacity": 2 }), room)?
        }
        name if name.contains("/holidays/{id}/") => {
            let made = stage.made(HOLIDAYS, &holiday).await;
            edit(Call::to(format!("{HOLIDAYS}{}/", id(&made))), name, json!({ "name": "Feriado" }), holiday)?
        }
        _ => return None,
    };
    Some(call.of_clinic())
}

async fn doctors(stage: &Stage, name: &str) -> Option<Call> {
    const SPECIALTIES: &str = "/api/doctors/specialties/";
    let doctor = json!({ "first_name": "Carmen", "last_name": "Ibáñez" });
    let specialty = json!({ "name": format!("Especialidad {}", stage.next()) });
    match name {
        "GET /api/doctors/" => Some(Call::to("/api/doctors/")),
        "POST /api/doctors/" => Some(Call::to("/api/doctors/").with(doctor)),
        "GET /api/doctors/specialties/" => Some(Call::to(SPECIALTIES)),
        "POST /api/doctors/specialties/" => Some(Call::to(SPECIALTIES).with(specialty)),
        name if name.contains("/specialties/{id}/") => {
            let made = json!({ "name": format!("Especialidad {}", stage.next()) });
            let made = id(&stage.made(SPECIALTIES, &made).await);
            edit(Call::to(format!("{SPECIALTIES}{made}/")), name, specialty.clone(), specialty)
        }
        name if name.ends_with(" /api/doctors/{id}/") => {
            let made = stage.doctor().await;
            edit(Call::to(format!("/api/doctors/{made}/")), name, json!({ "buffer_minutes": 5 }), doctor)
        }
        _ => None,
    }
}

async fn notifications(stage: &Stage, name: &str, side: &Side) -> Option<Call> {
    const LIST: &str = "/api/notifications/";
    const INBOUND: &str = "/api/notifications/inbound/";
    let call = match name {
        "POST /api/notifications/whatsapp/webhook/" => {
            let (form, _) = stage.world.app.twilio().unwrap().inbound_form(&stage.world.reply());
            return Some(Call::to(format!("{LIST}whatsapp/webhook/")).signed(form));
        }
        "POST /api/notifications/whatsapp/status/" => {
            let sid = format!("SM{:032x}", stage.next());
            let form = [("MessageSid", sid.as_str()), ("MessageStatus", "sent"), ("AccountSid", FAKE_ACCOUNT)];
            let form = form.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            return Some(Call::to(format!("{LIST}whatsapp/status/")).signed(form));
        }
        "GET /api/notifications/" => {
            let (appointment, row) = stage.notification(side).await;
            Call::to(format!("{LIST}?appointment={appointment}")).showing(row)
        }
        "GET /api/notifications/{id}/" => Call::to(format!("{LIST}{}/", stage.notification(side).await.1)),
        "POST /api/notifications/whatsapp/send/{appointment_id}/" => {
            let (_, appointment) = stage.appointment(side).await;
            Call::to(format!("{LIST}whatsapp/send/{appointment}/")).with(json!({}))
        }
        "GET /api/notifications/inbound/" => {
            let message = stage.inbound(side).await;
            Call::to(format!("{INBOUND}?page_size=200")).showing(message)
        }
        "GET /api/notifications/inbound/{id}/" => Call::to(format!("{INBOUND}{}/", stage.inbound(side).await)),
        "PATCH /api/notifications/inbound/{id}/" => {
            Call::to(format!("{INBOUND}{}/", stage.inbound(side).await)).with(json!({ "needs_attention": false }))
        }
        _ => return None,
    };
    Some(call.of_clinic())
}

async fn patients(stage: &Stage, name: &str, side: &Side) -> Option<Call> {
    match name {
        "GET /api/patients/" => Some(Call::to("/api/patients/?search=lucia")),
        "POST /api/patients/" => Some(Call::to("/api/patients/").with(stage.patient_body())),
        "GET /api/patients/{id}/appointments/" => {
            let (site, appointment) = stage.appointment(side).await;
            let path = format!("/api/patients/{}/appointments/", site.patient);
            Some(Call::to(path).of_clinic().showing(appointment))
        }
        name if name.contains("/api/patients/{id}/contacts/") => {
            let (patient, _) = stage.patient().await;
            let (list, contact) = (format!("/api/patients/{patient}/contacts/"), json!({ "name": "Marta Gil" }));
            match name {
                "POST /api/patients/{id}/contacts/" => return Some(Call::to(list).with(contact)),
                "GET /api/patients/{id}/contacts/" => return Some(Call::to(list)),
                _ => {}
            }
            let made = id(&stage.made(&list, &contact).await);
            edit(Call::to(format!("{list}{made}/")), name, json!({ "relationship": "madre" }), contact)
        }
        "GET /api/patients/{id}/export/" => {
            let (patient, _) = stage.patient().await;
            Some(Call::to(format!("/api/patients/{patient}/export/")))
        }
        "POST /api/patients/{id}/erase/" => {
            let (patient, _) = stage.patient().await;
            let body = json!({ "reason": "solicitud escrita" });
            Some(Call::to(format!("/api/patients/{patient}/erase/")).with(body))
        }
        name if name.ends_with(" /api/patients/{id}/") => {
            let (patient, _) = stage.patient().await;
            let call = Call::to(format!("/api/patients/{patient}/"));
            edit(call, name, json!({ "notes": "llamar de tarde" }), stage.patient_body())
        }
        _ => None,
    }
}

async fn schedules(stage: &Stage, name: &str, side: &Side) -> Option<Call> {
    const WINDOWS: &str = "/api/schedules/";
    const RULES: &str = "/api/schedules/rules/";
    const BLOCKS: &str = "/api/schedules/blocks/";
    let site = stage.site(side).await;
    let window = json!({ "doctor": site.doctor, "room": site.room, "date": DAY,
        "start_time": "14:00", "end_time": "18:00" });
    let rule = json!({ "doctor": site.doctor, "room": site.room, "weekdays": [2], "start_time": "09:00",
        "end_time": "13:00", "valid_from": DAY });
    let block =
        json!({ "room": site.room, "start_datetime": on_the_day("10:00"), "end_datetime": on_the_day("11:00") });
    let call = match name {
        "GET /api/schedules/" => Call::to(format!("{WINDOWS}?doctor={}&date={DAY}", site.doctor)).showing(&site.window),
        "POST /api/schedules/" => Call::to(WINDOWS).with(window),
        "GET /api/schedules/slots/" => {
            let path = format!("{WINDOWS}slots/?doctor={}&date_from={DAY}&date_to={DAY}", site.doctor);
            Call::to(path).showing(&site.room)
        }
        "GET /api/schedules/rules/" => {
            let made = stage.made(RULES, &rule).await;
            Call::to(format!("{RULES}?doctor={}", site.doctor)).showing(id(&made))
        }
        "POST /api/schedules/rules/" => Call::to(RULES).with(rule),
        "GET /api/schedules/blocks/" => {
            let made = stage.made(BLOCKS, &block).await;
            Call::to(format!("{BLOCKS}?room={}", site.room)).showing(id(&made))
        }
        "POST /api/schedules/blocks/" => Call::to(BLOCKS).with(block),
        name if name.contains("/rules/{id}/") => {
            let made = stage.made(RULES, &rule).await;
            edit(Call::to(format!("{RULES}{}/", id(&made))), name, json!({ "slot_minutes": 20 }), rule)?
        }
        name if name.contains("/blocks/{id}/") => {
            let made = stage.made(BLOCKS, &block).await;
            edit(Call::to(format!("{BLOCKS}{}/", id(&made))), name, json!({ "reason": "Pintura" }), block)?
        }
        name if name.ends_with(" /api/schedules/{id}/") => {
            edit(Call::to(format!("{WINDOWS}{}/", site.window)), name, json!({ "slot_minutes": 20 }), window)?
        }
        _ => return None,
    };
    Some(call.of_clinic())
}

fn others(name: &str) -> Option<Call> {
    match name {
        "GET /api/audit/" | "GET /api/audit/verify/" | "GET /api/health/" | "GET /api/schema/" | "GET /api/docs/" => {
            Some(Call::to(name.strip_prefix("GET ")?))
        }
        _ => None,
    }
}

/// A call to one thing: with some members for PATCH, with all of them for PUT.
fn edit(call: Call, name: &str, some: Value, all: Value) -> Option<Call> {
    match name.split(' ').next()? {
        "GET" | "DELETE" => Some(call),
        "PATCH" => Some(call.with(some)),
        "PUT" => Some(call.with(all)),
        _ => None,
    }
}
