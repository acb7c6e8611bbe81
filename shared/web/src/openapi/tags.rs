//! What each group of operations is about. A group is a function's folder, and its operations' tag.

use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The groups in the order in which somebody who is new here reads them.
const TAGS: &[(&str, &str)] = &[
    ("auth", "Signing in, the caller's own account, and the users of the API."),
    ("clinics", "Clinics with the clock on their wall, their rooms, their holidays."),
    ("doctors", "Doctors and their specialties."),
    ("schedules", "When a doctor sees patients in a room: dated windows, weekly rules, blocked time, free slots."),
    ("patients", "Patients, shared by all clinics, and whom to write to instead of them."),
    ("appointments", "Appointments: booking, confirming, moving, cancelling, and who did what."),
    ("notifications", "Messages to patients, and what they answered."),
    ("webhook", "What Twilio calls. Signed, form-encoded, not for anybody else."),
    ("audit", "Who did what, for administrators."),
    ("docs", "This document, a page to try it, and whether the API is up."),
];

/// The described ones of those that operations have.
pub(super) fn described(used: &BTreeSet<String>) -> Value {
    let tags = TAGS.iter().filter(|(name, _)| used.contains(*name));
    tags.map(|(name, description)| json!({"name": name, "description": description})).collect()
}
