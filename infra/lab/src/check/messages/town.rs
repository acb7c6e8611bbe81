//! A town: people with a phone each, some with a child on the same number, who were reminded of appointments.
//! Everybody has a doctor of their own, so that what one says can't change what another is offered.

use app::support::id_source::IdSource;
use app::support::ports::{Clock as _, Messenger, Outgoing, ReceivedBefore, Sent, SentBefore};
use domain::ids::{AppointmentId, Id as _, PatientId};
use domain::notification::Address;
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use futures_util::future::BoxFuture;
use local::clock::FixedClock;
use local::database::Database;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use testkit::faulty_client::Wire;
use testkit::test_app::{Client, TestApp, Trouble};

/// When the reminders are due.
const DUE: &str = "2025-12-13T09:00:00-03:00";
/// Every third person has a child.
const CHILDREN: usize = 3;

/// A town.
pub struct Town {
    /// The system.
    pub app: TestApp,
    /// What lies between it and its table.
    pub wire: Wire,
    /// Its clock.
    pub clock: FixedClock,
    /// Twilio's books.
    pub books: Arc<Books>,
    /// Who lives there.
    pub people: Vec<Person>,
}

/// Somebody with a phone.
#[derive(Debug, Clone)]
pub struct Person {
    /// The number.
    pub phone: String,
    /// Whom it reaches.
    pub patients: Vec<PatientId>,
    /// What the reminders to it can be answered by.
    pub reminders: Vec<Reminder>,
}

/// A reminder on a phone.
#[derive(Debug, Clone)]
pub struct Reminder {
    /// The notification: its buttons name it.
    pub notification: String,
    /// Twilio's id of it.
    pub sid: String,
}

/// Twilio, as far as it matters here: it takes everything, and has what patients wrote in its books,
/// whether or not the webhook arrived.
#[derive(Default)]
pub struct Books(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    sent: Vec<(String, Address, String)>,
    received: Vec<ReceivedBefore>,
}

impl Books {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a message from a patient.
    pub fn enter(&self, message: ReceivedBefore) {
        self.pages().received.push(message);
    }

    /// What was sent to a number: Twilio's id, and notification and attempt.
    fn sent_to(&self, phone: &str) -> Vec<(String, String)> {
        let pages = self.pages();
        let theirs = pages.sent.iter().filter(|(_, to, _)| to.0.ends_with(phone));
        theirs.map(|(sid, _, reference)| (sid.clone(), reference.clone())).collect()
    }
}

impl Messenger for Books {
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        // By what it is, not by when it came: the same reminder has the same id in every town.
        let sid = format!("SM{}", message.reference.replace(['-', '.'], ""));
        self.pages().sent.push((sid.clone(), message.to.clone(), message.reference.clone()));
        Box::pin(std::future::ready(Sent::Accepted(sid)))
    }

    fn is_own_account(&self, _: &str) -> bool {
        true
    }

    fn sent_since<'a>(&'a self, _: &'a Address, _: Instant) -> BoxFuture<'a, Option<Vec<SentBefore>>> {
        Box::pin(std::future::ready(None))
    }

    fn received_since(&self, since: Instant) -> BoxFuture<'_, Option<Vec<ReceivedBefore>>> {
        let pages = self.pages();
        let found = pages.received.iter().filter(|message| message.written_at >= since).cloned().collect();
        Box::pin(std::future::ready(Some(found)))
    }
}

impl Town {
    /// Builds one: always the same.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn build(people: usize) -> Result<Self, Trouble> {
        let wire = Wire::default();
        let database = Database::memory().await?.through(&wire);
        let clock = FixedClock::new(Instant::parse("2025-12-01T12:00:00Z").map_err(|_| "not an instant")?);
        let books = Arc::new(Books::default());
        let messenger = Arc::clone(&books);
        let app = TestApp::by_clock(database, clock.clone(), |blueprint| {
            blueprint.messenger = Some(messenger);
            blueprint.ids = IdSource::Counted(Arc::default());
            blueprint.settings.insert("LOOK_UP_INBOUND".into(), "true".into());
        })
        .await?;
        let people = settle(&app, people).await?;
        clock.set(Instant::parse(DUE).map_err(|_| "not an instant")?);
        let mut town = Self { app, wire, clock, books, people };
        // Two reminders to one number are kept apart.
        for _ in 0..3 {
            town.tick().await?;
            town.clock.advance(TimeDelta::minutes(1));
        }
        for person in &mut town.people {
            let sent = town.books.sent_to(&person.phone);
            let reminder = |(sid, reference): (String, String)| {
                let notification = reference.split('.').next().unwrap_or_default().to_owned();
                Reminder { notification, sid }
            };
            person.reminders = sent.into_iter().map(reminder).collect();
            if person.reminders.len() != person.patients.len() {
                return Err("somebody wasn't reminded".into());
            }
        }
        Ok(town)
    }

    /// The scheduled job runs.
    ///
    /// # Errors
    /// What it says.
    pub async fn tick(&self) -> Result<(), Trouble> {
        Box::pin(self.app.system.run_reminders()).await.map(|_| ())
    }

    /// What time it is there.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }
}

impl Person {
    /// The key of the number.
    #[must_use]
    pub fn number(&self) -> MatchKey {
        MatchKey::of(&self.phone)
    }
}

/// Clinic, doctors, patients, appointments.
async fn settle(app: &TestApp, people: usize) -> Result<Vec<Person>, Trouble> {
    let admin = app.admin().await?;
    let clinic = json!({ "name": "Centro", "timezone": "America/Argentina/Buenos_Aires" });
    let clinic = made(&admin, "/api/clinics/clinics/", &clinic).await?;
    let mut settled = Vec::new();
    for number in 0..people {
        let room = json!({ "clinic": clinic, "name": format!("Consultorio {number}") });
        let room = made(&admin, "/api/clinics/rooms/", &room).await?;
        let doctor = json!({ "first_name": "Alicia", "last_name": format!("Mora {number}") });
        let doctor = made(&admin, "/api/doctors/", &doctor).await?;
        let window =
            json!({ "doctor": doctor, "room": room, "date": "2025-12-15", "start_time": "09:00", "end_time": "13:00" });
        made(&admin, "/api/schedules/", &window).await?;
        let phone = format!("+1202555{number:04}");
        let mut patients = Vec::new();
        let family = if number % CHILDREN == 0 { 2 } else { 1 };
        for member in 0..family {
            let patient = json!({
                "first_name": if member == 0 { "Lucía" } else { "Tomás" },
                "last_name": "Fernández",
                "document_number": format!("{}", 30_000_000 + number * 10 + member),
                "phone_number": phone,
            });
            let patient = made(&admin, "/api/patients/", &patient).await?;
            let start = format!("2025-12-15T{}:00:00-03:00", 10 + member);
            let booking = json!({ "patient": patient, "doctor": doctor, "start_datetime": start });
            let appointment = made(&admin, "/api/appointments/", &booking).await?;
            AppointmentId::parse(&appointment).ok_or("an appointment without an id")?;
            patients.push(PatientId::parse(&patient).ok_or("a patient without an id")?);
        }
        settled.push(Person { phone, patients, reminders: Vec::new() });
    }
    Ok(settled)
}

async fn made(client: &Client<'_>, path: &str, body: &Value) -> Result<String, Trouble> {
    Ok(client.post(path, body).await?.expect_status(201)?.id())
}
