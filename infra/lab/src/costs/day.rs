//! The day on which costs are measured: one doctor, one room, twenty appointments of half an hour.

use local::database::Database;
use local::fake_twilio::PatientReply;
use local::gateway::Format;
use local::system::{FAKE_SENDER, random_token};
use serde_json::{Value, json};
use testkit::faulty_client::log::Exchange;
use testkit::faulty_client::{Wire, operation};
use testkit::test_app::{Answer, PUBLIC_URL, TestApp, Trouble};

/// The day.
pub(crate) const DATE: &str = "2025-12-15";
/// The week that it begins.
pub(crate) const WEEK: &str = "date_from=2025-12-15&date_to=2025-12-21";
/// How many appointments it holds already.
const APPOINTMENTS: u32 = 20;
/// The operation that is measured; all others are none.
const MEASURED: u64 = 1;

/// The day, and who works and comes on it.
pub(crate) struct Day {
    app: TestApp,
    wire: Wire,
    token: String,
    pub(crate) clinic: String,
    pub(crate) room: String,
    pub(crate) doctor: String,
    pub(crate) patient: String,
}

/// A patient as there are many: names, a reason and addresses are as long as they usually are.
pub(crate) fn patient(document: &str) -> Value {
    json!({ "first_name": "María José", "last_name": "Fernández Núñez", "document_type": "CC",
        "document_number": document, "phone_number": "+12025550141", "email": "mariajose.fernandez@example.com",
        "address": "Carrera 7 # 45-10, apto 302, Bogotá" })
}

impl Day {
    /// Begins it.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn new() -> Result<Self, Trouble> {
        Self::on(Database::memory().await?).await
    }

    /// The same on a table that holds something already.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn on(database: Database) -> Result<Self, Trouble> {
        let wire = Wire::default();
        let database = database.through(&wire);
        let app = TestApp::with_database(database, Format::Rest).await?;
        let token = app.admin().await?.token();
        let nobody = String::new;
        let mut day = Self { app, wire, token, clinic: nobody(), room: nobody(), doctor: nobody(), patient: nobody() };
        let clinic = json!({ "name": "Centro Médico Chapinero", "address": "Carrera 7 # 45-10, Bogotá",
            "timezone": "America/Bogota" });
        day.clinic = day.post("/api/clinics/clinics/", &clinic, 201).await?.id();
        let room = json!({ "clinic": day.clinic, "name": "Consultorio 12" });
        day.room = day.post("/api/clinics/rooms/", &room, 201).await?.id();
        let specialty = json!({ "name": "Cardiología" });
        let specialty = day.post("/api/doctors/specialties/", &specialty, 201).await?.id();
        let doctor = json!({ "first_name": "Héctor", "last_name": "Peñalosa Güell", "specialties": [specialty] });
        day.doctor = day.post("/api/doctors/", &doctor, 201).await?.id();
        let rule = json!({ "doctor": day.doctor, "room": day.room, "weekdays": [1, 2, 3, 4, 5], "start_time": "06:00",
            "end_time": "18:00", "valid_from": "2025-12-01" });
        day.post("/api/schedules/rules/", &rule, 201).await?;
        for number in 0..APPOINTMENTS {
            day.patient = day.post("/api/patients/", &patient(&format!("20.000.{number:03}")), 201).await?.id();
            day.post("/api/appointments/", &day.booking(number), 201).await?;
        }
        // The patient who comes again has one appointment on that day.
        day.wire.record_images();
        Ok(day)
    }

    /// When the slot of this number begins.
    pub(crate) fn start(&self, slot: u32) -> String {
        format!("{DATE}T{:02}:{:02}:00-05:00", 6 + slot / 2, 30 * (slot % 2))
    }

    /// What books the slot of this number for the patient.
    pub(crate) fn booking(&self, slot: u32) -> Value {
        self.booking_at(&self.start(slot))
    }

    /// What books a time for the patient.
    pub(crate) fn booking_at(&self, start: &str) -> Value {
        json!({ "patient": self.patient, "doctor": self.doctor, "start_datetime": start,
            "reason": "Control de presión arterial y renovación de la receta" })
    }

    /// The same, and says in which room.
    pub(crate) fn booking_in_the_room(&self, slot: u32) -> Value {
        let mut booking = self.booking(slot);
        booking.as_object_mut().map(|members| members.insert("room".to_owned(), json!(self.room)));
        booking
    }

    /// POSTs as a client with an idempotency key does.
    ///
    /// # Errors
    /// [`Trouble`] where another status comes.
    pub(crate) async fn post(&self, path: &str, body: &Value, status: u16) -> Result<Answer, Trouble> {
        let client = self.app.with_token(&self.token).header("idempotency-key", &random_token())?;
        operation(MEASURED, client.post(path, body)).await?.expect_status(status)
    }

    /// GETs.
    ///
    /// # Errors
    /// [`Trouble`] where another status than 200 comes.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Trouble> {
        operation(MEASURED, self.app.with_token(&self.token).get(path)).await?.expect_status(200)
    }

    /// The scheduled job runs at this time, and whoever works signs in again.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn run_job(&mut self, now: &str) -> Result<(), Trouble> {
        self.app.set_now(now)?;
        self.token = self.app.admin().await?.token();
        operation(MEASURED, self.app.system.run_reminders()).await?;
        Ok(())
    }

    /// Twilio's id of the last message.
    ///
    /// # Errors
    /// [`Trouble`] where there is none.
    pub(crate) fn last_message(&self) -> Result<String, Trouble> {
        Ok(self.app.outbox()?.pop().ok_or("no message")?.sid)
    }

    /// Twilio reports what became of a message.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn report(&self, sid: &str, status: &str) -> Result<(), Trouble> {
        let form = self.app.twilio()?.status_form(sid, status, None).ok_or("no such message")?;
        let messages = self.app.outbox()?;
        let message = messages.iter().find(|message| message.sid == sid).ok_or("no such message")?;
        let url = message.status_callback.as_deref().unwrap_or_default();
        let path = url.strip_prefix(PUBLIC_URL).unwrap_or(url);
        operation(MEASURED, self.app.signed(path, &form)).await?.expect_status(200)?;
        Ok(())
    }

    /// The patient presses a button of a message.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn patient_presses(&self, payload: &str, sid: &str) -> Result<(), Trouble> {
        let reply = PatientReply {
            from: "+12025550141".into(),
            to: FAKE_SENDER.into(),
            button_payload: Some(payload.into()),
            original_sid: Some(sid.into()),
            ..PatientReply::default()
        };
        operation(MEASURED, self.app.patient_writes(&reply)).await?.expect_status(200)?;
        Ok(())
    }

    /// The table, without the wire.
    pub(crate) fn database(&self) -> &Database {
        &self.app.system.database
    }

    /// What was done since the last time.
    pub(crate) fn took(&self) -> Vec<Exchange> {
        self.wire.take(MEASURED)
    }
}
