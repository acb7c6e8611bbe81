//! Fills a table with many patients with one appointment each, whose reminders are all due at once: copies of the rows
//! of one booking, with other ids and phone numbers.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::{Id as _, NotificationId};
use domain::time::Instant;
use local::database::Database;
use local::gateway::Format;
use serde_json::{Value, json};
use std::collections::HashMap;
use store::item::kind;
use store::keys::Key;
use testkit::test_app::{TestApp, TestError};

/// Phone number of the patient that is copied.
const NUMBER: &str = "+12025550141";
/// Rows that are loaded at once.
const BATCH: usize = 10_000;

type Item = HashMap<String, AttributeValue>;

/// Which rows of the booking are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopiedRows {
    /// Rows that sending a reminder needs.
    Due,
    /// Every row whose key has the id of the patient, the appointment or the notification.
    All,
}

pub async fn fill_table(
    database: &Database,
    patients: usize,
    clinics: usize,
    wanted: CopiedRows,
) -> Result<(), TestError> {
    let (template, ids) = create_template().await?;
    let row = |wanted: &str| template.iter().find(|item| kind(item) == Some(wanted)).cloned().ok_or("a row is missing");
    let (clinic, due) = (row("clinic")?, row("due")?);
    let copied: Vec<Item> = match wanted {
        CopiedRows::Due => vec![row("patient")?, row("appointment")?, row("notification")?],
        CopiedRows::All => template.iter().filter(|item| ids.is_own_row(item)).cloned().collect(),
    };
    let at = due.get("at").and_then(|at| at.as_s().ok()).and_then(|at| Instant::parse(at).ok()).ok_or("no time")?;
    let mut rows = Vec::new();
    for number in 0..clinics.max(1) {
        rows.push(with_changes(&clinic, &[(ids.clinic.as_str(), new_id(1, number))]));
    }
    for number in 0..patients {
        let (patient_id, appointment_id, message) = (new_id(2, number), new_id(3, number), new_id(4, number));
        let changes = [
            (ids.clinic.as_str(), new_id(1, number % clinics.max(1))),
            (ids.patient.as_str(), patient_id),
            (ids.appointment.as_str(), appointment_id),
            (ids.notification.as_str(), message.clone()),
            (NUMBER, format!("+1{:010}", 2_000_000_000 + number)),
        ];
        rows.extend(copied.iter().map(|item| with_changes(item, &changes)));
        let mut pointer = with_changes(&due, &changes);
        let key = Key::due(at, NotificationId::parse(&message).ok_or("not an id")?);
        pointer.insert("PK".to_owned(), AttributeValue::S(key.pk));
        pointer.insert("SK".to_owned(), AttributeValue::S(key.sk));
        rows.push(pointer);
        if rows.len() >= BATCH {
            database.load(&rows)?;
            rows.clear();
        }
    }
    Ok(database.load(&rows)?)
}

struct Ids {
    clinic: String,
    patient: String,
    appointment: String,
    notification: String,
}

impl Ids {
    /// Whether a row belongs to this patient alone, and is no pointer to a due notification.
    fn is_own_row(&self, item: &Item) -> bool {
        let copied = [&self.patient, &self.appointment, &self.notification];
        let keys = ["PK", "SK"].map(|key| item.get(key).and_then(|key| key.as_s().ok()));
        kind(item) != Some("due") && keys.iter().flatten().any(|key| copied.iter().any(|id| key.contains(id.as_str())))
    }
}

/// The rows of one booking, created through the API.
async fn create_template() -> Result<(Vec<Item>, Ids), TestError> {
    let app = TestApp::with_database(Database::memory().await?, Format::Rest).await?;
    let admin = app.admin().await?;
    let create = async |path: &str, body: Value| -> Result<String, TestError> {
        Ok(admin.post(path, &body).await?.expect_status(201)?.id())
    };
    let zone = "America/Argentina/Buenos_Aires";
    let clinic = create("/api/clinics/clinics/", json!({ "name": "Centro", "timezone": zone })).await?;
    let room = create("/api/clinics/rooms/", json!({ "clinic": clinic, "name": "Uno" })).await?;
    let doctor = create("/api/doctors/", json!({ "first_name": "Alicia", "last_name": "Mora" })).await?;
    let window = json!({
        "doctor": doctor, "room": room, "date": "2025-12-15", "start_time": "09:00", "end_time": "13:00",
    });
    create("/api/schedules/", window).await?;
    let patient = json!({
        "first_name": "María José", "last_name": "Fernández Núñez", "document_number": "1", "phone_number": NUMBER,
    });
    let patient = create("/api/patients/", patient).await?;
    let booking = json!({ "patient": patient, "doctor": doctor, "start_datetime": "2025-12-15T10:00:00-03:00" });
    let appointment = create("/api/appointments/", booking).await?;
    let rows =
        admin.get(&format!("/api/notifications/?appointment={appointment}")).await?.expect_status(200)?.results();
    let notification = rows.first().and_then(|row| row.get("id")?.as_str()).ok_or("no reminder")?.to_owned();
    let table = app.system.database.table();
    let items = table.client().scan().table_name(table.name()).into_paginator().items().send();
    Ok((items.collect::<Result<_, _>>().await?, Ids { clinic, patient, appointment, notification }))
}

/// The id of the object of this number, for a kind of object.
fn new_id(kind: u128, number: usize) -> String {
    uuid::Uuid::from_u128((kind << 64) | 0x7000_8000_0000_0000_0000 | u128::try_from(number).unwrap_or(0)).to_string()
}

fn id_bytes(id: &str) -> Option<Vec<u8>> {
    uuid::Uuid::parse_str(id).ok().map(|id| id.as_bytes().to_vec())
}

/// A copy of a row with some texts replaced.
fn with_changes(item: &Item, changes: &[(&str, String)]) -> Item {
    item.iter().map(|(name, value)| (name.clone(), replace_in(value, changes))).collect()
}

fn replace_in(value: &AttributeValue, changes: &[(&str, String)]) -> AttributeValue {
    match value {
        AttributeValue::S(text) => {
            AttributeValue::S(changes.iter().fold(text.clone(), |text, (from, to)| text.replace(from, to)))
        }
        // Attributes that are ids are stored as sixteen bytes.
        AttributeValue::B(bytes) => {
            let new = changes.iter().find(|(from, _)| id_bytes(from).as_deref() == Some(bytes.as_ref()));
            new.and_then(|(_, to)| id_bytes(to))
                .map_or_else(|| value.clone(), |bytes| AttributeValue::B(Blob::new(bytes)))
        }
        AttributeValue::M(map) => AttributeValue::M(with_changes(map, changes)),
        AttributeValue::L(list) => AttributeValue::L(list.iter().map(|value| replace_in(value, changes)).collect()),
        other => other.clone(),
    }
}
