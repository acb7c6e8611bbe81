//! What `manage.py dumpdata` writes: a JSON array of `{"model", "pk", "fields"}`.

use super::ImportError;
use super::report::{Complaint, Report};
use domain::time::{Instant, LocalDateTime, Moment, Zone};
use domain::violation::Rule;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The models that are taken, in the order in which they need each other.
pub const MODELS: [&str; 9] = [USER, CLINIC, ROOM, DOCTOR, PATIENT, SCHEDULE, APPOINTMENT, ACTION, NOTIFICATION];
/// Who signs in.
pub const USER: &str = "accounts.user";
/// Clinics.
pub const CLINIC: &str = "clinics.clinic";
/// Their rooms.
pub const ROOM: &str = "clinics.room";
/// Doctors.
pub const DOCTOR: &str = "doctors.doctor";
/// Patients.
pub const PATIENT: &str = "patients.patient";
/// Dated windows.
pub const SCHEDULE: &str = "schedules.schedule";
/// Appointments.
pub const APPOINTMENT: &str = "appointments.appointment";
/// What was done to them.
pub const ACTION: &str = "appointments.appointmentaction";
/// What was sent about them.
pub const NOTIFICATION: &str = "notifications.notification";

/// The rows of a dump, by model and number.
pub struct Dump(BTreeMap<&'static str, BTreeMap<u64, Row>>);

/// The fields of a row.
pub struct Row(Map<String, Value>);

impl Dump {
    /// Reads one. What can't be told apart by model and number is noted in the report.
    ///
    /// # Errors
    /// [`ImportError::Dump`].
    pub fn parse(text: &str, report: &mut Report) -> Result<Self, ImportError> {
        let text = text.trim_start_matches('\u{feff}');
        let rows: Vec<Value> = serde_json::from_str(text).map_err(|error| ImportError::Dump(place(&error)))?;
        let mut models: BTreeMap<&str, BTreeMap<u64, Row>> = MODELS.map(|model| (model, BTreeMap::new())).into();
        for (at, row) in rows.into_iter().enumerate() {
            let strange = || ImportError::Dump(format!("entry {} has no model, pk and fields", at + 1));
            let Value::Object(mut row) = row else { return Err(strange()) };
            let (model, pk) = row.remove("model").zip(row.remove("pk")).ok_or_else(strange)?;
            let Some(Value::Object(fields)) = row.remove("fields") else { return Err(strange()) };
            let model = model.as_str().ok_or_else(strange)?.to_ascii_lowercase();
            let Some(known) = MODELS.into_iter().find(|known| *known == model) else {
                *report.left_out.entry(model).or_default() += 1;
                continue;
            };
            let Some(number) = pk.as_u64() else {
                report.refuse(known, format!("(entry {})", at + 1), vec![Complaint::wrong("pk", "Not a number.")]);
                continue;
            };
            let rows = models.entry(known).or_default();
            if rows.contains_key(&number) {
                report.refuse(known, number, vec![Complaint::wrong("pk", "It stands there twice.")]);
                continue;
            }
            rows.insert(number, Row(fields));
        }
        Ok(Self(models))
    }

    /// The rows of a model, by number.
    pub fn rows(&self, model: &str) -> impl Iterator<Item = (u64, &Row)> {
        self.0.get(model).into_iter().flatten().map(|(pk, row)| (*pk, row))
    }

    /// Whether there is such a row.
    #[must_use]
    pub fn has(&self, model: &str, pk: u64) -> bool {
        self.0.get(model).is_some_and(|rows| rows.contains_key(&pk))
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where a JSON text goes wrong, without the text.
fn place(error: &serde_json::Error) -> String {
    format!("no JSON array at line {}, column {}", error.line(), error.column())
}

impl Row {
    /// A field.
    #[must_use]
    pub fn get(&self, field: &str) -> &Value {
        self.0.get(field).unwrap_or(&Value::Null)
    }

    /// A field with text; empty where there is none.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.get(field).as_str().unwrap_or_default().trim()
    }

    /// These fields, as members of a body of the API.
    #[must_use]
    pub fn members(&self, fields: &[&str]) -> Map<String, Value> {
        let given = fields.iter().filter_map(|field| Some((field, self.0.get(*field)?)));
        given.map(|(field, value)| ((*field).to_owned(), value.clone())).collect()
    }

    /// An instant: what has no offset was said by the clock of the old service.
    ///
    /// # Errors
    /// [`Rule::Required`], [`Rule::DateTime`], and those of [`Zone::instant`].
    pub fn instant(&self, field: &str, zone: Zone) -> Result<Instant, Rule> {
        let text = self.text(field).replacen(' ', "T", 1);
        if text.is_empty() {
            return Err(Rule::Required);
        }
        if let Ok(instant) = Instant::parse(&text) {
            return Ok(instant);
        }
        match LocalDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f") {
            Ok(local) => zone.instant(local).map(|instant| Instant::from_utc(instant.utc())),
            Err(_) => Moment::parse(&text)?.resolve(zone),
        }
    }
}
