//! The data that the clients of the check book: few doctors and days for many patients, so that most requests conflict
//! with others.
//!
//! There are two clinics whose working days lie differently in UTC, by which agendas are kept: the day of Tijuana
//! crosses midnight. Two doctors share a room with capacity one, and three share a room with capacity two. Some doctors
//! have a buffer after each appointment, and one works at both clinics. Everything is created through the API.

use domain::time::{Instant, LocalDate, Zone, parse_time};
use serde_json::{Value, json};
use testkit::test_app::{TestApp, TestClient, TestError};

/// The first day with availability. The clock of a fresh [`TestApp`] is two weeks earlier, so that no reminder is
/// due.
const FIRST_DAY: &str = "2025-12-15";
const DAYS: usize = 3;
const PATIENTS: usize = 12;
/// How long a clinic holds the time of an appointment that is to be rescheduled, in minutes of the check's own clock,
/// which advances by seconds.
const HOLD_MINUTES: i64 = 1;

/// Name, zone, `overbook_per_day`.
const CLINICS: [(&str, &str, i64); 2] =
    [("Frontera", "America/Tijuana", 1), ("Centro", "America/Argentina/Buenos_Aires", 2)];
/// Clinic, name, capacity.
const ROOMS: [(usize, &str, i64); 4] = [(0, "Uno", 1), (0, "Dos", 2), (1, "Uno", 1), (1, "Dos", 2)];
/// Room, from, until, each day.
type Hours = (usize, &'static str, &'static str);
/// Minutes kept free after an appointment; the hours.
const DOCTORS: [(i64, &[Hours]); 5] = [
    (0, &[(0, "09:00", "15:00"), (1, "15:00", "20:00")]),
    (15, &[(1, "09:00", "20:00")]),
    (7, &[(3, "08:00", "12:00"), (1, "12:00", "20:00")]),
    (0, &[(2, "08:00", "20:00")]),
    (5, &[(2, "08:00", "14:00"), (3, "14:00", "20:00")]),
];

/// An availability window of a doctor.
#[derive(Debug, Clone)]
pub struct BookableWindow {
    pub room: String,
    /// The time zone of the clinic.
    pub zone: Zone,
    /// In minutes since 1970-01-01 UTC.
    pub from: i64,
    pub until: i64,
}

#[derive(Debug, Clone)]
pub struct BookableDoctor {
    pub id: String,
    /// Minutes kept free after each appointment.
    pub buffer: i64,
    pub windows: Vec<BookableWindow>,
}

/// Everything that can be booked.
#[derive(Debug, Clone, Default)]
pub struct BookingFixture {
    /// Ids.
    pub patients: Vec<String>,
    pub doctors: Vec<BookableDoctor>,
    /// Ids.
    pub rooms: Vec<String>,
    /// The days with availability.
    pub days: Vec<LocalDate>,
}

impl BookingFixture {
    pub async fn create(app: &TestApp) -> Result<Self, TestError> {
        let admin = app.admin().await?;
        let first: LocalDate = FIRST_DAY.parse()?;
        let mut fixture = Self { days: first.iter_days().take(DAYS).collect(), ..Self::default() };
        let mut clinics = Vec::new();
        for (name, zone, overbook) in CLINICS {
            let body = json!({
                "name": name, "timezone": zone, "overbook_per_day": overbook, "hold_minutes": HOLD_MINUTES,
                "notify_on_cancel": false, "notify_on_move": false,
            });
            let zone = Zone::parse(zone).map_err(|_| "not a zone")?;
            clinics.push((create(&admin, "/api/clinics/clinics/", &body).await?, zone));
        }
        let mut rooms = Vec::new();
        for (clinic, name, capacity) in ROOMS {
            let (clinic, zone) = clinics.get(clinic).ok_or("no such clinic")?;
            let body = json!({ "clinic": clinic, "name": name, "capacity": capacity });
            let room = create(&admin, "/api/clinics/rooms/", &body).await?;
            fixture.rooms.push(room.clone());
            rooms.push((room, *zone));
        }
        for (number, (buffer, times)) in DOCTORS.into_iter().enumerate() {
            let body = json!({ "first_name": "D", "last_name": format!("{number}"), "buffer_minutes": buffer });
            let mut doctor =
                BookableDoctor { id: create(&admin, "/api/doctors/", &body).await?, buffer, windows: Vec::new() };
            for day in &fixture.days {
                for (room, from, until) in times {
                    let (room, zone) = rooms.get(*room).ok_or("no such room")?;
                    let body = json!({
                        "doctor": doctor.id, "room": room, "date": day, "start_time": from, "end_time": until,
                    });
                    create(&admin, "/api/schedules/", &body).await?;
                    let minute = |time: &str| -> Result<i64, TestError> {
                        let local = day.and_time(parse_time(time).map_err(|_| "not a time")?);
                        Ok(zone.first_instant(local).unix() / 60)
                    };
                    let (from, until) = (minute(from)?, minute(until)?);
                    doctor.windows.push(BookableWindow { room: room.clone(), zone: *zone, from, until });
                }
            }
            fixture.doctors.push(doctor);
        }
        for number in 0..PATIENTS {
            let body = json!({
                "first_name": "P", "last_name": format!("{number}"), "document_number": format!("{number}"),
                "phone_number": format!("+120255501{number:02}"),
            });
            fixture.patients.push(create(&admin, "/api/patients/", &body).await?);
        }
        Ok(fixture)
    }

    #[must_use]
    pub fn buffer(&self, doctor: &str) -> i64 {
        self.doctors.iter().find(|known| known.id == doctor).map_or(0, |doctor| doctor.buffer)
    }
}

/// Posts a body that must be accepted. Returns the id of the created object.
async fn create(admin: &TestClient<'_>, path: &str, body: &Value) -> Result<String, TestError> {
    Ok(admin.post(path, body).await?.expect_status(201)?.id())
}

/// A minute since 1970-01-01 UTC as a client may write it: in UTC with `Z`, or in the local time of a zone.
#[must_use]
pub fn format_minute(minute: i64, local: Option<Zone>) -> String {
    let instant = Instant::from_unix(minute * 60);
    match (instant, local) {
        (Some(instant), Some(zone)) => zone.local(instant).format("%Y-%m-%dT%H:%M").to_string(),
        (Some(instant), None) => instant.rfc3339(),
        (None, _) => String::new(),
    }
}
