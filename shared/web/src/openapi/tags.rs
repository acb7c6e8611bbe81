//! Descriptions of the OpenAPI tags. A tag is the name of a function's folder.

use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The tags in the order of the document.
const TAGS: &[(&str, &str)] = &[
    ("auth", "Authentication: signing in, the caller's own account, and users."),
    ("clinics", "Clinics with their time zones, rooms and holidays."),
    ("doctors", "Doctors and their specialties."),
    ("schedules", "Availability of doctors in rooms: availability windows, weekly rules, blocks, free slots."),
    ("patients", "Patients, shared by all clinics, and their contacts."),
    (
        "appointments",
        "Appointments: booking, actions such as confirming, rescheduling and cancelling, and their history.",
    ),
    ("notifications", "Messages to patients and messages from patients."),
    ("webhook", "Webhooks for Twilio: form-encoded requests with Twilio's signature. Not for other clients."),
    ("audit", "The audit trail and its verification, for administrators."),
    ("docs", "This OpenAPI document, a page to try its operations, and a health check."),
];

/// Of the tags that operations use.
pub(super) fn descriptions(used: &BTreeSet<String>) -> Value {
    let tags = TAGS.iter().filter(|(name, _)| used.contains(*name));
    tags.map(|(name, description)| json!({"name": name, "description": description})).collect()
}
