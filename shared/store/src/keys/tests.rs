//! The texts of all keys and of the ranges of all queries, as a snapshot: a stored key must never change.

use super::*;
use crate::patterns::{self, Pattern};
use domain::closure::BlockTarget;
use domain::ids::ContactId;
use domain::phone::MatchKey;
use std::fmt::Write as _;

fn id<I: Id>(number: u128) -> I {
    I::from_uuid(uuid::Uuid::from_u128(0x0194_0000_0000_7000_8000_0000_0000_0000 + number))
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn search(position: WordPosition, text: &str, inactive: bool, contact: Option<ContactId>) -> Key {
    Key::search(&SearchKey { position, inactive, text, patient: id(3), contact })
}

fn table_keys() -> Vec<Key> {
    let (doctor, room, patient, clinic) = (id(1), id(2), id(3), id(4));
    let (day, instant) = ("2025-12-15".parse().unwrap(), at("2025-12-15T13:30:00Z"));
    let number = MatchKey::of("+12025550143");
    let resources = [Resource::Doctor(doctor), Resource::Room(room), Resource::Patient(patient)];
    let targets = [BlockTarget::Doctor(doctor), BlockTarget::Room(room), BlockTarget::Clinic(clinic)];
    let unique = [
        Unique::Email("a@example.com".into()),
        Unique::Document("#30111222".into()),
        Unique::SpecialtyName("cardiologia".into()),
        Unique::RoomName(clinic, "1".into()),
    ];
    let references =
        [EntityRef::Window(id(5)), EntityRef::Rule(id(6)), EntityRef::Block(id(7)), EntityRef::Holiday(id(8))];
    let mut keys = vec![
        Key::user(id(9)),
        Key::session(id(9), id(10)),
        Key::second_factor(id(9)),
        Key::known_address(id(9), "hash"),
        Key::throttle("scope"),
        Key::admins(),
        Key::signing_key("kid"),
        Key::patient(patient),
        Key::doctor(doctor),
        Key::specialty(id(11)),
        Key::clinic(clinic),
        Key::room(room),
        Key::overbooked(doctor, clinic, day),
        Key::window(doctor, day, id(5)),
        Key::rule(doctor, id(6)),
        Key::holiday(None, day, id(8)),
        Key::holiday(Some(clinic), day, id(8)),
        Key::room_member(clinic, room),
        Key::sweep(instant, id(12)),
        Key::erasure(patient),
        Key::pending_erasure(instant, patient),
        search(WordPosition::Start, "rodri", false, None),
        search(WordPosition::Inside, "odri", false, None),
        search(WordPosition::ShortStart, "rodri", false, None),
        search(WordPosition::Start, "wu", true, None),
        search(WordPosition::Inside, "550001", true, None),
        search(WordPosition::Start, "rodri", false, Some(id(20))),
        Key::appointment(id(13)),
        Key::hold(instant, id(13)),
        Key::attention(clinic, instant, id(13)),
        Key::taken_entry("stranded:13"),
        Key::action(id(13), id(14)),
        Key::notification(id(15)),
        Key::due(instant, id(15)),
        Key::message("SM1"),
        Key::reminded(&number, instant, id(15)),
        Key::contact_number(&number, patient),
        Key::recipient_rate_limit(&number),
        Key::new_senders(instant),
        Key::number_restrictions(&number),
        Key::external_user(&MatchKey::of("MX.1502")),
        Key::low_water(3),
        Key::breaker(),
        Key::undelivered_count(domain::messages::Template::Reminder),
        Key::conversation(&number),
        Key::inbound(id(16)),
        Key::unprocessed(&number, instant, "SM1"),
        Key::recording_checkpoint(),
        Key::recovery_checkpoint(),
        Key::idempotency("scope"),
        Key::audit(instant, id(17)),
        Key::seal(3, instant),
    ];
    keys.extend(resources.into_iter().flat_map(|resource| [Key::guard(resource), Key::agenda(resource, day)]));
    keys.extend(targets.into_iter().map(|target| Key::block(target, instant, id(7))));
    keys.extend(unique.iter().map(Key::unique));
    keys.extend(references.into_iter().map(Key::id_lookup));
    keys
}

fn index_keys() -> Vec<IndexKey> {
    let (doctor, room, patient, clinic) = (id(1), id(2), id(3), id(4));
    let (day, instant) = ("2025-12-15".parse().unwrap(), at("2025-12-15T13:30:00Z"));
    let number = MatchKey::of("+12025550143");
    let directories = [
        Directory::Users,
        Directory::Patients,
        Directory::Doctors,
        Directory::Specialties,
        Directory::Clinics,
        Directory::Rooms,
    ];
    let mut keys = vec![
        clinic_room_key(clinic, "1", room),
        room_window_key(room, day, id(5)),
        room_rule_key(room, id(6)),
        all_rules_key(id(6)),
        all_blocks_key(instant, id(7)),
        all_holidays_key(day, id(8)),
        start_key(patient_appointments_partition(patient), instant, id(13)),
        start_key(doctor_appointments_partition(doctor), instant, id(13)),
        start_key(clinic_appointments_partition(clinic), instant, id(13)),
        due_key(appointment_notifications_partition(id(13)), instant, id(15)),
        due_key(clinic_notifications_partition(clinic), instant, id(15)),
        external_user_key(&number, &MatchKey::of("MX.1502")),
        all_unprocessed_key(instant, "SM1"),
        receipt_key(inbound_partition(day), instant, id(16)),
        receipt_key(thread_partition(&number), instant, id(16)),
        receipt_key(INBOUND_ATTENTION, instant, id(16)),
        audit_object_key("object", instant, id(17)),
    ];
    for directory in directories {
        keys.extend([true, false].map(|active| directory_key(directory, active, "name", "id")));
    }
    keys
}

fn queries() -> Vec<Pattern> {
    let (doctor, room, patient, clinic) = (id(1), id(2), id(3), id(4));
    let (from, to) = ("2025-12-15".parse().unwrap(), "2025-12-31".parse().unwrap());
    let (now, later) = (at("2025-12-15T13:30:00Z"), at("2025-12-31T13:30:00Z"));
    let number = MatchKey::of("+12025550143");
    let ranges = [(None, None), (Some(now), Some(later))];
    let mut queries = vec![
        patterns::directory(Directory::Users, true),
        patterns::signing_keys(),
        patterns::sessions_of_user(id(9)),
        patterns::patients_by_word(WordPosition::Start, "rodri"),
        patterns::patients_by_word(WordPosition::ShortStart, "ro"),
        patterns::inactive_patients_by_word(WordPosition::Inside, "550001"),
        patterns::rooms_of_clinic(clinic),
        patterns::windows_of_doctor(doctor, from, to),
        patterns::windows_of_room(room, from, to),
        patterns::rules_of_doctor(doctor),
        patterns::rules_of_room(room),
        patterns::rules(),
        patterns::blocks_of(BlockTarget::Clinic(clinic), now),
        patterns::blocks(),
        patterns::holidays_of(None, from),
        patterns::holidays_of(Some(clinic), from),
        patterns::holidays(from, to),
        patterns::room_members(None),
        patterns::room_members(Some(clinic)),
        patterns::sweeps(now),
        patterns::erasures(),
        patterns::pending_erasures(now),
        patterns::agenda_days(Resource::Room(room), from, to),
        patterns::actions_of_appointment(id(13)),
        patterns::notifications_of_appointment(id(13)),
        patterns::due(from, 3, now),
        patterns::holds(now),
        patterns::appointment_attention(None),
        patterns::appointment_attention(Some(clinic)),
        patterns::taken_entries(),
        patterns::reminded_appointments(&number, now),
        patterns::ever_reminded(&number),
        patterns::patients_of_contact_number(&number),
        patterns::external_users(&number),
        patterns::unprocessed_of(&number),
        patterns::unprocessed(),
        patterns::inbound_of_month(from),
        patterns::inbound_of_number(&number),
        patterns::inbound_attention(),
        patterns::audit_of_day(from, 3),
        patterns::audit_of_object("object"),
    ];
    for (from, to) in ranges {
        queries.extend([
            patterns::appointments_of_patient(patient, from, to),
            patterns::appointments_of_doctor(doctor, from, to),
            patterns::appointments_of_clinic(clinic, from, to),
            patterns::notifications_of_clinic(clinic, from, to),
            patterns::seals(3, from, to),
        ]);
    }
    queries.push(patterns::sealed_rows(from, 3, Some(now), Some(later)));
    queries
}

#[test]
fn key_texts_stay() {
    let mut text = String::new();
    for key in table_keys() {
        writeln!(text, "{} / {}", key.pk, key.sk).unwrap();
    }
    for key in index_keys() {
        writeln!(text, "index: {} / {}", key.pk, key.sk).unwrap();
    }
    for query in queries() {
        writeln!(text, "query: {} / {:?} to {:?}", query.partition, query.from, query.to).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_parsed_key_has_the_parts_that_it_was_built_from() {
    let day = "2025-12-15".parse().unwrap();
    for resource in [Resource::Doctor(id(1)), Resource::Room(id(2)), Resource::Patient(id(3))] {
        let agenda = Key::agenda(resource, day);
        assert_eq!((Resource::of_partition(&agenda.pk), agenda_day(&agenda.sk)), (Some(resource), Some(day)));
        assert_eq!((agenda_day(&Key::guard(resource).sk), agenda.overbooked_parts()), (None, None));
    }
    assert_eq!(Resource::of_partition(&Key::clinic(id(4)).pk), None);
    let (doctor, clinic): (domain::ids::DoctorId, domain::ids::ClinicId) = (id(1), id(4));
    let counter = Key::overbooked(doctor, clinic, day);
    let parts = (doctor.to_string(), clinic.to_string(), day.to_string());
    let (doctor, clinic, date) = counter.overbooked_parts().unwrap();
    assert_eq!((doctor.to_owned(), clinic.to_owned(), date.to_owned()), parts);
    // A malformed counter can be named in a report, too.
    let malformed = Key { pk: "X".into(), sk: "OVERBOOK#1".into() };
    assert_eq!(malformed.overbooked_parts(), Some(("X", "", "")));
    let appointment: domain::ids::AppointmentId = id(13);
    assert_eq!(parse_compact_id(&compact_id(appointment)), Some(appointment));
}
