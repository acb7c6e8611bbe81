//! A clinic with a doctor, a patient and a full week, and requests to it as Lambda hands them over.

use super::bare;
use crate::runtime_api::{Secrets, environment};
use app::support::ports::Clock as _;
use baselines::calls::Calls;
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
use testkit::faulty_client::{Wire, operation};
use testkit::test_app::{Answer, PUBLIC_URL, TestApp, Trouble};

/// The operation that is seen on the wire; all others are none.
const SEEN: u64 = 1;
/// Where patients' answers come in.
const WEBHOOK: &str = "/api/notifications/whatsapp/webhook/";
/// Slots of half an hour in a day from six to six.
const SLOTS: u32 = 24;
/// The patient's number.
const NUMBER: &str = "+12025550141";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Patient,
    Appointment,
    Day,
    Book,
    Confirm,
}

impl Operation {
    /// All of them.
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

    /// The binary that does it.
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

    /// Whether this is the answer of one that was done.
    ///
    /// # Errors
    /// It isn't.
    pub(crate) fn expect(self, answer: &Value) -> Result<(), Trouble> {
        let status = answer.get("statusCode").and_then(Value::as_u64);
        if status == Some(self.status().into()) { Ok(()) } else { Err(format!("{}: {answer}", self.name()).into()) }
    }
}

/// A table with people and appointments, and the system around it.
pub(crate) struct Stage {
    app: TestApp,
    wire: Wire,
    token: String,
    room: String,
    doctor: String,
    patient: String,
    first_day: Instant,
    /// How many slots are taken: from the first day on, in their order.
    taken: AtomicU32,
    /// How many slots a booking is after the one before.
    step: AtomicU32,
    /// Appointments that nobody has confirmed yet.
    appointments: Mutex<Vec<String>>,
}

impl Stage {
    /// Sets it up, with so many appointments to be confirmed.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn new(to_confirm: u32) -> Result<Self, Trouble> {
        let wire = Wire::default();
        let database = Database::memory().await?.through(&wire);
        // The functions go by the machine's clock, and wouldn't take a token of another time.
        let now = SystemClock.now();
        let app = TestApp::by_clock(database, FixedClock::new(now), |_| ()).await?;
        let admin = app.admin().await?;
        let made = |path: &'static str, body: Value| {
            let admin = &admin;
            async move { Ok::<_, Trouble>(admin.post(path, &body).await?.expect_status(201)?.id()) }
        };
        let clinic = json!({ "name": "Centro Médico Chapinero", "timezone": "UTC" });
        let clinic = made("/api/clinics/clinics/", clinic).await?;
        let room = made("/api/clinics/rooms/", json!({ "clinic": clinic, "name": "Consultorio 12" })).await?;
        let specialty = made("/api/doctors/specialties/", json!({ "name": "Cardiología" })).await?;
        let doctor = json!({ "first_name": "Héctor", "last_name": "Peñalosa Güell", "specialties": [specialty] });
        let doctor = made("/api/doctors/", doctor).await?;
        let rule = json!({ "doctor": doctor, "room": room, "weekdays": [1, 2, 3, 4, 5, 6, 7], "start_time": "06:00",
            "end_time": "18:00", "valid_from": now.utc_day().to_string() });
        made("/api/schedules/rules/", rule).await?;
        let patient = json!({ "first_name": "María José", "last_name": "Fernández Núñez", "document_type": "CC",
            "document_number": "20.000.001", "phone_number": NUMBER });
        let patient = made("/api/patients/", patient).await?;
        let (token, first_day) = (admin.token(), now.plus(TimeDelta::days(7)));
        let (taken, step, appointments) = (AtomicU32::new(0), AtomicU32::new(1), Mutex::default());
        let stage = Self { app, wire, token, room, doctor, patient, first_day, taken, step, appointments };
        for _ in 0..to_confirm {
            let appointment = stage.answer(Operation::Book).await?.id();
            stage.appointments().push(appointment);
        }
        Ok(stage)
    }

    /// Answers a request of an operation by the functions in this process.
    ///
    /// # Errors
    /// [`Trouble`] where it wasn't done.
    pub(crate) async fn answer(&self, operation: Operation) -> Result<Answer, Trouble> {
        self.app.call(self.request(operation)?).await.expect_status(operation.status())
    }

    /// From now on each booking is on a day of its own.
    pub(crate) fn spread_out(&self) {
        let taken = self.taken.load(Ordering::Relaxed);
        self.taken.store(taken.next_multiple_of(SLOTS), Ordering::Relaxed);
        self.step.store(SLOTS, Ordering::Relaxed);
    }

    fn appointments(&self) -> MutexGuard<'_, Vec<String>> {
        self.appointments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The path of one thing that a function reads, where its things have paths of their own.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn one(&self, function: &str) -> Result<String, Trouble> {
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
            _ => return Err(format!("{function} reads nothing by its path").into()),
        })
    }

    fn appointment(&self) -> Result<String, Trouble> {
        Ok(self.appointments().first().cloned().ok_or("no appointment")?)
    }

    /// The event of a GET.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) fn get(&self, path: &str) -> Result<String, Trouble> {
        Ok(self.app.system.gateway.event(self.signed_in(Method::GET, path).body(Bytes::new())?))
    }

    /// The variables of a function.
    pub(crate) fn environment(&self, secrets: &Secrets) -> Result<Vec<(&'static str, String)>, Trouble> {
        let mut environment = environment(&self.app, secrets);
        environment.push(("TWILIO_API_BASE", self.app.twilio()?.base_url()));
        environment.push(("TWILIO_ACCOUNT_SID", FAKE_ACCOUNT.to_owned()));
        environment.push(("TWILIO_WHATSAPP_SENDER", FAKE_SENDER.to_owned()));
        Ok(environment)
    }

    /// An event of an operation, which hasn't come before.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) fn event(&self, operation: Operation) -> Result<String, Trouble> {
        Ok(self.app.system.gateway.event(self.request(operation)?))
    }

    /// The calls to the table that an operation makes, the rows of whoever asks with them.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn calls(&self, measured: Operation) -> Result<Calls, Trouble> {
        self.wire.record_images();
        // What is remembered is asked for once.
        self.answer(measured).await?;
        operation(SEEN, self.answer(measured)).await?;
        bare::calls(self.wire.take(SEEN))
    }

    fn request(&self, operation: Operation) -> Result<Request<Bytes>, Trouble> {
        let day = |days: u32| self.first_day.plus(TimeDelta::days(days.into())).utc_day();
        let get = |path: String| self.signed_in(Method::GET, &path).body(Bytes::new());
        Ok(match operation {
            Operation::Patient => get(format!("/api/patients/{}/", self.patient))?,
            Operation::Appointment => get(format!("/api/appointments/{}/", self.appointment()?))?,
            Operation::Day => get(format!("/api/appointments/?doctor={}&date={}", self.doctor, day(0)))?,
            Operation::Book => {
                let slot = self.taken.fetch_add(self.step.load(Ordering::Relaxed), Ordering::Relaxed);
                let (hour, minute) = (6 + slot % SLOTS / 2, 30 * (slot % 2));
                let start = format!("{}T{hour:02}:{minute:02}:00Z", day(slot / SLOTS));
                let booking = json!({ "patient": self.patient, "doctor": self.doctor, "start_datetime": start,
                    "reason": "Control de presión arterial y renovación de la receta" });
                self.signed_in(Method::POST, "/api/appointments/")
                    .header("content-type", "application/json")
                    .header("idempotency-key", random_token())
                    .body(booking.to_string().into())?
            }
            Operation::Confirm => {
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
