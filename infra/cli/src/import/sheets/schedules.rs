//! Dated windows as a spreadsheet. Doctors stand there by their ids, or by e-mail; rooms by the names of
//! clinic and room, since those are typed in anew where a table begins empty.

use super::super::ImportError;
use super::super::refusal::{self, Refusal};
use super::super::report::Complaint;
use super::{Columns, Fate, Holds, Import, refuse, take_id, take_text};
use app::availability::schedules::{Terms, bring_schedule, update_schedule};
use app::{App, AppError};
use domain::clinic::{Clinic, Room};
use domain::doctor::Doctor;
use domain::ids::{DoctorId, Id as _, RoomId, WindowId};
use domain::schedule::Window;
use domain::text::fold;
use domain::time::{LAST_DAY, LocalDate};
use domain::violation::Rule;
use schedules::schedule::ScheduleBody;
use serde_json::{Map, Value, json};
use store::keys::{Directory, Key, Thing};
use store::patterns;
use store::schedule::Timetable;
use web::body::Body as _;

pub(super) const COLUMNS: Columns = &[
    ("id", Holds::Word),
    ("doctor", Holds::Text),
    ("room", Holds::Text),
    ("date", Holds::Text),
    ("start_time", Holds::Text),
    ("end_time", Holds::Text),
    ("slot_minutes", Holds::Number),
];

impl Import<'_> {
    pub(super) async fn schedule(&mut self, mut members: Map<String, Value>) -> Result<Fate, Refusal> {
        let id: Option<WindowId> = take_id(&mut members)?;
        if let Some(said) = take_text(&mut members, "doctor") {
            members.insert("doctor".into(), json!(self.doctor_of(&said).await?.to_string()));
        }
        if let Some(said) = take_text(&mut members, "room") {
            members.insert("room".into(), json!(self.room_of(&said).await?.to_string()));
        }
        let draft = ScheduleBody::read(members)?.draft()?;
        let found = match id {
            Some(id) => self.app.table.find::<Window>(Thing::Window(id)).await?,
            None => {
                let day = Timetable::read(&self.app.table, draft.doctor, draft.date, draft.date).await?;
                day.windows.into_iter().find(|window| window.start_time == draft.start_time)
            }
        };
        let Some(window) = found else {
            let id = id.unwrap_or_else(|| self.app.new_id());
            bring_schedule(self.app, &self.ctx, id, &draft).await.map_err(overlap)?;
            return Ok(Fate::New);
        };
        let same = (window.doctor, window.room, window.date) == (draft.doctor, draft.room, draft.date)
            && (window.start_time, window.end_time) == (draft.start_time, draft.end_time)
            && window.slot_minutes == draft.slot_minutes;
        if same {
            return Ok(Fate::Known);
        }
        let terms = Terms { if_match: None, force: false };
        match Box::pin(update_schedule(self.app, &self.ctx(), window.id, terms, |_| Ok(draft.clone()))).await {
            Ok(_) => Ok(Fate::Changed),
            Err(AppError::InUse(_)) => Err(refuse("start_time", "It would leave appointments to come outside.")),
            Err(error) => Err(overlap(error)),
        }
    }

    async fn doctor_of(&self, said: &str) -> Result<DoctorId, Refusal> {
        if let Some(id) = DoctorId::parse(said) {
            return Ok(id);
        }
        let doctors: Vec<Doctor> = self.app.table.query_all(&patterns::directory(Directory::Doctors, true)).await?;
        let wanted = fold(said);
        let mut found =
            doctors.iter().filter(|doctor| doctor.profile.email.as_ref().is_some_and(|email| email.folded() == wanted));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one.id),
            _ => Err(refuse("doctor", refusal::rule(&Rule::NoSuchThing))),
        }
    }

    async fn room_of(&self, said: &str) -> Result<RoomId, Refusal> {
        if let Some(id) = RoomId::parse(said) {
            return Ok(id);
        }
        let wanted = fold(said);
        let rooms = rooms(self.app, &[true]).await?;
        let mut found = rooms.iter().filter(|(_, name)| fold(name) == wanted);
        match (found.next(), found.next()) {
            (Some((room, _)), None) => Ok(room.id),
            _ => Err(refuse("room", refusal::rule(&Rule::NoSuchThing))),
        }
    }
}

/// A window that overlaps another is told as such.
fn overlap(error: AppError) -> Refusal {
    match error {
        AppError::AlreadyExists { field } => {
            Refusal::Row(vec![Complaint::overlap(field, "time of the doctor that is here already")])
        }
        other => other.into(),
    }
}

/// Rooms, each with the name that it has in spreadsheets.
async fn rooms(app: &App, active: &[bool]) -> Result<Vec<(Room, String)>, store::ReadError> {
    let mut named = Vec::new();
    for active in active {
        let rooms: Vec<Room> = app.table.query_all(&patterns::directory(Directory::Rooms, *active)).await?;
        for room in rooms {
            let clinic = app.table.get::<Clinic>(&Key::clinic(room.profile.clinic)).await?;
            let clinic = clinic.map(|clinic| clinic.profile.name.as_str().to_owned()).unwrap_or_default();
            let name = format!("{clinic} / {}", room.profile.name.as_str());
            named.push((room, name));
        }
    }
    Ok(named)
}

pub(super) async fn rows(app: &App) -> Result<Vec<Map<String, Value>>, ImportError> {
    let first = LocalDate::from_ymd_opt(1900, 1, 1).unwrap_or(LAST_DAY);
    let mut rows = Vec::new();
    for (room, name) in rooms(app, &[true, false]).await? {
        let windows: Vec<Window> = app.table.query_all(&patterns::windows_of_room(room.id, first, LAST_DAY)).await?;
        for window in windows {
            let mut row = super::row(window.id, &ScheduleBody::from(&window.opening()));
            row.insert("room".into(), Value::from(name.clone()));
            rows.push(row);
        }
    }
    Ok(rows)
}
