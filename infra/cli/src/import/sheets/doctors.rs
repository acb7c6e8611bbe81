//! Doctors as a spreadsheet. Specialties stand there by their names, with semicolons between.

use super::super::ImportError;
use super::super::refusal::{self, Refusal};
use super::{Columns, Fate, Holds, Import, refuse, take_id};
use app::App;
use app::directory::doctors::update_doctor;
use doctors::doctor::DoctorBody;
use domain::doctor::{Doctor, DoctorProfile, Specialty};
use domain::email::Email;
use domain::ids::DoctorId;
use domain::record::Record;
use domain::text::Line;
use domain::violation::{Rule, Violations};
use serde_json::{Map, Value, json};
use store::keys::{Directory, Key};
use store::patterns;
use web::body::{Body as _, Patch};

pub(super) const COLUMNS: Columns = &[
    ("id", Holds::Word),
    ("first_name", Holds::Text),
    ("last_name", Holds::Text),
    ("specialties", Holds::Text),
    ("email", Holds::Text),
    ("phone_number", Holds::Text),
    ("license_number", Holds::Text),
    ("buffer_minutes", Holds::Number),
    ("is_active", Holds::Flag),
];

/// What stands between specialties.
const BETWEEN: char = ';';

impl Import<'_> {
    pub(super) async fn doctor(&mut self, mut members: Map<String, Value>) -> Result<Fate, Refusal> {
        let country = self.app.country;
        let id: Option<DoctorId> = take_id(&mut members)?;
        let names = match members.remove("specialties") {
            Some(Value::String(text)) => Some(text),
            Some(_) => Some(String::new()),
            None => None,
        };
        let seen = self.known_doctor(id, members.get("email").and_then(Value::as_str)).await?;
        if seen.is_none() {
            // Before specialties are made for it.
            DoctorBody::read(members.clone())?.next(country)?;
        }
        let mut main = None;
        if let Some(names) = names {
            let mut ids = Vec::new();
            for name in names.split(BETWEEN).map(str::trim).filter(|name| !name.is_empty()) {
                let name = Line::<100>::parse(name).map_err(|rule| Violations::of("specialties", rule))?;
                ids.push(self.specialties.named(self.app, &self.ctx, &name).await?.to_string());
                main.get_or_insert(name);
            }
            members.insert("specialties".into(), json!(ids));
        }
        let Some(seen) = seen else {
            let next = DoctorBody::read(members)?.next(country)?;
            let profile = DoctorProfile { specialty: main, ..next.profile };
            let id = id.unwrap_or_else(|| self.app.new_id());
            let record = Record { is_active: next.is_active, ..Record::new(id, profile, self.app.now()) };
            app::integration::import::bring(self.app, &self.ctx, &record).await?;
            return Ok(Fate::New);
        };
        let patch = Patch::<DoctorBody>::read(members)?;
        // The name of the main specialty is the app's to copy.
        let next = |before: &Doctor| Ok(patch.onto(&before.into())?.next(country)?);
        let unchanged = next(&seen)?.profile == DoctorProfile { specialty: None, ..seen.profile.clone() }
            && next(&seen)?.is_active == seen.is_active;
        if unchanged {
            return Ok(Fate::Known);
        }
        Box::pin(update_doctor(self.app, &self.ctx(), seen.id, None, next)).await?;
        Ok(Fate::Changed)
    }

    /// The doctor whom a row means, if there is one.
    async fn known_doctor(&self, id: Option<DoctorId>, email: Option<&str>) -> Result<Option<Doctor>, Refusal> {
        if let Some(id) = id {
            return Ok(self.app.table.get::<Doctor>(&Key::doctor(id)).await?);
        }
        let Some(email) = email else {
            return Err(refuse("email", refusal::rule(&Rule::OneNeeded(&["id", "email"]))));
        };
        let wanted = Email::parse(email).map_err(|rule| Violations::of("email", rule))?.folded();
        let mut found = all(self.app).await?;
        found.retain(|doctor| doctor.profile.email.as_ref().is_some_and(|email| email.folded() == wanted));
        match found.len() {
            0 | 1 => Ok(found.pop()),
            _ => Err(refuse("email", "More than one doctor has it: say which by the id.")),
        }
    }
}

async fn all(app: &App) -> Result<Vec<Doctor>, store::ReadError> {
    let mut doctors = Vec::new();
    for active in [true, false] {
        doctors.extend(app.table.query_all::<Doctor>(&patterns::directory(Directory::Doctors, active)).await?);
    }
    Ok(doctors)
}

pub(super) async fn rows(app: &App) -> Result<Vec<Map<String, Value>>, ImportError> {
    let mut rows = Vec::new();
    for doctor in all(app).await? {
        let mut row = super::row(doctor.id, &DoctorBody::from(&doctor));
        let mut names = Vec::new();
        for id in &doctor.profile.specialties {
            let specialty = app.table.get::<Specialty>(&Key::specialty(*id)).await?;
            names.extend(specialty.map(|specialty| specialty.profile.name.as_str().to_owned()));
        }
        row.insert("specialties".into(), Value::from(names.join(&format!("{BETWEEN} "))));
        rows.push(row);
    }
    Ok(rows)
}
