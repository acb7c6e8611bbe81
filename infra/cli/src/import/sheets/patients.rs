//! Patients as a spreadsheet.

use super::super::ImportError;
use super::super::refusal::Refusal;
use super::{Columns, Fate, Holds, Import, take_id};
use app::directory::patients::update_patient;
use app::directory::records::Profile as _;
use app::{App, AppError};
use domain::ids::{Id as _, PatientId};
use domain::patient::{Patient, PatientProfile};
use domain::record::Record;
use patients::patient::PatientBody;
use serde_json::{Map, Value};
use store::keys::{Directory, Key};
use store::patterns;
use store::unique::Owner;
use web::body::{Body as _, Patch};

pub(super) const COLUMNS: Columns = &[
    ("id", Holds::Word),
    ("document_type", Holds::Word),
    ("document_number", Holds::Text),
    ("first_name", Holds::Text),
    ("last_name", Holds::Text),
    ("birth_date", Holds::Text),
    ("phone_number", Holds::Text),
    ("email", Holds::Text),
    ("address", Holds::Text),
    ("emergency_contact", Holds::Text),
    ("emergency_phone", Holds::Text),
    ("language", Holds::Word),
    ("whatsapp_opt_in", Holds::Flag),
    ("notes", Holds::Text),
    ("is_active", Holds::Flag),
];

impl Import<'_> {
    pub(super) async fn patient(&mut self, mut members: Map<String, Value>) -> Result<Fate, Refusal> {
        let id: Option<PatientId> = take_id(&mut members)?;
        let country = self.app.country;
        let by_id = match id {
            Some(id) => self.app.table.get::<Patient>(&Key::patient(id)).await?,
            None => None,
        };
        let seen = match by_id {
            Some(found) => found,
            None => {
                let next = PatientBody::read(members.clone())?.next(country)?;
                let now = self.app.now();
                let profile = PatientProfile { whatsapp_opt_in_at: Some(now), ..next.profile };
                let id = id.unwrap_or_else(|| self.app.new_id());
                let record = Record { is_active: next.is_active, ..Record::new(id, profile, now) };
                match self.of_document(&record).await? {
                    Some(found) => found,
                    None => {
                        app::integration::import::bring(self.app, &self.ctx, &record).await?;
                        return Ok(Fate::New);
                    }
                }
            }
        };
        let patch = Patch::<PatientBody>::read(members)?;
        let next = |before: &Patient| Ok::<_, AppError>(patch.onto(&before.into())?.next(country)?);
        let wanted = next(&seen)?;
        let PatientProfile { contacts, whatsapp_opt_in_at, .. } = seen.profile.clone();
        let profile = PatientProfile { contacts, whatsapp_opt_in_at, ..wanted.profile };
        // A change that changes nothing would be noted as a reading.
        if profile == seen.profile && wanted.is_active == seen.is_active {
            return Ok(Fate::Known);
        }
        Box::pin(update_patient(self.app, &self.ctx(), seen.id, None, next)).await?;
        Ok(Fate::Changed)
    }

    /// The patient who has this one's document.
    async fn of_document(&self, record: &Patient) -> Result<Option<Patient>, Refusal> {
        for value in PatientProfile::uniques(record) {
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
        // Of who was erased there is nothing to be brought in again.
        let patients = patients.into_iter().filter(|patient| patient.profile.erased_at.is_none());
        rows.extend(patients.map(|patient| super::row(patient.id, &PatientBody::from(&patient))));
    }
    Ok(rows)
}
