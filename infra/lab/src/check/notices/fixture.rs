//! The system of the check: two clinics, of which one announces bookings, with a doctor each who works every day.

use domain::ids::{DoctorId, Id as _, PatientId};
use domain::time::Instant;
use local::clock::FixedClock;
use local::database::{Database, TABLE_NAME};
use platform::dynamodb::local_table;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use store::Table;
use testkit::faulty_client::mutation::Mutation;
use testkit::faulty_client::{FaultyClient, run_as_operation};
use testkit::test_app::{TestApp, TestError};

pub struct NoticeFixture {
    pub app: TestApp,
    pub faulty_client: FaultyClient,
    pub clock: FixedClock,
    /// The table, accessed without faults.
    pub table: Table,
    /// The doctors of the clinic that announces bookings, and of the one that doesn't.
    pub doctors: [DoctorId; 2],
    /// The patient of each history, with the phone number.
    pub patients: Vec<(PatientId, String)>,
    operations: AtomicU64,
}

impl NoticeFixture {
    pub async fn build(histories: usize, forget_notices: bool) -> Result<Self, TestError> {
        let faulty_client = FaultyClient::default();
        let database = Database::memory().await?.through(&faulty_client);
        let clock = FixedClock::new(Instant::parse("2025-12-01T12:00:00Z").map_err(|_| "not an instant")?);
        let app = TestApp::with_clock(database, clock.clone(), |config| {
            // Sealing the audit trail has nothing to do with notices.
            config.tuning.seal_after = None;
        })
        .await?;
        let mut doctors = Vec::new();
        for announces_bookings in [true, false] {
            doctors.push(create_clinic(&app, announces_bookings).await?);
        }
        let mut patients = Vec::new();
        let admin = app.admin().await?;
        for number in 0..histories {
            let phone = format!("+1202555{number:04}");
            let patient = json!({
                "first_name": "Lucía", "last_name": "Paz", "document_number": format!("{}", 30_000_000 + number),
                "phone_number": phone,
            });
            let id = admin.post("/api/patients/", &patient).await?.expect_status(201)?.id();
            patients.push((PatientId::parse(&id).ok_or("a patient without an id")?, phone));
        }
        faulty_client.set_mutation(forget_notices.then_some(Mutation::ForgetNotices));
        let doctors = <[DoctorId; 2]>::try_from(doctors).map_err(|_| "two doctors")?;
        let table = local_table(app.system.database.endpoint(), TABLE_NAME);
        drop(admin);
        Ok(Self { app, faulty_client, clock, table, doctors, patients, operations: AtomicU64::new(1) })
    }

    /// Runs a future as an operation, whose faults the seed decides.
    pub async fn run<F: Future>(&self, future: F) -> F::Output {
        let id = self.operations.fetch_add(1, Ordering::Relaxed);
        // Boxed, since the futures of the use cases are large.
        run_as_operation(id, Box::pin(future)).await
    }
}

async fn create_clinic(app: &TestApp, announces_bookings: bool) -> Result<DoctorId, TestError> {
    let admin = app.admin().await?;
    let create = async |path: &str, body: Value| -> Result<String, TestError> {
        Ok(admin.post(path, &body).await?.expect_status(201)?.id())
    };
    let clinic = json!({
        "name": if announces_bookings { "Norte" } else { "Centro" }, "timezone": "America/Argentina/Buenos_Aires",
        "notify_on_create": announces_bookings, "hold_minutes": 60,
    });
    let clinic = create("/api/clinics/clinics/", clinic).await?;
    let room = create("/api/clinics/rooms/", json!({ "clinic": clinic, "name": "Uno" })).await?;
    let doctor = create("/api/doctors/", json!({ "first_name": "Alicia", "last_name": "Mora" })).await?;
    let rule = json!({
        "doctor": doctor, "room": room, "weekdays": [1, 2, 3, 4, 5, 6, 7], "start_time": "08:00", "end_time": "20:00",
        "valid_from": "2025-12-01",
    });
    create("/api/schedules/rules/", rule).await?;
    Ok(DoctorId::parse(&doctor).ok_or("a doctor without an id")?)
}
