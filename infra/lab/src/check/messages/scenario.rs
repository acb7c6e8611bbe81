//! A scenario: participants with one phone each, some with two patients on it, who were reminded of appointments. Each
//! participant has a doctor of their own, so that no reply changes the slots that another one is offered.

use app::support::id_source::IdSource;
use app::support::ports::{Clock as _, InboundLogEntry, Messenger, OutboundLogEntry, OutgoingMessage, SendOutcome};
use domain::ids::{AppointmentId, Id as _, PatientId};
use domain::notification::{Address, MessageText};
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use futures_util::future::BoxFuture;
use local::clock::FixedClock;
use local::database::Database;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use testkit::faulty_client::FaultyClient;
use testkit::test_app::{TestApp, TestClient, TestError};

/// When the reminders are due.
const DUE: &str = "2025-12-13T09:00:00-03:00";
/// One participant in so many has two patients.
const SHARED_PHONES: usize = 3;

pub struct Scenario {
    pub app: TestApp,
    pub faulty_client: FaultyClient,
    pub clock: FixedClock,
    pub provider_log: Arc<ProviderLog>,
    pub participants: Vec<Participant>,
}

/// A phone, with the patients that it reaches.
#[derive(Debug, Clone)]
pub struct Participant {
    pub phone: String,
    pub patients: Vec<PatientId>,
    /// The reminders that it received.
    pub reminders: Vec<SentReminder>,
}

/// A reminder that a participant received.
#[derive(Debug, Clone)]
pub struct SentReminder {
    /// The id of the notification, which the buttons' payloads name.
    pub notification: String,
    /// Twilio's id of the message.
    pub sid: String,
}

/// Twilio's message log: accepts every message, and lists what patients wrote whether or not the webhook arrived.
#[derive(Default)]
pub struct ProviderLog(Mutex<LogEntries>);

#[derive(Default)]
struct LogEntries {
    sent: Vec<SentEntry>,
    received: Vec<InboundLogEntry>,
}

/// A message to a patient.
struct SentEntry {
    sid: String,
    to: Address,
    body: MessageText,
    /// The notification and its attempt.
    reference: String,
}

impl ProviderLog {
    fn entries(&self) -> MutexGuard<'_, LogEntries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a message from a patient.
    pub fn record_inbound(&self, message: InboundLogEntry) {
        self.entries().received.push(message);
    }

    /// Messages to a number: Twilio's id, and the reference of notification and attempt.
    fn sent_to(&self, phone: &str) -> Vec<(String, String)> {
        let entries = self.entries();
        let of_number = entries.sent.iter().filter(|entry| entry.to.0.ends_with(phone));
        of_number.map(|entry| (entry.sid.clone(), entry.reference.clone())).collect()
    }
}

impl Messenger for ProviderLog {
    fn send<'a>(&'a self, message: &'a OutgoingMessage) -> BoxFuture<'a, SendOutcome> {
        // Derived from the reference, so that the same reminder has the same id in every scenario.
        let sid = format!("SM{}", message.reference.replace(['-', '.'], ""));
        let (to, body, reference) = (message.to.clone(), message.body.clone(), message.reference.clone());
        self.entries().sent.push(SentEntry { sid: sid.clone(), to, body, reference });
        Box::pin(std::future::ready(SendOutcome::Accepted(sid)))
    }

    fn is_own_account(&self, _: &str) -> bool {
        true
    }

    /// All of them: their times don't matter, since each belongs to a notification.
    fn sent_since<'a>(&'a self, to: &'a Address, _: Instant) -> BoxFuture<'a, Option<Vec<OutboundLogEntry>>> {
        let entries = self.entries();
        let of_number = entries.sent.iter().filter(|entry| entry.to == *to);
        let found = of_number.map(|entry| OutboundLogEntry { sid: entry.sid.clone(), body: entry.body.clone() });
        Box::pin(std::future::ready(Some(found.collect())))
    }

    fn received_since(&self, since: Instant) -> BoxFuture<'_, Option<Vec<InboundLogEntry>>> {
        let entries = self.entries();
        let found = entries.received.iter().filter(|message| message.written_at >= since).cloned().collect();
        Box::pin(std::future::ready(Some(found)))
    }
}

impl Scenario {
    /// Builds the scenario, which is the same each time.
    pub async fn build(participant_count: usize) -> Result<Self, TestError> {
        let faulty_client = FaultyClient::default();
        let database = Database::memory().await?.through(&faulty_client);
        let clock = FixedClock::new(Instant::parse("2025-12-01T12:00:00Z").map_err(|_| "not an instant")?);
        let provider_log = Arc::new(ProviderLog::default());
        let messenger = Arc::clone(&provider_log);
        let app = TestApp::with_clock(database, clock.clone(), |config| {
            config.messenger = Some(messenger);
            config.ids = IdSource::Sequential(Arc::default());
            config.settings.insert("LOOK_UP_INBOUND".into(), "true".into());
        })
        .await?;
        let participants = create_participants(&app, participant_count).await?;
        clock.set(Instant::parse(DUE).map_err(|_| "not an instant")?);
        let mut scenario = Self { app, faulty_client, clock, provider_log, participants };
        // Two reminders to one number are sent in different runs of the job.
        for _ in 0..3 {
            scenario.run_job().await?;
            scenario.clock.advance(TimeDelta::minutes(1));
        }
        for participant in &mut scenario.participants {
            let sent = scenario.provider_log.sent_to(&participant.phone);
            let reminder = |(sid, reference): (String, String)| {
                let notification = reference.split('.').next().unwrap_or_default().to_owned();
                SentReminder { notification, sid }
            };
            participant.reminders = sent.into_iter().map(reminder).collect();
            if participant.reminders.len() != participant.patients.len() {
                return Err("a participant was not reminded".into());
            }
        }
        Ok(scenario)
    }

    pub async fn run_job(&self) -> Result<(), TestError> {
        Box::pin(self.app.system.run_reminders()).await.map(|_| ())
    }

    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }
}

impl Participant {
    #[must_use]
    pub fn match_key(&self) -> MatchKey {
        MatchKey::of(&self.phone)
    }
}

/// Creates clinic, doctors, patients and appointments.
async fn create_participants(app: &TestApp, count: usize) -> Result<Vec<Participant>, TestError> {
    let admin = app.admin().await?;
    let clinic = json!({ "name": "Centro", "timezone": "America/Argentina/Buenos_Aires" });
    let clinic = create(&admin, "/api/clinics/clinics/", &clinic).await?;
    let mut participants = Vec::new();
    for number in 0..count {
        let room = json!({ "clinic": clinic, "name": format!("Consultorio {number}") });
        let room = create(&admin, "/api/clinics/rooms/", &room).await?;
        let doctor = json!({ "first_name": "Alicia", "last_name": format!("Mora {number}") });
        let doctor = create(&admin, "/api/doctors/", &doctor).await?;
        let window =
            json!({ "doctor": doctor, "room": room, "date": "2025-12-15", "start_time": "09:00", "end_time": "13:00" });
        create(&admin, "/api/schedules/", &window).await?;
        let phone = format!("+1202555{number:04}");
        let mut patients = Vec::new();
        let patients_on_phone = if number % SHARED_PHONES == 0 { 2 } else { 1 };
        for member in 0..patients_on_phone {
            let patient = json!({
                "first_name": if member == 0 { "Lucía" } else { "Tomás" },
                "last_name": "Fernández",
                "document_number": format!("{}", 30_000_000 + number * 10 + member),
                "phone_number": phone,
            });
            let patient = create(&admin, "/api/patients/", &patient).await?;
            let start = format!("2025-12-15T{}:00:00-03:00", 10 + member);
            let booking = json!({ "patient": patient, "doctor": doctor, "start_datetime": start });
            let appointment = create(&admin, "/api/appointments/", &booking).await?;
            AppointmentId::parse(&appointment).ok_or("an appointment without an id")?;
            patients.push(PatientId::parse(&patient).ok_or("a patient without an id")?);
        }
        participants.push(Participant { phone, patients, reminders: Vec::new() });
    }
    Ok(participants)
}

async fn create(client: &TestClient<'_>, path: &str, body: &Value) -> Result<String, TestError> {
    Ok(client.post(path, body).await?.expect_status(201)?.id())
}
