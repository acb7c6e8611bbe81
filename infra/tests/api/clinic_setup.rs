//! The setup of most tests: a running system with one clinic, room, doctor, patient and availability window, which an
//! appointment needs. [`ClinicSetup::new`] creates them through the API.
//!
//! The clock shows 09:00 on Monday 2025-12-01 in Buenos Aires; the doctor works on Monday 2025-12-15 from 09:00 to
//! 13:00. Unexpected answers panic here, so that tests need not check them.

use local::database::Database;
use local::fake_twilio::PatientReply;
use local::gateway::Format;
use local::system::FAKE_SENDER;
use serde_json::{Value, json};
use testkit::faulty_client::FaultyClient;
use testkit::test_app::{PASSWORD, TestApp, TestClient, TestResponse};

/// The phone number of the patient.
pub(crate) const PHONE: &str = "+12025550141";
pub(crate) const ZONE: &str = "America/Argentina/Buenos_Aires";
/// The day on which the doctor works.
pub(crate) const DAY: &str = "2025-12-15";

/// A running system with one clinic, room, doctor and patient; the fields are their ids.
pub(crate) struct ClinicSetup {
    pub(crate) app: TestApp,
    pub(crate) clinic: String,
    pub(crate) room: String,
    pub(crate) doctor: String,
    pub(crate) patient: String,
}

impl ClinicSetup {
    pub(crate) async fn new() -> Self {
        Self::with_app(TestApp::start().await.unwrap()).await
    }

    /// With all calls to the table going through this client.
    pub(crate) async fn with_client(faulty_client: &FaultyClient) -> Self {
        let database = Database::memory().await.unwrap().through(faulty_client);
        Self::with_app(TestApp::with_database(database, Format::Rest).await.unwrap()).await
    }

    /// In an existing system without clinics.
    pub(crate) async fn with_app(app: TestApp) -> Self {
        let empty = String::new;
        let mut setup = Self { app, clinic: empty(), room: empty(), doctor: empty(), patient: empty() };
        setup.clinic = setup.add_clinic("Centro").await;
        setup.room = setup.add_room(&setup.clinic, "Consultorio 1").await;
        setup.doctor = setup.add_doctor("Alicia", "Mora").await;
        setup.patient = setup.add_patient("Lucía", "30123456", PHONE).await;
        setup.add_window(&setup.doctor, &setup.room, DAY, "09:00", "13:00").await;
        setup
    }

    pub(crate) async fn admin(&self) -> TestClient<'_> {
        self.app.admin().await.unwrap()
    }

    pub(crate) async fn operator(&self) -> TestClient<'_> {
        self.app.operator().await.unwrap()
    }

    /// An access token, for requests that a test writes by hand.
    pub(crate) async fn token(&self, email: &str) -> String {
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = self.app.anonymous().post("/api/auth/token/", &body).await.unwrap();
        answer.expect_status(200).unwrap().text("access")
    }

    /// Creates a resource as the ADMIN. Returns its body.
    pub(crate) async fn create(&self, path: &str, body: &Value) -> Value {
        self.admin().await.post(path, body).await.unwrap().expect_status(201).unwrap().body
    }

    pub(crate) async fn add_clinic(&self, name: &str) -> String {
        id(&self.create("/api/clinics/clinics/", &json!({ "name": name, "timezone": ZONE })).await)
    }

    pub(crate) async fn add_room(&self, clinic: &str, name: &str) -> String {
        id(&self.create("/api/clinics/rooms/", &json!({ "clinic": clinic, "name": name })).await)
    }

    pub(crate) async fn add_doctor(&self, first_name: &str, last_name: &str) -> String {
        id(&self.create("/api/doctors/", &json!({ "first_name": first_name, "last_name": last_name })).await)
    }

    pub(crate) async fn add_patient(&self, first_name: &str, document: &str, phone: &str) -> String {
        let body = json!({
            "first_name": first_name,
            "last_name": "Fernández",
            "document_number": document,
            "phone_number": phone,
        });
        id(&self.create("/api/patients/", &body).await)
    }

    /// Adds an availability window with slots of 30 minutes.
    pub(crate) async fn add_window(&self, doctor: &str, room: &str, date: &str, from: &str, until: &str) -> String {
        let body = json!({ "doctor": doctor, "room": room, "date": date, "start_time": from, "end_time": until });
        id(&self.create("/api/schedules/", &body).await)
    }

    /// The body that books the patient with the doctor for the length of a slot.
    pub(crate) fn booking(&self, start: &str) -> Value {
        json!({ "patient": self.patient, "doctor": self.doctor, "start_datetime": start })
    }

    /// Books the patient with the doctor as the operator: at a time of [`DAY`] (`10:00`) or at an instant.
    pub(crate) async fn book(&self, start: &str) -> Value {
        self.try_book(self.booking(&on_the_day(start))).await.expect_status(201).unwrap().body
    }

    /// Tries to book as the operator.
    pub(crate) async fn try_book(&self, body: Value) -> TestResponse {
        self.operator().await.post("/api/appointments/", &body).await.unwrap()
    }

    /// Reads an appointment as the operator.
    pub(crate) async fn appointment(&self, id: &str) -> Value {
        let path = format!("/api/appointments/{id}/");
        self.operator().await.get(&path).await.unwrap().expect_status(200).unwrap().body
    }

    /// Performs an action (`{"action": …}`) as the operator.
    pub(crate) async fn act(&self, id: &str, body: &Value) -> TestResponse {
        self.operator().await.post(&format!("/api/appointments/{id}/actions/"), body).await.unwrap()
    }

    /// The rows of a list, read as the ADMIN.
    pub(crate) async fn list(&self, path: &str) -> Vec<Value> {
        self.admin().await.get(path).await.unwrap().expect_status(200).unwrap().results()
    }

    /// Sets the clock and runs the scheduled job.
    pub(crate) async fn run_job_at(&self, now: &str) {
        self.app.set_now(now).unwrap();
        self.app.system.run_reminders().await.unwrap();
    }

    /// Sends a text message from the patient.
    pub(crate) async fn patient_writes(&self, body: &str) -> TestResponse {
        let reply = PatientReply { body: Some(body.into()), ..Self::patient_reply() };
        self.app.patient_writes(&reply).await.unwrap()
    }

    /// Lets the patient press a button of a sent message.
    pub(crate) async fn patient_presses(&self, payload: &str, message: &str) -> TestResponse {
        let reply = PatientReply {
            button_payload: Some(payload.into()),
            original_sid: Some(message.into()),
            ..Self::patient_reply()
        };
        self.app.patient_writes(&reply).await.unwrap()
    }

    /// A message of the patient to the clinic, without a text.
    pub(crate) fn patient_reply() -> PatientReply {
        PatientReply { from: PHONE.into(), to: FAKE_SENDER.into(), ..PatientReply::default() }
    }
}

pub(crate) fn id(body: &Value) -> String {
    text(body, "id")
}

/// A member as text; empty if it is missing.
pub(crate) fn text(body: &Value, member: &str) -> String {
    body[member].as_str().unwrap_or_default().to_owned()
}

/// A time like `10:00` as an instant of [`DAY`] in the clinic's time zone; a longer text is returned unchanged.
pub(crate) fn on_the_day(time: &str) -> String {
    if time.len() == 5 { format!("{DAY}T{time}:00-03:00") } else { time.to_owned() }
}
