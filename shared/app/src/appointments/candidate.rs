//! What a booking asks for, and the time and room in the doctor's availability that it means: the first round of reads.

use crate::App;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::agenda::Agenda;
use domain::appointment::{MAX_LENGTH, MIN_LENGTH};
use domain::availability::{OutsideCause, covering_period, running_slot};
use domain::clinic::Room;
use domain::doctor::Doctor;
use domain::horizon::latest_start;
use domain::ids::{AppointmentId, DoctorId, PatientId, RoomId};
use domain::patient::Patient;
use domain::schedule::{AvailabilityPeriod, Source};
use domain::time::{ClientTime, Instant, Interval, LocalDate, TimeDelta, Zone};
use domain::violation::{Rule, Violations};
use store::Transaction;
use store::agenda::{self, AgendaSnapshot};
use store::guard::Guard;
use store::idempotency::OutcomeRow;
use store::keys::{Key, Resource};
use store::schedule::Timetable;

/// Who and what is to be booked, and when.
#[derive(Debug, Clone)]
pub struct BookingRequest {
    pub patient: PatientId,
    pub doctor: DoctorId,
    /// `None` takes the room of the doctor's availability.
    pub room: Option<RoomId>,
    pub start: StartSpec,
    pub end: EndSpec,
    /// Ignores the other appointments of the doctor and of the room.
    pub overbook: bool,
}

/// How the start of an appointment is given.
#[derive(Debug, Clone, Copy)]
pub enum StartSpec {
    At(ClientTime),
    /// The start of the slot that is running now, for a patient who has come without an appointment. A time that is
    /// given lies in that slot.
    Running(Option<ClientTime>),
}

impl StartSpec {
    /// The time in which the slot that is running can depend on the doctor's appointments; `None` for another start.
    fn running_since(self, now: Instant) -> Option<Interval> {
        match self {
            Self::At(_) => None,
            // Slots of windows that meet depend on those of the day before.
            Self::Running(_) => Interval::new(now.plus(-TimeDelta::days(2)), now.plus(MAX_LENGTH)),
        }
    }
}

/// How the end of an appointment is given.
#[derive(Debug, Clone, Copy)]
pub enum EndSpec {
    At(ClientTime),
    Duration(TimeDelta),
    /// One slot of the doctor's availability later.
    SlotLength,
}

/// A time and room within the doctor's availability. Other appointments have not been checked yet.
#[derive(Debug)]
pub struct Candidate {
    pub patient: Patient,
    pub doctor: Doctor,
    pub interval: Interval,
    /// The availability period in which the appointment begins.
    pub period: AvailabilityPeriod,
    /// Whether the request names the room.
    pub(super) names_room: bool,
    /// Whether a refusal says why a room is closed.
    pub(super) explains: bool,
    pub(super) availability: CoveringAvailability,
    pub(super) guards: [Guard; 2],
}

/// Every window and rule that contains a part of the appointment, as they were read.
#[derive(Debug, Default)]
pub(super) struct CoveringAvailability {
    timetable: Timetable,
    sources: Vec<Source>,
}

impl CoveringAvailability {
    pub(super) fn of(timetable: Timetable, periods: &[AvailabilityPeriod], room: RoomId, interval: Interval) -> Self {
        let overlaps = |period: &&AvailabilityPeriod| {
            period.room == room && period.interval().is_some_and(|open| open.overlaps(interval))
        };
        let mut sources: Vec<Source> = periods.iter().filter(overlaps).map(|period| period.source).collect();
        // An appointment over midnight may lie in two days of one rule.
        sources.sort_unstable();
        sources.dedup();
        Self { timetable, sources }
    }

    pub(super) fn check_unchanged(&self, transaction: &mut Transaction) {
        for source in &self.sources {
            self.timetable.check_unchanged(transaction, *source);
        }
    }
}

/// The local days whose availability can contain an appointment that begins on `date`, in any time zone.
pub(super) fn surrounding_days(date: LocalDate) -> (LocalDate, LocalDate) {
    (date.pred_opt().unwrap_or(date), date.succ_opt().unwrap_or(date))
}

/// The result of the first round of reads.
#[derive(Debug)]
pub enum Resolution {
    Candidate(Box<Candidate>),
    /// An earlier attempt of the request has booked this appointment.
    Booked(AppointmentId),
}

/// First round of reads: patient, doctor and the doctor's availability.
pub async fn resolve(app: &App, ctx: &Context, request: &BookingRequest, attempt: u32) -> Result<Resolution, AppError> {
    let now = app.now();
    let (from, to) = match request.start {
        StartSpec::At(start) => surrounding_days(start.nominal_date()),
        StartSpec::Running(_) => surrounding_days(now.utc_day()),
    };
    let (patient, doctor) = (Resource::Patient(request.patient), Resource::Doctor(request.doctor));
    let mut keys =
        vec![Key::patient(request.patient), Key::guard(patient), Key::doctor(request.doctor), Key::guard(doctor)];
    keys.extend(request.room.map(Key::room));
    let running = request.start.running_since(now);
    keys.extend(running.into_iter().flat_map(|span| agenda::day_keys(doctor, span)));
    if ctx.may_have_outcome(attempt) {
        keys.push(ctx.outcome_key());
    }
    let timetable = Timetable::read(&app.table, request.doctor, from, to);
    let (mut batch, timetable) = futures_util::future::try_join(app.table.batch(&keys), timetable).await?;
    if let Some(id) = ctx.outcome_id(batch.take::<OutcomeRow>(&ctx.outcome_key())?, now)? {
        return Ok(Resolution::Booked(id));
    }
    let mut periods = timetable.periods(from, to);
    periods.retain(|period| ctx.scope.includes(period.clinic));
    let mut violations = Violations::default();
    let found_patient = batch.take::<Patient>(&Key::patient(request.patient))?;
    violations.expect_active("patient", found_patient.as_ref().map(|found| found.is_active));
    let found_doctor = batch.take::<Doctor>(&Key::doctor(request.doctor))?;
    violations.expect_active("doctor", found_doctor.as_ref().map(|found| found.is_active));
    if let Some(room) = request.room {
        let room = batch.take::<Room>(&Key::room(room))?.filter(|room| ctx.scope.includes(room.profile.clinic));
        violations.expect_active("room", room.as_ref().map(|found| found.is_active));
    }
    let guards = batch.take::<Guard>(&Key::guard(patient))?.zip(batch.take::<Guard>(&Key::guard(doctor))?);
    let ((patient, doctor), guards) = violations.finish(found_patient.zip(found_doctor).zip(guards))?;
    let (period, interval) = match request.start {
        StartSpec::At(start) => choose_period(&periods, request, start, now)?,
        StartSpec::Running(within) => {
            let mut agenda = Agenda::default();
            if let Some(span) = running {
                agenda = AgendaSnapshot::from_batch(Resource::Doctor(doctor.id), span, &mut batch)?.agenda;
            }
            choose_running(&periods, request, within, &agenda, now)?
        }
    };
    if guards.1.closed.overlaps(interval) {
        return Err(AppError::outside(OutsideCause::Block));
    }
    let availability = CoveringAvailability::of(timetable, &periods, period.room, interval);
    let (names_room, guards) = (request.room.is_some(), [guards.0, guards.1]);
    Ok(Resolution::Candidate(Box::new(Candidate {
        patient,
        doctor,
        interval,
        period,
        names_room,
        explains: ctx.is_staff(),
        availability,
        guards,
    })))
}

/// The time of the appointment and the availability period in which it begins.
///
/// # Errors
/// [`AppError::Validation`] for a start that has passed or is too far ahead, and for `room` where a local start fits
/// clinics in several time zones; [`AppError::OutsideAvailability`].
fn choose_period(
    periods: &[AvailabilityPeriod],
    request: &BookingRequest,
    start: ClientTime,
    now: Instant,
) -> Result<(AvailabilityPeriod, Interval), AppError> {
    let in_room: Vec<&AvailabilityPeriod> =
        periods.iter().filter(|period| request.room.is_none_or(|room| period.room == room)).collect();
    let mut zones: Vec<Zone> = Vec::new();
    for period in &in_room {
        if !zones.contains(&period.zone) {
            zones.push(period.zone);
        }
    }
    expect_to_come(start.latest(), now)?;
    expect_within_horizon(start.earliest(), now)?;
    let mut rejection = AppError::outside(OutsideCause::NoAvailability);
    let mut is_past = !zones.is_empty();
    let mut fitting: Vec<(AvailabilityPeriod, Interval)> = Vec::new();
    for zone in zones {
        let local_start = match start.resolve(zone) {
            Ok(start) => start,
            Err(rule) => {
                rejection = AppError::invalid("start_datetime", rule);
                is_past = false;
                continue;
            }
        };
        let begins_in = in_room.iter().find(|period| {
            let contains = |open: Interval| open.start() <= local_start && local_start < open.end();
            period.zone == zone && period.interval().is_some_and(contains)
        });
        if let Err(error) = expect_to_come(local_start, now) {
            // In another time zone the same local time may be to come.
            if begins_in.is_some() {
                rejection = error;
            }
            continue;
        }
        is_past = false;
        expect_within_horizon(local_start, now)?;
        let interval = resolve_interval(request.end, local_start, zone, begins_in.map(|period| period.slot_minutes))?;
        let in_zone: Vec<AvailabilityPeriod> = periods.iter().filter(|period| period.zone == zone).cloned().collect();
        fitting.extend(interval.and_then(|interval| {
            covering_period(&in_zone, request.room, interval).map(|period| (period.clone(), interval))
        }));
    }
    match (start, fitting.len()) {
        (ClientTime::Local(_), 2..) => return Err(AppError::invalid("room", Rule::SeveralZones)),
        (_, 0) => {}
        _ => return fitting.into_iter().next().ok_or(rejection),
    }
    if is_past {
        return Err(AppError::invalid("start_datetime", Rule::Past));
    }
    // An explicit end is checked even without a period that would tell the zone: invalid input is reported first.
    if let (ClientTime::Exact(start), EndSpec::At(ClientTime::Exact(_))) = (start, request.end) {
        resolve_interval(request.end, start, Zone::utc(), None)?;
    }
    Err(rejection)
}

fn expect_to_come(start: Instant, now: Instant) -> Result<(), AppError> {
    if start > now { Ok(()) } else { Err(AppError::invalid("start_datetime", Rule::Past)) }
}

fn expect_within_horizon(start: Instant, now: Instant) -> Result<(), AppError> {
    let latest = latest_start(now);
    if start <= latest { Ok(()) } else { Err(AppError::invalid("start_datetime", Rule::NotAfter(latest.utc_day()))) }
}

/// The slot that is running now, up to the end that is asked for.
///
/// # Errors
/// [`AppError::Validation`] for a start outside of that slot, and for an end that has passed;
/// [`AppError::OutsideAvailability`].
fn choose_running(
    periods: &[AvailabilityPeriod],
    request: &BookingRequest,
    within: Option<ClientTime>,
    doctor: &Agenda,
    now: Instant,
) -> Result<(AvailabilityPeriod, Interval), AppError> {
    let outside = || AppError::outside(OutsideCause::NoAvailability);
    let (period, slot) = running_slot(periods, request.room, doctor, now).ok_or_else(outside)?;
    if let Some(within) = within {
        let at = within.resolve(period.zone).map_err(|rule| AppError::invalid("start_datetime", rule))?;
        if at < slot.start() || slot.end() <= at {
            return Err(AppError::invalid("start_datetime", Rule::NotRunning));
        }
    }
    let interval = resolve_interval(request.end, slot.start(), period.zone, Some(period.slot_minutes))?;
    let interval = interval.ok_or_else(outside)?;
    if interval.end() <= now {
        return Err(AppError::invalid("end_datetime", Rule::Past));
    }
    covering_period(periods, Some(period.room), interval).ok_or_else(outside)?;
    Ok((period.clone(), interval))
}

/// The time of an appointment; `None` where neither its end is given nor the length of its slot is known.
///
/// # Errors
/// [`AppError::Validation`] for an end that is invalid, or too close or far.
pub(super) fn resolve_interval(
    end: EndSpec,
    start: Instant,
    zone: Zone,
    slot_minutes: Option<u16>,
) -> Result<Option<Interval>, AppError> {
    let end = match (end, slot_minutes) {
        (EndSpec::At(moment), _) => moment.resolve(zone).map_err(|rule| AppError::invalid("end_datetime", rule))?,
        (EndSpec::Duration(length), _) => start.plus(length),
        (EndSpec::SlotLength, Some(minutes)) => start.plus(TimeDelta::minutes(i64::from(minutes))),
        (EndSpec::SlotLength, None) => return Ok(None),
    };
    let interval =
        Interval::new(start, end).ok_or_else(|| AppError::invalid("end_datetime", Rule::EndNotAfterStart))?;
    if interval.length() < MIN_LENGTH || interval.length() > MAX_LENGTH {
        let rule = Rule::Minutes(MIN_LENGTH.num_minutes(), MAX_LENGTH.num_minutes());
        return Err(AppError::invalid("end_datetime", rule));
    }
    Ok(Some(interval))
}
