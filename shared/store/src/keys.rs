//! The primary keys of all rows, and the keys and partitions of the indexes.
//!
//! Rows that are read together share a partition: a doctor's profile, guard, windows and agenda days; an
//! appointment and its history. Sort keys with a time use [`Instant::sortable`], so that text order is time
//! order.
//!
//! A few other places repeat parts of these keys: `patterns` has the prefixes of its sort-key ranges, `agenda`
//! reads the day from a key, and the crate `invariants` parses keys of agendas and counters on its own.

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::closure::BlockTarget;
use domain::ids::{
    ActionId, AppointmentId, AuditId, BlockId, ClinicId, DoctorId, HolidayId, Id, InboundId, NotificationId, PatientId,
    RoomId, RuleId, SessionId, SpecialtyId, SweepId, UserId, WindowId,
};
use domain::phone::MatchKey;
use domain::time::{Instant, LocalDate};
use serde::{Deserialize, Serialize};

/// A primary key of the table.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub pk: String,
    pub sk: String,
}

/// Shows only the prefix up to the first `#`, because keys contain document numbers, e-mail addresses and phone
/// numbers.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = |text: &str| text.split('#').next().unwrap_or_default().to_owned();
        write!(f, "Key({}, {})", kind(&self.pk), kind(&self.sk))
    }
}

fn key(pk: impl Into<String>, sk: impl Into<String>) -> Key {
    Key { pk: pk.into(), sk: sk.into() }
}

const PROFILE: &str = "PROFILE";
const GUARD: &str = "GUARD";
const DETAIL: &str = "DETAIL";
const OWNER: &str = "OWNER";

/// The number of partitions over which the audit rows and the due pointers of a day are spread.
pub const SHARDS: u8 = 4;

/// The owner of an agenda or a guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Resource {
    Doctor(DoctorId),
    Room(RoomId),
    Patient(PatientId),
}

impl Resource {
    fn partition(self) -> String {
        match self {
            Self::Doctor(id) => format!("DOCTOR#{id}"),
            Self::Room(id) => format!("ROOM#{id}"),
            Self::Patient(id) => format!("PATIENT#{id}"),
        }
    }
}

impl Key {
    #[must_use]
    pub fn user(id: UserId) -> Self {
        key(format!("USER#{id}"), PROFILE)
    }

    #[must_use]
    pub fn session(user: UserId, id: SessionId) -> Self {
        key(format!("USER#{user}"), format!("SESSION#{id}"))
    }

    #[must_use]
    pub fn second_factor(user: UserId) -> Self {
        key(format!("USER#{user}"), "SECOND_FACTOR")
    }

    /// An IP address from which a user has signed in, as a keyed hash.
    #[must_use]
    pub fn known_address(user: UserId, address_hash: &str) -> Self {
        key(format!("USER#{user}"), format!("ADDRESS#{address_hash}"))
    }

    /// The counter of failed sign-ins of one account or address, which is a keyed hash.
    #[must_use]
    pub fn throttle(scope: &str) -> Self {
        key(format!("THROTTLE#{scope}"), DETAIL)
    }

    /// The counter of active ADMINs.
    #[must_use]
    pub fn admins() -> Self {
        key("ADMINS", "COUNT")
    }

    /// A public key for access tokens.
    #[must_use]
    pub fn signing_key(kid: &str) -> Self {
        key("SIGNING_KEYS", format!("KEY#{kid}"))
    }

    #[must_use]
    pub fn patient(id: PatientId) -> Self {
        key(Resource::Patient(id).partition(), PROFILE)
    }

    #[must_use]
    pub fn doctor(id: DoctorId) -> Self {
        key(Resource::Doctor(id).partition(), PROFILE)
    }

    #[must_use]
    pub fn specialty(id: SpecialtyId) -> Self {
        key(format!("SPECIALTY#{id}"), PROFILE)
    }

    #[must_use]
    pub fn clinic(id: ClinicId) -> Self {
        key(format!("CLINIC#{id}"), PROFILE)
    }

    #[must_use]
    pub fn room(id: RoomId) -> Self {
        key(Resource::Room(id).partition(), PROFILE)
    }

    /// The guard that a booking checks. It is small, because a condition check is charged by the size of the item.
    #[must_use]
    pub fn guard(resource: Resource) -> Self {
        key(resource.partition(), GUARD)
    }

    #[must_use]
    pub fn agenda(resource: Resource, day: LocalDate) -> Self {
        key(resource.partition(), format!("DAY#{day}"))
    }

    /// The counter of overbooked appointments of a doctor at a clinic on a local day.
    #[must_use]
    pub fn overbooked(doctor: DoctorId, clinic: ClinicId, date: LocalDate) -> Self {
        key(Resource::Doctor(doctor).partition(), format!("OVERBOOK#{clinic}#{date}"))
    }

    /// A dated window, in the partition of its doctor.
    #[must_use]
    pub fn window(doctor: DoctorId, date: LocalDate, id: WindowId) -> Self {
        key(Resource::Doctor(doctor).partition(), format!("WINDOW#{date}#{id}"))
    }

    /// A weekly rule, in the partition of its doctor.
    #[must_use]
    pub fn rule(doctor: DoctorId, id: RuleId) -> Self {
        key(Resource::Doctor(doctor).partition(), format!("RULE#{id}"))
    }

    /// A block, in the partition of the entity that it closes, sorted by its end so that past ones are skipped.
    #[must_use]
    pub fn block(of: BlockTarget, end: Instant, id: BlockId) -> Self {
        key(blocked_partition(of), format!("BLOCK#{}#{id}", end.sortable()))
    }

    /// A holiday of one clinic or of all clinics.
    #[must_use]
    pub fn holiday(clinic: Option<ClinicId>, date: LocalDate, id: HolidayId) -> Self {
        key(holidays_partition(clinic), format!("{date}#{id}"))
    }

    /// An entry of the list of all rooms by clinic, for consistent reads of every room, which an index can't give.
    #[must_use]
    pub fn room_member(clinic: ClinicId, room: RoomId) -> Self {
        key("ROOMS", format!("{clinic}#{room}"))
    }

    /// Pending follow-up work of a change to the calendar.
    #[must_use]
    pub fn sweep(at: Instant, id: SweepId) -> Self {
        key("SWEEPS", format!("{}#{id}", at.sortable()))
    }

    /// The record that a patient was erased.
    #[must_use]
    pub fn erasure(patient: PatientId) -> Self {
        key("ERASURES", patient.to_string())
    }

    /// An erasure with rows that still have to be overwritten.
    #[must_use]
    pub fn pending_erasure(at: Instant, patient: PatientId) -> Self {
        key("REMAINS", format!("{}#{patient}", at.sortable()))
    }

    /// The lookup row of an entity whose key contains more than its id.
    #[must_use]
    pub fn id_lookup(entity_ref: EntityRef) -> Self {
        let (kind, id) = match entity_ref {
            EntityRef::Window(id) => ("WINDOW", id.to_string()),
            EntityRef::Rule(id) => ("RULE", id.to_string()),
            EntityRef::Block(id) => ("BLOCK", id.to_string()),
            EntityRef::Holiday(id) => ("HOLIDAY", id.to_string()),
        };
        key(format!("{kind}#{id}"), "PLACE")
    }

    /// The owner of a unique value.
    #[must_use]
    pub fn unique(value: &Unique) -> Self {
        match value {
            Unique::Email(email) => key(format!("EMAIL#{email}"), OWNER),
            Unique::Document(document) => key(format!("DOCUMENT#{document}"), OWNER),
            Unique::SpecialtyName(name) => key(format!("SPECIALTY_NAME#{name}"), OWNER),
            Unique::RoomName(clinic, name) => key(format!("ROOM_NAME#{clinic}#{name}"), OWNER),
        }
    }

    /// An entry of the search index of patients.
    #[must_use]
    pub fn search(position: WordPosition, suffix: &str, patient: PatientId) -> Self {
        key(search_partition(suffix), format!("{}#{patient}", search_sort_key(position, suffix)))
    }

    #[must_use]
    pub fn appointment(id: AppointmentId) -> Self {
        key(format!("APPOINTMENT#{id}"), DETAIL)
    }

    /// The pointer to an appointment with a hold, sorted by the end of the hold.
    #[must_use]
    pub fn hold(until: Instant, appointment: AppointmentId) -> Self {
        key("HOLDS", format!("{}#{appointment}", until.sortable()))
    }

    /// An entry of the history of an appointment.
    #[must_use]
    pub fn action(appointment: AppointmentId, id: ActionId) -> Self {
        key(format!("APPOINTMENT#{appointment}"), format!("ACTION#{id}"))
    }

    #[must_use]
    pub fn notification(id: NotificationId) -> Self {
        key(format!("NOTIFICATION#{id}"), DETAIL)
    }

    /// The pointer to a notification that has to be processed at `at`.
    #[must_use]
    pub fn due(at: Instant, id: NotificationId) -> Self {
        key(format!("DUE#{}#{}", at.utc_day(), shard(id.to_string().as_bytes())), format!("{}#{id}", at.sortable()))
    }

    /// The notification of a message, by Twilio's id.
    #[must_use]
    pub fn message(sid: &str) -> Self {
        key(format!("MESSAGE#{sid}"), "NOTIFICATION")
    }

    /// An appointment of which a number was reminded, so that replies from the number can refer to it.
    #[must_use]
    pub fn reminded(number: &MatchKey, start: Instant, id: NotificationId) -> Self {
        key(format!("NUMBER#{}", number.as_str()), format!("VISIT#{}#{id}", start.sortable()))
    }

    /// A patient whose contact has this number, so that replies from it count as the patient's.
    #[must_use]
    pub fn contact_number(number: &MatchKey, patient: PatientId) -> Self {
        key(format!("NUMBER#{}", number.as_str()), format!("PATIENT#{patient}"))
    }

    /// When a message to a number was last claimed.
    #[must_use]
    pub fn recipient_rate_limit(number: &MatchKey) -> Self {
        key(format!("NUMBER#{}", number.as_str()), "SPACING")
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

    /// The state of the conversation with a number.
    #[must_use]
    pub fn conversation(number: &MatchKey) -> Self {
        key(format!("NUMBER#{}", number.as_str()), "CONVERSATION")
    }

    #[must_use]
    pub fn inbound(id: InboundId) -> Self {
        key(format!("INBOUND#{id}"), DETAIL)
    }

    /// The pointer to an unprocessed inbound message of a number.
    #[must_use]
    pub fn unprocessed(number: &MatchKey, received: Instant, sid: &str) -> Self {
        key(format!("NUMBER#{}", number.as_str()), format!("MESSAGE#{}#{sid}", received.sortable()))
    }

    /// The time up to which missed inbound messages were recovered.
    #[must_use]
    pub fn recovery_checkpoint() -> Self {
        key("LOOKED_UP", DETAIL)
    }

    /// The outcome of a request with an idempotency key.
    #[must_use]
    pub fn idempotency(scope: &str) -> Self {
        key(format!("IDEMPOTENCY#{scope}"), "OUTCOME")
    }

    #[must_use]
    pub fn audit(at: Instant, id: AuditId) -> Self {
        key(audit_partition(at.utc_day(), shard(id.to_string().as_bytes())), format!("{}#{id}", at.sortable()))
    }

    /// The seal of the audit rows of a shard from `from` on.
    #[must_use]
    pub fn seal(shard: u8, from: Instant) -> Self {
        key(seal_partition(shard), from.sortable())
    }
}

/// A reference to an entity whose key contains more than its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityRef {
    Window(WindowId),
    Rule(RuleId),
    Block(BlockId),
    Holiday(HolidayId),
}

/// A value that must be unique.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unique {
    /// The e-mail address of a user, folded.
    Email(String),
    /// The document of a patient, compacted.
    Document(String),
    /// The name of a specialty, folded.
    SpecialtyName(String),
    /// The name of a room in its clinic, folded.
    RoomName(ClinicId, String),
}

impl Unique {
    /// The name of its field in the API.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Document(_) => "document_number",
            Self::SpecialtyName(_) | Self::RoomName(..) => "name",
        }
    }
}

/// The key of a row in one of the indexes.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexKey {
    pub pk: String,
    pub sk: String,
}

fn index(pk: impl Into<String>, sk: impl Into<String>) -> IndexKey {
    IndexKey { pk: pk.into(), sk: sk.into() }
}

/// A directory: the active or inactive records of one kind, sorted by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directory {
    Users,
    Patients,
    Doctors,
    Specialties,
    Clinics,
    Rooms,
}

impl Directory {
    fn name(self) -> &'static str {
        match self {
            Self::Users => "USERS",
            Self::Patients => "PATIENTS",
            Self::Doctors => "DOCTORS",
            Self::Specialties => "SPECIALTIES",
            Self::Clinics => "CLINICS",
            Self::Rooms => "ROOMS",
        }
    }
}

/// The partition of a directory in GSI1.
#[must_use]
pub fn directory_partition(directory: Directory, active: bool) -> String {
    format!("{}#{}", directory.name(), if active { "ACTIVE" } else { "INACTIVE" })
}

#[must_use]
pub fn directory_key(directory: Directory, active: bool, name: &str, id: impl std::fmt::Display) -> IndexKey {
    index(directory_partition(directory, active), format!("{name}#{id}"))
}

/// The partition of a clinic's rooms in GSI2.
#[must_use]
pub fn clinic_rooms_partition(clinic: ClinicId) -> String {
    format!("CLINIC_ROOMS#{clinic}")
}

#[must_use]
pub fn clinic_room_key(clinic: ClinicId, name: &str, id: RoomId) -> IndexKey {
    index(clinic_rooms_partition(clinic), format!("{name}#{id}"))
}

/// The partition of a room's windows in GSI1.
#[must_use]
pub fn room_windows_partition(room: RoomId) -> String {
    format!("ROOM_WINDOWS#{room}")
}

#[must_use]
pub fn room_window_key(room: RoomId, date: LocalDate, id: WindowId) -> IndexKey {
    index(room_windows_partition(room), format!("{date}#{id}"))
}

/// The partition of a room's weekly rules in GSI1.
#[must_use]
pub fn room_rules_partition(room: RoomId) -> String {
    format!("ROOM_RULES#{room}")
}

#[must_use]
pub fn room_rule_key(room: RoomId, id: RuleId) -> IndexKey {
    index(room_rules_partition(room), id.to_string())
}

/// The partition of all weekly rules in GSI2.
pub const RULES: &str = "RULES";

#[must_use]
pub fn all_rules_key(id: RuleId) -> IndexKey {
    index(RULES, id.to_string())
}

/// The partition of the blocks of a doctor, a room or a clinic, in the table.
#[must_use]
pub fn blocked_partition(of: BlockTarget) -> String {
    match of {
        BlockTarget::Doctor(id) => Resource::Doctor(id).partition(),
        BlockTarget::Room(id) => Resource::Room(id).partition(),
        BlockTarget::Clinic(id) => format!("CLINIC#{id}"),
    }
}

/// The partition of all blocks in GSI2.
pub const BLOCKS: &str = "BLOCKS";

#[must_use]
pub fn all_blocks_key(start: Instant, id: BlockId) -> IndexKey {
    index(BLOCKS, format!("{}#{id}", start.sortable()))
}

/// The partition of the holidays of one clinic, or of those for all clinics, in the table.
#[must_use]
pub fn holidays_partition(clinic: Option<ClinicId>) -> String {
    clinic.map_or_else(|| "HOLIDAYS".to_owned(), |clinic| format!("HOLIDAYS#{clinic}"))
}

/// The partition of all holidays in GSI2.
pub const HOLIDAYS: &str = "HOLIDAYS";

#[must_use]
pub fn all_holidays_key(date: LocalDate, id: HolidayId) -> IndexKey {
    index(HOLIDAYS, format!("{date}#{id}"))
}

/// The partition of a patient's appointments in GSI1.
#[must_use]
pub fn patient_appointments_partition(patient: PatientId) -> String {
    format!("PATIENT#{}", compact_id(patient))
}

/// The partition of a doctor's appointments in GSI2.
#[must_use]
pub fn doctor_appointments_partition(doctor: DoctorId) -> String {
    format!("DOCTOR#{}", compact_id(doctor))
}

/// The partition of a clinic's appointments in GSI3.
#[must_use]
pub fn clinic_appointments_partition(clinic: ClinicId) -> String {
    format!("CLINIC#{}", compact_id(clinic))
}

/// The key of an appointment in each of the three. The id distinguishes appointments with the same start.
#[must_use]
pub fn start_key(partition: String, start: Instant, id: AppointmentId) -> IndexKey {
    index(partition, format!("{}#{}", start.sortable(), compact_id(id)))
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
    index(partition, format!("{}#{id}", due.sortable()))
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

/// The partition of the pointers to unprocessed inbound messages in GSI3.
pub const UNPROCESSED: &str = "UNPROCESSED";

#[must_use]
pub fn all_unprocessed_key(received: Instant, sid: &str) -> IndexKey {
    index(UNPROCESSED, format!("{}#{sid}", received.sortable()))
}

/// The partition of the inbound messages that need attention in GSI3.
pub const INBOUND_ATTENTION: &str = "INBOUND_ATTENTION";

/// The key of an inbound message in each of its index partitions.
#[must_use]
pub fn receipt_key(partition: impl Into<String>, received: Instant, id: InboundId) -> IndexKey {
    index(partition, format!("{}#{id}", received.sortable()))
}

/// The partition of the audit rows of one object in GSI1.
#[must_use]
pub fn audit_object_partition(object_id: &str) -> String {
    format!("AUDIT_OF#{object_id}")
}

#[must_use]
pub fn audit_object_key(object_id: &str, at: Instant, id: AuditId) -> IndexKey {
    index(audit_object_partition(object_id), format!("{}#{id}", at.sortable()))
}

/// The partition of the audit rows of one shard and UTC day.
#[must_use]
pub fn audit_partition(day: LocalDate, shard: u8) -> String {
    format!("AUDIT#{day}#{shard}")
}

/// The partition of the seals of one shard.
#[must_use]
pub fn seal_partition(shard: u8) -> String {
    format!("SEAL#{shard}")
}

/// The partition of the due pointers of one shard and UTC day.
#[must_use]
pub fn due_partition(day: LocalDate, shard: u8) -> String {
    format!("DUE#{day}#{shard}")
}

/// The position of a search text in a word. Matches at the start of a word sort first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WordPosition {
    #[serde(rename = "Begins")] // the stored name
    Start,
    #[serde(rename = "GoesOn")] // the stored name
    Inside,
}

/// The prefix of the sort keys of entries for a text.
#[must_use]
pub fn search_sort_key(position: WordPosition, text: &str) -> String {
    match position {
        WordPosition::Start => format!("0{text}"),
        WordPosition::Inside => format!("1{text}"),
    }
}

/// The partition of a search word, by its first three characters.
#[must_use]
pub fn search_partition(word: &str) -> String {
    format!("SEARCH#{}", prefix(word))
}

/// An id as base64url: 22 characters instead of 36, for keys and agendas, whose size costs.
pub(crate) fn compact_id(id: impl Id) -> String {
    BASE64.encode(id.uuid().as_bytes())
}

fn prefix(word: &str) -> String {
    word.chars().take(3).collect()
}

/// The shard of an id. Any stable, even distribution is sufficient.
fn shard(id: &[u8]) -> u8 {
    id.iter().fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte)) % SHARDS
}
