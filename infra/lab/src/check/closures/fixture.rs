//! The system under test of the closures check: a clinic with one doctor, and a patient who was reminded of an
//! appointment. It is set back before each run.

use super::interleaving::Interleaving;
use crate::check::table_image::TableImage;
use domain::time::Instant;
use local::clock::FixedClock;
use local::database::{Database, TABLE_NAME};
use platform::dynamodb::local_table;
use serde_json::{Value, json};
use std::sync::Arc;
use store::Table;
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::mutation::Mutation;
use testkit::test_app::{TestApp, TestError};

/// When the reminder was sent. A run ends within the life of an access token.
const BEGIN: &str = "2025-12-13T09:00:00-03:00";
/// The day of the appointment.
pub const DAY: &str = "2025-12-15";
pub const PHONE: &str = "+12025550141";

pub struct ClosuresFixture {
    pub app: TestApp,
    /// The table, accessed without faults.
    pub table: Table,
    pub interleaving: Arc<Interleaving>,
    pub clock: FixedClock,
    /// Access tokens.
    pub admin: String,
    pub operator: String,
    pub clinic: String,
    pub room: String,
    pub doctor: String,
    pub window: String,
    /// The second patient books other times.
    pub patients: [String; 2],
    pub appointment: String,
    /// The id of the notification that reminded of it, and Twilio's id.
    pub reminder: (String, String),
    initial_rows: TableImage,
    mutation: Option<Mutation>,
    faulty_client: FaultyClient,
}

impl ClosuresFixture {
    pub async fn build(mutation: Option<Mutation>) -> Result<Self, TestError> {
        let faulty_client = FaultyClient::default();
        let database = Database::memory().await?.through(&faulty_client);
        let table = local_table(database.endpoint(), TABLE_NAME);
        let clock = FixedClock::new(Instant::parse("2025-12-01T12:00:00Z").map_err(|_| "not an instant")?);
        let app = TestApp::with_clock(database, clock.clone(), |config| config.tuning.seal_after = None).await?;
        let created = app.admin().await?;
        let create = async |path: &str, body: Value| -> Result<String, TestError> {
            Ok(created.post(path, &body).await?.expect_status(201)?.id())
        };
        let clinic = json!({ "name": "Centro", "timezone": "America/Argentina/Buenos_Aires" });
        let clinic = create("/api/clinics/clinics/", clinic).await?;
        let room = create("/api/clinics/rooms/", json!({ "clinic": clinic, "name": "Uno" })).await?;
        let doctor = create("/api/doctors/", json!({ "first_name": "Alicia", "last_name": "Mora" })).await?;
        let window = create("/api/schedules/", window_body(&doctor, &room)).await?;
        let patient = |name: &str, phone: &str| json!({ "first_name": name, "last_name": "Paz", "document_number": phone, "phone_number": phone });
        let patients = [
            create("/api/patients/", patient("Lucía", PHONE)).await?,
            create("/api/patients/", patient("Tomás", "+12025550142")).await?,
        ];
        let booking =
            json!({ "patient": patients[0], "doctor": doctor, "start_datetime": format!("{DAY}T10:00:00-03:00") });
        let appointment = create("/api/appointments/", booking).await?;
        app.set_now(BEGIN)?;
        app.system.run_reminders().await?;
        let (admin, operator) = (app.admin().await?.token(), app.operator().await?.token());
        let path = format!("/api/notifications/?appointment={appointment}&kind=reminder");
        let sent = app.with_token(&admin).get(&path).await?.expect_status(200)?.results();
        let sent = sent.first().ok_or("no reminder")?;
        let text = |name: &str| sent[name].as_str().unwrap_or_default().to_owned();
        let reminder = (text("id"), text("external_id"));
        let interleaving = Arc::new(Interleaving::default());
        faulty_client.set_call_hook(Some(Arc::clone(&interleaving) as Arc<_>));
        let initial_rows = TableImage::read(&table).await?;
        Ok(Self {
            app,
            table,
            interleaving,
            clock,
            admin,
            operator,
            clinic,
            room,
            doctor,
            window,
            patients,
            appointment,
            reminder,
            initial_rows,
            mutation,
            faulty_client,
        })
    }

    /// Restores the state after the reminder was sent.
    pub async fn reset(&self, seed: u64) -> Result<(), TestError> {
        self.faulty_client.set_mutation(None);
        self.initial_rows.restore(&self.table, |_| false).await?;
        self.app.twilio()?.reset();
        self.app.set_now(BEGIN)?;
        self.interleaving.begin(seed);
        self.faulty_client.set_mutation(self.mutation);
        Ok(())
    }

    /// The texts of the messages that the patient was sent in this run.
    pub fn texts(&self) -> Result<Vec<String>, TestError> {
        let sent = self.app.outbox()?.into_iter().filter(|message| message.to.ends_with(PHONE));
        Ok(sent.filter_map(|message| message.body).collect())
    }
}

/// The body that creates the doctor's window.
#[must_use]
pub fn window_body(doctor: &str, room: &str) -> Value {
    json!({ "doctor": doctor, "room": room, "date": DAY, "start_time": "09:00", "end_time": "13:00" })
}
