//! Rules about several fields.

use crate::reader::{Accepted, FieldReader};
use domain::ids::{ClinicId, DoctorId, RoomId, SpecialtyId};
use domain::notification::{Announcement, Told};
use domain::time::{Days, EndTime, LocalDate, LocalTime};
use domain::violation::Rule;

/// Who says that the patient gets no notice says how the patient learns of the change.
pub(crate) fn told_without_notice(
    notify: Accepted<'_, Option<bool>>,
    told: Accepted<'_, Option<Told>>,
    reader: &mut FieldReader<'_>,
) {
    match (notify, told) {
        (Some(Some(false)), Some(None)) => reader.refuse("told", Rule::Required),
        (Some(None | Some(true)), Some(Some(_))) => reader.refuse("told", Rule::NotTogetherWith("notify")),
        _ => {}
    }
}

/// The announcement that `notify` and `told` ask for, as [`told_without_notice`] allows them.
pub(crate) fn announcement(notify: Option<bool>, told: Option<Told>) -> Announcement {
    match (notify, told) {
        (_, Some(told)) => Announcement::Told(told),
        (Some(true), None) => Announcement::Notify,
        (Some(false) | None, None) => Announcement::ClinicSetting,
    }
}

/// The last day must not be before the first.
pub(crate) fn days_in_order(
    first: Accepted<'_, Option<LocalDate>>,
    last: Accepted<'_, Option<LocalDate>>,
    reader: &mut FieldReader<'_>,
) {
    if let (Some(Some(first)), Some(Some(last))) = (first, last)
        && last < first
    {
        reader.refuse("date_to", Rule::EndNotAfterStart);
    }
}

/// The hours of an availability window or weekly rule: the end must be after the start.
pub(crate) fn hours_in_order(start: Accepted<'_, LocalTime>, end: Accepted<'_, EndTime>, reader: &mut FieldReader<'_>) {
    if start.zip(end).is_some_and(|(start, end)| !end.is_after(*start)) {
        reader.refuse("end_time", Rule::EndNotAfterStart);
    }
}

/// The last day on which a weekly rule applies must not be before the first.
pub(crate) fn validity_in_order(
    first: Accepted<'_, LocalDate>,
    last: Accepted<'_, Option<LocalDate>>,
    reader: &mut FieldReader<'_>,
) {
    if let (Some(first), Some(Some(last))) = (first, last)
        && last < first
    {
        reader.refuse("valid_until", Rule::EndNotAfterStart);
    }
}

/// The longest period of days in a query.
pub(crate) const MAX_DAYS: u64 = 31;

/// The first and last day of a query, both included. By default the period begins `today` and has `DAYS` days.
pub(crate) fn period<const DAYS: u64>(
    from: Option<LocalDate>,
    to: Option<LocalDate>,
    today: LocalDate,
) -> (LocalDate, LocalDate) {
    // If a period has one day by default, `date_to` alone means that day.
    let from = from.or(to.filter(|_| DAYS == 1)).unwrap_or(today);
    let to = to.or_else(|| from.checked_add_days(Days::new(DAYS.saturating_sub(1)))).unwrap_or(from);
    (from, to)
}

/// The [`period`] must be in order and have at most [`MAX_DAYS`] days.
pub(crate) fn days_in_period<const DAYS: u64>(
    from: Accepted<'_, Option<LocalDate>>,
    to: Accepted<'_, Option<LocalDate>>,
    reader: &mut FieldReader<'_>,
) {
    // A refused day counts as left out.
    let (from, to) = period::<DAYS>(from.copied().flatten(), to.copied().flatten(), reader.today());
    let length = to.signed_duration_since(from).num_days();
    if length < 0 {
        reader.refuse("date_to", Rule::EndNotAfterStart);
    } else if length.unsigned_abs() >= MAX_DAYS {
        reader.refuse("date_to", Rule::TooManyDays(MAX_DAYS.cast_signed()));
    }
}

/// A query is about one day, or about a period that has one day by default.
pub(crate) fn day_or_period(
    day: Accepted<'_, Option<LocalDate>>,
    from: Accepted<'_, Option<LocalDate>>,
    to: Accepted<'_, Option<LocalDate>>,
    reader: &mut FieldReader<'_>,
) {
    match day {
        Some(Some(_)) if given(from) || given(to) => reader.refuse("date", Rule::NotTogetherWith("date_from")),
        Some(Some(_)) => {}
        Some(None) | None => days_in_period::<1>(from, to, reader),
    }
}

pub(crate) const DOCTOR_ROOM_CLINIC: &[&str] = &["doctor", "room", "clinic"];

pub(crate) fn any_of_doctor_room_clinic(
    doctor: Accepted<'_, Option<DoctorId>>,
    room: Accepted<'_, Option<RoomId>>,
    clinic: Accepted<'_, Option<ClinicId>>,
    reader: &mut FieldReader<'_>,
) {
    if count([given(doctor), given(room), given(clinic)]) == 0 {
        reader.refuse("doctor", Rule::OneNeeded(DOCTOR_ROOM_CLINIC));
    }
}

pub(crate) fn one_of_doctor_room_clinic(
    doctor: Accepted<'_, Option<DoctorId>>,
    room: Accepted<'_, Option<RoomId>>,
    clinic: Accepted<'_, Option<ClinicId>>,
    reader: &mut FieldReader<'_>,
) {
    if count([given(doctor), given(room), given(clinic)]) != 1 {
        reader.refuse("doctor", Rule::ExactlyOne(DOCTOR_ROOM_CLINIC));
    }
}

pub(crate) fn at_most_one_of_doctor_room_clinic(
    doctor: Accepted<'_, Option<DoctorId>>,
    room: Accepted<'_, Option<RoomId>>,
    clinic: Accepted<'_, Option<ClinicId>>,
    reader: &mut FieldReader<'_>,
) {
    if count([given(doctor), given(room), given(clinic)]) > 1 {
        reader.refuse("doctor", Rule::ExactlyOne(DOCTOR_ROOM_CLINIC));
    }
}

pub(crate) const DOCTOR_SPECIALTY: &[&str] = &["doctor", "specialty"];

pub(crate) fn one_of_doctor_specialty(
    doctor: Accepted<'_, Option<DoctorId>>,
    specialty: Accepted<'_, Option<SpecialtyId>>,
    reader: &mut FieldReader<'_>,
) {
    if given(doctor) == given(specialty) {
        reader.refuse("doctor", Rule::ExactlyOne(DOCTOR_SPECIALTY));
    }
}

/// Whether a client sent the field, even if it is refused.
fn given<T>(field: Accepted<'_, Option<T>>) -> bool {
    field.is_none_or(Option::is_some)
}

fn count<const FIELDS: usize>(given: [bool; FIELDS]) -> usize {
    given.into_iter().filter(|given| *given).count()
}
