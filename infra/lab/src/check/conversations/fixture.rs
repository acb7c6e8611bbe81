//! The system under test of the conversations check: a number with several patients, each with an appointment that was
//! reminded of.

use super::oracle::{Screen, Text};
use super::state::ConversationState;
use crate::check::table_image::TableImage;
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use invariants::scan::scan;
use local::clock::FixedClock;
use local::database::{Database, TABLE_NAME};
use local::fake_twilio::PatientReply;
use platform::dynamodb::local_table;
use serde_json::{Value, json};
use store::Table;
use store::conversation::Conversation;
use store::keys::Key;
use testkit::test_app::{TestApp, TestError};

const DAY: &str = "2025-12-15";
const PHONE: &str = "+12025550141";
/// When the last reminder has been sent.
const BEGIN: &str = "2025-12-13T09:10:00-03:00";
/// The patients and the hours of their appointments.
pub const APPOINTMENTS: [(&str, &str); 3] = [("Mateo", "10:00"), ("Sofía", "11:00"), ("Berta", "12:00")];

pub struct ConversationFixture {
    app: TestApp,
    table: Table,
    /// What the patients see after the reminders.
    pub screen: Screen,
}

impl ConversationFixture {
    pub async fn build(appointments: usize) -> Result<Self, TestError> {
        let database = Database::memory().await?;
        let table = local_table(database.endpoint(), TABLE_NAME);
        let clock = FixedClock::new(Instant::parse("2025-12-01T12:00:00Z").map_err(|_| "not an instant")?);
        let app = TestApp::with_clock(database, clock.clone(), |config| config.tuning.seal_after = None).await?;
        let admin = app.admin().await?;
        let create = async |path: &str, body: Value| -> Result<String, TestError> {
            Ok(admin.post(path, &body).await?.expect_status(201)?.id())
        };
        let clinic = json!({ "name": "Centro", "timezone": "America/Argentina/Buenos_Aires" });
        let clinic = create("/api/clinics/clinics/", clinic).await?;
        let room = create("/api/clinics/rooms/", json!({ "clinic": clinic, "name": "Uno" })).await?;
        let doctor = create("/api/doctors/", json!({ "first_name": "Alicia", "last_name": "Mora" })).await?;
        let window = json!({ "doctor": doctor, "room": room, "date": DAY, "start_time": "09:00", "end_time": "14:00" });
        create("/api/schedules/", window).await?;
        for (name, hour) in APPOINTMENTS.into_iter().take(appointments) {
            let patient =
                json!({ "first_name": name, "last_name": "Paz", "document_number": hour, "phone_number": PHONE });
            let patient = create("/api/patients/", patient).await?;
            let start = format!("{DAY}T{hour}:00-03:00");
            create("/api/appointments/", json!({ "patient": patient, "doctor": doctor, "start_datetime": start }))
                .await?;
        }
        clock.set(Instant::parse("2025-12-13T12:00:00Z").map_err(|_| "not an instant")?);
        // The reminders to one number are sent in different runs of the job.
        for _ in 0..appointments {
            app.system.run_reminders().await?;
            clock.advance(TimeDelta::minutes(1));
        }
        app.set_now(BEGIN)?;
        let sent: Vec<String> = app.outbox()?.into_iter().filter_map(|message| message.body).collect();
        if sent.len() != appointments {
            return Err(format!("{} reminders were sent", sent.len()).into());
        }
        let screen = Screen::default().after(&sent);
        Ok(Self { app, table, screen })
    }

    /// All rows, and what of them a later answer depends on.
    pub async fn read(&self) -> Result<(TableImage, ConversationState), TestError> {
        let image = TableImage::read(&self.table).await?;
        let rows = scan(&self.table).await?;
        let key = Key::conversation(&MatchKey::of(PHONE));
        let conversation = self.table.get::<Conversation>(&key).await?;
        Ok((image, ConversationState::of(&rows, conversation.as_ref())))
    }

    pub async fn restore(&self, image: &TableImage) -> Result<(), TestError> {
        image.restore(&self.table, |_| false).await?;
        self.app.twilio()?.reset();
        self.app.set_now(BEGIN)
    }

    /// Lets the patient write. Returns the texts of the answers.
    pub async fn write(&self, text: Text) -> Result<Vec<String>, TestError> {
        let message = PatientReply { from: PHONE.into(), body: Some(text.words.into()), ..PatientReply::default() };
        self.app.patient_writes(&message).await?.expect_status(200)?;
        Ok(self.app.outbox()?.into_iter().filter_map(|message| message.body).collect())
    }
}
