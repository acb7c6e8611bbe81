//! The spreadsheet of patients.

use super::super::rejection::RowRejection;
use super::super::{ImportError, draft};
use super::{CellType, Columns, RowOutcome, SheetImport, rejected, repeated, restore, take_id};
use app::directory::patients::update_patient;
use app::directory::records::{Profile as _, RecordDraft};
use app::{App, AppError};
use domain::ids::{Id as _, PatientId};
use domain::patient::{Patient, PatientProfile};
use domain::phone::Phone;
use domain::record::Record;
use serde_json::{Map, Value};
use store::keys::{Directory, Key};
use store::patterns;
use store::unique::Owner;
use wire::patient::PatientBody;
use wire::{Patch, ReadContext};

pub(super) const COLUMNS: Columns = &[
    ("id", CellType::Word),
    ("document_type", CellType::Word),
    ("document_number", CellType::Identifier),
    ("first_name", CellType::Text),
    ("last_name", CellType::Text),
    ("birth_date", CellType::Date),
    ("phone_number", CellType::Identifier),
    ("email", CellType::Text),
    ("address", CellType::Text),
    ("emergency_contact", CellType::Text),
    ("emergency_phone", CellType::Identifier),
    ("language", CellType::Word),
    ("whatsapp_opt_in", CellType::Flag),
    ("notes", CellType::Text),
    ("is_active", CellType::Flag),
];

impl SheetImport<'_> {
    pub(super) async fn patient(&mut self, mut members: Map<String, Value>) -> Result<RowOutcome, RowRejection> {
        let id: Option<PatientId> = take_id(&mut members)?;
        let by_id = match id {
            Some(id) => self.app.table.get::<Patient>(&Key::patient(id)).await?,
            None => None,
        };
        let seen = if let Some(found) = by_id {
            restore(&mut members, "phone_number", found.profile.phone_number.as_ref().map(Phone::as_str));
            restore(&mut members, "emergency_phone", found.profile.emergency_phone.as_ref().map(Phone::as_str));
            restore(&mut members, "document_number", Some(found.profile.document_number.as_str()));
            found
        } else {
            let next: RecordDraft<PatientProfile> = draft::<PatientBody, _>(self.app, &members)?;
            let now = self.app.now();
            let profile = PatientProfile { whatsapp_opt_in_at: Some(now), ..next.profile };
            let id = id.unwrap_or_else(|| self.app.new_id());
            let record = Record { is_active: next.is_active, ..Record::new(id, profile, now) };
            if let Some(found) = self.find_by_document(&record).await? {
                found
            } else {
                app::integration::import::import_record(self.app, &self.ctx, &record).await?;
                self.note_line(record.id);
                return Ok(RowOutcome::New);
            }
        };
        let first_line = self.note_line(seen.id);
        let patch = Patch::<PatientBody>::read(members, ReadContext::of(self.app))?;
        let next = |before: &Patient| Ok::<RecordDraft<_>, AppError>(patch.apply_to(&before.into())?.into());
        let wanted = next(&seen)?;
        let PatientProfile { contacts, whatsapp_opt_in_at, .. } = seen.profile.clone();
        let profile = PatientProfile { contacts, whatsapp_opt_in_at, ..wanted.profile };
        // An update without a change would be recorded as a read in the audit trail.
        if profile == seen.profile && wanted.is_active == seen.is_active {
            return Ok(RowOutcome::Unchanged);
        }
        if let Some(first) = first_line {
            return Err(repeated(if id == Some(seen.id) { "id" } else { "document_number" }, first));
        }
        match Box::pin(update_patient(self.app, &self.ctx(), seen.id, None, next)).await {
            Ok(_) => Ok(RowOutcome::Changed),
            Err(error @ AppError::AlreadyExists { .. }) => {
                let owner = self.find_by_document(&Record { profile, ..seen }).await?;
                let line = owner.and_then(|owner| self.lines.get(&owner.id.uuid()));
                Err(line.map_or_else(
                    || error.into(),
                    |line| rejected("document_number", format!("The same as in line {line}.")),
                ))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The patient with the same document.
    async fn find_by_document(&self, record: &Patient) -> Result<Option<Patient>, RowRejection> {
        for value in PatientProfile::unique_values(record) {
            let owner = self.app.table.get::<Owner>(&Key::unique(&value)).await?;
            if let Some(id) = owner.and_then(|owner| PatientId::parse(&owner.owner)) {
                return Ok(self.app.table.get::<Patient>(&Key::patient(id)).await?);
            }
        }
        Ok(None)
    }
}

pub(super) async fn rows(app: &App) -> Result<Vec<Map<String, Value>>, ImportError> {
    let mut rows = Vec::new();
    for active in [true, false] {
        let patients: Vec<Patient> = app.table.query_all(&patterns::directory(Directory::Patients, active)).await?;
        // An erased patient has no data to export.
        let patients = patients.into_iter().filter(|patient| patient.profile.erased_at.is_none());
        rows.extend(patients.map(|patient| super::row(patient.id, &PatientBody::from(&patient))));
    }
    Ok(rows)
}
