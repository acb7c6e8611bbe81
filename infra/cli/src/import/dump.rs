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
        let (before, json) = split_at_array(text);
        let lines_before = before.matches('\n').count();
        let rows: Vec<Value> = serde_json::from_str(json)
            .map_err(|error| ImportError::Dump(error_position(lines_before + error.line(), error.column())))?;
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

/// Splits off the lines before the array: warnings that were redirected into the file with it. The array begins a line,
/// and an object or its end follows, so that a line such as `[WARNING] …` isn't taken for it.
fn split_at_array(text: &str) -> (&str, &str) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let (_, rest) = text.split_at(start);
        let inner = rest.trim_start_matches('\u{feff}').trim_start().strip_prefix('[').map(str::trim_start);
        if inner.is_some_and(|inner| inner.starts_with(['{', ']'])) {
            return (text.split_at(start).0, rest.trim_start_matches('\u{feff}'));
        }
        start += line.len();
    }
    ("", text)
}

/// The position of a JSON error, without the text, which may have personal data.
fn error_position(line: usize, column: usize) -> String {
    format!("no JSON array at line {line}, column {column}")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn models(text: &str) -> Vec<(&'static str, usize)> {
        let dump = Dump::parse(text, &mut ImportReport::default()).unwrap();
        MODELS.into_iter().map(|model| (model, dump.rows(model).count())).filter(|(_, rows)| *rows > 0).collect()
    }

    #[test]
    fn lines_before_the_array_are_left_out() {
        let json = r#"[{"model": "clinics.clinic", "pk": 1, "fields": {"name": "Norte"}}]"#;
        for before in [
            "",
            "\u{feff}",
            "\n",
            "System check identified 1 issue.\n",
            "[WARNING] cache is {off}\n[1] started\nC:\\app\\x.py:3: UserWarning: naive datetime\r\n\r\n",
        ] {
            assert_eq!(models(&format!("{before}{json}\n")), [(CLINIC, 1)], "{before}");
        }
        assert_eq!(
            models("warning\n[\n\n{\"model\": \"clinics.clinic\", \"pk\": 1, \"fields\": {}}\n]"),
            [(CLINIC, 1)]
        );
        assert_eq!(models("warning\n[]\n"), []);
    }

    #[test]
    fn the_place_of_an_error_is_that_in_the_file() {
        let error = |text: &str| Dump::parse(text, &mut ImportReport::default()).err().unwrap().to_string();
        assert!(error("warning\nwarning\n[{\"model\": }]").contains("at line 3, column 12"));
        assert!(error("warning\n").contains("at line 1, column 1"));
    }
}
