//! The data of the benches: a clinic with a doctor, a patient and appointments, and requests to it as Lambda events.

use super::bare_calls;
use crate::runtime_api::{TemporarySecrets, environment};
use app::support::ports::Clock as _;
use baselines::calls::CallSequence;
use bytes::Bytes;
use domain::time::{Instant, TimeDelta};
use http::{Method, Request};
use local::clock::FixedClock;
use local::database::Database;
use local::fake_twilio::PatientReply;
use local::system::{FAKE_ACCOUNT, FAKE_SENDER, random_token};
use platform::clock::SystemClock;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use testkit::faulty_client::{FaultyClient, run_as_operation};
use testkit::test_app::{PUBLIC_URL, TestApp, TestError, TestResponse};

/// Id of the operation whose calls are recorded.
const RECORDED: u64 = 1;
const WEBHOOK: &str = "/api/notifications/whatsapp/webhook/";
/// Half-hour slots of a day from 6:00 to 18:00.
const SLOTS: u32 = 24;
/// The patient's phone number.
const NUMBER: &str = "+12025550141";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BenchOperation {
    Patient,
    Appointment,
    Day,
    Book,
    Confirm,
}

impl BenchOperation {
    pub(crate) const ALL: [Self; 5] = [Self::Patient, Self::Appointment, Self::Day, Self::Book, Self::Confirm];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Patient => "read a patient",
            Self::Appointment => "read an appointment",
            Self::Day => "a doctor's day",
            Self::Book => "book an appointment",
            Self::Confirm => "confirm by WhatsApp",
        }
    }

    /// The function's binary that serves it.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::Patient => "patients",
            Self::Appointment | Self::Day | Self::Book => "appointments",
            Self::Confirm => "webhook",
        }
    }

    fn status(self) -> u16 {
        if self == Self::Book { 201 } else { 200 }
    }

    /// Checks the status of an answer.
    pub(crate) fn expect_success(self, answer: &Value) -> Result<(), TestError> {
        let status = answer.get("statusCode").and_then(Value::as_u64);
        if status == Some(self.status().into()) { Ok(()) } else { Err(format!("{}: {answer}", self.name()).into()) }
    }
}

/// The system under test and its data.
pub(crate) struct BenchFixture {
    app: TestApp,
    faulty_client: FaultyClient,
    token: String,
    room: String,
    doctor: String,
    patient: String,
    first_day: Instant,
    /// How many slots are booked, from the first day on, in their order.
    booked_slots: AtomicU32,
    /// Slots between two bookings.
    step: AtomicU32,
    /// Unconfirmed appointments.
    appointments: Mutex<Vec<String>>,
}

impl BenchFixture {
    /// Creates the data, with so many appointments to confirm.
    pub(crate) async fn new(to_confirm: u32) -> Result<Self, TestError> {
        let faulty_client = FaultyClient::default();
        let database = Database::memory().await?.through(&faulty_client);
        // The functions use the system clock, and would reject a token of another time.
        let now = SystemClock.now();
        let app = TestApp::with_clock(database, FixedClock::new(now), |_| ()).await?;
        let admin = app.admin().await?;
        let create = |path: &'static str, body: Value| {
            let admin = &admin;
            async move { Ok::<_, TestError>(admin.post(path, &body).await?.expect_status(201)?.id()) }
        };
        let clinic = json!({ "name": "Centro Médico Chapinero", "timezone": "UTC" });
        let clinic = create("/api/clinics/clinics/", clinic).await?;
        let room = create("/api/clinics/rooms/", json!({ "clinic": clinic, "name": "Consultorio 12" })).await?;
        let specialty = create("/api/doctors/specialties/", json!({ "name": "Cardiología" })).await?;
        let doctor = json!({ "first_name": "Héctor", "last_name": "Peñalosa Güell", "specialties": [specialty] });
        let doctor = create("/api/doctors/", doctor).await?;
        let rule = json!({ "doctor": doctor, "room": room, "weekdays": [1, 2, 3, 4, 5, 6, 7], "start_time": "06:00",
            "end_time": "18:00", "valid_from": now.utc_day().to_string() });
        create("/api/schedules/rules/", rule).await?;
        let patient = json!({ "first_name": "María José", "last_name": "Fernández Núñez", "document_type": "CC",
            "document_number": "20.000.001", "phone_number": NUMBER });
        let patient = create("/api/patients/", patient).await?;
        let (token, first_day) = (admin.token(), now.plus(TimeDelta::days(7)));
        let (booked_slots, step, appointments) = (AtomicU32::new(0), AtomicU32::new(1), Mutex::default());
        let fixture =
            Self { app, faulty_client, token, room, doctor, patient, first_day, booked_slots, step, appointments };
        for _ in 0..to_confirm {
            let appointment = fixture.run(BenchOperation::Book).await?.id();
            fixture.appointments().push(appointment);
        }
        Ok(fixture)
    }

    /// Runs an operation with the functions in this process.
    pub(crate) async fn run(&self, operation: BenchOperation) -> Result<TestResponse, TestError> {
        self.app.call(self.request(operation)?).await.expect_status(operation.status())
    }

    /// Puts each further booking on a day of its own.
    pub(crate) fn book_on_separate_days(&self) {
        let booked_slots = self.booked_slots.load(Ordering::Relaxed);
        self.booked_slots.store(booked_slots.next_multiple_of(SLOTS), Ordering::Relaxed);
        self.step.store(SLOTS, Ordering::Relaxed);
    }

    fn appointments(&self) -> MutexGuard<'_, Vec<String>> {
        self.appointments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The path of one object of a function, for functions whose objects have paths of their own.
    pub(crate) async fn object_path(&self, function: &str) -> Result<String, TestError> {
        Ok(match function {
            "patients" => format!("/api/patients/{}/", self.patient),
            "doctors" => format!("/api/doctors/{}/", self.doctor),
            "clinics" => format!("/api/clinics/rooms/{}/", self.room),
            "appointments" => format!("/api/appointments/{}/", self.appointment()?),
            "notifications" => {
                let of_the_appointment = format!("/api/notifications/?appointment={}", self.appointment()?);
                let found =
                    self.app.with_token(&self.token).get(&of_the_appointment).await?.expect_status(200)?.results();
                let id = found.first().and_then(|message| message.get("id")?.as_str()).ok_or("no message")?;
                format!("/api/notifications/{id}/")
            }
            _ => return Err(format!("{function} has no object paths").into()),
        })
    }

    fn appointment(&self) -> Result<String, TestError> {
        Ok(self.appointments().first().cloned().ok_or("no appointment")?)
    }

    /// The event of a GET request.
    pub(crate) fn get_event(&self, path: &str) -> Result<String, TestError> {
        Ok(self.app.system.gateway.event(self.signed_in(Method::GET, path).body(Bytes::new())?))
    }

    /// The environment variables of a function.
    pub(crate) fn environment(&self, secrets: &TemporarySecrets) -> Result<Vec<(&'static str, String)>, TestError> {
        let mut environment = environment(&self.app, secrets);
        environment.push(("TWILIO_API_BASE", self.app.twilio()?.base_url()));
        environment.push(("TWILIO_ACCOUNT_SID", FAKE_ACCOUNT.to_owned()));
        environment.push(("TWILIO_WHATSAPP_SENDER", FAKE_SENDER.to_owned()));
        Ok(environment)
    }

    /// A new event of an operation.
    pub(crate) fn event(&self, operation: BenchOperation) -> Result<String, TestError> {
        Ok(self.app.system.gateway.event(self.request(operation)?))
    }

    /// The calls to the table that an operation makes, including reads of the caller's rows.
    pub(crate) async fn calls(&self, operation: BenchOperation) -> Result<CallSequence, TestError> {
        self.faulty_client.record_images();
        // The first run fills the caches.
        self.run(operation).await?;
        run_as_operation(RECORDED, self.run(operation)).await?;
        bare_calls::to_call_sequence(self.faulty_client.take_calls(RECORDED))
    }

    fn request(&self, operation: BenchOperation) -> Result<Request<Bytes>, TestError> {
        let day = |days: u32| self.first_day.plus(TimeDelta::days(days.into())).utc_day();
        let get = |path: String| self.signed_in(Method::GET, &path).body(Bytes::new());
        Ok(match operation {
            BenchOperation::Patient => get(format!("/api/patients/{}/", self.patient))?,
            BenchOperation::Appointment => get(format!("/api/appointments/{}/", self.appointment()?))?,
            BenchOperation::Day => get(format!("/api/appointments/?doctor={}&date={}", self.doctor, day(0)))?,
            BenchOperation::Book => {
                let slot = self.booked_slots.fetch_add(self.step.load(Ordering::Relaxed), Ordering::Relaxed);
                let (hour, minute) = (6 + slot % SLOTS / 2, 30 * (slot % 2));
                let start = format!("{}T{hour:02}:{minute:02}:00Z", day(slot / SLOTS));
                let booking = json!({ "patient": self.patient, "doctor": self.doctor, "start_datetime": start,
                    "reason": "Control de presión arterial y renovación de la receta" });
                self.signed_in(Method::POST, "/api/appointments/")
                    .header("content-type", "application/json")
                    .header("idempotency-key", random_token())
                    .body(booking.to_string().into())?
            }
            BenchOperation::Confirm => {
                let appointment = self.appointments().pop().ok_or("no appointment")?;
                let reply = PatientReply {
                    from: NUMBER.into(),
                    to: FAKE_SENDER.into(),
                    button_payload: Some(format!("confirm:{appointment}")),
                    ..PatientReply::default()
                };
                let (form, _) = self.app.twilio()?.inbound_form(&reply);
                let signature = self.app.twilio()?.sign(&format!("{PUBLIC_URL}{WEBHOOK}"), &form);
                let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
                Request::post(WEBHOOK)
                    .header("host", "citas.example")
                    .header("content-type", "application/x-www-form-urlencoded")
                    .header("x-twilio-signature", signature)
                    .body(body.into())?
            }
        })
    }

    fn signed_in(&self, method: Method, path: &str) -> http::request::Builder {
        let request = Request::builder().method(method).uri(path).header("host", "citas.example");
        request.header("authorization", format!("Bearer {}", self.token))
    }
}
