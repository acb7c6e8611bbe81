//! The spreadsheet of appointments. Its columns are the members of an appointment in a list, in the order in which the
//! front desk reads them; a member of a member has its name after a dot.

use super::{SheetError, cells, csv};
use crate::listed_appointment::ListedAppointmentView;
use crate::members::to_json;
use app::appointments::patient_details::ListedAppointment;
use serde_json::Value;

/// What the cells of a column have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Text,
    /// A date, a number, a truth value, a code or an id: a program may recognise it.
    Plain,
    /// The clinic's local date and time, without an offset, as spreadsheets recognise it.
    Instant,
}

use Content::{Instant, Plain, Text};

/// The columns that only a list with patients has begin with this.
const PATIENT: &str = "patient_detail.";

const COLUMNS: [(&str, Content); 35] = [
    ("start_datetime", Instant),
    ("end_datetime", Instant),
    ("patient_name", Text),
    ("patient_detail.phone_number", Text),
    ("patient_detail.document_type", Text),
    ("patient_detail.document_number", Text),
    ("patient_detail.birth_date", Plain),
    ("doctor_name", Text),
    ("clinic_name", Text),
    ("room_name", Text),
    ("status", Plain),
    ("status_display", Text),
    ("reason", Text),
    ("notes", Text),
    ("overbook", Plain),
    ("confirmed_at", Instant),
    ("confirmed_via", Plain),
    ("cancel_reason", Text),
    ("hold_until", Instant),
    ("needs_attention", Plain),
    ("attention", Plain),
    ("stranded", Plain),
    ("reminder.due_at", Instant),
    ("reminder.status", Plain),
    ("id", Plain),
    ("patient", Plain),
    ("doctor", Plain),
    ("clinic", Plain),
    ("room", Plain),
    ("rescheduled_from", Plain),
    ("rescheduled_to", Plain),
    ("created_by", Plain),
    ("created_at", Instant),
    ("updated_at", Instant),
    ("version", Plain),
];

/// The spreadsheet of these appointments, as CSV. `with_patients` adds the columns of their patients.
///
/// # Errors
/// Those of the CSV writer.
pub fn appointments(listed: &[ListedAppointment], with_patients: bool) -> Result<String, SheetError> {
    let columns = || COLUMNS.iter().filter(|(name, _)| with_patients || !name.starts_with(PATIENT));
    let rows = listed.iter().map(|appointment| {
        let row = to_json(&ListedAppointmentView::from(appointment));
        columns().map(|(name, content)| cell(member(&row, name), *content)).collect()
    });
    csv(columns().map(|(name, _)| *name), rows)
}

/// The member at a path of names.
fn member<'a>(row: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(row, |value, name| value.get(name).unwrap_or(&Value::Null))
}

fn cell(value: &Value, content: Content) -> String {
    match (value, content) {
        (Value::Null, _) => String::new(),
        (Value::String(text), Text) => cells::escape(text),
        (Value::String(text), Instant) => local(text),
        (Value::String(text), Plain) => text.clone(),
        (Value::Array(reasons), _) => {
            let kinds: Vec<&str> = reasons.iter().filter_map(|reason| reason.get("kind")?.as_str()).collect();
            kinds.join(" ")
        }
        (other, _) => other.to_string(),
    }
}

/// The local part of an RFC 3339 instant, whose offset is the clinic's.
fn local(instant: &str) -> String {
    instant.get(..19).unwrap_or(instant).replacen('T', " ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Members;
    use crate::appointment::ReminderView;
    use crate::listed_appointment::PatientDetailView;
    use crate::members::schema;
    use std::collections::BTreeMap;

    /// The members of a schema, with what kind of text each has.
    fn properties<T: Members>(prefix: &str) -> Vec<(String, Value)> {
        let schema = serde_json::to_value(schema::<T>()).unwrap();
        let properties = schema["properties"].as_object().unwrap().clone();
        properties.into_iter().map(|(name, property)| (format!("{prefix}{name}"), property)).collect()
    }

    #[test]
    fn every_member_of_an_appointment_is_a_column() {
        let mut members: BTreeMap<String, Value> = properties::<ListedAppointmentView>("").into_iter().collect();
        assert!(members.remove("reminder").is_some() && members.remove("patient_detail").is_some());
        members.extend(properties::<ReminderView>("reminder."));
        members.extend(properties::<PatientDetailView>(PATIENT));
        let columns: BTreeMap<&str, Content> = COLUMNS.into();
        assert_eq!(columns.len(), COLUMNS.len());
        assert_eq!(columns.keys().copied().collect::<Vec<_>>(), members.keys().collect::<Vec<_>>());
        for (name, property) in members {
            let content = columns[name.as_str()];
            assert_eq!(property["format"] == "date-time", content == Instant, "{name}");
            let is_free = property["format"].is_null() && property["enum"].is_null();
            let is_text = property["type"].to_string().contains("string");
            let is_code = ["reminder.status", "confirmed_via", "status"].contains(&name.as_str());
            assert_eq!(is_text && is_free && !is_code, content == Text, "{name}: {property}");
        }
    }

    #[test]
    fn an_instant_is_shown_in_local_time() {
        assert_eq!(cell(&Value::from("2025-12-15T10:00:00-03:00"), Instant), "2025-12-15 10:00:00");
        assert_eq!(cell(&Value::from("2025-12-15T10:00:00.123-03:00"), Instant), "2025-12-15 10:00:00");
        assert_eq!(cell(&Value::from("=1+1"), Text), "'=1+1");
        assert_eq!(cell(&Value::from("+573001234567"), Text), "'+573001234567");
        let reasons = serde_json::json!([{ "kind": "stranded", "since": "x" }, { "kind": "message_failed" }]);
        assert_eq!(cell(&reasons, Plain), "stranded message_failed");
        assert_eq!((cell(&Value::Null, Text), cell(&Value::from(true), Plain)), (String::new(), "true".to_owned()));
    }
}
