//! What the console reads of the API's resources. A test compares the names with the OpenAPI document.

use domain::appointment::Status;
use domain::user::Role;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Clone, Deserialize)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub expires_in: i64,
    pub user: SignedInUser,
}

/// The user of new tokens.
#[derive(Clone, Default, Deserialize)]
pub struct SignedInUser {
    /// The language that the user has chosen.
    pub language: Option<String>,
}

/// The own account.
#[derive(Clone, Deserialize)]
pub struct User {
    pub id: String,
    pub email: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub role: Role,
    pub second_factor: SecondFactorState,
}

#[derive(Clone, Copy, Deserialize)]
pub struct SecondFactorState {
    pub active: bool,
    pub required: bool,
}

/// A second factor that is being set up, or was.
#[derive(Clone, Deserialize)]
pub struct SecondFactor {
    pub secret: Option<String>,
    /// For authenticator apps.
    pub uri: Option<String>,
    pub recovery_codes: Option<Vec<String>>,
}

#[derive(Clone, Deserialize)]
pub struct Clinic {
    pub id: String,
    pub name: String,
    pub timezone: String,
    pub phone_number: Option<String>,
    pub address: Option<String>,
    /// Whether patients get a notice about a new appointment.
    pub notify_on_create: Option<bool>,
}

#[derive(Clone, Deserialize)]
pub struct Doctor {
    pub id: String,
    pub full_name: String,
}

#[derive(Clone, Deserialize)]
pub struct Holiday {
    pub name: String,
    pub clinic: Option<String>,
}

#[derive(Clone, Deserialize)]
pub struct Availability {
    pub doctor: String,
    pub doctor_name: String,
    pub clinic: String,
    pub clinic_name: String,
    pub room: String,
    pub room_name: String,
    pub date: String,
    pub start_time: String,
    pub end_time: String,
    pub slots: Vec<Slot>,
}

#[derive(Clone, Deserialize)]
pub struct Slot {
    pub start_datetime: String,
    pub end_datetime: String,
    pub available: bool,
    pub reason: Option<String>,
    #[serde(default)]
    pub block: Option<SlotBlock>,
}

#[derive(Clone, Deserialize)]
pub struct SlotBlock {
    pub id: String,
    pub reason: Option<String>,
}

#[derive(Clone, Deserialize)]
pub struct FreeSlot {
    pub doctor: String,
    pub doctor_name: String,
    pub room: String,
    pub room_name: String,
    pub clinic: String,
    pub start_datetime: String,
    pub end_datetime: String,
}

#[derive(Clone, Deserialize)]
pub struct Appointment {
    pub id: String,
    pub patient: String,
    pub patient_name: String,
    pub doctor: String,
    pub doctor_name: String,
    pub clinic: String,
    pub clinic_name: String,
    pub room: String,
    pub room_name: String,
    pub start_datetime: String,
    pub end_datetime: String,
    pub status: Status,
    pub reason: Option<String>,
    pub notes: Option<String>,
    pub overbook: bool,
    pub confirmed_via: Option<String>,
    pub cancel_reason: Option<String>,
    pub rescheduled_from: Option<String>,
    pub rescheduled_to: Option<String>,
    pub hold_until: Option<String>,
    pub needs_attention: bool,
    #[serde(default)]
    pub attention: Vec<Attention>,
    #[serde(default)]
    pub stranded: bool,
    pub reminder: Option<Reminder>,
    #[serde(default)]
    pub patient_detail: Option<PatientDetail>,
    pub updated_at: String,
    pub version: u64,
}

#[derive(Clone, Deserialize)]
pub struct Attention {
    pub kind: String,
    pub since: String,
}

#[derive(Clone, Deserialize)]
pub struct Reminder {
    pub due_at: Option<String>,
    pub status: String,
}

#[derive(Clone, Deserialize)]
pub struct PatientDetail {
    pub phone_number: Option<String>,
    pub document_type: Option<String>,
    pub document_number: Option<String>,
    pub birth_date: Option<String>,
}

#[derive(Clone, Deserialize)]
pub struct HistoryEntry {
    pub action: String,
    pub to_status: Option<Status>,
    pub actor: Actor,
    pub channel: String,
    pub reason: Option<String>,
    pub created_at: String,
}

#[derive(Clone, Deserialize)]
pub struct Actor {
    pub r#type: String,
    pub name: Option<String>,
}

#[derive(Clone, Deserialize)]
pub struct Notification {
    pub id: String,
    pub kind: String,
    pub template: String,
    pub to: Option<String>,
    pub status: String,
    pub due_at: String,
    pub sent_at: Option<String>,
    pub delivered_at: Option<String>,
    pub read_at: Option<String>,
    pub created_at: String,
}

#[derive(Clone, Deserialize)]
pub struct Patient {
    pub id: String,
    pub full_name: String,
    pub first_name: String,
    pub last_name: Option<String>,
    pub document_type: Option<String>,
    pub document_number: Option<String>,
    pub phone_number: Option<String>,
    pub birth_date: Option<String>,
    pub email: Option<String>,
    pub address: Option<String>,
    pub language: Option<String>,
    pub whatsapp_opt_in: Option<bool>,
    pub notes: Option<String>,
    pub is_active: Option<bool>,
    pub version: u64,
    /// With the summary only, as the other two.
    pub next_appointment: Option<AppointmentSummary>,
    pub last_appointment: Option<AppointmentSummary>,
    pub no_shows: Option<usize>,
}

/// An appointment of a patient in a list.
#[derive(Clone, Deserialize)]
pub struct AppointmentSummary {
    pub id: String,
    pub start_datetime: String,
    pub doctor_name: String,
    pub status: Status,
}

#[derive(Clone, Deserialize)]
pub struct Contact {
    pub id: String,
    pub name: String,
    pub relationship: Option<String>,
    pub phone_number: Option<String>,
    pub receives_notifications: Option<bool>,
}

#[derive(Clone, Deserialize)]
pub struct WorklistEntry {
    pub id: String,
    pub kind: String,
    pub since: String,
    pub due: String,
    pub clinic_name: Option<String>,
    pub appointment: Option<String>,
    pub inbound: Option<String>,
    pub patient: Option<String>,
    pub patient_name: Option<String>,
    pub phone_number: Option<String>,
    pub taken_by: Option<TakenBy>,
    pub version: u64,
}

#[derive(Clone, Deserialize)]
pub struct TakenBy {
    pub id: String,
    pub name: String,
}

#[derive(Clone, Default, Deserialize)]
pub struct WorklistCounts {
    pub total: u32,
    pub by_kind: BTreeMap<String, u32>,
    pub mine: u32,
}

#[derive(Clone, Deserialize)]
pub struct Inbound {
    pub id: String,
    pub from: String,
    pub body: String,
    pub received_at: String,
    pub intent: Option<String>,
    pub needs_attention: bool,
    pub attention: Option<Attention>,
    pub patients: Vec<SenderPatient>,
    #[serde(default)]
    pub media: Vec<Media>,
    pub version: u64,
}

/// A voice note, a picture or a document of a message.
#[derive(Clone, Deserialize)]
pub struct Media {
    pub n: u32,
    pub content_type: String,
}

/// A patient whose message it may be.
#[derive(Clone, Deserialize)]
pub struct SenderPatient {
    pub id: String,
    pub name: String,
}

/// A message of a patient, with the conversation with its number.
#[derive(Clone, Deserialize)]
pub struct Conversation {
    pub id: String,
    pub from: String,
    pub appointment: Option<String>,
    pub needs_attention: bool,
    pub patients: Vec<SenderPatient>,
    #[serde(default)]
    pub media: Vec<Media>,
    /// Oldest first.
    pub thread: Vec<ThreadEntry>,
}

#[derive(Clone, Deserialize)]
pub struct ThreadEntry {
    pub direction: String,
    pub text: Option<String>,
    pub kind: Option<String>,
    pub status: Option<String>,
    pub at: String,
    pub appointment: Option<String>,
    pub inbound: Option<String>,
}

/// A text of the clinic, filled in for one message.
#[derive(Clone, Deserialize)]
pub struct QuickReply {
    pub shortcut: String,
    pub text: String,
}

domain::opaque!(
    Preview,
    MessagePreview,
    Tokens,
    SignedInUser,
    User,
    SecondFactorState,
    SecondFactor,
    Clinic,
    Doctor,
    Holiday,
    Availability,
    Slot,
    SlotBlock,
    FreeSlot,
    Appointment,
    Attention,
    Reminder,
    PatientDetail,
    HistoryEntry,
    Actor,
    Notification,
    Patient,
    AppointmentSummary,
    Contact,
    WorklistEntry,
    TakenBy,
    WorklistCounts,
    Inbound,
    Media,
    SenderPatient,
    Conversation,
    ThreadEntry,
    QuickReply
);

impl User {
    /// The name to show.
    #[must_use]
    pub fn name(&self) -> String {
        let names = [&self.first_name, &self.last_name].into_iter().flatten().cloned().collect::<Vec<_>>();
        if names.is_empty() { self.email.clone() } else { names.join(" ") }
    }
}

impl WorklistCounts {
    /// The messages of patients that need attention.
    #[must_use]
    pub fn messages(&self) -> u32 {
        ["emergency", "inbound", "new_contact", "wrong_number"].iter().filter_map(|kind| self.by_kind.get(*kind)).sum()
    }
}

impl ThreadEntry {
    #[must_use]
    pub fn is_from_patient(&self) -> bool {
        self.direction == "in"
    }
}

impl Conversation {
    /// The appointment that it is about: that of the message, else the latest that was written about.
    #[must_use]
    pub fn appointment(&self) -> Option<&str> {
        let of_thread = || self.thread.iter().rev().find_map(|entry| entry.appointment.as_deref());
        self.appointment.as_deref().or_else(of_thread)
    }
}

impl Appointment {
    /// Waits for another time.
    #[must_use]
    pub fn is_to_be_moved(&self) -> bool {
        self.status == Status::Rescheduled && self.rescheduled_to.is_none()
    }

    /// Was replaced or cancelled, so that it takes no time any more.
    #[must_use]
    pub fn is_cancelled_or_moved(&self) -> bool {
        self.status == Status::Cancelled || (self.status == Status::Rescheduled && self.rescheduled_to.is_some())
    }

    /// Frees its time without having been moved yet.
    #[must_use]
    pub fn has_no_time(&self) -> bool {
        self.is_to_be_moved() && self.hold_until.is_none()
    }
}

/// The answer to a dry run.
#[derive(Deserialize)]
pub struct Preview {
    pub messages: Vec<MessagePreview>,
}

/// A message that a patient would get.
#[derive(Deserialize)]
pub struct MessagePreview {
    pub to: Option<String>,
    pub text: Option<String>,
    pub due_at: String,
}
