//! The spreadsheet of availability windows. It refers to doctors by id or e-mail, and to rooms by the names of clinic
//! and room, since their ids differ in a new table.

use super::super::rejection::{self, RowRejection};
use super::super::report::RowError;
use super::super::{ImportError, draft};
use super::{CellType, Columns, RowOutcome, SheetImport, rejected, repeated, take_id, take_text};
use app::availability::schedules::{WindowDraft, import_schedule, update_schedule};
use app::support::change::ChangeConditions;
use app::{App, AppError};
use domain::clinic::{Clinic, Room};
use domain::doctor::Doctor;
use domain::ids::{DoctorId, Id as _, RoomId, WindowId};
use domain::schedule::Window;
use domain::text::fold;
use domain::time::{LAST_DAY, LocalDate};
use domain::violation::Rule;
use serde_json::{Map, Value, json};
use store::keys::{Directory, EntityRef, Key};
use store::patterns;
use store::schedule::Timetable;
use wire::schedule::ScheduleBody;

pub(super) const COLUMNS: Columns = &[
    ("id", CellType::Word),
    ("doctor", CellType::Text),
    ("room", CellType::Text),
    ("date", CellType::Date),
    ("start_time", CellType::Time),
    ("end_time", CellType::Time),
    ("slot_minutes", CellType::Number),
];

impl SheetImport<'_> {
    pub(super) async fn schedule(&mut self, mut members: Map<String, Value>) -> Result<RowOutcome, RowRejection> {
        let id: Option<WindowId> = take_id(&mut members)?;
        if let Some(text) = take_text(&mut members, "doctor") {
            members.insert("doctor".into(), json!(self.doctor_of(&text).await?.to_string()));
        }
        if let Some(text) = take_text(&mut members, "room") {
            members.insert("room".into(), json!(self.room_of(&text).await?.to_string()));
        }
        let draft: WindowDraft = draft::<ScheduleBody, _>(self.app, &members)?;
        let found = if let Some(id) = id {
            self.app.table.find_by_id::<Window>(EntityRef::Window(id)).await?
        } else {
            let day = Timetable::read(&self.app.table, draft.doctor, draft.date, draft.date).await?;
            day.windows.into_iter().find(|window| window.start_time == draft.start_time)
        };
        let Some(window) = found else {
            let id = id.unwrap_or_else(|| self.app.new_id());
            import_schedule(self.app, &self.ctx, id, &draft).await.map_err(overlap)?;
            self.note_line(id);
            return Ok(RowOutcome::New);
        };
        let first_line = self.note_line(window.id);
        let same = (window.doctor, window.room, window.date) == (draft.doctor, draft.room, draft.date)
            && (window.start_time, window.end_time) == (draft.start_time, draft.end_time)
            && window.slot_minutes == draft.slot_minutes;
        if same {
            return Ok(RowOutcome::Unchanged);
        }
        if let Some(first) = first_line {
            return Err(repeated(if id == Some(window.id) { "id" } else { "start_time" }, first));
        }
        let terms = ChangeConditions::default();
        // Spreadsheets have no column for it.
        let draft = WindowDraft { instead_of_rules: window.instead_of_rules, ..draft };
        match Box::pin(update_schedule(self.app, &self.ctx(), window.id, terms, |_| Ok(draft.clone()))).await {
            Ok(_) => Ok(RowOutcome::Changed),
            Err(AppError::InUse(_)) => Err(rejected("start_time", "It would leave appointments to come outside.")),
            Err(error) => Err(overlap(error)),
        }
    }

    async fn doctor_of(&self, text: &str) -> Result<DoctorId, RowRejection> {
        if let Some(id) = DoctorId::parse(text) {
            return Ok(id);
        }
        let doctors: Vec<Doctor> = self.app.table.query_all(&patterns::directory(Directory::Doctors, true)).await?;
        let wanted = fold(text);
        let mut found =
            doctors.iter().filter(|doctor| doctor.profile.email.as_ref().is_some_and(|email| email.folded() == wanted));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one.id),
            _ => Err(rejected("doctor", rejection::rule_text(&Rule::NoSuchThing))),
        }
    }

    async fn room_of(&self, text: &str) -> Result<RoomId, RowRejection> {
        if let Some(id) = RoomId::parse(text) {
            return Ok(id);
        }
        let wanted = fold(text);
        let rooms = rooms(self.app, &[true]).await?;
        let mut found = rooms.iter().filter(|(_, name)| fold(name) == wanted);
        match (found.next(), found.next()) {
            (Some((room, _)), None) => Ok(room.id),
            _ => Err(rejected("room", rejection::rule_text(&Rule::NoSuchThing))),
        }
    }
}

/// The rejection for an error of the app; a duplicate is reported as an overlap.
fn overlap(error: AppError) -> RowRejection {
    match error {
        AppError::AlreadyExists { field, .. } => {
            RowRejection::Invalid(vec![RowError::overlap(field, "time of the doctor that is here already")])
        }
        other => other.into(),
    }
}

/// The rooms, each with its name in spreadsheets.
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
            let mut row = super::row(window.id, &ScheduleBody::from(&window));
            row.insert("room".into(), Value::from(name.clone()));
            rows.push(row);
        }
    }
    Ok(rows)
}
