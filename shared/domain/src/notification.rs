//! Messages to patients, each with its attempts and its delivery. When one is due is in
//! [`due`](crate::due).

use crate::ids::{AppointmentId, ClinicId, NotificationId, PatientId};
use crate::language::Language;
use crate::messages::Template;
use crate::time::{Instant, TimeDelta, Zone};
use serde::{Deserialize, Serialize};

/// A message to a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// The appointment that it is about.
    pub appointment: AppointmentId,
    /// Who gets it.
    pub patient: PatientId,
    /// The appointment's clinic.
    pub clinic: ClinicId,
    /// The clinic's clock.
    pub zone: Zone,
    /// The address, once it is known: a number in E.164, or where an answer goes, the sender of the
    /// question verbatim.
    pub to: Option<Address>,
    /// What kind of message. In a row `kind` is the row's own.
    #[serde(rename = "message_kind")]
    pub kind: NotificationKind,
    /// Which words, for a reminder or a notice: they are made when it is sent.
    pub template: Option<Template>,
    /// The words: of an answer in a chat from the beginning, of others from when they are sent.
    pub text: Option<MessageText>,
    /// The language of the message.
    pub language: Language,
    /// Where it stands.
    pub status: NotificationStatus,
    /// Twilio's id of the message.
    pub external_id: Option<String>,
    /// How often it was tried. Each try has this number in its callback.
    pub attempts: u32,
    /// Twilio's error.
    pub error_code: Option<u32>,
    /// What that error means.
    pub error_message: Option<String>,
    /// When it is due.
    pub due_at: Instant,
    /// When the appointment begins.
    #[serde(rename = "visit_start")] // the stored name
    pub appointment_start: Instant,
    /// Where the pointer to this row stands in the table of what is due; `None` once it is settled.
    pub next_at: Option<Instant>,
    /// Until when WhatsApp takes an answer in a chat: a day after what it answers.
    pub chat_open_until: Option<Instant>,
    /// What was done about it while it was being sent, or might have been.
    pub withdrawn: Option<Withdrawn>,
    /// When the current claim ends.
    pub lease_until: Option<Instant>,
    /// When Twilio accepted it.
    pub sent_at: Option<Instant>,
    /// When it reached the phone.
    pub delivered_at: Option<Instant>,
    /// When it was read, if the patient lets that be known.
    pub read_at: Option<Instant>,
    /// When the row was made.
    pub created_at: Instant,
    /// One more with each change.
    pub version: u64,
}

/// The appointment of a reminder was changed while nobody could tell whether the reminder was out: if it can
/// be stopped it is, and if it went out the patient has to be told better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Withdrawn {
    /// A correction follows if it went out.
    Silently,
    /// The patient is told of the change in any case.
    Told,
}

/// A WhatsApp address. `Debug` doesn't show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(pub String);

/// The words of a message. `Debug` doesn't show them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageText(pub String);

crate::opaque!(Address, MessageText);

/// Kinds of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotificationKind {
    /// "Your appointment is on …".
    Reminder,
    /// An answer in a chat.
    Reply,
    /// Free times to choose from.
    Offer,
    /// Staff made, moved or cancelled the appointment.
    Notice,
}

impl NotificationKind {
    /// The names, as clients see them.
    pub const NAMES: &'static [&'static str] = &["reminder", "reply", "offer", "notice"];

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Reply => "reply",
            Self::Offer => "offer",
            Self::Notice => "notice",
        }
    }
}

/// Where a notification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotificationStatus {
    /// Not yet tried, or certainly not accepted and to be tried again.
    Pending,
    /// Somebody is sending it right now.
    Claimed,
    /// Sent, but whether Twilio accepted it is not known. Never sent again blindly.
    Unknown,
    /// Accepted by Twilio.
    Sent,
    /// On the phone.
    Delivered,
    /// Read.
    Read,
    /// Accepted, but didn't reach the phone.
    Undelivered,
    /// Refused for good.
    Failed,
    /// Not wanted any more.
    Cancelled,
    /// Too late.
    Expired,
}

impl NotificationStatus {
    /// The names, as clients see them.
    pub const NAMES: &'static [&'static str] = &[
        "pending",
        "claimed",
        "unknown",
        "sent",
        "delivered",
        "read",
        "undelivered",
        "failed",
        "cancelled",
        "expired",
    ];

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Unknown => "unknown",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Whether Twilio has accepted the message.
    #[must_use]
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Sent | Self::Delivered | Self::Read | Self::Undelivered)
    }
}

/// For how long after a patient's message WhatsApp delivers free text to them.
pub const CHAT_OPEN: TimeDelta = TimeDelta::hours(24);
/// How long a claim lasts: longer than a send with all its time-outs.
pub const LEASE: TimeDelta = TimeDelta::minutes(2);
