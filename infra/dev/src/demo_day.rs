//! A day of appointments for an empty table, on top of the [`demo`] data: eight doctors, forty appointments in all states,
//! reminders that were read and answered, a block, and a worklist. Everything is made through the API and the webhooks,
//! with the clock moved to the times at which it would happen.

use crate::control::Control;
use crate::demo;
use bytes::Bytes;
use domain::time::{Instant, LocalDate, LocalTime, TimeDelta, Zone};
use http::{Method, Request};
use local::fake_twilio::PatientReply;
use local::system::FAKE_SENDER;
use serde_json::{Value, json};

/// Why there is no day. The text has no personal data: the people aren't real.
#[derive(Debug, thiserror::Error)]
pub enum DayError {
    #[error(transparent)]
    Basic(#[from] app::AppError),
    #[error("{path} was answered with {status}: {body}")]
    Refused { path: String, status: u16, body: String },
    #[error("{0}")]
    Message(String),
}

/// First name, last name, room, first and last hour, minutes of a slot.
const DOCTORS: [(&str, &str, &str, &str, &str, u32); 5] = [
    ("Mariana", "Etcheverry", "Consultorio 3", "08:00", "13:00", 30),
    ("Tomás", "Bianchi", "Consultorio 4", "08:30", "17:00", 30),
    ("Valentina", "Quiroga", "Consultorio 5", "08:00", "12:20", 20),
    ("Ignacio", "Ferreyra", "Consultorio 6", "09:00", "18:00", 30),
    ("Camila", "Domínguez", "Consultorio 7", "14:00", "19:00", 30),
];

const FIRST_NAMES: [&str; 12] = [
    "Martina", "Santiago", "Isabella", "Mateo", "Emilia", "Joaquín", "Catalina", "Bautista", "Renata", "Felipe",
    "Abril", "Lorenzo",
];
const LAST_NAMES: [&str; 9] =
    ["González", "Rodríguez", "Álvarez", "Romero", "Acosta", "Benítez", "Herrera", "Suárez", "Molina"];
const REASONS: [Option<&str>; 6] = [
    Some("Control"),
    Some("Primera consulta"),
    None,
    Some("Resultados de laboratorio"),
    Some("Dolor de espalda"),
    Some("Receta"),
];

/// How many appointments were booked days before, with a reminder, and how many that same morning.
const REMINDED: usize = 14;
const APPOINTMENTS: usize = 42;

/// Writes the demo data and a day, if the table has no users. Returns whether it did.
pub async fn seed(control: &Control, password: &str) -> Result<bool, DayError> {
    let zone = Zone::parse("America/Bogota").unwrap_or_else(|_| Zone::utc());
    let now = control.system.app.now();
    let today = zone.date(now);
    // Two days before, in the morning: weekly rules and appointments begin then.
    let before = at(zone, today, TimeDelta::days(-2), (8, 0)).since(now);
    control.clock.advance(before);
    let seeded = demo::seed(&control.system.app, password).await;
    let outcome = match seeded {
        Ok(true) => Day { control, password, zone, today, now, token: String::new() }.fill().await.map(|()| true),
        Ok(false) => Ok(false),
        Err(error) => Err(error.into()),
    };
    control.clock.set_now(now);
    outcome
}

fn at(zone: Zone, day: LocalDate, shift: TimeDelta, (hour, minute): (u32, u32)) -> Instant {
    let time = LocalTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
    zone.first_instant((day + shift).and_time(time))
}

struct Day<'a> {
    control: &'a Control,
    password: &'a str,
    zone: Zone,
    today: LocalDate,
    /// The real time.
    now: Instant,
    token: String,
}

impl Day<'_> {
    async fn fill(mut self) -> Result<(), DayError> {
        self.sign_in("admin@example.com").await?;
        let clinic = self.clinic().await?;
        self.add_doctors(&clinic).await?;
        let patients = self.add_patients().await?;
        self.sign_in("operator@example.com").await?;
        let early = self.book(&clinic, &patients, (0, REMINDED)).await?;
        self.send_reminders(&early, &patients).await?;
        // This morning, or now if it is earlier.
        let morning = at(self.zone, self.today, TimeDelta::zero(), (6, 30)).min(self.now);
        self.control.clock.set_now(morning);
        self.sign_in("operator@example.com").await?;
        let late = self.book(&clinic, &patients, (REMINDED, APPOINTMENTS)).await?;
        self.act_on(&late).await?;
        self.control.clock.set_now(self.now);
        self.sign_in("admin@example.com").await?;
        self.finish_past(&clinic).await?;
        self.block_an_hour(&clinic).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, DayError> {
        let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1");
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(Bytes::from(body.map(Value::to_string).unwrap_or_default()));
        let request = request.map_err(|error| DayError::Message(error.to_string()))?;
        let answer = self.control.system.gateway.call(request).await;
        if !answer.status().is_success() {
            let body = String::from_utf8_lossy(answer.body()).into_owned();
            return Err(DayError::Refused { path: path.to_owned(), status: answer.status().as_u16(), body });
        }
        Ok(serde_json::from_slice(answer.body()).unwrap_or_default())
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, DayError> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn list(&self, path: &str) -> Result<Vec<Value>, DayError> {
        let listed = self.call(Method::GET, path, None).await?;
        Ok(member(&listed, "results").as_array().cloned().unwrap_or_default())
    }

    async fn sign_in(&mut self, email: &str) -> Result<(), DayError> {
        self.token = String::new();
        let tokens = self.post("/api/auth/token/", &json!({ "email": email, "password": self.password })).await?;
        self.token = text(&tokens, "access");
        Ok(())
    }

    /// The clinic in the zone of the day.
    async fn clinic(&self) -> Result<String, DayError> {
        let clinics = self.list("/api/clinics/clinics/?page_size=10").await?;
        let found = clinics.iter().find(|clinic| text(clinic, "timezone") == self.zone.name());
        found.map(|clinic| text(clinic, "id")).ok_or_else(|| DayError::Message("no clinic".to_owned()))
    }

    async fn add_doctors(&self, clinic: &str) -> Result<(), DayError> {
        for (first, last, room, from, until, minutes) in DOCTORS {
            let room = self.post("/api/clinics/rooms/", &json!({ "clinic": clinic, "name": room })).await?;
            let doctor = self.post("/api/doctors/", &json!({ "first_name": first, "last_name": last })).await?;
            let rule = json!({ "doctor": member(&doctor, "id"), "room": member(&room, "id"), "weekdays": [1, 2, 3, 4, 5, 6, 7], "start_time": from,
                "end_time": until, "slot_minutes": minutes, "valid_from": self.today - TimeDelta::days(2) });
            self.post("/api/schedules/rules/", &rule).await?;
        }
        Ok(())
    }

    /// Phone numbers are from a range that is not assigned.
    async fn add_patients(&self) -> Result<Vec<Value>, DayError> {
        let mut patients = Vec::new();
        for (number, (first, last)) in FIRST_NAMES.iter().cycle().zip(LAST_NAMES.iter().cycle()).enumerate().take(36) {
            let body = json!({ "first_name": first, "last_name": last, "document_type": "DNI",
                "document_number": format!("{}", 30_215_400 + number * 91_731), "phone_number": format!("+1202555{:04}", 150 + number % 50) });
            patients.push(self.post("/api/patients/", &body).await?);
        }
        Ok(patients)
    }

    /// Books the free slots of the day in turn, about two of three of each doctor.
    async fn book(
        &self,
        clinic: &str,
        patients: &[Value],
        (from, until): (usize, usize),
    ) -> Result<Vec<Value>, DayError> {
        let path = format!("/api/schedules/?clinic={clinic}&date={}&page_size=50", self.today);
        let mut free: Vec<(Value, Value, Value)> = Vec::new();
        for entry in self.list(&path).await? {
            let slots = member(&entry, "slots").as_array().cloned().unwrap_or_default();
            let open = slots.into_iter().filter(|slot| member(slot, "available") == &Value::Bool(true));
            free.extend(open.map(|slot| (member(&entry, "doctor").clone(), member(&entry, "room").clone(), slot)));
        }
        // Spread over the doctors and the hours by a step that is prime to the number of slots.
        let count = free.len().max(1);
        let step = [7, 11, 13].into_iter().find(|step| !count.is_multiple_of(*step)).unwrap_or(1);
        let places = (0..count).map(|index| index * step % count);
        let chosen = places.filter_map(|place| free.get(place)).zip(from..until);
        let mut booked = Vec::new();
        for ((doctor, room, slot), number) in chosen {
            let Some(patient) = patients.get(number % patients.len().max(1)) else { continue };
            let reason = REASONS.get(number % REASONS.len()).copied().flatten();
            let body = json!({ "patient": member(patient, "id"), "doctor": doctor, "room": room, "start_datetime": member(slot, "start_datetime"),
                "end_datetime": member(slot, "end_datetime"), "reason": reason });
            match self.post("/api/appointments/", &body).await {
                Ok(appointment) => booked.push(appointment),
                // The patient has another one at that time.
                Err(DayError::Refused { status: 409, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(booked)
    }

    /// Sends the reminders two days before. Most are delivered or read; some patients answer.
    async fn send_reminders(&self, booked: &[Value], patients: &[Value]) -> Result<(), DayError> {
        if self.control.fake().is_err() {
            return Ok(());
        }
        self.control.clock.set_now(at(self.zone, self.today, TimeDelta::days(-2), (9, 5)));
        self.control.system.run_reminders().await.map_err(|error| DayError::Message(error.to_string()))?;
        let fake = self.control.fake().map_err(|error| DayError::Message(error.to_string()))?;
        for (number, message) in fake.messages().into_iter().enumerate() {
            let status = if number % 3 == 1 { "delivered" } else { "read" };
            let reported = self.control.report_status(&message.sid, status, None).await;
            reported.map_err(|error| DayError::Message(error.to_string()))?;
        }
        let answers = ["1", "1", "sí, confirmo", "1", "2", "necesito hablar con una persona"];
        for (appointment, answer) in booked.iter().zip(answers) {
            let patient = patients.iter().find(|patient| member(patient, "id") == member(appointment, "patient"));
            let Some(patient) = patient else { continue };
            let reply = PatientReply {
                from: text(patient, "phone_number"),
                to: FAKE_SENDER.to_owned(),
                body: Some(answer.to_owned()),
                ..PatientReply::default()
            };
            self.control.patient_writes(&reply).await.map_err(|error| DayError::Message(error.to_string()))?;
        }
        Ok(())
    }

    /// What the front desk did by phone this morning.
    async fn act_on(&self, booked: &[Value]) -> Result<(), DayError> {
        for (number, appointment) in booked.iter().enumerate() {
            let body = match number % 8 {
                0 | 1 | 3 | 6 => json!({ "action": "confirm" }),
                4 if number < 16 => json!({ "action": "request_reschedule" }),
                5 if number < 16 => {
                    json!({ "action": "cancel", "reason": "Llamó para avisar", "notify": false, "told": "by_phone" })
                }
                _ => continue,
            };
            self.act(appointment, &body).await?;
        }
        Ok(())
    }

    /// What is over took place, but for some who didn't come; the last hour isn't recorded yet.
    async fn finish_past(&self, clinic: &str) -> Result<(), DayError> {
        let path =
            format!("/api/appointments/?clinic={clinic}&date={}&status=PENDING,CONFIRMED&page_size=100", self.today);
        for (number, appointment) in self.list(&path).await?.iter().enumerate() {
            let end = Instant::parse(&text(appointment, "end_datetime")).unwrap_or(self.now);
            if end <= self.now.plus(-TimeDelta::hours(1)) {
                let action = if number % 7 == 3 { "no_show" } else { "complete" };
                self.act(appointment, &json!({ "action": action })).await?;
            }
        }
        Ok(())
    }

    async fn act(&self, appointment: &Value, body: &Value) -> Result<(), DayError> {
        let path = format!("/api/appointments/{}/actions/", text(appointment, "id"));
        match self.post(&path, body).await {
            // Too early or too late for it by the clock of the day.
            Ok(_) | Err(DayError::Refused { status: 409, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Closes an hour of the doctor who works in the afternoon; whoever is booked there is left to the front desk.
    async fn block_an_hour(&self, clinic: &str) -> Result<(), DayError> {
        let entries = self.list(&format!("/api/schedules/?clinic={clinic}&date={}&page_size=50", self.today)).await?;
        let Some(entry) = entries.iter().find(|entry| text(entry, "end_time") == "19:00:00") else { return Ok(()) };
        let body = json!({ "doctor": member(entry, "doctor"), "start_datetime": format!("{}T18:00", self.today),
            "end_datetime": format!("{}T19:00", self.today), "reason": "Reunión de equipo" });
        self.post("/api/schedules/blocks/?force=true", &body).await.map(drop)
    }
}

fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn text(value: &Value, name: &str) -> String {
    member(value, name).as_str().unwrap_or_default().to_owned()
}
