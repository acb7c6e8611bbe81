//! Finding a place for an appointment, and taking it: two rounds of reads, then what the transaction needs.
//!
//! Every check here is made again by the table when the transaction is written: agendas by their
//! versions, guards by theirs, and the windows and rules that the appointment lies in by theirs. So a place
//! that is gone by then can't be taken.

use crate::App;
use crate::support::context::Context;
use crate::support::error::{AppError, Conflict};
use domain::agenda::Entry;
use domain::appointment::{Appointment, MAX_LENGTH, MIN_LENGTH};
use domain::availability::covering;
use domain::clinic::{Clinic, Room};
use domain::doctor::Doctor;
use domain::ids::{AppointmentId, ClinicId, DoctorId, PatientId, RoomId};
use domain::patient::Patient;
use domain::schedule::{Opening, Source};
use domain::time::{Instant, Interval, LocalDate, Moment, TimeDelta, Zone};
use domain::violation::{Rule, Violations};
use store::agenda::{self, Changes, ReadAgenda};
use store::counter::Counter;
use store::guard::Guard;
use store::idempotency::Outcome;
use store::item::Entity as _;
use store::keys::{Key, Resource};
use store::schedule::Timetable;
use store::table::Batch;
use store::{Purpose, Transaction};

/// An appointment as it is wished for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Who comes.
    pub patient: PatientId,
    /// Whom to see.
    pub doctor: DoctorId,
    /// In which room; that of the doctor's opening where `None`.
    pub room: Option<RoomId>,
    /// From when.
    pub start: Moment,
    /// Until when.
    pub end: End,
    /// Whether the doctor's and the room's other appointments don't matter.
    pub overbook: bool,
}

/// When an appointment ends.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// Then.
    At(Moment),
    /// After so long.
    After(TimeDelta),
    /// After one slot of the doctor's opening.
    AfterSlot,
}

/// Where and when the appointment can take place, before anybody else's appointments are looked at.
#[derive(Debug)]
pub struct Located {
    /// Who comes.
    pub patient: Patient,
    /// Whom to see.
    pub doctor: Doctor,
    /// When.
    pub appointment: Interval,
    /// The opening that it begins in.
    pub opening: Opening,
    needs: Needs,
    guards: [Guard; 2],
}

/// What an appointment lies in: every window and rule that it needs, as they were read.
#[derive(Debug, Default)]
struct Needs {
    timetable: Timetable,
    sources: Vec<Source>,
}

impl Needs {
    fn of(timetable: Timetable, openings: &[Opening], room: RoomId, appointment: Interval) -> Self {
        let lies_in = |opening: &&Opening| {
            opening.room == room && opening.interval().is_some_and(|open| open.overlaps(appointment))
        };
        let mut sources: Vec<Source> = openings.iter().filter(lies_in).map(|opening| opening.source).collect();
        // An appointment over midnight may lie in two days of one rule.
        sources.sort_unstable();
        sources.dedup();
        Self { timetable, sources }
    }

    fn hold(&self, transaction: &mut Transaction) {
        for source in &self.sources {
            self.timetable.hold(transaction, *source);
        }
    }
}

/// The local days whose openings can hold an appointment that begins on this one, in whichever zone.
fn around(date: LocalDate) -> (LocalDate, LocalDate) {
    (date.pred_opt().unwrap_or(date), date.succ_opt().unwrap_or(date))
}

/// The first round of reads: who, and when the doctor is there. The request's earlier outcome, if
/// there is one, comes along.
///
/// # Errors
/// [`AppError::Validation`], [`AppError::OutsideAvailability`].
pub async fn locate(
    app: &App,
    ctx: &Context,
    wish: &Wish,
    attempt: u32,
) -> Result<Result<Located, AppointmentId>, AppError> {
    let now = app.now();
    let (from, to) = around(wish.start.nominal_date());
    let (patient, doctor) = (Resource::Patient(wish.patient), Resource::Doctor(wish.doctor));
    let mut keys = vec![Key::patient(wish.patient), Key::guard(patient), Key::doctor(wish.doctor), Key::guard(doctor)];
    keys.extend(wish.room.map(Key::room));
    if ctx.may_be_done(attempt) {
        keys.push(ctx.outcome_key());
    }
    let timetable = Timetable::read(&app.table, wish.doctor, from, to);
    let (mut batch, timetable) = futures_util::future::try_join(app.table.batch(&keys), timetable).await?;
    if let Some(id) = ctx.outcome(batch.take::<Outcome>(&ctx.outcome_key())?, now)? {
        return Ok(Err(id));
    }
    let mut openings = timetable.openings(from, to);
    openings.retain(|opening| ctx.scope.includes(opening.clinic));
    let mut violations = Violations::default();
    let found_patient = batch.take::<Patient>(&Key::patient(wish.patient))?;
    violations.expect_active("patient", found_patient.as_ref().map(|found| found.is_active));
    let found_doctor = batch.take::<Doctor>(&Key::doctor(wish.doctor))?;
    violations.expect_active("doctor", found_doctor.as_ref().map(|found| found.is_active));
    if let Some(room) = wish.room {
        let room = batch.take::<Room>(&Key::room(room))?.filter(|room| ctx.scope.includes(room.profile.clinic));
        violations.expect_active("room", room.as_ref().map(|found| found.is_active));
    }
    let guards = batch.take::<Guard>(&Key::guard(patient))?.zip(batch.take::<Guard>(&Key::guard(doctor))?);
    let ((patient, doctor), guards) = violations.finish(found_patient.zip(found_doctor).zip(guards))?;
    let (opening, appointment) = place(&openings, wish, now)?;
    if guards.1.closed.touch(appointment) {
        return Err(AppError::OutsideAvailability);
    }
    let needs = Needs::of(timetable, &openings, opening.room, appointment);
    Ok(Ok(Located { patient, doctor, appointment, opening, needs, guards: [guards.0, guards.1] }))
}

/// The time of the appointment and the opening that it begins in.
fn place(openings: &[Opening], wish: &Wish, now: Instant) -> Result<(Opening, Interval), AppError> {
    let here: Vec<&Opening> = openings.iter().filter(|open| wish.room.is_none_or(|room| open.room == room)).collect();
    let mut zones: Vec<Zone> = Vec::new();
    for opening in &here {
        if !zones.contains(&opening.zone) {
            zones.push(opening.zone);
        }
    }
    expect_future(wish.start.latest(), now)?;
    let mut refusal = AppError::OutsideAvailability;
    for zone in zones {
        let start = match wish.start.resolve(zone) {
            Ok(start) => start,
            Err(rule) => {
                refusal = AppError::invalid("start_datetime", rule);
                continue;
            }
        };
        expect_future(start, now)?;
        let begins_in = here.iter().find(|opening| {
            opening.zone == zone && opening.interval().is_some_and(|open| open.start() <= start && start < open.end())
        });
        let appointment = interval(wish.end, start, zone, begins_in.map(|opening| opening.slot_minutes))?;
        if let Some(found) = appointment.and_then(|appointment| {
            covering(openings, wish.room, appointment).map(|opening| (opening.clone(), appointment))
        }) {
            return Ok(found);
        }
    }
    // A given end is checked even where no opening tells the zone: what is wrong in itself comes first.
    if let (Moment::Exact(start), End::At(Moment::Exact(_))) = (wish.start, wish.end) {
        interval(wish.end, start, Zone::utc(), None)?;
    }
    Err(refusal)
}

fn expect_future(start: Instant, now: Instant) -> Result<(), AppError> {
    if start > now { Ok(()) } else { Err(AppError::invalid("start_datetime", Rule::Past)) }
}

fn interval(end: End, start: Instant, zone: Zone, slot: Option<u16>) -> Result<Option<Interval>, AppError> {
    let end = match (end, slot) {
        (End::At(moment), _) => moment.resolve(zone).map_err(|rule| AppError::invalid("end_datetime", rule))?,
        (End::After(length), _) => start.plus(length),
        (End::AfterSlot, Some(minutes)) => start.plus(TimeDelta::minutes(i64::from(minutes))),
        (End::AfterSlot, None) => return Ok(None),
    };
    let appointment =
        Interval::new(start, end).ok_or_else(|| AppError::invalid("end_datetime", Rule::EndNotAfterStart))?;
    if appointment.length() < MIN_LENGTH || appointment.length() > MAX_LENGTH {
        let rule = Rule::Minutes(MIN_LENGTH.num_minutes(), MAX_LENGTH.num_minutes());
        return Err(AppError::invalid("end_datetime", rule));
    }
    Ok(Some(appointment))
}

/// A place that was free when it was read, and what makes sure that it still is.
#[derive(Debug)]
pub struct Place {
    /// The clinic.
    pub clinic: Clinic,
    /// The room.
    pub room: Room,
    appointment: Interval,
    buffer: TimeDelta,
    overbook: bool,
    doctor: ReadAgenda,
    rooms: ReadAgenda,
    patient: ReadAgenda,
    guards: Vec<Guard>,
    needs: Needs,
    counter: Option<Counter>,
}

/// The time and people of an appointment whose place is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Seat {
    /// Who comes.
    pub patient: PatientId,
    /// Whom to see.
    pub doctor: DoctorId,
    /// Where.
    pub clinic: ClinicId,
    /// In which room.
    pub room: RoomId,
    /// When.
    pub appointment: Interval,
    /// The doctor's time after it.
    pub buffer: TimeDelta,
    /// Whether the doctor's and the room's other appointments don't matter.
    pub overbook: bool,
    /// The clinic's clock.
    pub zone: Zone,
}

impl Seat {
    /// The seat that an appointment has or had.
    #[must_use]
    pub fn of(appointment: &Appointment) -> Option<Self> {
        Some(Self {
            patient: appointment.patient,
            doctor: appointment.doctor,
            clinic: appointment.clinic,
            room: appointment.room,
            appointment: appointment.interval()?,
            buffer: TimeDelta::minutes(i64::from(appointment.buffer_minutes)),
            overbook: appointment.overbook,
            zone: appointment.zone,
        })
    }

    fn overbook_key(&self) -> Key {
        Key::overbooked(self.doctor, self.clinic, self.date())
    }

    fn date(&self) -> LocalDate {
        self.zone.date(self.appointment.start())
    }
}

/// The second round of reads: whether the time is free, apart from what the appointment `moving` itself
/// takes.
///
/// # Errors
/// [`AppError::SlotTaken`], [`AppError::OutsideAvailability`] where the room is closed then,
/// [`AppError::Validation`] for one that was deactivated.
pub async fn find(
    app: &App,
    mut located: Located,
    overbook: bool,
    moving: Option<&Appointment>,
) -> Result<(Located, Place), AppError> {
    let seat = Seat {
        patient: located.patient.id,
        doctor: located.doctor.id,
        clinic: located.opening.clinic,
        room: located.opening.room,
        appointment: located.appointment,
        buffer: located.doctor.profile.buffer(),
        overbook,
        zone: located.opening.zone,
    };
    let mut place = look(app, seat, &[Resource::Room(seat.room)], moving).await?;
    place.guards.extend(located.guards.iter().cloned());
    place.needs = std::mem::take(&mut located.needs);
    Ok((located, place))
}

/// Whether the time that an appointment had is free again, to be taken by the same appointment.
///
/// # Errors
/// [`AppError::SlotTaken`], [`AppError::OutsideAvailability`] where the doctor isn't there any more.
pub async fn retake(app: &App, appointment: &Appointment) -> Result<Place, AppError> {
    let seat = Seat::of(appointment).ok_or_else(|| AppError::Internal("an appointment without a length".into()))?;
    let guards = [
        Resource::Patient(appointment.patient),
        Resource::Doctor(appointment.doctor),
        Resource::Room(appointment.room),
    ];
    let (from, to) = around(seat.date());
    let timetable = Timetable::read(&app.table, appointment.doctor, from, to);
    let (timetable, place) = futures_util::future::join(timetable, look(app, seat, &guards, None)).await;
    let timetable = timetable?;
    let openings = timetable.openings(from, to);
    if covering(&openings, Some(seat.room), seat.appointment).is_none() {
        return Err(AppError::OutsideAvailability);
    }
    let needs = Needs::of(timetable, &openings, seat.room, seat.appointment);
    Ok(Place { needs, ..place? })
}

async fn look(app: &App, seat: Seat, guarded: &[Resource], moving: Option<&Appointment>) -> Result<Place, AppError> {
    let (doctor, room, patient) =
        (Resource::Doctor(seat.doctor), Resource::Room(seat.room), Resource::Patient(seat.patient));
    let with_buffer = seat.appointment.extended(seat.buffer);
    let mut keys = vec![Key::clinic(seat.clinic), Key::room(seat.room)];
    keys.extend(guarded.iter().copied().map(Key::guard));
    keys.extend(
        agenda::keys(doctor, with_buffer)
            .chain(agenda::keys(room, seat.appointment))
            .chain(agenda::keys(patient, seat.appointment)),
    );
    if seat.overbook {
        keys.push(seat.overbook_key());
    }
    let mut batch = app.table.batch(&keys).await?;
    let found = batch.take::<Clinic>(&Key::clinic(seat.clinic))?.zip(batch.take::<Room>(&Key::room(seat.room))?);
    let (clinic, room_record) = found.ok_or_else(|| AppError::invalid("room", Rule::NoSuchThing))?;
    if !clinic.is_active || !room_record.is_active {
        return Err(AppError::invalid("room", Rule::Inactive));
    }
    let guards = guards(&mut batch, guarded)?;
    if guards.iter().any(|guard| guard.closed.touch(seat.appointment)) {
        return Err(AppError::OutsideAvailability);
    }
    let counter = if seat.overbook {
        let key = seat.overbook_key();
        Some(batch.take::<Counter>(&key)?.unwrap_or_else(|| Counter::zero(key)))
    } else {
        None
    };
    let mut place = Place {
        appointment: seat.appointment,
        buffer: seat.buffer,
        overbook: seat.overbook,
        doctor: ReadAgenda::from_batch(doctor, with_buffer, &mut batch)?,
        rooms: ReadAgenda::from_batch(room, seat.appointment, &mut batch)?,
        patient: ReadAgenda::from_batch(patient, seat.appointment, &mut batch)?,
        clinic,
        room: room_record,
        guards,
        needs: Needs::default(),
        counter,
    };
    if let Some(moving) = moving {
        place.forget(moving);
    }
    let conflicts = place.conflicts(seat.zone);
    if conflicts.is_empty() { Ok(place) } else { Err(AppError::SlotTaken(conflicts)) }
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

impl Place {
    /// An appointment that is about to give its time up takes none of it from its successor.
    fn forget(&mut self, moving: &Appointment) {
        for read in [&mut self.doctor, &mut self.rooms, &mut self.patient] {
            read.agenda.remove(moving.id);
        }
        let counted = Seat::of(moving).filter(|seat| seat.overbook && moving.takes_time() && self.counts_for(seat));
        if let (Some(_), Some(counter)) = (counted, &mut self.counter) {
            counter.count = counter.count.saturating_sub(1);
        }
    }

    fn conflicts(&self, zone: Zone) -> Vec<Conflict> {
        let conflict = |resource, taken: Interval| Conflict { resource, start: taken.start(), end: taken.end(), zone };
        let mut conflicts = Vec::new();
        if let Some(counter) = &self.counter {
            if counter.count >= u64::from(self.clinic.profile.overbook_per_day) {
                conflicts.push(conflict("doctor", self.appointment));
            }
        } else {
            let doctor = self.doctor.agenda.full(self.appointment.extended(self.buffer), 1);
            conflicts.extend(doctor.map(|taken| conflict("doctor", taken)));
            let room = self.rooms.agenda.full(self.appointment, usize::from(self.room.profile.capacity));
            conflicts.extend(room.map(|taken| conflict("room", taken)));
        }
        conflicts.extend(self.patient.agenda.clash(self.appointment).map(|taken| conflict("patient", taken)));
        conflicts
    }

    /// Adds to a transaction: the appointment takes this place, which is still as it was read.
    pub fn take(&self, transaction: &mut Transaction, changes: &mut Changes, id: AppointmentId) {
        let entry = |interval| Entry { interval, overbooked: self.overbook };
        changes.take(&self.doctor, id, entry(self.appointment.extended(self.buffer)));
        changes.take(&self.rooms, id, entry(self.appointment));
        changes.take(&self.patient, id, entry(self.appointment));
        for guard in &self.guards {
            guard.hold(transaction);
        }
        self.needs.hold(transaction);
        if let Some(counter) = &self.counter {
            transaction.replace(Purpose::Counter, &counter.plus(1), counter.version);
        }
    }

    /// Whether taking this place also counts for the appointment that is moved away from it.
    fn counts_for(&self, seat: &Seat) -> bool {
        self.counter.as_ref().is_some_and(|counter| counter.key() == seat.overbook_key())
    }
}

/// Adds to a transaction: the time of an appointment is free again. `successor` is the place that its
/// successor takes in the same transaction, if it has one.
///
/// # Errors
/// What reading says.
pub async fn release(
    app: &App,
    transaction: &mut Transaction,
    changes: &mut Changes,
    appointment: &Appointment,
    successor: Option<&Place>,
) -> Result<(), AppError> {
    let Some(seat) = Seat::of(appointment).filter(|_| appointment.takes_time()) else { return Ok(()) };
    changes.release(Resource::Doctor(seat.doctor), appointment.id, seat.appointment.extended(seat.buffer));
    changes.release(Resource::Room(seat.room), appointment.id, seat.appointment);
    changes.release(Resource::Patient(seat.patient), appointment.id, seat.appointment);
    if seat.overbook && !successor.is_some_and(|place| place.counts_for(&seat)) {
        let key = seat.overbook_key();
        if let Some(counter) = app.table.get::<Counter>(&key).await? {
            transaction.replace(Purpose::Counter, &counter.plus(-1), counter.version);
        }
    }
    Ok(())
}
