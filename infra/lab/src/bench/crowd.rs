//! Many patients with an appointment each, all to be reminded of at once: copies of one booking's rows, with
//! other ids and numbers.

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
use testkit::test_app::{TestApp, Trouble};

/// The number of the patient that is copied.
const NUMBER: &str = "+12025550141";
/// So many rows are loaded at once.
const BATCH: usize = 10_000;

type Item = HashMap<String, AttributeValue>;

/// Which rows of a patient there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Those that a reminder needs.
    Due,
    /// Every row whose key names the patient, the appointment or its message.
    All,
}

/// Fills a table.
///
/// # Errors
/// [`Trouble`].
pub async fn gather(database: &Database, patients: usize, clinics: usize, wanted: Rows) -> Result<(), Trouble> {
    let (model, ids) = model().await?;
    let row = |wanted: &str| model.iter().find(|item| kind(item) == Some(wanted)).cloned().ok_or("a row is missing");
    let (clinic, due) = (row("clinic")?, row("due")?);
    let own: Vec<Item> = match wanted {
        Rows::Due => vec![row("patient")?, row("appointment")?, row("notification")?],
        Rows::All => model.iter().filter(|item| ids.names(item)).cloned().collect(),
    };
    let at = due.get("at").and_then(|at| at.as_s().ok()).and_then(|at| Instant::parse(at).ok()).ok_or("no time")?;
    let mut rows = Vec::new();
    for number in 0..clinics.max(1) {
        rows.push(changed(&clinic, &[(ids.clinic.as_str(), fresh(1, number))]));
    }
    for number in 0..patients {
        let (patient_id, appointment_id, message) = (fresh(2, number), fresh(3, number), fresh(4, number));
        let changes = [
            (ids.clinic.as_str(), fresh(1, number % clinics.max(1))),
            (ids.patient.as_str(), patient_id),
            (ids.appointment.as_str(), appointment_id),
            (ids.notification.as_str(), message.clone()),
            (NUMBER, format!("+1{:010}", 2_000_000_000 + number)),
        ];
        rows.extend(own.iter().map(|item| changed(item, &changes)));
        let mut pointer = changed(&due, &changes);
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
    /// Whether a row is of this patient alone, and no pointer to what is due.
    fn names(&self, item: &Item) -> bool {
        let own = [&self.patient, &self.appointment, &self.notification];
        let keys = ["PK", "SK"].map(|key| item.get(key).and_then(|key| key.as_s().ok()));
        kind(item) != Some("due") && keys.iter().flatten().any(|key| own.iter().any(|id| key.contains(id.as_str())))
    }
}

/// The rows of one booking, made through the API.
async fn model() -> Result<(Vec<Item>, Ids), Trouble> {
    let app = TestApp::with_database(Database::memory().await?, Format::Rest).await?;
    let admin = app.admin().await?;
    let made = async |path: &str, body: Value| -> Result<String, Trouble> {
        Ok(admin.post(path, &body).await?.expect_status(201)?.id())
    };
    let zone = "America/Argentina/Buenos_Aires";
    let clinic = made("/api/clinics/clinics/", json!({ "name": "Centro", "timezone": zone })).await?;
    let room = made("/api/clinics/rooms/", json!({ "clinic": clinic, "name": "Uno" })).await?;
    let doctor = made("/api/doctors/", json!({ "first_name": "Alicia", "last_name": "Mora" })).await?;
    let window = json!({
        "doctor": doctor, "room": room, "date": "2025-12-15", "start_time": "09:00", "end_time": "13:00",
    });
    made("/api/schedules/", window).await?;
    let patient = json!({
        "first_name": "María José", "last_name": "Fernández Núñez", "document_number": "1", "phone_number": NUMBER,
    });
    let patient = made("/api/patients/", patient).await?;
    let booking = json!({ "patient": patient, "doctor": doctor, "start_datetime": "2025-12-15T10:00:00-03:00" });
    let appointment = made("/api/appointments/", booking).await?;
    let rows =
        admin.get(&format!("/api/notifications/?appointment={appointment}")).await?.expect_status(200)?.results();
    let notification = rows.first().and_then(|row| row.get("id")?.as_str()).ok_or("no reminder")?.to_owned();
    let table = app.system.database.table();
    let items = table.client().scan().table_name(table.name()).into_paginator().items().send();
    Ok((items.collect::<Result<_, _>>().await?, Ids { clinic, patient, appointment, notification }))
}

/// An id of a kind of thing, by its number.
fn fresh(of: u128, number: usize) -> String {
    uuid::Uuid::from_u128((of << 64) | 0x7000_8000_0000_0000_0000 | u128::try_from(number).unwrap_or(0)).to_string()
}

fn packed(id: &str) -> Option<Vec<u8>> {
    uuid::Uuid::parse_str(id).ok().map(|id| id.as_bytes().to_vec())
}

/// A row with other texts in the place of some.
fn changed(item: &Item, changes: &[(&str, String)]) -> Item {
    item.iter().map(|(name, value)| (name.clone(), replaced(value, changes))).collect()
}

fn replaced(value: &AttributeValue, changes: &[(&str, String)]) -> AttributeValue {
    match value {
        AttributeValue::S(text) => {
            AttributeValue::S(changes.iter().fold(text.clone(), |text, (from, to)| text.replace(from, to)))
        }
        // Inside rows ids are sixteen bytes.
        AttributeValue::B(bytes) => {
            let new = changes.iter().find(|(from, _)| packed(from).as_deref() == Some(bytes.as_ref()));
            new.and_then(|(_, to)| packed(to))
                .map_or_else(|| value.clone(), |bytes| AttributeValue::B(Blob::new(bytes)))
        }
        AttributeValue::M(map) => AttributeValue::M(changed(map, changes)),
        AttributeValue::L(list) => AttributeValue::L(list.iter().map(|value| replaced(value, changes)).collect()),
        other => other.clone(),
    }
}
