//! Parses the output of `manage.py dumpdata`: a JSON array of `{"model", "pk", "fields"}`.

use super::ImportError;
use super::report::{ImportReport, RowError};
use domain::time::{ClientTime, Instant, LocalDateTime, Zone};
use domain::violation::Rule;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The models that are imported, each after those that it refers to.
pub const MODELS: [&str; 9] = [USER, CLINIC, ROOM, DOCTOR, PATIENT, SCHEDULE, APPOINTMENT, ACTION, NOTIFICATION];
pub const USER: &str = "accounts.user";
pub const CLINIC: &str = "clinics.clinic";
pub const ROOM: &str = "clinics.room";
pub const DOCTOR: &str = "doctors.doctor";
pub const PATIENT: &str = "patients.patient";
pub const SCHEDULE: &str = "schedules.schedule";
pub const APPOINTMENT: &str = "appointments.appointment";
pub const ACTION: &str = "appointments.appointmentaction";
pub const NOTIFICATION: &str = "notifications.notification";

/// The rows of a dump, by model and number.
pub struct Dump(BTreeMap<&'static str, BTreeMap<u64, DumpRow>>);

/// The fields of a row.
pub struct DumpRow(Map<String, Value>);

impl Dump {
    /// Parses a dump. Rows without a number, and duplicates of model and number, are rejected in the report.
    pub fn parse(text: &str, report: &mut ImportReport) -> Result<Self, ImportError> {
        let text = text.trim_start_matches('\u{feff}');
        let rows: Vec<Value> = serde_json::from_str(text).map_err(|error| ImportError::Dump(error_position(&error)))?;
        let mut models: BTreeMap<&str, BTreeMap<u64, DumpRow>> = MODELS.map(|model| (model, BTreeMap::new())).into();
        for (at, row) in rows.into_iter().enumerate() {
            let invalid = || ImportError::Dump(format!("entry {} has no model, pk and fields", at + 1));
            let Value::Object(mut row) = row else { return Err(invalid()) };
            let (model, pk) = row.remove("model").zip(row.remove("pk")).ok_or_else(invalid)?;
            let Some(Value::Object(fields)) = row.remove("fields") else { return Err(invalid()) };
            let model = model.as_str().ok_or_else(invalid)?.to_ascii_lowercase();
            let Some(known) = MODELS.into_iter().find(|known| *known == model) else {
                *report.left_out.entry(model).or_default() += 1;
                continue;
            };
            let Some(number) = pk.as_u64() else {
                report.record_rejected(
                    known,
                    format!("(entry {})", at + 1),
                    vec![RowError::invalid("pk", "Not a number.")],
                );
                continue;
            };
            let rows = models.entry(known).or_default();
            if rows.contains_key(&number) {
                report.record_rejected(known, number, vec![RowError::invalid("pk", "It stands there twice.")]);
                continue;
            }
            rows.insert(number, DumpRow(fields));
        }
        Ok(Self(models))
    }

    /// The rows of a model, by number.
    pub fn rows(&self, model: &str) -> impl Iterator<Item = (u64, &DumpRow)> {
        self.0.get(model).into_iter().flatten().map(|(pk, row)| (*pk, row))
    }

    #[must_use]
    pub fn has(&self, model: &str, pk: u64) -> bool {
        self.0.get(model).is_some_and(|rows| rows.contains_key(&pk))
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The position of a JSON error, without the text, which may have personal data.
fn error_position(error: &serde_json::Error) -> String {
    format!("no JSON array at line {}, column {}", error.line(), error.column())
}

impl DumpRow {
    #[must_use]
    pub fn get(&self, field: &str) -> &Value {
        self.0.get(field).unwrap_or(&Value::Null)
    }

    /// A field as trimmed text; empty if it has none.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.get(field).as_str().unwrap_or_default().trim()
    }

    /// These fields as members of a request body of the API.
    #[must_use]
    pub fn members(&self, fields: &[&str]) -> Map<String, Value> {
        let given = fields.iter().filter_map(|field| Some((field, self.0.get(*field)?)));
        given.map(|(field, value)| ((*field).to_owned(), value.clone())).collect()
    }

    /// A field as an instant. Without an offset it is local time of the old service.
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
            Err(_) => ClientTime::parse(&text)?.resolve(zone),
        }
    }
}
