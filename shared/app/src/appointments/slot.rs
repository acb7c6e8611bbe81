//! Checks that a slot is free and reserves it: two rounds of reads, then the conditions of the transaction.
//!
//! The table repeats every check of this module when the transaction is written: it compares the versions of the
//! agendas, of the guards, and of the windows and rules that contain the appointment. So a slot that was taken
//! after the reads can't be booked.

use crate::App;
use crate::support::context::Context;
use crate::support::error::{AppError, Conflict};
use crate::support::unit_of_work::UnitOfWork;
use domain::agenda::AgendaEntry;
use domain::appointment::{Appointment, MAX_LENGTH, MIN_LENGTH};
use domain::availability::covering_period;
use domain::clinic::{Clinic, Room};
use domain::doctor::Doctor;
use domain::ids::{AppointmentId, ClinicId, DoctorId, PatientId, RoomId};
use domain::patient::Patient;
use domain::schedule::{AvailabilityPeriod, Source};
use domain::time::{ClientTime, Instant, Interval, LocalDate, TimeDelta, Zone};
use domain::violation::{Rule, Violations};
use store::agenda::{self, AgendaSnapshot};
use store::counter::Counter;
use store::guard::Guard;
use store::idempotency::OutcomeRow;
use store::item::Entity as _;
use store::keys::{Key, Resource};
use store::schedule::Timetable;
use store::table::Batch;
use store::{Purpose, Transaction};

/// Who and what is to be booked, and when.
#[derive(Debug, Clone)]
pub struct BookingRequest {
    pub patient: PatientId,
    pub doctor: DoctorId,
    /// `None` takes the room of the doctor's availability.
    pub room: Option<RoomId>,
    pub start: ClientTime,
    pub end: EndSpec,
    /// Ignores the other appointments of the doctor and of the room.
    pub overbook: bool,
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
    availability: CoveringAvailability,
    guards: [Guard; 2],
}

/// Every window and rule that contains a part of the appointment, as they were read.
#[derive(Debug, Default)]
struct CoveringAvailability {
    timetable: Timetable,
    sources: Vec<Source>,
}

impl CoveringAvailability {
    fn of(timetable: Timetable, periods: &[AvailabilityPeriod], room: RoomId, interval: Interval) -> Self {
        let overlaps = |period: &&AvailabilityPeriod| {
            period.room == room && period.interval().is_some_and(|open| open.overlaps(interval))
        };
        let mut sources: Vec<Source> = periods.iter().filter(overlaps).map(|period| period.source).collect();
        // An appointment over midnight may lie in two days of one rule.
        sources.sort_unstable();
        sources.dedup();
        Self { timetable, sources }
    }

    fn check_unchanged(&self, transaction: &mut Transaction) {
        for source in &self.sources {
            self.timetable.check_unchanged(transaction, *source);
        }
    }
}

/// The local days whose availability can contain an appointment that begins on `date`, in any time zone.
fn surrounding_days(date: LocalDate) -> (LocalDate, LocalDate) {
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
    let (from, to) = surrounding_days(request.start.nominal_date());
    let (patient, doctor) = (Resource::Patient(request.patient), Resource::Doctor(request.doctor));
    let mut keys =
        vec![Key::patient(request.patient), Key::guard(patient), Key::doctor(request.doctor), Key::guard(doctor)];
    keys.extend(request.room.map(Key::room));
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
    let (period, interval) = choose_period(&periods, request, now)?;
    if guards.1.closed.overlaps(interval) {
        return Err(AppError::OutsideAvailability);
    }
    let availability = CoveringAvailability::of(timetable, &periods, period.room, interval);
    let guards = [guards.0, guards.1];
    Ok(Resolution::Candidate(Box::new(Candidate { patient, doctor, interval, period, availability, guards })))
}

/// The time of the appointment and the availability period in which it begins.
fn choose_period(
    periods: &[AvailabilityPeriod],
    request: &BookingRequest,
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
    expect_future(request.start.latest(), now)?;
    let mut rejection = AppError::OutsideAvailability;
    for zone in zones {
        let start = match request.start.resolve(zone) {
            Ok(start) => start,
            Err(rule) => {
                rejection = AppError::invalid("start_datetime", rule);
                continue;
            }
        };
        expect_future(start, now)?;
        let begins_in = in_room.iter().find(|period| {
            period.zone == zone && period.interval().is_some_and(|open| open.start() <= start && start < open.end())
        });
        let interval = resolve_interval(request.end, start, zone, begins_in.map(|period| period.slot_minutes))?;
        if let Some(found) = interval.and_then(|interval| {
            covering_period(periods, request.room, interval).map(|period| (period.clone(), interval))
        }) {
            return Ok(found);
        }
    }
    // An explicit end is checked even without a period that would tell the zone: invalid input is reported first.
    if let (ClientTime::Exact(start), EndSpec::At(ClientTime::Exact(_))) = (request.start, request.end) {
        resolve_interval(request.end, start, Zone::utc(), None)?;
    }
    Err(rejection)
}

fn expect_future(start: Instant, now: Instant) -> Result<(), AppError> {
    if start > now { Ok(()) } else { Err(AppError::invalid("start_datetime", Rule::Past)) }
}

fn resolve_interval(
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

/// A slot that was free when it was read, with the conditions under which it is still free at the write.
#[derive(Debug)]
pub struct Reservation {
    pub clinic: Clinic,
    pub room: Room,
    interval: Interval,
    buffer: TimeDelta,
    overbook: bool,
    doctor: AgendaSnapshot,
    rooms: AgendaSnapshot,
    patient: AgendaSnapshot,
    guards: Vec<Guard>,
    availability: CoveringAvailability,
    counter: Option<Counter>,
}

/// The time that one appointment occupies in the agendas of doctor, room and patient.
#[derive(Debug, Clone, Copy)]
pub struct Occupancy {
    pub patient: PatientId,
    pub doctor: DoctorId,
    pub clinic: ClinicId,
    pub room: RoomId,
    pub interval: Interval,
    /// Time after the appointment that stays free in the doctor's agenda.
    pub buffer: TimeDelta,
    /// Ignores the other appointments of the doctor and of the room.
    pub overbook: bool,
    pub zone: Zone,
}

impl Occupancy {
    #[must_use]
    pub fn of(appointment: &Appointment) -> Option<Self> {
        Some(Self {
            patient: appointment.patient,
            doctor: appointment.doctor,
            clinic: appointment.clinic,
            room: appointment.room,
            interval: appointment.interval()?,
            buffer: TimeDelta::minutes(i64::from(appointment.buffer_minutes)),
            overbook: appointment.overbook,
            zone: appointment.zone,
        })
    }

    fn overbook_key(&self) -> Key {
        Key::overbooked(self.doctor, self.clinic, self.date())
    }

    fn date(&self) -> LocalDate {
        self.zone.date(self.interval.start())
    }
}

/// Second round of reads: checks that the slot is free, apart from the time of the appointment `moving` itself.
///
/// # Errors
/// [`AppError::SlotTaken`]; [`AppError::OutsideAvailability`] where the room is closed at that time;
/// [`AppError::Validation`] for a deactivated room or clinic.
pub async fn check_free(
    app: &App,
    candidate: &mut Candidate,
    overbook: bool,
    moving: Option<&Appointment>,
) -> Result<Reservation, AppError> {
    let occupancy = Occupancy {
        patient: candidate.patient.id,
        doctor: candidate.doctor.id,
        clinic: candidate.period.clinic,
        room: candidate.period.room,
        interval: candidate.interval,
        buffer: candidate.doctor.profile.buffer(),
        overbook,
        zone: candidate.period.zone,
    };
    let mut reservation = read(app, occupancy, &[Resource::Room(occupancy.room)], moving).await?;
    reservation.guards.extend(candidate.guards.iter().cloned());
    reservation.availability = std::mem::take(&mut candidate.availability);
    Ok(reservation)
}

/// Checks that the released slot of an appointment is free, so that the same appointment can have it again.
///
/// # Errors
/// [`AppError::SlotTaken`]; [`AppError::OutsideAvailability`] where the doctor's availability is gone.
pub async fn reacquire(app: &App, appointment: &Appointment) -> Result<Reservation, AppError> {
    let occupancy =
        Occupancy::of(appointment).ok_or_else(|| AppError::Internal("the appointment has no length".into()))?;
    let guards = [
        Resource::Patient(appointment.patient),
        Resource::Doctor(appointment.doctor),
        Resource::Room(appointment.room),
    ];
    let (from, to) = surrounding_days(occupancy.date());
    let timetable = Timetable::read(&app.table, appointment.doctor, from, to);
    let (timetable, reservation) = futures_util::future::join(timetable, read(app, occupancy, &guards, None)).await;
    let timetable = timetable?;
    let periods = timetable.periods(from, to);
    if covering_period(&periods, Some(occupancy.room), occupancy.interval).is_none() {
        return Err(AppError::OutsideAvailability);
    }
    let availability = CoveringAvailability::of(timetable, &periods, occupancy.room, occupancy.interval);
    Ok(Reservation { availability, ..reservation? })
}

async fn read(
    app: &App,
    occupancy: Occupancy,
    guarded: &[Resource],
    moving: Option<&Appointment>,
) -> Result<Reservation, AppError> {
    let (doctor, room, patient) =
        (Resource::Doctor(occupancy.doctor), Resource::Room(occupancy.room), Resource::Patient(occupancy.patient));
    let with_buffer = occupancy.interval.extended(occupancy.buffer);
    let mut keys = vec![Key::clinic(occupancy.clinic), Key::room(occupancy.room)];
    keys.extend(guarded.iter().copied().map(Key::guard));
    keys.extend(
        agenda::day_keys(doctor, with_buffer)
            .chain(agenda::day_keys(room, occupancy.interval))
            .chain(agenda::day_keys(patient, occupancy.interval)),
    );
    if occupancy.overbook {
        keys.push(occupancy.overbook_key());
    }
    let mut batch = app.table.batch(&keys).await?;
    let found =
        batch.take::<Clinic>(&Key::clinic(occupancy.clinic))?.zip(batch.take::<Room>(&Key::room(occupancy.room))?);
    let (clinic, room_record) = found.ok_or_else(|| AppError::invalid("room", Rule::NoSuchThing))?;
    if !clinic.is_active || !room_record.is_active {
        return Err(AppError::invalid("room", Rule::Inactive));
    }
    let guards = guards(&mut batch, guarded)?;
    if guards.iter().any(|guard| guard.closed.overlaps(occupancy.interval)) {
        return Err(AppError::OutsideAvailability);
    }
    let counter = if occupancy.overbook {
        let key = occupancy.overbook_key();
        Some(batch.take::<Counter>(&key)?.unwrap_or_else(|| Counter::zero(key)))
    } else {
        None
    };
    let mut reservation = Reservation {
        interval: occupancy.interval,
        buffer: occupancy.buffer,
        overbook: occupancy.overbook,
        doctor: AgendaSnapshot::from_batch(doctor, with_buffer, &mut batch)?,
        rooms: AgendaSnapshot::from_batch(room, occupancy.interval, &mut batch)?,
        patient: AgendaSnapshot::from_batch(patient, occupancy.interval, &mut batch)?,
        clinic,
        room: room_record,
        guards,
        availability: CoveringAvailability::default(),
        counter,
    };
    if let Some(moving) = moving {
        reservation = reservation.ignoring(moving);
    }
    let conflicts = reservation.conflicts(occupancy.zone);
    if conflicts.is_empty() { Ok(reservation) } else { Err(AppError::SlotTaken(conflicts)) }
}

fn guards(batch: &mut Batch, wanted: &[Resource]) -> Result<Vec<Guard>, AppError> {
    let mut guards = Vec::new();
    for resource in wanted {
        let field = match resource {
            Resource::Doctor(_) => "doctor",
            Resource::Room(_) => "room",
            Resource::Patient(_) => "patient",
        };
        let guard = batch.take::<Guard>(&Key::guard(*resource))?.filter(|guard| guard.active);
        guards.push(guard.ok_or_else(|| AppError::invalid(field, Rule::Inactive))?);
    }
    Ok(guards)
}

impl Reservation {
    /// Removes the time of an appointment that is moved: it must not block its own successor.
    fn ignoring(mut self, moving: &Appointment) -> Self {
        for snapshot in [&mut self.doctor, &mut self.rooms, &mut self.patient] {
            snapshot.agenda.remove(moving.id);
        }
        let counted = Occupancy::of(moving)
            .filter(|occupancy| occupancy.overbook && moving.occupies_time() && self.shares_counter_with(occupancy));
        if let (Some(_), Some(counter)) = (counted, &mut self.counter) {
            counter.count = counter.count.saturating_sub(1);
        }
        self
    }

    fn conflicts(&self, zone: Zone) -> Vec<Conflict> {
        let conflict = |resource, taken: Interval| Conflict { resource, start: taken.start(), end: taken.end(), zone };
        let mut conflicts = Vec::new();
        if let Some(counter) = &self.counter {
            if counter.count >= u64::from(self.clinic.profile.overbook_per_day) {
                conflicts.push(conflict("doctor", self.interval));
            }
        } else {
            let doctor = self.doctor.agenda.first_over_capacity(self.interval.extended(self.buffer), 1);
            conflicts.extend(doctor.map(|taken| conflict("doctor", taken)));
            let room = self.rooms.agenda.first_over_capacity(self.interval, usize::from(self.room.profile.capacity));
            conflicts.extend(room.map(|taken| conflict("room", taken)));
        }
        conflicts.extend(self.patient.agenda.first_overlap(self.interval).map(|taken| conflict("patient", taken)));
        conflicts
    }

    /// Adds the slot to a unit of work, under the condition that nothing that was read has changed.
    pub fn write(&self, uow: &mut UnitOfWork<'_>, id: AppointmentId) {
        let entry = |interval| AgendaEntry { interval, overbooked: self.overbook };
        uow.agenda.add_entry(&self.doctor, id, entry(self.interval.extended(self.buffer)));
        uow.agenda.add_entry(&self.rooms, id, entry(self.interval));
        uow.agenda.add_entry(&self.patient, id, entry(self.interval));
        for guard in &self.guards {
            guard.check_unchanged(&mut uow.transaction);
        }
        self.availability.check_unchanged(&mut uow.transaction);
        if let Some(counter) = &self.counter {
            uow.transaction.replace(Purpose::Counter, &counter.plus(1), counter.version);
        }
    }

    /// Whether both are counted by the same counter of overbooked appointments.
    fn shares_counter_with(&self, occupancy: &Occupancy) -> bool {
        self.counter.as_ref().is_some_and(|counter| counter.key() == occupancy.overbook_key())
    }
}

impl UnitOfWork<'_> {
    /// Releases the slot of an appointment. `successor` is the reservation of the appointment that replaces it in the
    /// same transaction.
    pub async fn release(
        &mut self,
        appointment: &Appointment,
        successor: Option<&Reservation>,
    ) -> Result<(), AppError> {
        let Some(occupancy) = Occupancy::of(appointment).filter(|_| appointment.occupies_time()) else { return Ok(()) };
        let (id, time) = (appointment.id, occupancy.interval);
        self.agenda.remove_entry(Resource::Doctor(occupancy.doctor), id, time.extended(occupancy.buffer));
        self.agenda.remove_entry(Resource::Room(occupancy.room), id, time);
        self.agenda.remove_entry(Resource::Patient(occupancy.patient), id, time);
        if occupancy.overbook && !successor.is_some_and(|reservation| reservation.shares_counter_with(&occupancy)) {
            let key = occupancy.overbook_key();
            if let Some(counter) = self.app.table.get::<Counter>(&key).await? {
                self.transaction.replace(Purpose::Counter, &counter.plus(-1), counter.version);
            }
        }
        Ok(())
    }
}
