//! Keys of notifications, of inbound messages, and of what belongs to a phone number.

use super::{DETAIL, IndexKey, Key, index, key, shard, timed};
use domain::ids::{AppointmentId, ClinicId, InboundId, NotificationId, PatientId};
use domain::messages::Template;
use domain::phone::MatchKey;
use domain::time::{Instant, LocalDate};

pub(crate) const REMINDED_PREFIX: &str = "VISIT#"; // the stored name
pub(crate) const CONTACT_PATIENT_PREFIX: &str = "PATIENT#";
pub(crate) const UNPROCESSED_PREFIX: &str = "MESSAGE#";

/// The partition of the pointers to unprocessed inbound messages in GSI3.
pub const UNPROCESSED: &str = "UNPROCESSED";
/// The partition of the inbound messages that need attention in GSI3.
pub const INBOUND_ATTENTION: &str = "INBOUND_ATTENTION";
/// The partition of who took which entries of the worklist.
pub(crate) const WORKLIST_TAKEN: &str = "WORKLIST_TAKEN";

pub(crate) fn number_partition(number: &MatchKey) -> String {
    format!("NUMBER#{}", number.as_str())
}

/// The prefix of the sort keys of appointments that start at an instant, in a number's partition.
pub(crate) fn reminded_start_prefix(start: Instant) -> String {
    format!("{REMINDED_PREFIX}{}", start.sortable())
}

impl Key {
    /// Who took an entry of the worklist.
    #[must_use]
    pub fn taken_entry(entry: &str) -> Self {
        key(WORKLIST_TAKEN, entry)
    }

    #[must_use]
    pub fn notification(id: NotificationId) -> Self {
        key(format!("NOTIFICATION#{id}"), DETAIL)
    }

    /// The pointer to a notification that has to be processed at `at`.
    #[must_use]
    pub fn due(at: Instant, id: NotificationId) -> Self {
        key(due_partition(at.utc_day(), shard(id)), timed(at, id))
    }

    /// The notification of a message, by Twilio's id.
    #[must_use]
    pub fn message(sid: &str) -> Self {
        key(format!("MESSAGE#{sid}"), "NOTIFICATION")
    }

    /// An appointment of which a number was reminded, so that replies from the number can refer to it.
    #[must_use]
    pub fn reminded(number: &MatchKey, start: Instant, id: NotificationId) -> Self {
        key(number_partition(number), format!("{}#{id}", reminded_start_prefix(start)))
    }

    /// A patient whose contact has this number, so that replies from it count as the patient's.
    #[must_use]
    pub fn contact_number(number: &MatchKey, patient: PatientId) -> Self {
        key(number_partition(number), format!("{CONTACT_PATIENT_PREFIX}{patient}"))
    }

    /// When a message to a number was last claimed.
    #[must_use]
    pub fn recipient_rate_limit(number: &MatchKey) -> Self {
        key(number_partition(number), "SPACING")
    }

    /// What restricts the messages to a number.
    #[must_use]
    pub fn number_restrictions(number: &MatchKey) -> Self {
        key(number_partition(number), "RESTRICTIONS")
    }

    /// The number of a WhatsApp user.
    #[must_use]
    pub fn external_user(user: &MatchKey) -> Self {
        key(number_partition(user), "EXTERNAL_USER")
    }

    /// The first day on which a shard may have unfinished due pointers.
    #[must_use]
    pub fn low_water(shard: u8) -> Self {
        key(format!("LOW_WATER#{shard}"), DETAIL)
    }

    /// The circuit breaker of sending.
    #[must_use]
    pub fn breaker() -> Self {
        key("BREAKER", DETAIL)
    }

    /// The count of undelivered messages of a template, from which the circuit breaker opens.
    #[must_use]
    pub fn undelivered_count(template: Template) -> Self {
        key("BREAKER", format!("UNDELIVERED#{}", template.name()))
    }

    /// The state of the conversation with a number.
    #[must_use]
    pub fn conversation(number: &MatchKey) -> Self {
        key(number_partition(number), "CONVERSATION")
    }

    /// The count of numbers that wrote for the first time in the hour that begins at `hour`.
    #[must_use]
    pub fn new_senders(hour: Instant) -> Self {
        key(format!("NEW_SENDERS#{}", hour.sortable()), DETAIL)
    }

    #[must_use]
    pub fn inbound(id: InboundId) -> Self {
        key(format!("INBOUND#{id}"), DETAIL)
    }

    /// The pointer to an unprocessed inbound message of a number.
    #[must_use]
    pub fn unprocessed(number: &MatchKey, received: Instant, sid: &str) -> Self {
        key(number_partition(number), format!("{UNPROCESSED_PREFIX}{}", timed(received, sid)))
    }

    /// When an unprocessed inbound message was received, by the key of its pointer.
    #[must_use]
    pub fn unprocessed_since(&self) -> Option<Instant> {
        Instant::parse(self.sk.strip_prefix(UNPROCESSED_PREFIX)?.split('#').next()?).ok()
    }

    /// The time up to which missed inbound messages were recovered.
    #[must_use]
    pub fn recovery_checkpoint() -> Self {
        key("LOOKED_UP", DETAIL)
    }
}

/// The partition of an appointment's notifications in GSI1.
#[must_use]
pub fn appointment_notifications_partition(appointment: AppointmentId) -> String {
    format!("APPOINTMENT_NOTIFICATIONS#{appointment}")
}

/// The partition of a clinic's notifications in GSI3.
#[must_use]
pub fn clinic_notifications_partition(clinic: ClinicId) -> String {
    format!("CLINIC_NOTIFICATIONS#{clinic}")
}

/// The key of a notification in both.
#[must_use]
pub fn due_key(partition: String, due: Instant, id: NotificationId) -> IndexKey {
    index(partition, timed(due, id))
}

/// The partition of the due pointers of one shard and UTC day.
#[must_use]
pub fn due_partition(day: LocalDate, shard: u8) -> String {
    format!("DUE#{day}#{shard}")
}

/// The partition of the inbound messages of a UTC month in GSI1.
#[must_use]
pub fn inbound_partition(month: LocalDate) -> String {
    format!("INBOUND#{}", month.format("%Y-%m"))
}

/// The partition of the inbound messages of a number in GSI2.
#[must_use]
pub fn thread_partition(number: &MatchKey) -> String {
    format!("THREAD#{}", number.as_str())
}

/// The partition of the WhatsApp users of a number in GSI1.
#[must_use]
pub fn external_users_partition(number: &MatchKey) -> String {
    format!("EXTERNAL_USERS#{}", number.as_str())
}

#[must_use]
pub fn external_user_key(number: &MatchKey, user: &MatchKey) -> IndexKey {
    index(external_users_partition(number), user.as_str())
}

#[must_use]
pub fn all_unprocessed_key(received: Instant, sid: &str) -> IndexKey {
    index(UNPROCESSED, timed(received, sid))
}

/// The key of an inbound message in each of its index partitions.
#[must_use]
pub fn receipt_key(partition: impl Into<String>, received: Instant, id: InboundId) -> IndexKey {
    index(partition, timed(received, id))
}
