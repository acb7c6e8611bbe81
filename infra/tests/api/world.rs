//! Where does a test's patient come from? Most rules are about an appointment, and an appointment needs a clinic, a
//! room, a doctor, a patient and a window of time. [`World::new`] makes one of each, through the API.
//!
//! It is 09:00 on Monday 2025-12-01 in Buenos Aires; the doctor works on Monday 2025-12-15 from 09:00
//! to 13:00. What a test didn't ask for panics here, so that tests are about what they are about.

use local::database::Database;
use local::fake_twilio::PatientReply;
use local::gateway::Format;
use local::system::FAKE_SENDER;
use serde_json::{Value, json};
use testkit::faulty_client::Wire;
use testkit::test_app::{Answer, Client, PASSWORD, TestApp};

/// The number of the patient that there is from the start.
pub(crate) const PHONE: &str = "+12025550141";
/// The clinic's time zone.
pub(crate) const ZONE: &str = "America/Argentina/Buenos_Aires";
/// The day on which the doctor works.
pub(crate) const DAY: &str = "2025-12-15";

/// A system with one of each.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) clinic: String,
    pub(crate) room: String,
    pub(crate) doctor: String,
    pub(crate) patient: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(TestApp::start().await.unwrap()).await
    }

    /// The same, its calls to the table going through a wire.
    pub(crate) async fn through(wire: &Wire) -> Self {
        let database = Database::memory().await.unwrap().through(wire);
        Self::on(TestApp::with_database(database, Format::Rest).await.unwrap()).await
    }

    /// The same in a system of one's own.
    pub(crate) async fn on(app: TestApp) -> Self {
        let nobody = String::new;
        let mut world = Self { app, clinic: nobody(), room: nobody(), doctor: nobody(), patient: nobody() };
        world.clinic = world.add_clinic("Centro").await;
        world.room = world.add_room(&world.clinic, "Consultorio 1").await;
        world.doctor = world.add_doctor("Alicia", "Mora").await;
        world.patient = world.add_patient("Lucía", "30123456", PHONE).await;
        world.open(&world.doctor, &world.room, DAY, "09:00", "13:00").await;
        world
    }

    pub(crate) async fn admin(&self) -> Client<'_> {
        self.app.admin().await.unwrap()
    }

    pub(crate) async fn operator(&self) -> Client<'_> {
        self.app.operator().await.unwrap()
    }

    /// An access token, for requests that a test writes by hand.
    pub(crate) async fn token(&self, email: &str) -> String {
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = self.app.anonymous().post("/api/auth/token/", &body).await.unwrap();
        answer.expect_status(200).unwrap().text("access")
    }

    /// POSTs as the ADMIN what has to work, and answers it.
    pub(crate) async fn made(&self, path: &str, body: &Value) -> Value {
        self.admin().await.post(path, body).await.unwrap().expect_status(201).unwrap().body
    }

    pub(crate) async fn add_clinic(&self, name: &str) -> String {
        id(&self.made("/api/clinics/clinics/", &json!({ "name": name, "timezone": ZONE })).await)
    }

    pub(crate) async fn add_room(&self, clinic: &str, name: &str) -> String {
        id(&self.made("/api/clinics/rooms/", &json!({ "clinic": clinic, "name": name })).await)
    }

    pub(crate) async fn add_doctor(&self, first_name: &str, last_name: &str) -> String {
        id(&self.made("/api/doctors/", &json!({ "first_name": first_name, "last_name": last_name })).await)
    }

    pub(crate) async fn add_patient(&self, first_name: &str, document: &str, phone: &str) -> String {
        let body = json!({
            "first_name": first_name,
            "last_name": "Fernández",
            "document_number": document,
            "phone_number": phone,
        });
        id(&self.made("/api/patients/", &body).await)
    }

    /// Opens a window, with slots of 30 minutes.
    pub(crate) async fn open(&self, doctor: &str, room: &str, date: &str, from: &str, until: &str) -> String {
        let body = json!({ "doctor": doctor, "room": room, "date": date, "start_time": from, "end_time": until });
        id(&self.made("/api/schedules/", &body).await)
    }

    /// What books the patient with the doctor, for the length of a slot.
    pub(crate) fn booking(&self, start: &str) -> Value {
        json!({ "patient": self.patient, "doctor": self.doctor, "start_datetime": start })
    }

    /// The operator books the patient with the doctor: at `10:00` of [`DAY`], or at a whole instant.
    pub(crate) async fn book(&self, start: &str) -> Value {
        self.try_book(self.booking(&on_the_day(start))).await.expect_status(201).unwrap().body
    }

    /// The operator tries to book.
    pub(crate) async fn try_book(&self, body: Value) -> Answer {
        self.operator().await.post("/api/appointments/", &body).await.unwrap()
    }

    /// An appointment as it is now.
    pub(crate) async fn appointment(&self, id: &str) -> Value {
        let path = format!("/api/appointments/{id}/");
        self.operator().await.get(&path).await.unwrap().expect_status(200).unwrap().body
    }

    /// The operator does something to an appointment: `{"action": …}`.
    pub(crate) async fn act(&self, id: &str, body: &Value) -> Answer {
        self.operator().await.post(&format!("/api/appointments/{id}/actions/"), body).await.unwrap()
    }

    /// The rows of a list, as the ADMIN sees them.
    pub(crate) async fn list(&self, path: &str) -> Vec<Value> {
        self.admin().await.get(path).await.unwrap().expect_status(200).unwrap().results()
    }

    /// The clock shows this, and the scheduled job runs.
    pub(crate) async fn tick(&self, now: &str) {
        self.app.set_now(now).unwrap();
        self.app.system.run_reminders().await.unwrap();
    }

    /// The patient writes.
    pub(crate) async fn writes(&self, body: &str) -> Answer {
        let reply = PatientReply { body: Some(body.into()), ..self.reply() };
        self.app.patient_writes(&reply).await.unwrap()
    }

    /// The patient presses a button of a message that was sent.
    pub(crate) async fn presses(&self, payload: &str, message: &str) -> Answer {
        let reply =
            PatientReply { button_payload: Some(payload.into()), original_sid: Some(message.into()), ..self.reply() };
        self.app.patient_writes(&reply).await.unwrap()
    }

    /// A message of the patient to the clinic, without words yet.
    pub(crate) fn reply(&self) -> PatientReply {
        PatientReply { from: PHONE.into(), to: FAKE_SENDER.into(), ..PatientReply::default() }
    }
}

/// The `id` of what the API answered.
pub(crate) fn id(body: &Value) -> String {
    text(body, "id")
}

/// A member as text; empty where there is none.
pub(crate) fn text(body: &Value, member: &str) -> String {
    body[member].as_str().unwrap_or_default().to_owned()
}

/// `10:00` as an instant of [`DAY`] in the clinic; anything longer stays.
pub(crate) fn on_the_day(time: &str) -> String {
    if time.len() == 5 { format!("{DAY}T{time}:00-03:00") } else { time.to_owned() }
}
