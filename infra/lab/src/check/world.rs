//! Where the bookings of the check take place: few doctors and days and many who want them, so that
//! nearly every request meets somebody else's.
//!
//! Two clinics whose working days lie differently in UTC, where agendas are kept: that of Tijuana
//! crosses midnight. A room for one appointment at a time that two doctors share, one for two that three
//! share, doctors who keep minutes free after an appointment and doctors who don't, one who works at both
//! clinics. All of it is made through the API.

use domain::time::{Instant, LocalDate, Zone, parse_time};
use serde_json::{Value, json};
use testkit::test_app::{Client, TestApp, Trouble};

/// The first day of the doctors' time. The clock of a fresh [`TestApp`] shows a day two weeks before,
/// so that no reminder is due.
const FIRST_DAY: &str = "2025-12-15";
/// For how many days.
const DAYS: usize = 3;
/// How many want to be seen.
const PATIENTS: usize = 12;
/// For how long a clinic holds the time of an appointment that is to be moved, in minutes of the check's own
/// clock, which moves on by seconds.
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

/// A stretch of a doctor's time.
#[derive(Debug, Clone)]
pub struct Open {
    /// In this room.
    pub room: String,
    /// By this clock.
    pub zone: Zone,
    /// From this minute, counted from 1970-01-01 in UTC …
    pub from: i64,
    /// … to this one.
    pub until: i64,
}

/// Somebody to be seen by.
#[derive(Debug, Clone)]
pub struct Doctor {
    /// The id.
    pub id: String,
    /// Minutes kept free after each appointment.
    pub buffer: i64,
    /// When there is time.
    pub open: Vec<Open>,
}

/// What there is to be booked.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Ids of the patients.
    pub patients: Vec<String>,
    /// The doctors.
    pub doctors: Vec<Doctor>,
    /// Ids of the rooms.
    pub rooms: Vec<String>,
    /// The days on which there is time.
    pub days: Vec<LocalDate>,
}

impl World {
    /// Makes it.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn build(app: &TestApp) -> Result<Self, Trouble> {
        let admin = app.admin().await?;
        let first: LocalDate = FIRST_DAY.parse()?;
        let mut world = Self { days: first.iter_days().take(DAYS).collect(), ..Self::default() };
        let mut clinics = Vec::new();
        for (name, zone, overbook) in CLINICS {
            let body = json!({
                "name": name, "timezone": zone, "overbook_per_day": overbook, "hold_minutes": HOLD_MINUTES,
                "notify_on_cancel": false, "notify_on_move": false,
            });
            let zone = Zone::parse(zone).map_err(|_| "not a zone")?;
            clinics.push((made(&admin, "/api/clinics/clinics/", &body).await?, zone));
        }
        let mut rooms = Vec::new();
        for (clinic, name, capacity) in ROOMS {
            let (clinic, zone) = clinics.get(clinic).ok_or("no such clinic")?;
            let body = json!({ "clinic": clinic, "name": name, "capacity": capacity });
            let room = made(&admin, "/api/clinics/rooms/", &body).await?;
            world.rooms.push(room.clone());
            rooms.push((room, *zone));
        }
        for (number, (buffer, times)) in DOCTORS.into_iter().enumerate() {
            let body = json!({ "first_name": "D", "last_name": format!("{number}"), "buffer_minutes": buffer });
            let mut doctor = Doctor { id: made(&admin, "/api/doctors/", &body).await?, buffer, open: Vec::new() };
            for day in &world.days {
                for (room, from, until) in times {
                    let (room, zone) = rooms.get(*room).ok_or("no such room")?;
                    let body = json!({
                        "doctor": doctor.id, "room": room, "date": day, "start_time": from, "end_time": until,
                    });
                    made(&admin, "/api/schedules/", &body).await?;
                    let minute = |time: &str| -> Result<i64, Trouble> {
                        let local = day.and_time(parse_time(time).map_err(|_| "not a time")?);
                        Ok(zone.first_instant(local).unix() / 60)
                    };
                    let (from, until) = (minute(from)?, minute(until)?);
                    doctor.open.push(Open { room: room.clone(), zone: *zone, from, until });
                }
            }
            world.doctors.push(doctor);
        }
        for number in 0..PATIENTS {
            let body = json!({
                "first_name": "P", "last_name": format!("{number}"), "document_number": format!("{number}"),
                "phone_number": format!("+120255501{number:02}"),
            });
            world.patients.push(made(&admin, "/api/patients/", &body).await?);
        }
        Ok(world)
    }

    /// The minutes that a doctor keeps free after an appointment.
    #[must_use]
    pub fn buffer(&self, doctor: &str) -> i64 {
        self.doctors.iter().find(|known| known.id == doctor).map_or(0, |doctor| doctor.buffer)
    }
}

/// POSTs what has to work, and answers its id.
async fn made(admin: &Client<'_>, path: &str, body: &Value) -> Result<String, Trouble> {
    Ok(admin.post(path, body).await?.expect_status(201)?.id())
}

/// A minute, counted from 1970-01-01 in UTC, as a client may write it: with `Z`, or as the wall clock
/// of the clinic shows it.
#[must_use]
pub fn written(minute: i64, local: Option<Zone>) -> String {
    let instant = Instant::from_unix(minute * 60);
    match (instant, local) {
        (Some(instant), Some(zone)) => zone.local(instant).format("%Y-%m-%dT%H:%M").to_string(),
        (Some(instant), None) => instant.rfc3339(),
        (None, _) => String::new(),
    }
}
