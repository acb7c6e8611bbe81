//! The spreadsheet of doctors. Its specialties are names, separated by semicolons.

use super::super::rejection::{self, RowRejection};
use super::super::{ImportError, draft};
use super::{CellType, Columns, RowOutcome, SheetImport, rejected, repeated, restore, take_id};
use app::App;
use app::directory::doctors::update_doctor;
use app::directory::records::RecordDraft;
use app::support::change::ChangeConditions;
use domain::doctor::{Doctor, DoctorProfile, Specialty};
use domain::email::Email;
use domain::ids::DoctorId;
use domain::phone::Phone;
use domain::record::Record;
use domain::text::Line;
use domain::violation::{Rule, Violations};
use serde_json::{Map, Value, json};
use store::keys::{Directory, Key};
use store::patterns;
use wire::doctor::DoctorBody;
use wire::{Patch, ReadContext};

pub(super) const COLUMNS: Columns = &[
    ("id", CellType::Word),
    ("first_name", CellType::Text),
    ("last_name", CellType::Text),
    ("specialties", CellType::Text),
    ("email", CellType::Text),
    ("phone_number", CellType::Identifier),
    ("license_number", CellType::Identifier),
    ("buffer_minutes", CellType::Number),
    ("is_active", CellType::Flag),
];

/// The separator of specialties.
const SEPARATOR: char = ';';

impl SheetImport<'_> {
    pub(super) async fn doctor(&mut self, mut members: Map<String, Value>) -> Result<RowOutcome, RowRejection> {
        let id: Option<DoctorId> = take_id(&mut members)?;
        let names = match members.remove("specialties") {
            Some(Value::String(text)) => Some(text),
            Some(_) => Some(String::new()),
            None => None,
        };
        let seen = self.known_doctor(id, members.get("email").and_then(Value::as_str)).await?;
        if let Some(seen) = &seen {
            restore(&mut members, "phone_number", seen.profile.phone_number.as_ref().map(Phone::as_str));
            restore(&mut members, "license_number", seen.profile.license_number.as_ref().map(Line::as_str));
        } else {
            // Validated before its specialties are created.
            draft::<DoctorBody, RecordDraft<DoctorProfile>>(self.app, &members)?;
        }
        let mut main = None;
        if let Some(names) = names {
            let mut ids = Vec::new();
            for name in names.split(SEPARATOR).map(str::trim).filter(|name| !name.is_empty()) {
                let name = Line::<100>::parse(name).map_err(|rule| Violations::of("specialties", rule))?;
                ids.push(self.specialties.find_or_create(self.app, &self.ctx, &name).await?.to_string());
                main.get_or_insert(name);
            }
            members.insert("specialties".into(), json!(ids));
        }
        let Some(seen) = seen else {
            let next: RecordDraft<DoctorProfile> = draft::<DoctorBody, _>(self.app, &members)?;
            let profile = DoctorProfile { specialty: main, ..next.profile };
            let id = id.unwrap_or_else(|| self.app.new_id());
            let record = Record { is_active: next.is_active, ..Record::new(id, profile, self.app.now()) };
            app::integration::import::import_record(self.app, &self.ctx, &record).await?;
            self.note_line(record.id);
            return Ok(RowOutcome::New);
        };
        let first_line = self.note_line(seen.id);
        let patch = Patch::<DoctorBody>::read(members, ReadContext::of(self.app))?;
        // The app copies the name of the main specialty itself.
        let next = |before: &Doctor| Ok::<RecordDraft<_>, _>(patch.apply_to(&before.into())?.into());
        let unchanged = next(&seen)?.profile == DoctorProfile { specialty: None, ..seen.profile.clone() }
            && next(&seen)?.is_active == seen.is_active;
        if unchanged {
            return Ok(RowOutcome::Unchanged);
        }
        if let Some(first) = first_line {
            return Err(repeated(if id == Some(seen.id) { "id" } else { "email" }, first));
        }
        Box::pin(update_doctor(self.app, &self.ctx(), seen.id, ChangeConditions::default(), next)).await?;
        Ok(RowOutcome::Changed)
    }

    /// The doctor that a row refers to by id or e-mail, if there is one.
    async fn known_doctor(&self, id: Option<DoctorId>, email: Option<&str>) -> Result<Option<Doctor>, RowRejection> {
        if let Some(id) = id {
            return Ok(self.app.table.get::<Doctor>(&Key::doctor(id)).await?);
        }
        let Some(email) = email else {
            return Err(rejected("email", rejection::rule_text(&Rule::OneNeeded(&["id", "email"]))));
        };
        let wanted = Email::parse(email).map_err(|rule| Violations::of("email", rule))?.folded();
        let mut found = all_doctors(self.app).await?;
        found.retain(|doctor| doctor.profile.email.as_ref().is_some_and(|email| email.folded() == wanted));
        match found.len() {
            0 | 1 => Ok(found.pop()),
            _ => Err(rejected("email", "More than one doctor has it: say which by the id.")),
        }
    }
}

async fn all_doctors(app: &App) -> Result<Vec<Doctor>, store::ReadError> {
    let mut doctors = Vec::new();
    for active in [true, false] {
        doctors.extend(app.table.query_all::<Doctor>(&patterns::directory(Directory::Doctors, active)).await?);
    }
    Ok(doctors)
}

pub(super) async fn rows(app: &App) -> Result<Vec<Map<String, Value>>, ImportError> {
    let mut rows = Vec::new();
    for doctor in all_doctors(app).await? {
        let mut row = super::row(doctor.id, &DoctorBody::from(&doctor));
        let mut names = Vec::new();
        for id in &doctor.profile.specialties {
            let specialty = app.table.get::<Specialty>(&Key::specialty(*id)).await?;
            names.extend(specialty.map(|specialty| specialty.profile.name.as_str().to_owned()));
        }
        row.insert("specialties".into(), Value::from(names.join(&format!("{SEPARATOR} "))));
        rows.push(row);
    }
    Ok(rows)
}
