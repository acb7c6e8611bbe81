//! Every key of the table. Nothing else puts a key together.
//!
//! A partition holds what is read together: a doctor's profile, guard, windows and agenda days; an
//! appointment with its history. Sort keys that hold a time use [`Instant::sortable`], so that text
//! order is time order.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::closure::Blocked;
use domain::ids::{
    ActionId, AppointmentId, AuditId, BlockId, ClinicId, DoctorId, HolidayId, Id, InboundId, NotificationId, PatientId,
    RoomId, RuleId, SessionId, SpecialtyId, SweepId, UserId, WindowId,
};
use domain::phone::MatchKey;
use domain::time::{Instant, LocalDate};
use serde::{Deserialize, Serialize};

/// A primary key.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

/// Keys hold document numbers, e-mail addresses and phone numbers; only the kind shows.
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

/// In how many partitions a day's audit rows and due rows are spread.
pub const SHARDS: u8 = 4;

/// Whose time an agenda, a guard or a window is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Resource {
    /// A doctor's.
    Doctor(DoctorId),
    /// A room's.
    Room(RoomId),
    /// A patient's.
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
    /// A user.
    #[must_use]
    pub fn user(id: UserId) -> Self {
        key(format!("USER#{id}"), PROFILE)
    }

    /// A session of a user.
    #[must_use]
    pub fn session(user: UserId, id: SessionId) -> Self {
        key(format!("USER#{user}"), format!("SESSION#{id}"))
    }

    /// A user's second factor.
    #[must_use]
    pub fn second_factor(user: UserId) -> Self {
        key(format!("USER#{user}"), "SECOND_FACTOR")
    }

    /// An address from which a user has signed in, as a keyed hash.
    #[must_use]
    pub fn known_address(user: UserId, place: &str) -> Self {
        key(format!("USER#{user}"), format!("ADDRESS#{place}"))
    }

    /// Failed sign-ins in a place, which is a keyed hash.
    #[must_use]
    pub fn throttle(place: &str) -> Self {
        key(format!("THROTTLE#{place}"), DETAIL)
    }

    /// How many active ADMINs there are.
    #[must_use]
    pub fn admins() -> Self {
        key("ADMINS", "COUNT")
    }

    /// A public key that verifies access tokens.
    #[must_use]
    pub fn signing_key(kid: &str) -> Self {
        key("SIGNING_KEYS", format!("KEY#{kid}"))
    }

    /// A patient.
    #[must_use]
    pub fn patient(id: PatientId) -> Self {
        key(Resource::Patient(id).partition(), PROFILE)
    }

    /// A doctor.
    #[must_use]
    pub fn doctor(id: DoctorId) -> Self {
        key(Resource::Doctor(id).partition(), PROFILE)
    }

    /// A specialty.
    #[must_use]
    pub fn specialty(id: SpecialtyId) -> Self {
        key(format!("SPECIALTY#{id}"), PROFILE)
    }

    /// A clinic.
    #[must_use]
    pub fn clinic(id: ClinicId) -> Self {
        key(format!("CLINIC#{id}"), PROFILE)
    }

    /// A room.
    #[must_use]
    pub fn room(id: RoomId) -> Self {
        key(Resource::Room(id).partition(), PROFILE)
    }

    /// The guard that a booking checks: small, because a condition check costs what its item weighs.
    #[must_use]
    pub fn guard(resource: Resource) -> Self {
        key(resource.partition(), GUARD)
    }

    /// One UTC day of an agenda.
    #[must_use]
    pub fn agenda(resource: Resource, day: LocalDate) -> Self {
        key(resource.partition(), format!("DAY#{day}"))
    }

    /// How many overbooked appointments a doctor has at a clinic on a local day.
    #[must_use]
    pub fn overbooked(doctor: DoctorId, clinic: ClinicId, date: LocalDate) -> Self {
        key(Resource::Doctor(doctor).partition(), format!("OVERBOOK#{clinic}#{date}"))
    }

    /// A dated window, in its doctor's partition.
    #[must_use]
    pub fn window(doctor: DoctorId, date: LocalDate, id: WindowId) -> Self {
        key(Resource::Doctor(doctor).partition(), format!("WINDOW#{date}#{id}"))
    }

    /// A weekly rule, in its doctor's partition.
    #[must_use]
    pub fn rule(doctor: DoctorId, id: RuleId) -> Self {
        key(Resource::Doctor(doctor).partition(), format!("RULE#{id}"))
    }

    /// A block, in the partition of what it closes, by its end: so that past ones need not be read.
    #[must_use]
    pub fn block(of: Blocked, end: Instant, id: BlockId) -> Self {
        key(blocked_partition(of), format!("BLOCK#{}#{id}", end.sortable()))
    }

    /// A holiday of a clinic, or of all of them.
    #[must_use]
    pub fn holiday(clinic: Option<ClinicId>, date: LocalDate, id: HolidayId) -> Self {
        key(holidays_partition(clinic), format!("{date}#{id}"))
    }

    /// A room among all rooms, by its clinic: for what has to reach every one of them and can't wait
    /// for an index.
    #[must_use]
    pub fn room_member(clinic: ClinicId, room: RoomId) -> Self {
        key("ROOMS", format!("{clinic}#{room}"))
    }

    /// What a change of the calendar left to be done.
    #[must_use]
    pub fn sweep(at: Instant, id: SweepId) -> Self {
        key("SWEEPS", format!("{}#{id}", at.sortable()))
    }

    /// That a patient was erased.
    #[must_use]
    pub fn erasure(patient: PatientId) -> Self {
        key("ERASURES", patient.to_string())
    }

    /// What an erasure left to be overwritten.
    #[must_use]
    pub fn remains(at: Instant, patient: PatientId) -> Self {
        key("REMAINS", format!("{}#{patient}", at.sortable()))
    }

    /// Where to find something of which only the id is known.
    #[must_use]
    pub fn place(thing: Thing) -> Self {
        let (kind, id) = match thing {
            Thing::Window(id) => ("WINDOW", id.to_string()),
            Thing::Rule(id) => ("RULE", id.to_string()),
            Thing::Block(id) => ("BLOCK", id.to_string()),
            Thing::Holiday(id) => ("HOLIDAY", id.to_string()),
        };
        key(format!("{kind}#{id}"), "PLACE")
    }

    /// Who has a value that only one may have.
    #[must_use]
    pub fn unique(value: &Unique) -> Self {
        match value {
            Unique::Email(email) => key(format!("EMAIL#{email}"), OWNER),
            Unique::Document(document) => key(format!("DOCUMENT#{document}"), OWNER),
            Unique::SpecialtyName(name) => key(format!("SPECIALTY_NAME#{name}"), OWNER),
            Unique::RoomName(clinic, name) => key(format!("ROOM_NAME#{clinic}#{name}"), OWNER),
        }
    }

    /// One entry of the patients' search index.
    #[must_use]
    pub fn search(place: InWord, suffix: &str, patient: PatientId) -> Self {
        key(search_partition(suffix), format!("{}#{patient}", search_place(place, suffix)))
    }

    /// An appointment.
    #[must_use]
    pub fn appointment(id: AppointmentId) -> Self {
        key(format!("APPOINTMENT#{id}"), DETAIL)
    }

    /// The pointer to an appointment whose time is held, from the instant at which the hold runs out.
    #[must_use]
    pub fn hold(until: Instant, appointment: AppointmentId) -> Self {
        key("HOLDS", format!("{}#{appointment}", until.sortable()))
    }

    /// One row of an appointment's history.
    #[must_use]
    pub fn action(appointment: AppointmentId, id: ActionId) -> Self {
        key(format!("APPOINTMENT#{appointment}"), format!("ACTION#{id}"))
    }

    /// A notification.
    #[must_use]
    pub fn notification(id: NotificationId) -> Self {
        key(format!("NOTIFICATION#{id}"), DETAIL)
    }

    /// The pointer to a notification from the time at which it has to be looked at.
    #[must_use]
    pub fn due(at: Instant, id: NotificationId) -> Self {
        key(format!("DUE#{}#{}", at.utc_day(), shard(id.to_string().as_bytes())), format!("{}#{id}", at.sortable()))
    }

    /// Which notification Twilio's message is.
    #[must_use]
    pub fn message(sid: &str) -> Self {
        key(format!("MESSAGE#{sid}"), "NOTIFICATION")
    }

    /// An appointment of which a number was reminded, so that an answer from it can mean it.
    #[must_use]
    pub fn reminded(number: &MatchKey, start: Instant, id: NotificationId) -> Self {
        key(format!("NUMBER#{}", number.as_str()), format!("VISIT#{}#{id}", start.sortable()))
    }

    /// A patient for whom the answers of a contact's number count.
    #[must_use]
    pub fn answers_for(number: &MatchKey, patient: PatientId) -> Self {
        key(format!("NUMBER#{}", number.as_str()), format!("PATIENT#{patient}"))
    }

    /// When a message to a number was claimed last.
    #[must_use]
    pub fn spacing(number: &MatchKey) -> Self {
        key(format!("NUMBER#{}", number.as_str()), "SPACING")
    }

    /// Up to which day a shard has nothing unfinished.
    #[must_use]
    pub fn low_water(shard: u8) -> Self {
        key(format!("LOW_WATER#{shard}"), DETAIL)
    }

    /// Whether sending is held back because our own settings are wrong.
    #[must_use]
    pub fn breaker() -> Self {
        key("BREAKER", DETAIL)
    }

    /// Where the conversation with a number stands.
    #[must_use]
    pub fn conversation(number: &MatchKey) -> Self {
        key(format!("NUMBER#{}", number.as_str()), "CONVERSATION")
    }

    /// An inbound message.
    #[must_use]
    pub fn inbound(id: InboundId) -> Self {
        key(format!("INBOUND#{id}"), DETAIL)
    }

    /// The pointer to an inbound message of a number that was stored and not yet processed.
    #[must_use]
    pub fn unprocessed(number: &MatchKey, received: Instant, sid: &str) -> Self {
        key(format!("NUMBER#{}", number.as_str()), format!("MESSAGE#{}#{sid}", received.sortable()))
    }

    /// Up to when messages that never arrived were looked for.
    #[must_use]
    pub fn looked_up() -> Self {
        key("LOOKED_UP", DETAIL)
    }

    /// The outcome of a request.
    #[must_use]
    pub fn idempotency(scope: &str) -> Self {
        key(format!("IDEMPOTENCY#{scope}"), "OUTCOME")
    }

    /// A row of the audit trail.
    #[must_use]
    pub fn audit(at: Instant, id: AuditId) -> Self {
        key(audit_partition(at.utc_day(), shard(id.to_string().as_bytes())), format!("{}#{id}", at.sortable()))
    }

    /// The seal of the stretch of a shard's audit rows that begins then.
    #[must_use]
    pub fn seal(shard: u8, from: Instant) -> Self {
        key(seal_partition(shard), from.sortable())
    }
}

/// Something whose key holds more than its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A dated window.
    Window(WindowId),
    /// A weekly rule.
    Rule(RuleId),
    /// A block.
    Block(BlockId),
    /// A holiday.
    Holiday(HolidayId),
}

/// A value that only one may have.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unique {
    /// A user's e-mail address, folded.
    Email(String),
    /// A patient's document, compacted.
    Document(String),
    /// A specialty's name, folded.
    SpecialtyName(String),
    /// A room's name in its clinic, folded.
    RoomName(ClinicId, String),
}

impl Unique {
    /// The field that a client sees it in.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Document(_) => "document_number",
            Self::SpecialtyName(_) | Self::RoomName(..) => "name",
        }
    }
}

/// Key of a row in one of the indexes.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexKey {
    /// Partition key in the index.
    pub pk: String,
    /// Sort key in the index.
    pub sk: String,
}

fn index(pk: impl Into<String>, sk: impl Into<String>) -> IndexKey {
    IndexKey { pk: pk.into(), sk: sk.into() }
}

/// A directory: all active, or all inactive, records of a kind by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directory {
    /// Users.
    Users,
    /// Patients.
    Patients,
    /// Doctors.
    Doctors,
    /// Specialties.
    Specialties,
    /// Clinics.
    Clinics,
    /// Rooms.
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

/// A record's place in its directory.
#[must_use]
pub fn directory(directory: Directory, active: bool, name: &str, id: impl std::fmt::Display) -> IndexKey {
    index(directory_partition(directory, active), format!("{name}#{id}"))
}

/// The partition of a clinic's rooms in GSI2.
#[must_use]
pub fn clinic_rooms_partition(clinic: ClinicId) -> String {
    format!("CLINIC_ROOMS#{clinic}")
}

/// A room's place among those of its clinic.
#[must_use]
pub fn clinic_room(clinic: ClinicId, name: &str, id: RoomId) -> IndexKey {
    index(clinic_rooms_partition(clinic), format!("{name}#{id}"))
}

/// The partition of a room's windows in GSI1.
#[must_use]
pub fn room_windows_partition(room: RoomId) -> String {
    format!("ROOM_WINDOWS#{room}")
}

/// A window's place among those of its room.
#[must_use]
pub fn room_window(room: RoomId, date: LocalDate, id: WindowId) -> IndexKey {
    index(room_windows_partition(room), format!("{date}#{id}"))
}

/// The partition of a room's weekly rules in GSI1.
#[must_use]
pub fn room_rules_partition(room: RoomId) -> String {
    format!("ROOM_RULES#{room}")
}

/// A rule's place among those of its room.
#[must_use]
pub fn room_rule(room: RoomId, id: RuleId) -> IndexKey {
    index(room_rules_partition(room), id.to_string())
}

/// The partition of all weekly rules in GSI2.
pub const RULES: &str = "RULES";

/// A rule's place among all.
#[must_use]
pub fn any_rule(id: RuleId) -> IndexKey {
    index(RULES, id.to_string())
}

/// The partition of the blocks of a doctor, a room or a clinic.
#[must_use]
pub fn blocked_partition(of: Blocked) -> String {
    match of {
        Blocked::Doctor(id) => Resource::Doctor(id).partition(),
        Blocked::Room(id) => Resource::Room(id).partition(),
        Blocked::Clinic(id) => format!("CLINIC#{id}"),
    }
}

/// The partition of all blocks in GSI2.
pub const BLOCKS: &str = "BLOCKS";

/// A block's place among all.
#[must_use]
pub fn any_block(start: Instant, id: BlockId) -> IndexKey {
    index(BLOCKS, format!("{}#{id}", start.sortable()))
}

/// The partition of the holidays of a clinic, or of those of all clinics.
#[must_use]
pub fn holidays_partition(clinic: Option<ClinicId>) -> String {
    clinic.map_or_else(|| "HOLIDAYS".to_owned(), |clinic| format!("HOLIDAYS#{clinic}"))
}

/// The partition of all holidays in GSI2.
pub const HOLIDAYS: &str = "HOLIDAYS";

/// A holiday's place among all.
#[must_use]
pub fn any_holiday(date: LocalDate, id: HolidayId) -> IndexKey {
    index(HOLIDAYS, format!("{date}#{id}"))
}

/// The partition of a patient's appointments in GSI1.
#[must_use]
pub fn patient_appointments_partition(patient: PatientId) -> String {
    format!("PATIENT#{}", short(patient))
}

/// The partition of a doctor's appointments in GSI2.
#[must_use]
pub fn doctor_appointments_partition(doctor: DoctorId) -> String {
    format!("DOCTOR#{}", short(doctor))
}

/// The partition of a clinic's appointments in GSI3.
#[must_use]
pub fn clinic_appointments_partition(clinic: ClinicId) -> String {
    format!("CLINIC#{}", short(clinic))
}

/// Where an appointment stands in each of the three. Its id is there to tell two of one instant apart.
#[must_use]
pub fn by_start(partition: String, start: Instant, id: AppointmentId) -> IndexKey {
    index(partition, format!("{}#{}", start.sortable(), short(id)))
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

/// A notification's place in both.
#[must_use]
pub fn by_due(partition: String, due: Instant, id: NotificationId) -> IndexKey {
    index(partition, format!("{}#{id}", due.sortable()))
}

/// The partition of a UTC month's inbound messages in GSI1, by its first day.
#[must_use]
pub fn inbound_partition(month: LocalDate) -> String {
    format!("INBOUND#{}", month.format("%Y-%m"))
}

/// The partition of a number's messages in GSI2.
#[must_use]
pub fn thread_partition(number: &MatchKey) -> String {
    format!("THREAD#{}", number.as_str())
}

/// The partition of all inbound messages that aren't processed yet in GSI3.
pub const UNPROCESSED: &str = "UNPROCESSED";

/// Where one of them stands.
#[must_use]
pub fn any_unprocessed(received: Instant, sid: &str) -> IndexKey {
    index(UNPROCESSED, format!("{}#{sid}", received.sortable()))
}

/// The partition of the inbound messages that a person has to look at in GSI3.
pub const INBOUND_ATTENTION: &str = "INBOUND_ATTENTION";

/// An inbound message's place in each of the three.
#[must_use]
pub fn by_receipt(partition: impl Into<String>, received: Instant, id: InboundId) -> IndexKey {
    index(partition, format!("{}#{id}", received.sortable()))
}

/// The partition of the audit rows of one thing in GSI1.
#[must_use]
pub fn audit_of_partition(object_id: &str) -> String {
    format!("AUDIT_OF#{object_id}")
}

/// An audit row's place among those of its object.
#[must_use]
pub fn audit_of(object_id: &str, at: Instant, id: AuditId) -> IndexKey {
    index(audit_of_partition(object_id), format!("{}#{id}", at.sortable()))
}

/// The partition of a shard of a day's audit rows.
#[must_use]
pub fn audit_partition(day: LocalDate, shard: u8) -> String {
    format!("AUDIT#{day}#{shard}")
}

/// The partition of the seals of a shard's audit rows.
#[must_use]
pub fn seal_partition(shard: u8) -> String {
    format!("SEAL#{shard}")
}

/// The partition of a shard of a day's due rows.
#[must_use]
pub fn due_partition(day: LocalDate, shard: u8) -> String {
    format!("DUE#{day}#{shard}")
}

/// Where in a word a text was found. Who begins with it comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum InWord {
    /// At its beginning.
    Begins,
    /// Further on.
    GoesOn,
}

/// Where the entries of a text begin in their partition.
#[must_use]
pub fn search_place(place: InWord, text: &str) -> String {
    match place {
        InWord::Begins => format!("0{text}"),
        InWord::GoesOn => format!("1{text}"),
    }
}

/// The partition of a search word: its first three characters.
#[must_use]
pub fn search_partition(word: &str) -> String {
    format!("SEARCH#{}", prefix(word))
}

/// An id in 22 characters instead of 36, for where it counts.
pub(crate) fn short(id: impl Id) -> String {
    BASE64.encode(id.uuid().as_bytes())
}

fn prefix(word: &str) -> String {
    word.chars().take(3).collect()
}

/// Spreads ids over [`SHARDS`] by the sum of their bytes: any fixed, even spread will do.
fn shard(id: &[u8]) -> u8 {
    id.iter().fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte)) % SHARDS
}
