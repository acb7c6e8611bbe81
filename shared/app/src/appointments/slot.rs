//! Checks that a time is free and reserves it: the second round of reads, then the conditions of the transaction.
//!
//! The table repeats every check of this module when the transaction is written: it compares the versions of the
//! agendas, of the guards, and of the windows and rules that contain the appointment. So a slot that was taken
//! after the reads can't be booked.

use crate::App;
use crate::appointments::candidate::{Candidate, CoveringAvailability, surrounding_days};
use crate::appointments::closed::cause_of_closure;
use crate::support::error::{AppError, Conflict};
use crate::support::unit_of_work::UnitOfWork;
use domain::agenda::{Agenda, AgendaEntry};
use domain::appointment::Appointment;
use domain::availability::{OutsideCause, covering_period};
use domain::clinic::{Clinic, Room};
use domain::ids::{AppointmentId, ClinicId, DoctorId, PatientId, RoomId};
use domain::time::{Interval, LocalDate, TimeDelta, Zone};
use domain::violation::Rule;
use store::Purpose;
use store::agenda::{self, AgendaSnapshot};
use store::counter::Counter;
use store::guard::Guard;
use store::item::Entity as _;
use store::keys::{Key, Resource};
use store::schedule::Timetable;
use store::table::Batch;

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
/// [`AppError::SlotTaken`]; [`AppError::OverbookLimit`]; [`AppError::OutsideAvailability`] where the room is closed at
/// that time; [`AppError::Validation`] for a room that the request names in a deactivated clinic.
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
    let check = Check {
        guarded: &[Resource::Room(occupancy.room)],
        ignored: moving,
        names_room: candidate.names_room,
        stays_counted: false,
        explains: candidate.explains,
    };
    let mut reservation = read(app, occupancy, check).await?;
    reservation.guards.extend(candidate.guards.iter().cloned());
    reservation.availability = std::mem::take(&mut candidate.availability);
    Ok(reservation)
}

/// Checks that the released slot of an appointment is free, so that the same appointment can have it again. `explains`:
/// whether a refusal says why the room is closed. Where another request has given it back in the meantime, the commit
/// finds the appointment changed.
///
/// # Errors
/// [`AppError::SlotTaken`]; [`AppError::OverbookLimit`]; [`AppError::OutsideAvailability`] where the doctor's
/// availability is gone.
pub async fn reacquire(app: &App, appointment: &Appointment, explains: bool) -> Result<Reservation, AppError> {
    reserve_for(app, appointment, None, explains).await
}

/// Checks that an appointment can have another end. `changed` has that end, and `before` occupies the time so far.
///
/// # Errors
/// [`AppError::SlotTaken`]; [`AppError::OutsideAvailability`].
pub(super) async fn reserve_until(
    app: &App,
    before: &Appointment,
    changed: &Appointment,
) -> Result<Reservation, AppError> {
    reserve_for(app, changed, Some(before), true).await
}

async fn reserve_for(
    app: &App,
    appointment: &Appointment,
    present: Option<&Appointment>,
    explains: bool,
) -> Result<Reservation, AppError> {
    let occupancy =
        Occupancy::of(appointment).ok_or_else(|| AppError::Internal("the appointment has no length".into()))?;
    let guarded = &[
        Resource::Patient(appointment.patient),
        Resource::Doctor(appointment.doctor),
        Resource::Room(appointment.room),
    ];
    let ignored = Some(present.unwrap_or(appointment));
    let check = Check { guarded, ignored, names_room: false, stays_counted: present.is_some(), explains };
    let (from, to) = surrounding_days(occupancy.date());
    let timetable = Timetable::read(&app.table, appointment.doctor, from, to);
    let (timetable, reservation) = futures_util::future::join(timetable, read(app, occupancy, check)).await;
    let timetable = timetable?;
    let periods = timetable.periods(from, to);
    if covering_period(&periods, Some(occupancy.room), occupancy.interval).is_none() {
        return Err(AppError::outside(OutsideCause::NoAvailability));
    }
    let availability = CoveringAvailability::of(timetable, &periods, occupancy.room, occupancy.interval);
    Ok(Reservation { availability, ..reservation? })
}

/// What the second round of reads checks besides the agendas.
#[derive(Clone, Copy)]
struct Check<'a> {
    guarded: &'a [Resource],
    /// An appointment whose own time is no conflict.
    ignored: Option<&'a Appointment>,
    /// Whether the request names the room, so that a closed one is an error of that field.
    names_room: bool,
    /// Whether an overbooked appointment is counted already, and stays so.
    stays_counted: bool,
    /// Whether a refusal says why the room is closed, which takes more reads.
    explains: bool,
}

async fn read(app: &App, occupancy: Occupancy, check: Check<'_>) -> Result<Reservation, AppError> {
    let (doctor, room, patient) =
        (Resource::Doctor(occupancy.doctor), Resource::Room(occupancy.room), Resource::Patient(occupancy.patient));
    let with_buffer = occupancy.interval.extended(occupancy.buffer);
    let mut keys = vec![Key::clinic(occupancy.clinic), Key::room(occupancy.room)];
    keys.extend(check.guarded.iter().copied().map(Key::guard));
    keys.extend(
        agenda::day_keys(doctor, with_buffer)
            .chain(agenda::day_keys(room, occupancy.interval))
            .chain(agenda::day_keys(patient, occupancy.interval)),
    );
    let is_counted = occupancy.overbook && !check.stays_counted;
    if is_counted {
        keys.push(occupancy.overbook_key());
    }
    let mut batch = app.table.batch(&keys).await?;
    let found =
        batch.take::<Clinic>(&Key::clinic(occupancy.clinic))?.zip(batch.take::<Room>(&Key::room(occupancy.room))?);
    let (clinic, room_record) = found.ok_or_else(|| AppError::invalid("room", Rule::NoSuchThing))?;
    if !clinic.is_active || !room_record.is_active {
        return Err(closed_room(check.names_room));
    }
    let guards = guards(&mut batch, check)?;
    if let Some(guard) = guards.iter().find(|guard| guard.closed.overlaps(occupancy.interval)) {
        return Err(match guard.resource {
            Resource::Doctor(_) | Resource::Patient(_) => AppError::outside(OutsideCause::Block),
            Resource::Room(_) if !check.explains => AppError::OutsideAvailability { cause: None, offers: Vec::new() },
            // Boxed: nested futures are large without optimisation, and the stack of a test thread is small.
            Resource::Room(_) => AppError::outside(
                Box::pin(cause_of_closure(app, &room_record, occupancy.zone, occupancy.interval)).await?,
            ),
        });
    }
    let counter = if is_counted {
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
    if let Some(ignored) = check.ignored {
        reservation = reservation.ignoring(ignored);
    }
    reservation.expect_below_limit()?;
    let conflicts = reservation.conflicts(occupancy.zone);
    if conflicts.is_empty() { Ok(reservation) } else { Err(AppError::SlotTaken { conflicts, offers: Vec::new() }) }
}

/// The error for a deactivated room or clinic.
fn closed_room(names_room: bool) -> AppError {
    if names_room { AppError::invalid("room", Rule::Inactive) } else { AppError::outside(OutsideCause::RoomClosed) }
}

fn guards(batch: &mut Batch, check: Check<'_>) -> Result<Vec<Guard>, AppError> {
    let mut guards = Vec::new();
    for resource in check.guarded {
        let inactive = || match resource {
            Resource::Doctor(_) => AppError::invalid("doctor", Rule::Inactive),
            Resource::Room(_) => closed_room(check.names_room),
            Resource::Patient(_) => AppError::invalid("patient", Rule::Inactive),
        };
        let guard = batch.take::<Guard>(&Key::guard(*resource))?.filter(|guard| guard.active);
        guards.push(guard.ok_or_else(inactive)?);
    }
    Ok(guards)
}

impl Reservation {
    /// Removes the time of an appointment that is moved or gets its slot back: it must not be in its own way.
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

    /// Checks that the clinic allows one more overbooked appointment of the doctor on that day.
    fn expect_below_limit(&self) -> Result<(), AppError> {
        let limit = self.clinic.profile.overbook_per_day;
        match &self.counter {
            Some(counter) if counter.count >= u64::from(limit) => {
                Err(AppError::OverbookLimit { limit, used: counter.count })
            }
            _ => Ok(()),
        }
    }

    fn conflicts(&self, zone: Zone) -> Vec<Conflict> {
        let conflict = |resource, agenda: &Agenda, taken: Interval| Conflict {
            resource,
            start: taken.start(),
            end: taken.end(),
            zone,
            appointment: agenda.occupant(taken),
            patient_name: None,
        };
        let (of_doctor, of_room, of_patient) = (&self.doctor.agenda, &self.rooms.agenda, &self.patient.agenda);
        let mut conflicts = Vec::new();
        if !self.overbook {
            let doctor = of_doctor.first_over_capacity(self.interval.extended(self.buffer), 1);
            conflicts.extend(doctor.map(|taken| conflict("doctor", of_doctor, taken)));
            let room = of_room.first_over_capacity(self.interval, usize::from(self.room.profile.capacity));
            conflicts.extend(room.map(|taken| conflict("room", of_room, taken)));
        }
        conflicts.extend(of_patient.first_overlap(self.interval).map(|taken| conflict("patient", of_patient, taken)));
        conflicts
    }

    /// Adds the slot to a unit of work, under the condition that nothing that was read has changed.
    pub fn write(&self, uow: &mut UnitOfWork<'_>, id: AppointmentId) {
        let entry = |interval| AgendaEntry { interval, overbooked: self.overbook };
        uow.agenda.add_entry(&self.doctor, id, entry(self.interval.extended(self.buffer)));
        uow.agenda.add_entry(&self.rooms, id, entry(self.interval));
        uow.agenda.add_entry(&self.patient, id, entry(self.interval));
        self.check_unchanged(uow);
    }

    /// The same where the appointment occupies the time `before` already.
    pub(super) fn write_instead(&self, uow: &mut UnitOfWork<'_>, id: AppointmentId, before: Interval) {
        let with_buffer = |interval: Interval| interval.extended(self.buffer);
        let entry = |interval| AgendaEntry { interval, overbooked: self.overbook };
        uow.agenda.replace_entry(&self.doctor, id, with_buffer(before), entry(with_buffer(self.interval)));
        uow.agenda.replace_entry(&self.rooms, id, before, entry(self.interval));
        uow.agenda.replace_entry(&self.patient, id, before, entry(self.interval));
        self.check_unchanged(uow);
    }

    fn check_unchanged(&self, uow: &mut UnitOfWork<'_>) {
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
