//! The operations of a run. Each is a request to the API, a message of the patient, or a run of the job.

use super::fixture::{ClosuresFixture, DAY, PHONE, window_body};
use http::Method;
use local::fake_twilio::PatientReply;
use local::system::FAKE_SENDER;
use serde_json::{Value, json};
use testkit::faulty_client::run_as_operation;
use testkit::test_app::TestError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Close(ClosingChange),
    Open(ClosingChange),
    Patient(Reply),
    Staff(StaffAction),
    /// Another patient books at 11:30.
    Book,
    RunJob,
}

/// A change that closes the time of the appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosingChange {
    DoctorsBlock,
    RoomsBlock,
    ClinicsBlock,
    ClinicsHoliday,
    GeneralHoliday,
    ShorterWindow,
    NoWindow,
    DoctorOff,
    RoomOff,
    ClinicOff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    Words(&'static str),
    /// The reminder's button for confirming.
    Button,
    /// "Sí", quoting the reminder.
    Quoted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffAction {
    Confirm,
    Keep,
    MoveTo(&'static str),
    RequestReschedule,
}

const CHANGES: [ClosingChange; 10] = [
    ClosingChange::DoctorsBlock,
    ClosingChange::RoomsBlock,
    ClosingChange::ClinicsBlock,
    ClosingChange::ClinicsHoliday,
    ClosingChange::GeneralHoliday,
    ClosingChange::ShorterWindow,
    ClosingChange::NoWindow,
    ClosingChange::DoctorOff,
    ClosingChange::RoomOff,
    ClosingChange::ClinicOff,
];

const REPLIES: [Reply; 8] = [
    Reply::Words("1"),
    Reply::Words("sí"),
    Reply::Words("confirmo"),
    Reply::Words("2"),
    Reply::Words("mantener"),
    Reply::Words("cancelar"),
    Reply::Button,
    Reply::Quoted,
];

const STAFF: [StaffAction; 4] =
    [StaffAction::Confirm, StaffAction::Keep, StaffAction::MoveTo("12:00"), StaffAction::RequestReschedule];

impl Operation {
    pub fn random(random: &mut fastrand::Rng) -> Self {
        let chosen = match random.u8(..16) {
            0..=4 => random.choice(CHANGES).map(Self::Close),
            5..=6 => random.choice(CHANGES).map(Self::Open),
            7..=11 => random.choice(REPLIES).map(Self::Patient),
            12..=13 => random.choice(STAFF).map(Self::Staff),
            14 => Some(Self::Book),
            _ => None,
        };
        chosen.unwrap_or(Self::RunJob)
    }
}

impl ClosuresFixture {
    /// Performs an operation under this id. A refusal or a lost connection is no error.
    pub async fn perform(&self, id: u64, operation: Operation) -> Result<(), TestError> {
        // Boxed, since the futures of several operations at once are too large for the stack.
        run_as_operation(id, Box::pin(self.try_perform(operation))).await
    }

    async fn try_perform(&self, operation: Operation) -> Result<(), TestError> {
        match operation {
            Operation::Close(change) => self.close(change).await,
            Operation::Open(change) => self.open(change).await,
            Operation::Patient(reply) => self.answer(reply).await,
            Operation::Staff(action) => self.act(action).await,
            Operation::Book => {
                let start = format!("{DAY}T11:30:00-03:00");
                let body = json!({ "patient": self.patients[1], "doctor": self.doctor, "start_datetime": start });
                self.request(Method::POST, "/api/appointments/", Some(body)).await.map(|_| ())
            }
            // A run that loses its connection fails; the next one continues.
            Operation::RunJob => {
                let _ = self.app.system.run_reminders().await;
                Ok(())
            }
        }
    }

    async fn close(&self, change: ClosingChange) -> Result<(), TestError> {
        let (from, until) = (format!("{DAY}T10:00:00-03:00"), format!("{DAY}T11:00:00-03:00"));
        let block = |of: &str, id: &str| json!({ of: id, "start_datetime": from, "end_datetime": until });
        let holiday = |clinic: Value| json!({ "clinic": clinic, "date": DAY, "name": "Fiesta" });
        let (method, path, body) = match change {
            ClosingChange::DoctorsBlock => (Method::POST, BLOCKS.into(), Some(block("doctor", &self.doctor))),
            ClosingChange::RoomsBlock => (Method::POST, BLOCKS.into(), Some(block("room", &self.room))),
            ClosingChange::ClinicsBlock => (Method::POST, BLOCKS.into(), Some(block("clinic", &self.clinic))),
            ClosingChange::ClinicsHoliday => (Method::POST, HOLIDAYS.into(), Some(holiday(json!(self.clinic)))),
            ClosingChange::GeneralHoliday => (Method::POST, HOLIDAYS.into(), Some(holiday(Value::Null))),
            ClosingChange::ShorterWindow => {
                (Method::PATCH, format!("/api/schedules/{}/", self.window), Some(json!({ "end_time": "10:15" })))
            }
            ClosingChange::NoWindow => (Method::DELETE, format!("/api/schedules/{}/", self.window), None),
            ClosingChange::DoctorOff => (Method::DELETE, format!("/api/doctors/{}/", self.doctor), None),
            ClosingChange::RoomOff => (Method::DELETE, format!("/api/clinics/rooms/{}/", self.room), None),
            ClosingChange::ClinicOff => (Method::DELETE, format!("/api/clinics/clinics/{}/", self.clinic), None),
        };
        self.request(method, &format!("{path}?force=true"), body).await.map(|_| ())
    }

    /// Takes back a closing change, if it was made.
    async fn open(&self, change: ClosingChange) -> Result<(), TestError> {
        let active = Some(json!({ "is_active": true }));
        let target = match change {
            ClosingChange::DoctorsBlock => return self.remove(BLOCKS, "doctor").await,
            ClosingChange::RoomsBlock => return self.remove(BLOCKS, "room").await,
            ClosingChange::ClinicsBlock | ClosingChange::ClinicsHoliday => {
                let list = if change == ClosingChange::ClinicsBlock { BLOCKS } else { HOLIDAYS };
                return self.remove(list, "clinic").await;
            }
            ClosingChange::GeneralHoliday => return self.remove(HOLIDAYS, "").await,
            ClosingChange::ShorterWindow => {
                let body = Some(json!({ "end_time": "13:00" }));
                return self
                    .request(Method::PATCH, &format!("/api/schedules/{}/", self.window), body)
                    .await
                    .map(|_| ());
            }
            ClosingChange::NoWindow => {
                let body = Some(window_body(&self.doctor, &self.room));
                return self.request(Method::POST, "/api/schedules/", body).await.map(|_| ());
            }
            ClosingChange::DoctorOff => format!("/api/doctors/{}/", self.doctor),
            ClosingChange::RoomOff => format!("/api/clinics/rooms/{}/", self.room),
            ClosingChange::ClinicOff => format!("/api/clinics/clinics/{}/", self.clinic),
        };
        self.request(Method::PATCH, &target, active).await.map(|_| ())
    }

    /// Deletes the first block or holiday that names a target of this kind; one without a clinic if `of` is empty.
    async fn remove(&self, list: &str, of: &str) -> Result<(), TestError> {
        let listed = self.request(Method::GET, list, None).await?;
        let rows = listed.get("results").and_then(Value::as_array).cloned().unwrap_or_default();
        let target = |row: &&Value| {
            let value = row.get(if of.is_empty() { "clinic" } else { of });
            value.is_some_and(|value| value.is_null() == of.is_empty())
        };
        match rows.iter().find(target).and_then(|row| row.get("id")?.as_str()) {
            Some(id) => self.request(Method::DELETE, &format!("{list}{id}/"), None).await.map(|_| ()),
            None => Ok(()),
        }
    }

    async fn answer(&self, reply: Reply) -> Result<(), TestError> {
        let (notification, sid) = &self.reminder;
        let message = PatientReply { from: PHONE.into(), to: FAKE_SENDER.into(), ..PatientReply::default() };
        let message = match reply {
            Reply::Words(words) => PatientReply { body: Some(words.into()), ..message },
            Reply::Quoted => PatientReply { body: Some("sí".into()), original_sid: Some(sid.clone()), ..message },
            Reply::Button => PatientReply {
                button_payload: Some(format!("confirm:{notification}")),
                original_sid: Some(sid.clone()),
                ..message
            },
        };
        self.app.patient_writes(&message).await.map(|_| ())
    }

    async fn act(&self, action: StaffAction) -> Result<(), TestError> {
        let body = match action {
            StaffAction::Confirm => json!({ "action": "confirm" }),
            StaffAction::Keep => json!({ "action": "keep" }),
            StaffAction::RequestReschedule => json!({ "action": "request_reschedule" }),
            StaffAction::MoveTo(time) => {
                json!({ "action": "reschedule", "start_datetime": format!("{DAY}T{time}:00-03:00") })
            }
        };
        let path = format!("/api/appointments/{}/actions/", self.appointment);
        self.app.with_token(&self.operator).post(&path, &body).await.map(|_| ())
    }

    async fn request(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, TestError> {
        Ok(self.app.with_token(&self.admin).send(method, path, body.as_ref()).await?.body)
    }
}

const BLOCKS: &str = "/api/schedules/blocks/";
const HOLIDAYS: &str = "/api/clinics/holidays/";
