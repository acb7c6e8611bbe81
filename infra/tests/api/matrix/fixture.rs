//! The fixture of the access matrix: two clinics, four users, and new resources for each call, so that calls don't
//! affect each other.

use super::callers::{BadToken, CallerKind, TokenMaterial, bad_tokens};
use super::calls::ApiCall;
use crate::clinic_setup::{ClinicSetup, DAY, id, on_the_day};
use crate::openapi_document::ApiOperation;
use app::support::ports::SecretName;
use identity::keys::SigningKey;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::test_app::TestResponse;

const SECRET: &str = "a-signing-secret-that-this-test-knows-long-enough";

/// One of the two clinics that calls are about.
pub(super) struct ClinicSide {
    pub(super) clinic: String,
    pub(super) name: &'static str,
    pub(super) is_first: bool,
}

/// The resources that an appointment needs.
pub(super) struct BookingResources {
    pub(super) room: String,
    pub(super) doctor: String,
    pub(super) patient: String,
    pub(super) phone: String,
    /// The doctor's availability window in the room.
    pub(super) window: String,
}

pub(super) struct MatrixFixture {
    pub(super) setup: ClinicSetup,
    pub(super) first: ClinicSide,
    pub(super) second: ClinicSide,
    pub(super) bad_tokens: Vec<BadToken>,
    tokens: BTreeMap<&'static str, String>,
    count: AtomicUsize,
}

impl MatrixFixture {
    pub(super) async fn new() -> Self {
        Self::with_setup(ClinicSetup::new().await).await
    }

    pub(super) async fn with_setup(setup: ClinicSetup) -> Self {
        setup.app.system.secrets.set(SecretName::Signing, SECRET);
        let first = ClinicSide { clinic: setup.clinic.clone(), name: "the first clinic", is_first: true };
        let second = ClinicSide { clinic: setup.add_clinic("Norte").await, name: "the second clinic", is_first: false };
        let mut fixture =
            Self { setup, first, second, bad_tokens: Vec::new(), tokens: BTreeMap::new(), count: AtomicUsize::new(0) };
        for caller in CallerKind::ALL {
            let token = fixture.fresh_token(caller).await;
            fixture.tokens.insert(caller.name(), token);
        }
        fixture.bad_tokens = fixture.make_bad_tokens().await;
        fixture
    }

    async fn make_bad_tokens(&self) -> Vec<BadToken> {
        let signed_in = async || {
            let email = self.add_user(CallerKind::Admin).await;
            crate::auth::sign_in(&self.setup, &email, testkit::test_app::PASSWORD).await.expect_status(200).unwrap()
        };
        let (good, disabled, ended) = (signed_in().await, signed_in().await, signed_in().await);
        let path = format!("/api/auth/users/{}/", id(&disabled.body["user"]));
        self.admin().delete(&path).await.unwrap().expect_status(204).unwrap();
        let own = self.setup.app.with_token(&ended.text("access"));
        own.post("/api/auth/logout/", &json!({ "all": true })).await.unwrap().expect_status(204).unwrap();
        bad_tokens(TokenMaterial {
            key: &SigningKey::from_secret(SECRET.as_bytes()).unwrap(),
            good: (good.text("access"), good.text("refresh")),
            disabled: disabled.text("access"),
            ended: ended.text("access"),
            now: self.setup.app.system.app.now().unix(),
        })
    }

    /// The token of the user of this kind that is used for most calls.
    pub(super) fn token(&self, caller: CallerKind) -> String {
        self.tokens[caller.name()].clone()
    }

    /// The token of a new user of this kind.
    pub(super) async fn fresh_token(&self, caller: CallerKind) -> String {
        let email = self.add_user(caller).await;
        self.setup.token(&email).await
    }

    /// Adds a user of this kind. Returns the e-mail address.
    pub(super) async fn add_user(&self, caller: CallerKind) -> String {
        let email = format!("{}{}@example.com", caller.name(), self.next_number());
        let clinics: Vec<&str> = [&self.first, &self.second]
            .into_iter()
            .filter(|side| caller != CallerKind::Admin && caller.sees(side))
            .map(|side| side.clinic.as_str())
            .collect();
        self.setup.app.add_user(&email, caller.role(), &clinics).await.unwrap();
        email
    }

    fn admin(&self) -> testkit::test_app::TestClient<'_> {
        self.setup.app.with_token(&self.token(CallerKind::Admin))
    }

    /// A number that wasn't used before.
    pub(super) fn next_number(&self) -> usize {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Creates a resource as the ADMIN of all clinics. Returns its body.
    pub(super) async fn create(&self, path: &str, body: &Value) -> Value {
        self.admin().post(path, body).await.unwrap().expect_status(201).unwrap().body
    }

    /// Reads a resource as the ADMIN of all clinics.
    pub(super) async fn read(&self, path: &str) -> Value {
        self.admin().get(path).await.unwrap().expect_status(200).unwrap().body
    }

    /// Sends a call with this token. Returns the answer.
    pub(super) async fn send(&self, operation: &ApiOperation, call: &ApiCall, token: Option<&str>) -> TestResponse {
        if let Some(form) = &call.form {
            return self.setup.app.post_signed(&call.path, form).await.unwrap();
        }
        let client = match token {
            Some(token) => self.setup.app.with_token(token),
            None => self.setup.app.anonymous(),
        };
        client.send(operation.method.parse().unwrap(), &call.path, call.body.as_ref()).await.unwrap()
    }

    pub(super) async fn add_room(&self, side: &ClinicSide) -> String {
        let body = json!({ "clinic": side.clinic, "name": format!("Sala {}", self.next_number()) });
        id(&self.create("/api/clinics/rooms/", &body).await)
    }

    pub(super) async fn add_doctor(&self) -> String {
        id(&self.create("/api/doctors/", &json!({ "first_name": "Bruno", "last_name": "Paz" })).await)
    }

    /// Adds a patient. Returns the id and the phone number.
    pub(super) async fn add_patient(&self) -> (String, String) {
        let body = self.patient_body();
        let phone = body["phone_number"].as_str().unwrap().to_owned();
        (id(&self.create("/api/patients/", &body).await), phone)
    }

    /// The body of a new patient.
    pub(super) fn patient_body(&self) -> Value {
        let number = self.next_number();
        json!({ "first_name": "Lucía", "last_name": "Fernández", "document_number": format!("7{number:07}"),
            "phone_number": format!("+1202556{number:04}") })
    }

    pub(super) async fn add_resources(&self, side: &ClinicSide) -> BookingResources {
        let (room, doctor) = (self.add_room(side).await, self.add_doctor().await);
        let (patient, phone) = self.add_patient().await;
        let window = json!({ "doctor": doctor, "room": room, "date": DAY, "start_time": "09:00", "end_time": "13:00" });
        let window = id(&self.create("/api/schedules/", &window).await);
        BookingResources { room, doctor, patient, phone, window }
    }

    /// The body that books an appointment with these resources.
    pub(super) fn booking(resources: &BookingResources) -> Value {
        json!({ "patient": resources.patient, "doctor": resources.doctor, "start_datetime": on_the_day("10:00") })
    }

    /// Books an appointment with new resources.
    pub(super) async fn book_appointment(&self, side: &ClinicSide) -> (BookingResources, String) {
        let resources = self.add_resources(side).await;
        let appointment = id(&self.create("/api/appointments/", &Self::booking(&resources)).await);
        (resources, appointment)
    }

    /// Books an appointment. Returns its id and that of its reminder.
    pub(super) async fn book_with_reminder(&self, side: &ClinicSide) -> (String, String) {
        let (_, appointment) = self.book_appointment(side).await;
        let list = self.read(&format!("/api/notifications/?appointment={appointment}")).await;
        (appointment, id(&list["results"][0]))
    }

    /// Books an appointment whose patient asks for another time. Returns the id of its entry in the worklist.
    pub(super) async fn request_reschedule(&self, side: &ClinicSide) -> String {
        let (_, appointment) = self.book_appointment(side).await;
        let actions = format!("/api/appointments/{appointment}/actions/");
        let request = json!({ "action": "request_reschedule" });
        self.admin().post(&actions, &request).await.unwrap().expect_status(200).unwrap();
        format!("reschedule_requested:{appointment}")
    }

    /// Lets a patient reply to the reminder of a new appointment. Returns the id of the inbound message.
    pub(super) async fn receive_reply(&self, side: &ClinicSide) -> String {
        let reply = local::fake_twilio::PatientReply { body: Some("Confirmar".into()), ..ClinicSetup::patient_reply() };
        self.receive(side, reply).await
    }

    /// A patient of the clinic sends a picture. Returns the message.
    pub(super) async fn receive_picture(&self, side: &ClinicSide) -> String {
        let media = vec!["image/png".to_owned()];
        self.receive(side, local::fake_twilio::PatientReply { media, ..ClinicSetup::patient_reply() }).await
    }

    async fn receive(&self, side: &ClinicSide, reply: local::fake_twilio::PatientReply) -> String {
        let (resources, appointment) = self.book_appointment(side).await;
        let send = format!("/api/notifications/whatsapp/send/{appointment}/");
        self.admin().post(&send, &json!({})).await.unwrap().expect_status(200).unwrap();
        let reply = local::fake_twilio::PatientReply { from: resources.phone, ..reply };
        self.setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
        let list = self.read("/api/notifications/inbound/?page_size=200").await;
        let rows = list["results"].as_array().unwrap();
        id(rows
            .iter()
            .find(|row| row["appointment"] == appointment.as_str())
            .expect("the message is about the appointment"))
    }
}
