//! The system under test of the conversations check: a number with several patients, each with an appointment that was
//! reminded of.

use super::oracle::{Screen, Text};
use super::state::ConversationState;
use crate::check::table_image::TableImage;
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use local::clock::FixedClock;
use local::database::{Database, TABLE_NAME};
use local::fake_twilio::{FailMode, PatientReply};
use platform::dynamodb::local_table;
use serde_json::{Value, json};
use store::Table;
use store::conversation::Conversation;
use store::keys::Key;
use testkit::faulty_client::FaultyClient;
use testkit::test_app::{TestApp, TestError};

const WEBHOOK: &str = "/api/notifications/whatsapp/webhook/";
const DAY: &str = "2025-12-15";
pub const PHONE: &str = "+12025550141";
/// The phone and the patient of another appointment.
pub const OTHER_PHONE: &str = "+12025550142";
pub const OTHER_PATIENT: &str = "Carlos";
/// When the last reminder has been sent.
const BEGIN: &str = "2025-12-13T09:10:00-03:00";
/// The patients and the hours of their appointments.
pub const APPOINTMENTS: [(&str, &str); 3] = [("Mateo", "10:00"), ("Sofía", "11:00"), ("Berta", "12:00")];

pub struct ConversationFixture {
    app: TestApp,
    pub clock: FixedClock,
    /// The way of the handlers to the table.
    pub faulty_client: FaultyClient,
    table: Table,
    /// What the patients see after the reminders.
    pub screen: Screen,
}

impl ConversationFixture {
    pub async fn build(appointments: usize) -> Result<Self, TestError> {
        let database = Database::memory().await?;
        let table = local_table(database.endpoint(), TABLE_NAME);
        let faulty_client = FaultyClient::default();
        let database = database.through(&faulty_client);
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
        let own = APPOINTMENTS.into_iter().take(appointments).map(|(name, hour)| (name, hour, PHONE));
        for (name, hour, phone) in own.chain([(OTHER_PATIENT, "13:00", OTHER_PHONE)]) {
            let patient =
                json!({ "first_name": name, "last_name": "Paz", "document_number": hour, "phone_number": phone });
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
        let mut fixture = Self { app, clock, faulty_client, table, screen: Screen::default() };
        let sent = fixture.texts_to(PHONE)?;
        if sent.len() != appointments {
            return Err(format!("{} reminders were sent", sent.len()).into());
        }
        fixture.screen = Screen::default().after(&sent);
        Ok(fixture)
    }

    /// The texts of the messages to a phone that Twilio accepted.
    pub fn texts_to(&self, phone: &str) -> Result<Vec<String>, TestError> {
        let sent = self.app.outbox()?.into_iter().filter(|message| message.to.ends_with(phone));
        Ok(sent.filter_map(|message| message.body).collect())
    }

    /// All rows, and what of them a later answer depends on.
    pub async fn read(&self) -> Result<(TableImage, ConversationState), TestError> {
        let image = TableImage::read(&self.table).await?;
        let rows = image.rows();
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
        self.write_failing(PHONE, text, FailMode::None).await?;
        self.texts_to(PHONE)
    }

    /// Lets a phone write; the next message that is sent fails so. Returns the webhook's form.
    pub async fn write_failing(
        &self,
        phone: &str,
        text: Text,
        mode: FailMode,
    ) -> Result<Vec<(String, String)>, TestError> {
        let message = PatientReply { from: phone.into(), body: Some(text.words.into()), ..PatientReply::default() };
        let (form, _) = self.app.twilio()?.inbound_form(&message);
        self.app.twilio()?.fail(mode, None, u32::from(mode != FailMode::None));
        self.deliver(&form).await?;
        self.app.twilio()?.fail(FailMode::None, None, 0);
        Ok(form)
    }

    /// Delivers the webhook of a message.
    pub async fn deliver(&self, form: &[(String, String)]) -> Result<(), TestError> {
        self.app.post_signed(WEBHOOK, form).await?.expect_status(200).map(|_| ())
    }

    pub async fn run_job(&self) -> Result<(), TestError> {
        self.app.system.run_reminders().await.map(|_| ())
    }
}
