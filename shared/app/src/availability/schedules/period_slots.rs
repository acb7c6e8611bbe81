//! Lists availability periods with their slots, after holidays, blocks and appointments are taken into account.

use super::closure_causes::{ClosureCauses, NotApplying};
use crate::App;
use crate::availability::room_timetable::timetable_of_room;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::agenda::Agenda;
use domain::availability::{Slot, SlotConstraints, UnavailableReason, is_free, slots, stretch};
use domain::clinic::{Clinic, Room};
use domain::closure::{Block, Closures};
use domain::doctor::Doctor;
use domain::ids::{ClinicId, DoctorId, PatientId, RoomId};
use domain::name::Name;
use domain::schedule::{AvailabilityPeriod, Window};
use domain::time::{Instant, Interval, LocalDate, TimeDelta, Zone};
use futures_util::future::try_join;
use std::collections::{BTreeMap, BTreeSet};
use store::agenda::AgendaDay;
use store::guard::Guard;
use store::keys::{Key, Resource};
use store::patterns;
use store::schedule::Timetable;
use store::table::Batch;

/// An availability period with its slots and display names.
#[derive(Debug, Clone)]
pub struct PeriodWithSlots {
    pub period: AvailabilityPeriod,
    /// The version of the window or rule that the period comes from.
    pub version: u64,
    pub names: PeriodNames,
    /// Whether the doctor's weekly rules don't apply on this day because of the window.
    pub instead_of_rules: bool,
    pub slots: Vec<Slot>,
    /// The blocks that close a part of the period.
    pub blocks: Vec<Block>,
}

/// The display names of a period's doctor, clinic and room.
#[derive(Debug, Clone)]
pub struct PeriodNames {
    pub doctor: Name,
    pub clinic: Name,
    pub room: Name,
}

/// Filter of a list of periods. At least one of doctor, room and clinic must be given.
#[derive(Debug, Clone)]
pub struct ScheduleFilter {
    pub doctor: Option<DoctorId>,
    pub room: Option<RoomId>,
    pub clinic: Option<ClinicId>,
    /// First local day.
    pub from: LocalDate,
    /// Last local day.
    pub to: LocalDate,
    /// Of these days only the one that is today by the clinic's clock.
    pub only_today: bool,
}

impl ScheduleFilter {
    /// Whether it selects a local day of a clinic with this time zone.
    pub(super) fn selects(&self, date: LocalDate, zone: Zone, now: Instant) -> bool {
        (self.from..=self.to).contains(&date) && (!self.only_today || date == zone.date(now))
    }
}

/// Lists the availability periods with their slots, by date and time. Periods that holidays or blocks close entirely
/// are left out.
pub async fn list_schedules(
    app: &App,
    ctx: &Context,
    filter: &ScheduleFilter,
) -> Result<Vec<PeriodWithSlots>, AppError> {
    // Periods of the days before and after may meet those of the first and last day.
    let (from, to) = with_adjacent_days(filter.from, filter.to);
    let timetable = match (filter.doctor, filter.room, filter.clinic) {
        (Some(doctor), _, _) => Timetable::read(&app.table, doctor, from, to).await?,
        (None, Some(room), _) => timetable_of_room(app, room, from, to).await?,
        (None, None, Some(clinic)) => {
            let rooms = crate::directory::clinics::rooms_of(app, clinic).await?;
            let tables = try_join_bounded(rooms.iter().map(|room| timetable_of_room(app, room.id, from, to))).await?;
            tables.into_iter().fold(Timetable::default(), Timetable::merged)
        }
        (None, None, None) => Timetable::default(),
    };
    let timetable = match filter.doctor {
        Some(_) => timetable,
        None => with_exceptions(app, timetable, from, to).await?,
    };
    let all = timetable.periods(from, to);
    let mut periods = all.clone();
    periods.retain(|period| {
        filter.selects(period.date, period.zone, app.now())
            && ctx.scope.includes(period.clinic)
            && filter.room.is_none_or(|room| period.room == room)
            && filter.clinic.is_none_or(|clinic| period.clinic == clinic)
    });
    let inputs = SlotInputs::read(app, &with_neighbours(&periods, &all), SlotReads::default()).await?;
    periods.retain(|period| !inputs.is_closed(period));
    let mut periods_with_slots: Vec<PeriodWithSlots> = periods
        .into_iter()
        .filter_map(|period| inputs.period_with_slots(&timetable, &all, period, app.now()))
        .collect();
    periods_with_slots.sort_by_key(|entry| (entry.period.date, entry.period.start_time, entry.period.source));
    add_blocks(app, &mut periods_with_slots).await?;
    Ok(periods_with_slots)
}

/// From the day before to the day after.
pub(super) fn with_adjacent_days(from: LocalDate, to: LocalDate) -> (LocalDate, LocalDate) {
    (from.pred_opt().unwrap_or(from), to.succ_opt().unwrap_or(to))
}

/// Some periods, and those that meet them: the slots of one depend on the appointments in the others.
pub(super) fn with_neighbours(periods: &[AvailabilityPeriod], all: &[AvailabilityPeriod]) -> Vec<AvailabilityPeriod> {
    let mut needed: Vec<AvailabilityPeriod> = Vec::new();
    for period in periods.iter().flat_map(|period| stretch(period, all)) {
        if !needed.contains(period) {
            needed.push(period.clone());
        }
    }
    needed
}

/// Adds the windows in other rooms that replace rules of this timetable.
async fn with_exceptions(
    app: &App,
    timetable: Timetable,
    from: LocalDate,
    to: LocalDate,
) -> Result<Timetable, AppError> {
    let doctors: BTreeSet<DoctorId> = timetable.rules.iter().map(|rule| rule.doctor).collect();
    let reads = doctors.into_iter().map(|doctor| async move {
        let windows: Vec<Window> = app.table.query_all(&patterns::windows_of_doctor(doctor, from, to)).await?;
        Ok::<_, AppError>(windows)
    });
    Ok(timetable.with_exceptions(try_join_bounded(reads).await?.concat()))
}

/// Reads the blocks of the periods with a blocked slot.
async fn add_blocks(app: &App, entries: &mut [PeriodWithSlots]) -> Result<(), AppError> {
    let is_blocked = |slot: &Slot| slot.unavailable == Some(UnavailableReason::Blocked);
    let blocked: Vec<AvailabilityPeriod> =
        entries.iter().filter(|entry| entry.slots.iter().any(is_blocked)).map(|entry| entry.period.clone()).collect();
    let causes = ClosureCauses::read_blocks(app, &blocked).await?;
    for entry in entries {
        entry.blocks = causes.blocks(&entry.period).cloned().collect();
    }
    Ok(())
}

/// Returns one window with its slots, even if it is closed. It has none if its doctor, room or clinic is deactivated.
pub(super) async fn window_with_slots(app: &App, window: Window) -> Result<PeriodWithSlots, AppError> {
    let (period, (from, to)) = (window.period(), with_adjacent_days(window.date, window.date));
    let all = Timetable::read(&app.table, window.doctor, from, to).await?.periods(from, to);
    let needed = with_neighbours(std::slice::from_ref(&period), &all);
    let inputs = SlotInputs::read(app, &needed, SlotReads::default()).await?;
    let mut entry = PeriodWithSlots {
        version: window.version,
        names: inputs.names(&period).ok_or(AppError::NotFound)?,
        instead_of_rules: window.instead_of_rules,
        slots: inputs.slots(&period, &all, app.now()).unwrap_or_default(),
        blocks: Vec::new(),
        period,
    };
    add_blocks(app, std::slice::from_mut(&mut entry)).await?;
    Ok(entry)
}

/// The agenda of so few days is read by its keys, in a batch with those of other doctors and rooms; of more days by a
/// query, whose rows are charged together.
const MAX_BATCHED_DAYS: i64 = 2;

/// The longest buffer that a doctor's profile may have.
const MAX_BUFFER: TimeDelta = TimeDelta::minutes(120);

/// What is read besides the rows of doctors, rooms and clinics, and how.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SlotReads {
    /// A patient whose agenda is read for [`SlotInputs::is_free_for`].
    pub(super) patient: Option<PatientId>,
    /// Eventually consistent, at half the price.
    pub(super) eventual: bool,
}

/// The rows from which the slots of periods are computed.
#[derive(Debug, Default)]
pub(super) struct SlotInputs {
    doctors: BTreeMap<DoctorId, Doctor>,
    rooms: BTreeMap<RoomId, Room>,
    clinics: BTreeMap<ClinicId, Clinic>,
    closed: BTreeMap<Resource, Closures>,
    agendas: BTreeMap<Resource, Agenda>,
    empty: (Closures, Agenda),
}

impl SlotInputs {
    /// Reads the rows for some periods.
    pub(super) async fn read(app: &App, periods: &[AvailabilityPeriod], reads: SlotReads) -> Result<Self, AppError> {
        let mut inputs = Self::default();
        inputs.read_more(app, periods, reads).await?;
        Ok(inputs)
    }

    /// Reads the agendas for other periods instead, and the other rows that are missing.
    pub(super) async fn read_more(
        &mut self,
        app: &App,
        periods: &[AvailabilityPeriod],
        reads: SlotReads,
    ) -> Result<(), AppError> {
        let mut keys = self.missing_keys(periods);
        let (short, long): (Vec<_>, Vec<_>) = agenda_days(periods, reads.patient)
            .into_iter()
            .partition(|(_, (from, to))| to.signed_duration_since(*from).num_days() < MAX_BATCHED_DAYS);
        let days = |(from, to): (LocalDate, LocalDate)| from.iter_days().take_while(move |day| *day <= to);
        keys.extend(short.iter().flat_map(|(of, span)| days(*span).map(|day| Key::agenda(*of, day))));
        let keys: Vec<Key> = keys.into_iter().collect();
        let queried = long.into_iter().map(|(resource, (from, to))| async move {
            let pattern = patterns::agenda_days(resource, from, to);
            let pattern = if reads.eventual { pattern.eventually_consistent() } else { pattern };
            let days: Vec<AgendaDay> = app.table.query_all(&pattern).await?;
            Ok((resource, merged(&days)))
        });
        let batch = async {
            let batch =
                if reads.eventual { app.table.batch_eventual(&keys).await } else { app.table.batch(&keys).await };
            batch.map_err(AppError::from)
        };
        let (mut batch, agendas) = try_join(batch, try_join_bounded(queried)).await?;
        self.agendas = agendas.into_iter().collect();
        for (resource, span) in short {
            let rows: Result<Vec<Option<AgendaDay>>, _> =
                days(span).map(|day| batch.take(&Key::agenda(resource, day))).collect();
            self.agendas.insert(resource, merged(&rows?.into_iter().flatten().collect::<Vec<_>>()));
        }
        self.take_places(&mut batch, periods)?;
        for period in periods {
            for resource in [Resource::Doctor(period.doctor), Resource::Room(period.room)] {
                let guard = batch.take::<Guard>(&Key::guard(resource))?;
                self.closed.extend(guard.map(|guard| (resource, guard.closed)));
            }
        }
        Ok(())
    }

    /// The keys of the doctors, rooms, clinics and guards of some periods that weren't read yet.
    fn missing_keys(&self, periods: &[AvailabilityPeriod]) -> BTreeSet<Key> {
        let mut keys = BTreeSet::new();
        for period in periods {
            let resources = [Resource::Doctor(period.doctor), Resource::Room(period.room)];
            keys.extend((!self.doctors.contains_key(&period.doctor)).then(|| Key::doctor(period.doctor)));
            keys.extend((!self.rooms.contains_key(&period.room)).then(|| Key::room(period.room)));
            keys.extend((!self.clinics.contains_key(&period.clinic)).then(|| Key::clinic(period.clinic)));
            let guards = resources.into_iter().filter(|resource| !self.closed.contains_key(resource));
            keys.extend(guards.map(Key::guard));
        }
        keys
    }

    /// Reads only doctors, rooms and clinics, for [`Self::names`] and [`Self::inactive`].
    pub(super) async fn read_places(app: &App, periods: &[AvailabilityPeriod]) -> Result<Self, AppError> {
        let keys = |period: &AvailabilityPeriod| {
            [Key::doctor(period.doctor), Key::room(period.room), Key::clinic(period.clinic)]
        };
        let keys: BTreeSet<Key> = periods.iter().flat_map(keys).collect();
        let mut batch = app.table.batch(&keys.into_iter().collect::<Vec<_>>()).await?;
        let mut inputs = Self::default();
        inputs.take_places(&mut batch, periods)?;
        Ok(inputs)
    }

    fn take_places(&mut self, batch: &mut Batch, periods: &[AvailabilityPeriod]) -> Result<(), AppError> {
        for period in periods {
            let (doctor, room, clinic) = (period.doctor, period.room, period.clinic);
            self.doctors.extend(batch.take(&Key::doctor(doctor))?.map(|found| (doctor, found)));
            self.rooms.extend(batch.take(&Key::room(room))?.map(|found| (room, found)));
            self.clinics.extend(batch.take(&Key::clinic(clinic))?.map(|found| (clinic, found)));
        }
        Ok(())
    }

    /// Whether the doctor, the clinic or the room of a period is deactivated: the first that is.
    pub(super) fn inactive(&self, period: &AvailabilityPeriod) -> Option<NotApplying> {
        let doctor = self.doctors.get(&period.doctor).is_some_and(|doctor| doctor.is_active);
        let clinic = self.clinics.get(&period.clinic).is_some_and(|clinic| clinic.is_active);
        let room = self.rooms.get(&period.room).is_some_and(|room| room.is_active);
        match (doctor, clinic, room) {
            (false, ..) => Some(NotApplying::DoctorInactive),
            (true, false, _) => Some(NotApplying::ClinicClosed),
            (true, true, false) => Some(NotApplying::RoomClosed),
            (true, true, true) => None,
        }
    }

    fn closures(&self, period: &AvailabilityPeriod) -> [&Closures; 2] {
        [Resource::Doctor(period.doctor), Resource::Room(period.room)]
            .map(|resource| self.closed.get(&resource).unwrap_or(&self.empty.0))
    }

    /// Whether holidays and blocks close a period entirely.
    pub(super) fn is_closed(&self, period: &AvailabilityPeriod) -> bool {
        let [doctor, room] = self.closures(period);
        let all = Closures::of(doctor.iter().chain(room.iter()));
        period.interval().is_none_or(|open| all.contains(open))
    }

    /// Returns the slots of a period; `all` has those that may meet it. One that is over or running is shown as booked if it
    /// was. `None` if its doctor, room or clinic is deactivated.
    pub(super) fn slots(
        &self,
        period: &AvailabilityPeriod,
        all: &[AvailabilityPeriod],
        now: Instant,
    ) -> Option<Vec<Slot>> {
        let constraints = self.constraints(period)?;
        let with_past = |slot: Slot| {
            let is_booked = slot.unavailable == Some(UnavailableReason::Past)
                && constraints.doctor.first_over_capacity(slot.interval, 1).is_some();
            if is_booked { Slot { unavailable: Some(UnavailableReason::Booked), ..slot } } else { slot }
        };
        Some(slots(period, all, constraints, now).into_iter().map(with_past).collect())
    }

    /// Whether an appointment that begins in a period can be booked for a patient.
    pub(super) fn is_free_for(
        &self,
        patient: PatientId,
        wanted: Interval,
        (period, all): (&AvailabilityPeriod, &[AvailabilityPeriod]),
        now: Instant,
    ) -> bool {
        self.agenda(Resource::Patient(patient)).first_overlap(wanted).is_none()
            && self.constraints(period).is_some_and(|constraints| is_free(period, all, wanted, constraints, now))
    }

    fn agenda(&self, resource: Resource) -> &Agenda {
        self.agendas.get(&resource).unwrap_or(&self.empty.1)
    }

    /// `None` if the doctor, room or clinic of the period is deactivated.
    fn constraints(&self, period: &AvailabilityPeriod) -> Option<SlotConstraints<'_>> {
        let (doctor, room) = (self.doctors.get(&period.doctor)?, self.rooms.get(&period.room)?);
        let clinic = self.clinics.get(&period.clinic)?;
        let constraints = SlotConstraints {
            doctor: self.agenda(Resource::Doctor(period.doctor)),
            buffer: doctor.profile.buffer(),
            room: self.agenda(Resource::Room(period.room)),
            capacity: usize::from(room.profile.capacity),
            closed: self.closures(period),
        };
        (doctor.is_active && room.is_active && clinic.is_active).then_some(constraints)
    }

    pub(super) fn names(&self, period: &AvailabilityPeriod) -> Option<PeriodNames> {
        Some(PeriodNames {
            doctor: self.doctors.get(&period.doctor)?.profile.full_name(),
            clinic: self.clinics.get(&period.clinic)?.profile.name.as_str().into(),
            room: self.rooms.get(&period.room)?.profile.name.as_str().into(),
        })
    }

    fn period_with_slots(
        &self,
        timetable: &Timetable,
        all: &[AvailabilityPeriod],
        period: AvailabilityPeriod,
        now: Instant,
    ) -> Option<PeriodWithSlots> {
        Some(PeriodWithSlots {
            version: timetable.version(period.source)?,
            names: self.names(&period)?,
            instead_of_rules: timetable.window(period.source).is_some_and(|window| window.instead_of_rules),
            slots: self.slots(&period, all, now)?,
            blocks: Vec::new(),
            period,
        })
    }
}

/// The first and last day of each agenda that the slots of some periods depend on. A slot may begin at the end of a
/// period, so that the doctor's buffer after it lies beyond.
fn agenda_days(
    periods: &[AvailabilityPeriod],
    patient: Option<PatientId>,
) -> BTreeMap<Resource, (LocalDate, LocalDate)> {
    let mut spans: BTreeMap<Resource, (LocalDate, LocalDate)> = BTreeMap::new();
    for period in periods {
        let Some(open) = period.interval() else { continue };
        let others = std::iter::once(Resource::Room(period.room)).chain(patient.map(Resource::Patient));
        let times = others.map(|resource| (resource, open));
        for (resource, time) in times.chain([(Resource::Doctor(period.doctor), open.extended(MAX_BUFFER))]) {
            for day in time.utc_days() {
                let span = spans.entry(resource).or_insert((day, day));
                *span = (span.0.min(day), span.1.max(day));
            }
        }
    }
    spans
}

fn merged(days: &[AgendaDay]) -> Agenda {
    let mut agenda = Agenda::default();
    for row in days {
        for (id, entry) in row.day().into_iter().flat_map(|day| row.entries(day)) {
            agenda.add(id, entry);
        }
    }
    agenda
}
