//! Every query of the table as a value. `ACCESS_PATTERNS.md` is generated from [`CATALOGUE`].

use crate::keys::{self, Directory, Resource, WordPosition};
use crate::schema::Index;
use domain::closure::BlockTarget;
use domain::ids::{AppointmentId, ClinicId, DoctorId, PatientId, RoomId, UserId};
use domain::phone::MatchKey;
use domain::search::PairLookup;
use domain::time::{Instant, LocalDate, TimeDelta};

/// A query: a partition, a range of sort keys, and an order.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    /// `None` for the table itself.
    pub index: Option<Index>,
    pub partition: String,
    pub from: String,
    /// The highest sort key, included.
    pub to: String,
    pub descending: bool,
    /// At most this many rows.
    pub limit: Option<i32>,
    /// Eventually consistent, at half the price. Queries of an index always are.
    pub eventually_consistent: bool,
}

domain::opaque!(Pattern);

/// Appended to a prefix it sorts after every key with that prefix.
const END: char = '\u{10FFFF}';
/// Sorts before every key, because no key is empty.
const LOWEST: &str = "\u{0}";
/// This many times [`END`] reach DynamoDB's maximum length of a sort key.
const KEY_CHARS: usize = 256;

fn range(index: Option<Index>, partition: String, from: impl Into<String>, to: impl Into<String>) -> Pattern {
    Pattern {
        index,
        partition,
        from: from.into(),
        to: format!("{}{END}", to.into()),
        descending: false,
        limit: None,
        eventually_consistent: false,
    }
}

fn prefixed(index: Option<Index>, partition: String, prefix: &str) -> Pattern {
    range(index, partition, if prefix.is_empty() { "!" } else { prefix }, prefix)
}

impl Pattern {
    /// At most this many rows.
    #[must_use]
    pub fn limit(mut self, rows: usize) -> Self {
        self.limit = i32::try_from(rows).ok();
        self
    }

    /// Makes the read eventually consistent, at half the price.
    #[must_use]
    pub fn eventually_consistent(mut self) -> Self {
        self.eventually_consistent = true;
        self
    }

    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.descending = !self.descending;
        self
    }

    /// Continues after a position in the order of the query. Positions end in an id of fixed length, so no key
    /// lies between a position and the bounds that are computed here. A position of another query that is
    /// outside the range leaves the whole range or nothing.
    #[must_use]
    pub fn after(mut self, position: &str) -> Self {
        if self.descending {
            self.to = before(position).min(self.to);
        } else {
            self.from = format!("{position} ").max(self.from);
        }
        self
    }

    /// The part of a range of times between two instants, the later one excluded.
    #[must_use]
    pub fn between(&self, from: Option<Instant>, to: Option<Instant>) -> Self {
        let from = from.map_or_else(String::new, Instant::sortable).max(self.from.clone());
        let to = to.map_or_else(|| self.to.clone(), |to| to.sortable().min(self.to.clone()));
        Self { from, to, ..self.clone() }
    }

    /// Whether the range is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.from > self.to
    }
}

/// The highest text that sorts before `position`, given the characters that keys use.
#[must_use]
pub fn before(position: &str) -> String {
    let mut chars = position.chars();
    let last = chars.next_back().and_then(|c| char::from_u32(u32::from(c).saturating_sub(1)));
    format!("{}{}{END}", chars.as_str(), last.map(String::from).unwrap_or_default())
}

/// The documentation of a query: one line of `ACCESS_PATTERNS.md`.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// The name of its function.
    pub name: &'static str,
    pub answers: &'static str,
    /// The index, the partition and the prefix of the sort key.
    pub reads: &'static str,
}

macro_rules! patterns {
    ($(
        #[doc = $answers:literal]
        #[reads = $reads:literal]
        pub fn $name:ident($($argument:ident: $kind:ty),*) -> Pattern $body:block
    )+) => {
        $(
            #[doc = $answers]
            #[must_use]
            pub fn $name($($argument: $kind),*) -> Pattern $body
        )+

        /// The documentation of every query.
        pub const CATALOGUE: &[Description] = &[
            $(Description { name: stringify!($name), answers: $answers, reads: $reads }),+
        ];
    };
}

patterns! {
    #[doc = "All active, or all inactive, records of a kind, by name."]
    #[reads = "GSI1 `<KIND>S#ACTIVE`"]
    pub fn directory(directory: Directory, active: bool) -> Pattern {
        prefixed(Some(Index::One), keys::directory_partition(directory, active), "")
    }

    #[doc = "The public keys of access tokens."]
    #[reads = "`SIGNING_KEYS` / `KEY#`"]
    pub fn signing_keys() -> Pattern {
        prefixed(None, keys::SIGNING_KEYS.to_owned(), keys::SIGNING_KEY_PREFIX)
    }

    #[doc = "A user's sessions."]
    #[reads = "`USER#<id>` / `SESSION#`"]
    pub fn sessions_of_user(user: UserId) -> Pattern {
        prefixed(None, keys::user_partition(user), keys::SESSION_PREFIX)
    }

    #[doc = "Active patients with a text at the start of, or inside, a word of their names, document or phone number, or of a contact's."]
    #[reads = "`SEARCH#<first two or three characters>` / `<0 start or 1 inside><text>`"]
    pub fn patients_by_word(position: WordPosition, word: &str) -> Pattern {
        prefixed(None, keys::search_partition(position, word), &keys::search_sort_key(position, false, word))
    }

    #[doc = "Active patients with two words that begin with the texts of a pair."]
    #[reads = "`SEARCH#<first three characters>+<first three characters>` / `!<first word>`"]
    pub fn patients_by_pair(lookup: &PairLookup) -> Pattern {
        let partition = keys::search_partition(WordPosition::Pair, &lookup.pair);
        prefixed(None, partition, &keys::search_sort_key(WordPosition::Pair, false, &lookup.start))
    }

    #[doc = "Deactivated patients with a text at the start of a word, or with a number that ends in it."]
    #[reads = "`SEARCH#<first three characters>` / `<2 start or 3 end><text>`"]
    pub fn inactive_patients_by_word(position: WordPosition, word: &str) -> Pattern {
        prefixed(None, keys::search_partition(position, word), &keys::search_sort_key(position, true, word))
    }

    #[doc = "The rooms of a clinic, by name."]
    #[reads = "GSI2 `CLINIC_ROOMS#<id>`"]
    pub fn rooms_of_clinic(clinic: ClinicId) -> Pattern {
        prefixed(Some(Index::Two), keys::clinic_rooms_partition(clinic), "")
    }

    #[doc = "A doctor's dated windows between two local days, both included."]
    #[reads = "`DOCTOR#<id>` / `WINDOW#<date>`"]
    pub fn windows_of_doctor(doctor: DoctorId, from: LocalDate, to: LocalDate) -> Pattern {
        range(None, Resource::Doctor(doctor).partition(), keys::window_prefix(from), keys::window_prefix(to))
    }

    #[doc = "The dated windows in a room between two local days, both included."]
    #[reads = "GSI1 `ROOM_WINDOWS#<id>` / `<date>`"]
    pub fn windows_of_room(room: RoomId, from: LocalDate, to: LocalDate) -> Pattern {
        range(Some(Index::One), keys::room_windows_partition(room), from.to_string(), to.to_string())
    }

    #[doc = "A doctor's weekly rules."]
    #[reads = "`DOCTOR#<id>` / `RULE#`"]
    pub fn rules_of_doctor(doctor: DoctorId) -> Pattern {
        prefixed(None, Resource::Doctor(doctor).partition(), keys::RULE_PREFIX)
    }

    #[doc = "The weekly rules in a room."]
    #[reads = "GSI1 `ROOM_RULES#<id>`"]
    pub fn rules_of_room(room: RoomId) -> Pattern {
        prefixed(Some(Index::One), keys::room_rules_partition(room), "")
    }

    #[doc = "All weekly rules, oldest first."]
    #[reads = "GSI2 `RULES`"]
    pub fn rules() -> Pattern {
        prefixed(Some(Index::Two), keys::RULES.to_owned(), "")
    }

    #[doc = "The blocks of a doctor, a room or a clinic that aren't over."]
    #[reads = "`DOCTOR#<id>` (`ROOM#`, `CLINIC#`) / `BLOCK#<end>`"]
    pub fn blocks_of(of: BlockTarget, now: Instant) -> Pattern {
        range(None, keys::blocked_partition(of), keys::block_end_prefix(now), keys::BLOCK_PREFIX)
    }

    #[doc = "All blocks, by start."]
    #[reads = "GSI2 `BLOCKS` / `<start>`"]
    pub fn blocks() -> Pattern {
        prefixed(Some(Index::Two), keys::BLOCKS.to_owned(), "")
    }

    #[doc = "The holidays of a clinic, or those of all clinics, from a local day on."]
    #[reads = "`HOLIDAYS#<clinic>` (`HOLIDAYS`) / `<date>`"]
    pub fn holidays_of(clinic: Option<ClinicId>, from: LocalDate) -> Pattern {
        range(None, keys::holidays_partition(clinic), from.to_string(), "9999")
    }

    #[doc = "All holidays between two days, both included, by date."]
    #[reads = "GSI2 `HOLIDAYS` / `<date>`"]
    pub fn holidays(from: LocalDate, to: LocalDate) -> Pattern {
        range(Some(Index::Two), keys::HOLIDAYS.to_owned(), from.to_string(), to.to_string())
    }

    #[doc = "Every room, or every room of a clinic, as they are now."]
    #[reads = "`ROOMS` / `<clinic>`"]
    pub fn room_members(clinic: Option<ClinicId>) -> Pattern {
        let prefix = clinic.map(keys::room_member_prefix).unwrap_or_default();
        prefixed(None, keys::ROOM_MEMBERS.to_owned(), &prefix)
    }

    #[doc = "Changes to the calendar up to an instant with pending follow-up work."]
    #[reads = "`SWEEPS` / `<instant>`"]
    pub fn sweeps(until: Instant) -> Pattern {
        range(None, keys::SWEEPS.to_owned(), "!", until.sortable())
    }

    #[doc = "The erased patients."]
    #[reads = "`ERASURES` / `<patient>`"]
    pub fn erasures() -> Pattern {
        prefixed(None, keys::ERASURES.to_owned(), "")
    }

    #[doc = "Erasures up to an instant with rows that still have to be overwritten."]
    #[reads = "`REMAINS` / `<instant>`"]
    pub fn pending_erasures(until: Instant) -> Pattern {
        range(None, keys::PENDING_ERASURES.to_owned(), "!", until.sortable())
    }

    #[doc = "The agenda days of a doctor, a room or a patient, both ends included."]
    #[reads = "`DOCTOR#<id>` (`ROOM#`, `PATIENT#`) / `DAY#<date>`"]
    pub fn agenda_days(resource: Resource, from: LocalDate, to: LocalDate) -> Pattern {
        range(None, resource.partition(), keys::agenda_sort_key(from), keys::agenda_sort_key(to))
    }

    #[doc = "A patient's appointments that start in a time range."]
    #[reads = "GSI1 `PATIENT#<id>` / `<start>`"]
    pub fn appointments_of_patient(patient: PatientId, from: Option<Instant>, to: Option<Instant>) -> Pattern {
        start_range(Index::One, keys::patient_appointments_partition(patient), from, to)
    }

    #[doc = "A doctor's appointments that start in a time range."]
    #[reads = "GSI2 `DOCTOR#<id>` / `<start>`"]
    pub fn appointments_of_doctor(doctor: DoctorId, from: Option<Instant>, to: Option<Instant>) -> Pattern {
        start_range(Index::Two, keys::doctor_appointments_partition(doctor), from, to)
    }

    #[doc = "A clinic's appointments that start in a time range; a room's on the days of its `agenda_days`."]
    #[reads = "GSI3 `CLINIC#<id>` / `<start>`"]
    pub fn appointments_of_clinic(clinic: ClinicId, from: Option<Instant>, to: Option<Instant>) -> Pattern {
        start_range(Index::Three, keys::clinic_appointments_partition(clinic), from, to)
    }

    #[doc = "The history of an appointment, oldest first."]
    #[reads = "`APPOINTMENT#<id>` / `ACTION#`"]
    pub fn actions_of_appointment(appointment: AppointmentId) -> Pattern {
        prefixed(None, keys::appointment_partition(appointment), keys::ACTION_PREFIX)
    }

    #[doc = "The notifications of an appointment."]
    #[reads = "GSI1 `APPOINTMENT_NOTIFICATIONS#<id>`"]
    pub fn notifications_of_appointment(appointment: AppointmentId) -> Pattern {
        prefixed(Some(Index::One), keys::appointment_notifications_partition(appointment), "")
    }

    #[doc = "The notifications of a clinic that are due in a time range."]
    #[reads = "GSI3 `CLINIC_NOTIFICATIONS#<id>` / `<due>`"]
    pub fn notifications_of_clinic(clinic: ClinicId, from: Option<Instant>, to: Option<Instant>) -> Pattern {
        start_range(Index::Three, keys::clinic_notifications_partition(clinic), from, to)
    }

    #[doc = "The due pointers of a shard and UTC day up to an instant."]
    #[reads = "`DUE#<UTC day>#<shard>` / `<instant>`"]
    pub fn due(day: LocalDate, shard: u8, until: Instant) -> Pattern {
        range(None, keys::due_partition(day, shard), "!", until.sortable())
    }

    #[doc = "The appointments whose hold has expired by an instant."]
    #[reads = "`HOLDS` / `<until>`"]
    pub fn holds(until: Instant) -> Pattern {
        range(None, keys::HOLDS.to_owned(), "!", until.sortable())
    }

    #[doc = "The appointments of a clinic, or of every clinic, that need attention, by clinic and start."]
    #[reads = "`APPOINTMENT_ATTENTION` / `<clinic>#<start>`"]
    pub fn appointment_attention(clinic: Option<ClinicId>) -> Pattern {
        let prefix = clinic.map(keys::attention_prefix).unwrap_or_default();
        prefixed(None, keys::APPOINTMENT_ATTENTION.to_owned(), &prefix)
    }

    #[doc = "Who took which entries of the worklist."]
    #[reads = "`WORKLIST_TAKEN` / `<entry>`"]
    pub fn taken_entries() -> Pattern {
        prefixed(None, keys::WORKLIST_TAKEN.to_owned(), "")
    }

    #[doc = "The appointments of which a number was reminded and that haven't started."]
    #[reads = "`NUMBER#<match key>` / `VISIT#<start>`"]
    pub fn reminded_appointments(number: &MatchKey, now: Instant) -> Pattern {
        range(None, keys::number_partition(number), keys::reminded_start_prefix(now), keys::REMINDED_PREFIX)
    }

    #[doc = "All appointments of which a number was reminded, past ones included."]
    #[reads = "`NUMBER#<match key>` / `VISIT#`"]
    pub fn ever_reminded(number: &MatchKey) -> Pattern {
        prefixed(None, keys::number_partition(number), keys::REMINDED_PREFIX)
    }

    #[doc = "The patients with a contact who receives their messages at a number."]
    #[reads = "`NUMBER#<match key>` / `PATIENT#`"]
    pub fn patients_of_contact_number(number: &MatchKey) -> Pattern {
        prefixed(None, keys::number_partition(number), keys::CONTACT_PATIENT_PREFIX)
    }

    #[doc = "The WhatsApp users who are known to have a number."]
    #[reads = "GSI1 `EXTERNAL_USERS#<match key>` / `<user>`"]
    pub fn external_users(number: &MatchKey) -> Pattern {
        prefixed(Some(Index::One), keys::external_users_partition(number), "")
    }

    #[doc = "The unprocessed inbound messages of a number, oldest first."]
    #[reads = "`NUMBER#<match key>` / `MESSAGE#<received>`"]
    pub fn unprocessed_of(number: &MatchKey) -> Pattern {
        prefixed(None, keys::number_partition(number), keys::UNPROCESSED_PREFIX)
    }

    #[doc = "All unprocessed inbound messages, oldest first."]
    #[reads = "GSI3 `UNPROCESSED` / `<received>`"]
    pub fn unprocessed() -> Pattern {
        prefixed(Some(Index::Three), keys::UNPROCESSED.to_owned(), "")
    }

    #[doc = "The inbound messages of a UTC month."]
    #[reads = "GSI1 `INBOUND#<month>` / `<received>`"]
    pub fn inbound_of_month(month: LocalDate) -> Pattern {
        prefixed(Some(Index::One), keys::inbound_partition(month), "")
    }

    #[doc = "The inbound messages of a number."]
    #[reads = "GSI2 `THREAD#<match key>` / `<received>`"]
    pub fn inbound_of_number(number: &MatchKey) -> Pattern {
        prefixed(Some(Index::Two), keys::thread_partition(number), "")
    }

    #[doc = "The inbound messages that need attention."]
    #[reads = "GSI3 `INBOUND_ATTENTION` / `<received>`"]
    pub fn inbound_attention() -> Pattern {
        prefixed(Some(Index::Three), keys::INBOUND_ATTENTION.to_owned(), "")
    }

    #[doc = "The audit rows of a shard and UTC day."]
    #[reads = "`AUDIT#<day>#<shard>`"]
    pub fn audit_of_day(day: LocalDate, shard: u8) -> Pattern {
        prefixed(None, keys::audit_partition(day, shard), "")
    }

    #[doc = "Every row of whatever kind in the audit partition of a shard and UTC day between two instants, the later one excluded: the rows that a seal covers."]
    #[reads = "`AUDIT#<day>#<shard>` / `<at>`"]
    pub fn sealed_rows(day: LocalDate, shard: u8, from: Option<Instant>, to: Option<Instant>) -> Pattern {
        // Without an end, really every row: one with a malformed key would be a manipulation, too.
        let from = from.map_or_else(|| LOWEST.to_owned(), Instant::sortable);
        let to = to.map_or_else(|| END.to_string().repeat(KEY_CHARS), Instant::sortable);
        let partition = keys::audit_partition(day, shard);
        Pattern { index: None, partition, from, to, descending: false, limit: None, eventually_consistent: false }
    }

    #[doc = "The seals of a shard that begin in a time range, in order."]
    #[reads = "`SEAL#<shard>` / `<from>`"]
    pub fn seals(shard: u8, from: Option<Instant>, to: Option<Instant>) -> Pattern {
        let from = from.map_or_else(|| "!".to_owned(), Instant::sortable);
        // The last instant before `to`.
        let to = to.map_or_else(String::new, |to| to.plus(-TimeDelta::milliseconds(1)).sortable());
        range(None, keys::seal_partition(shard), from, to)
    }

    #[doc = "The audit rows of one object."]
    #[reads = "GSI1 `AUDIT_OF#<id>`"]
    pub fn audit_of_object(object_id: &str) -> Pattern {
        prefixed(Some(Index::One), keys::audit_object_partition(object_id), "")
    }
}

fn start_range(index: Index, partition: String, from: Option<Instant>, to: Option<Instant>) -> Pattern {
    // `to` is excluded: sort keys continue after the instant, so the bare instant sorts before them.
    let from = from.map_or_else(|| "!".to_owned(), Instant::sortable);
    let to = to.map_or_else(|| END.to_string(), Instant::sortable);
    Pattern { index: Some(index), partition, from, to, descending: false, limit: None, eventually_consistent: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalogue() {
        let mut page = String::from(
            "# Access patterns\n\nGenerated from `patterns.rs` by its test. Every query of the table is listed.\n\n\
             | Query | Returns | Reads |\n|---|---|---|\n",
        );
        for entry in CATALOGUE {
            page.push_str(&format!("| `{}` | {} | {} |\n", entry.name, entry.answers, entry.reads));
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ACCESS_PATTERNS.md");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == page, "ACCESS_PATTERNS.md is stale: run the test with UPDATE_GOLDEN=1");
    }

    #[test]
    fn continuing_after_a_position_skips_only_what_was_read() {
        let keys = ["a#1", "a#2", "a#3"];
        let inside = |pattern: &Pattern| {
            keys.iter().filter(|key| pattern.from.as_str() <= **key && **key <= pattern.to.as_str()).count()
        };
        let all = prefixed(None, "P".into(), "");
        assert_eq!(inside(&all), 3);
        assert_eq!(inside(&all.clone().after("a#2")), 1);
        assert_eq!(inside(&all.clone().reversed().after("a#2")), 1);
        assert_eq!(inside(&all.reversed().after("a#1")), 0);
        // Two ranges that are read in sequence as if they were one.
        let (first, second) = (prefixed(None, "P".into(), "a#"), prefixed(None, "P".into(), "b#"));
        assert_eq!(second.clone().after("a#2"), second);
        assert!(first.clone().after("b#1").is_empty() && !first.clone().after("a#1").is_empty());
        let (first, second) = (first.reversed(), second.reversed());
        assert_eq!(first.clone().after("b#2"), first);
        assert!(second.after("a#1").is_empty());
    }
}
