//! Notifications: messages to patients, with their attempts and their delivery status. [`due`](crate::due)
//! computes when one is due.

use crate::ids::{AppointmentId, ClinicId, InboundId, NotificationId, PatientId};
use crate::language::Language;
use crate::messages::Template;
use crate::prompt::{Prompt, QUESTION_TIMEOUT, REMINDER_TIMEOUT};
use crate::time::{Instant, TimeDelta, Zone};
use serde::{Deserialize, Serialize};

/// A message to a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    pub id: NotificationId,
    pub appointment: AppointmentId,
    pub patient: PatientId,
    /// The appointment's clinic.
    pub clinic: ClinicId,
    pub zone: Zone,
    /// The recipient, once it is known: a number in E.164, or for a reply the sender's address exactly as
    /// Twilio delivered it.
    pub to: Option<Address>,
    /// Stored as `message_kind`, because `kind` is the kind of the row.
    #[serde(rename = "message_kind")]
    pub kind: NotificationKind,
    /// The template of a reminder or a notice. The text is rendered when the message is sent. A notice without one says
    /// in free text that the time isn't held any more.
    pub template: Option<Template>,
    /// The rendered text: set at creation for a reply in a chat, at sending for other kinds.
    pub text: Option<MessageText>,
    pub language: Language,
    pub status: NotificationStatus,
    /// Twilio's id of the message.
    pub external_id: Option<String>,
    /// The number of attempts so far. Each attempt has its number in the status callback URL.
    pub attempts: u32,
    /// Twilio's error code.
    pub error_code: Option<u32>,
    pub error_message: Option<String>,
    pub due_at: Instant,
    /// The time in the text. It is the appointment's, unless a cancellation names the time that the patient knew.
    #[serde(rename = "visit_start")] // the stored name
    pub appointment_start: Instant,
    /// The time in the key of this row's due pointer; `None` once no further processing is needed.
    pub next_at: Option<Instant>,
    /// Until when WhatsApp accepts this reply as free text: [`CHAT_WINDOW`] after the message that it answers.
    pub chat_open_until: Option<Instant>,
    /// The message about the appointment, or about the one that it replaces, that came before this one. While that
    /// one is on its way, this one waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<NotificationId>,
    /// For the notice of a move: the time that the patient knew before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_start: Option<Instant>,
    /// The version of the appointment that this message put on the worklist because it didn't arrive. If it arrives
    /// after all and the appointment is unchanged, it is taken off again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention_version: Option<u64>,
    /// What a reply asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
    /// Whether a reply promises the appointment's time. It isn't sent once that time is closed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub promises_time: bool,
    /// Set for an answer of staff, and for the message that says that there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<StaffAnswer>,
    /// Set if the message was withdrawn while it was being sent, or may have been.
    pub withdrawn: Option<Withdrawal>,
    /// When the current claim expires.
    pub lease_until: Option<Instant>,
    /// When the attempt began whose message Twilio accepted: what happened since, happened after the message.
    pub sent_at: Option<Instant>,
    pub delivered_at: Option<Instant>,
    /// When it was read, if the patient has read receipts on.
    pub read_at: Option<Instant>,
    pub created_at: Instant,
    /// Incremented with each change.
    pub version: u64,
}

impl Notification {
    /// What the message asks.
    #[must_use]
    pub fn asks(&self) -> Option<Prompt> {
        match self.kind {
            NotificationKind::Reminder => Some(Prompt::Reminder { appointment: self.appointment }),
            _ => self.prompt.clone(),
        }
    }

    /// When the current or last claim was made, while its lease is known.
    #[must_use]
    pub fn claimed_at(&self) -> Option<Instant> {
        self.lease_until.map(|until| until.plus(-CLAIM_LEASE))
    }

    /// Until when what it asks can be answered, if it is asked `now`.
    #[must_use]
    pub fn open_until(&self, now: Instant) -> Instant {
        match self.kind {
            NotificationKind::Reminder => self.appointment_start.plus(REMINDER_TIMEOUT),
            _ => now.plus(QUESTION_TIMEOUT),
        }
    }
}

/// What staff answered. It stays true, whatever becomes of the appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffAnswer {
    /// The message that it answers.
    pub to: InboundId,
    /// Whether it is kept until the number writes again, because WhatsApp took no free text any more.
    pub kept: bool,
}

/// How a message was withdrawn whose appointment changed while the outcome of the send was unknown. The message is
/// stopped if that is still possible. If it was sent, the patient needs a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Withdrawal {
    /// The patient gets a correction if the message was sent.
    #[serde(rename = "silently")] // the stored name
    NotNotified,
    /// The patient knew already what is true, so if the message was sent, the patient is told again.
    #[serde(rename = "known")]
    KnownOtherwise,
    /// The patient is notified of the change in any case.
    #[serde(rename = "told")] // the stored name
    PatientNotified,
}

/// A WhatsApp address. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(pub String);

/// The text of a message. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageText(pub String);

crate::opaque!(Address, MessageText);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotificationKind {
    /// Asks the patient to confirm a coming appointment.
    Reminder,
    /// An answer to an inbound message.
    Reply,
    /// Free slots to choose from.
    Offer,
    /// Staff booked, moved, cancelled or reopened the appointment, or its time isn't held any more.
    Notice,
}

impl NotificationKind {
    pub const ALL: [Self; 4] = [Self::Reminder, Self::Reply, Self::Offer, Self::Notice];
    /// The names that API clients see.
    pub const NAMES: &'static [&'static str] = &["reminder", "reply", "offer", "notice"];

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|other| other.name() == name)
    }

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

/// The delivery status of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotificationStatus {
    /// Not attempted yet, or certainly not accepted and to be retried.
    Pending,
    /// A worker holds the lease and is sending it.
    Claimed,
    /// The send was attempted, but it is unknown whether Twilio accepted it. Never resent without checking.
    Unknown,
    /// Accepted by Twilio.
    Sent,
    /// Delivered to the phone.
    Delivered,
    Read,
    /// Accepted by Twilio, but not delivered.
    Undelivered,
    /// Rejected permanently.
    Failed,
    /// Withdrawn before it was sent.
    Cancelled,
    /// Not sent in time.
    Expired,
}

impl NotificationStatus {
    pub const ALL: [Self; 10] = [
        Self::Pending,
        Self::Claimed,
        Self::Unknown,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Undelivered,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
    ];
    /// The names that API clients see.
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

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|other| other.name() == name)
    }

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

/// Whether the patient gets a notice of a change that a user makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Announcement {
    /// The clinic's setting decides.
    #[default]
    ClinicSetting,
    /// The patient gets one, whatever the clinic's setting is.
    Notify,
    /// The patient gets none. The user says how the patient learns of the change.
    Told(Told),
}

/// How a patient learnt of a change without a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    ByPhone,
    /// At the reception desk.
    Here,
    /// Not at all: the patient couldn't be reached.
    NotReachable,
}

impl Told {
    pub const ALL: [Self; 3] = [Self::ByPhone, Self::Here, Self::NotReachable];
    /// The names that API clients see.
    pub const NAMES: &'static [&'static str] = &["by_phone", "here", "not_reachable"];

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|other| other.name() == name)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ByPhone => "by_phone",
            Self::Here => "here",
            Self::NotReachable => "not_reachable",
        }
    }
}

/// How long after a patient's message WhatsApp delivers free text to that patient.
pub const CHAT_WINDOW: TimeDelta = TimeDelta::hours(24);
/// How long a claim lasts: longer than a send with all its timeouts.
pub const CLAIM_LEASE: TimeDelta = TimeDelta::minutes(2);
