//! The data on which costs are measured: one day of one doctor and one room, with twenty appointments of half an hour.

use local::database::Database;
use local::fake_twilio::PatientReply;
use local::gateway::Format;
use local::system::{FAKE_SENDER, random_token};
use serde_json::{Value, json};
use testkit::faulty_client::log::RecordedCall;
use testkit::faulty_client::{FaultyClient, run_as_operation};
use testkit::test_app::{PUBLIC_URL, TestApp, TestError, TestResponse};

pub(crate) const DATE: &str = "2025-12-15";
/// Query of the week that begins on [`DATE`].
pub(crate) const WEEK: &str = "date_from=2025-12-15&date_to=2025-12-21";
/// Appointments that the day holds already.
const APPOINTMENTS: u32 = 20;
/// Id of the operation under measurement; other calls are not recorded.
const MEASURED: u64 = 1;

pub(crate) struct CostFixture {
    app: TestApp,
    faulty_client: FaultyClient,
    token: String,
    pub(crate) clinic: String,
    pub(crate) room: String,
    pub(crate) doctor: String,
    pub(crate) patient: String,
}

/// A patient with values of typical length.
pub(crate) fn patient(document: &str) -> Value {
    json!({ "first_name": "María José", "last_name": "Fernández Núñez", "document_type": "CC",
        "document_number": document, "phone_number": "+12025550141", "email": "mariajose.fernandez@example.com",
        "address": "Carrera 7 # 45-10, apto 302, Bogotá" })
}

impl CostFixture {
    pub(crate) async fn new() -> Result<Self, TestError> {
        Self::on(Database::memory().await?).await
    }

    /// Like [`CostFixture::new`], on a given database.
    pub(crate) async fn on(database: Database) -> Result<Self, TestError> {
        let faulty_client = FaultyClient::default();
        let database = database.through(&faulty_client);
        let app = TestApp::with_database(database, Format::Rest).await?;
        let token = app.admin().await?.token();
        let unset = String::new;
        let mut fixture =
            Self { app, faulty_client, token, clinic: unset(), room: unset(), doctor: unset(), patient: unset() };
        let clinic = json!({ "name": "Centro Médico Chapinero", "address": "Carrera 7 # 45-10, Bogotá",
            "timezone": "America/Bogota" });
        fixture.clinic = fixture.post("/api/clinics/clinics/", &clinic, 201).await?.id();
        let room = json!({ "clinic": fixture.clinic, "name": "Consultorio 12" });
        fixture.room = fixture.post("/api/clinics/rooms/", &room, 201).await?.id();
        let specialty = json!({ "name": "Cardiología" });
        let specialty = fixture.post("/api/doctors/specialties/", &specialty, 201).await?.id();
        let doctor = json!({ "first_name": "Héctor", "last_name": "Peñalosa Güell", "specialties": [specialty] });
        fixture.doctor = fixture.post("/api/doctors/", &doctor, 201).await?.id();
        let rule = json!({ "doctor": fixture.doctor, "room": fixture.room, "weekdays": [1, 2, 3, 4, 5],
            "start_time": "06:00", "end_time": "18:00", "valid_from": "2025-12-01" });
        fixture.post("/api/schedules/rules/", &rule, 201).await?;
        for number in 0..APPOINTMENTS {
            fixture.patient = fixture.post("/api/patients/", &patient(&format!("20.000.{number:03}")), 201).await?.id();
            fixture.post("/api/appointments/", &fixture.booking(number), 201).await?;
        }
        // The last patient, who is booked again below, has one appointment on that day.
        fixture.faulty_client.record_images();
        Ok(fixture)
    }

    /// Start of the slot of this number.
    pub(crate) fn start(slot: u32) -> String {
        format!("{DATE}T{:02}:{:02}:00-05:00", 6 + slot / 2, 30 * (slot % 2))
    }

    /// The body that books a slot for the patient.
    pub(crate) fn booking(&self, slot: u32) -> Value {
        self.booking_at(&Self::start(slot))
    }

    /// The body that books a time for the patient.
    pub(crate) fn booking_at(&self, start: &str) -> Value {
        json!({ "patient": self.patient, "doctor": self.doctor, "start_datetime": start,
            "reason": "Control de presión arterial y renovación de la receta" })
    }

    /// Like [`CostFixture::booking`], with the room.
    pub(crate) fn booking_in_room(&self, slot: u32) -> Value {
        let mut booking = self.booking(slot);
        booking.as_object_mut().map(|members| members.insert("room".to_owned(), json!(self.room)));
        booking
    }

    /// Posts a body with an idempotency key, and expects this status.
    pub(crate) async fn post(&self, path: &str, body: &Value, status: u16) -> Result<TestResponse, TestError> {
        let client = self.app.with_token(&self.token).header("idempotency-key", &random_token())?;
        run_as_operation(MEASURED, client.post(path, body)).await?.expect_status(status)
    }

    /// Gets a path, and expects status 200.
    pub(crate) async fn get(&self, path: &str) -> Result<TestResponse, TestError> {
        run_as_operation(MEASURED, self.app.with_token(&self.token).get(path)).await?.expect_status(200)
    }

    /// Runs the scheduled job at this time, and signs in again, since the token has expired.
    pub(crate) async fn run_job(&mut self, now: &str) -> Result<(), TestError> {
        self.app.set_now(now)?;
        self.token = self.app.admin().await?.token();
        run_as_operation(MEASURED, self.app.system.run_reminders()).await?;
        Ok(())
    }

    /// Twilio's id of the last sent message.
    pub(crate) fn last_message(&self) -> Result<String, TestError> {
        Ok(self.app.outbox()?.pop().ok_or("no message")?.sid)
    }

    /// Twilio sends a status callback for a message.
    pub(crate) async fn deliver_callback(&self, sid: &str, status: &str) -> Result<(), TestError> {
        let form = self.app.twilio()?.status_form(sid, status, None).ok_or("no such message")?;
        let messages = self.app.outbox()?;
        let message = messages.iter().find(|message| message.sid == sid).ok_or("no such message")?;
        let url = message.status_callback.as_deref().unwrap_or_default();
        let path = url.strip_prefix(PUBLIC_URL).unwrap_or(url);
        run_as_operation(MEASURED, self.app.post_signed(path, &form)).await?.expect_status(200)?;
        Ok(())
    }

    /// The patient presses a button of a message.
    pub(crate) async fn patient_presses(&self, payload: &str, sid: &str) -> Result<(), TestError> {
        let reply = PatientReply {
            from: "+12025550141".into(),
            to: FAKE_SENDER.into(),
            button_payload: Some(payload.into()),
            original_sid: Some(sid.into()),
            ..PatientReply::default()
        };
        run_as_operation(MEASURED, self.app.patient_writes(&reply)).await?.expect_status(200)?;
        Ok(())
    }

    pub(crate) fn database(&self) -> &Database {
        &self.app.system.database
    }

    /// Takes the calls to the table since the last time.
    pub(crate) fn take_calls(&self) -> Vec<RecordedCall> {
        self.faulty_client.take_calls(MEASURED)
    }
}
