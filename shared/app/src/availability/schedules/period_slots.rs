//! Lists availability periods with their slots, after holidays, blocks and appointments are taken into account.

use super::closure_causes::{ClosureCauses, NotApplying};
use crate::App;
use crate::availability::room_timetable::timetable_of_room;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::agenda::Agenda;
use domain::availability::{Slot, SlotConstraints, UnavailableReason, slots};
use domain::clinic::{Clinic, Room};
use domain::closure::{Block, Closures};
use domain::doctor::Doctor;
use domain::ids::{ClinicId, DoctorId, RoomId};
use domain::name::Name;
use domain::schedule::{AvailabilityPeriod, Window};
use domain::time::{Instant, LocalDate, TimeDelta};
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
}

/// Lists the availability periods with their slots, by date and time. Periods that holidays or blocks close entirely
/// are left out.
pub async fn list_schedules(
    app: &App,
    ctx: &Context,
    filter: &ScheduleFilter,
) -> Result<Vec<PeriodWithSlots>, AppError> {
    let (from, to) = (filter.from, filter.to);
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
    let mut periods = timetable.periods(from, to);
    periods.retain(|period| {
        ctx.scope.includes(period.clinic)
            && filter.room.is_none_or(|room| period.room == room)
            && filter.clinic.is_none_or(|clinic| period.clinic == clinic)
    });
    let inputs = SlotInputs::read(app, &periods).await?;
    periods.retain(|period| !inputs.is_closed(period));
    let mut periods_with_slots: Vec<PeriodWithSlots> =
        periods.into_iter().filter_map(|period| inputs.period_with_slots(&timetable, period, app.now())).collect();
    periods_with_slots.sort_by_key(|entry| (entry.period.date, entry.period.start_time, entry.period.source));
    add_blocks(app, &mut periods_with_slots).await?;
    Ok(periods_with_slots)
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
    let period = window.period();
    let inputs = SlotInputs::read(app, std::slice::from_ref(&period)).await?;
    let mut entry = PeriodWithSlots {
        version: window.version,
        names: inputs.names(&period).ok_or(AppError::NotFound)?,
        instead_of_rules: window.instead_of_rules,
        slots: inputs.slots(&period, app.now()).unwrap_or_default(),
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
    pub(super) async fn read(app: &App, periods: &[AvailabilityPeriod]) -> Result<Self, AppError> {
        let mut keys = BTreeSet::new();
        let mut spans: BTreeMap<Resource, (LocalDate, LocalDate)> = BTreeMap::new();
        for period in periods {
            let resources = [Resource::Doctor(period.doctor), Resource::Room(period.room)];
            keys.extend([Key::doctor(period.doctor), Key::room(period.room), Key::clinic(period.clinic)]);
            keys.extend(resources.map(Key::guard));
            let Some(open) = period.interval().map(|open| open.extended(MAX_BUFFER)) else { continue };
            for (day, resource) in open.utc_days().flat_map(|day| resources.map(|resource| (day, resource))) {
                let span = spans.entry(resource).or_insert((day, day));
                *span = (span.0.min(day), span.1.max(day));
            }
        }
        let (short, long): (Vec<_>, Vec<_>) = spans
            .into_iter()
            .partition(|(_, (from, to))| to.signed_duration_since(*from).num_days() < MAX_BATCHED_DAYS);
        let days = |(from, to): (LocalDate, LocalDate)| from.iter_days().take_while(move |day| *day <= to);
        keys.extend(short.iter().flat_map(|(of, span)| days(*span).map(|day| Key::agenda(*of, day))));
        let keys: Vec<Key> = keys.into_iter().collect();
        let queried = long.into_iter().map(|(resource, (from, to))| async move {
            let days: Vec<AgendaDay> = app.table.query_all(&patterns::agenda_days(resource, from, to)).await?;
            Ok((resource, merged(&days)))
        });
        let (mut batch, agendas) = try_join(app.table.batch(&keys), try_join_bounded(queried)).await?;
        let mut inputs = Self { agendas: agendas.into_iter().collect(), ..Self::default() };
        for (resource, span) in short {
            let rows: Result<Vec<Option<AgendaDay>>, _> =
                days(span).map(|day| batch.take(&Key::agenda(resource, day))).collect();
            inputs.agendas.insert(resource, merged(&rows?.into_iter().flatten().collect::<Vec<_>>()));
        }
        inputs.take_places(&mut batch, periods)?;
        for period in periods {
            for resource in [Resource::Doctor(period.doctor), Resource::Room(period.room)] {
                let guard = batch.take::<Guard>(&Key::guard(resource))?;
                inputs.closed.extend(guard.map(|guard| (resource, guard.closed)));
            }
        }
        Ok(inputs)
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

    /// Returns the slots of a period; one that is over or running is shown as booked if it was. `None` if the doctor,
    /// the room or the clinic is deactivated.
    pub(super) fn slots(&self, period: &AvailabilityPeriod, now: Instant) -> Option<Vec<Slot>> {
        let (doctor, room) = (self.doctors.get(&period.doctor)?, self.rooms.get(&period.room)?);
        let clinic = self.clinics.get(&period.clinic)?;
        let agenda = |resource| self.agendas.get(&resource).unwrap_or(&self.empty.1);
        let needs = SlotConstraints {
            doctor: agenda(Resource::Doctor(period.doctor)),
            buffer: doctor.profile.buffer(),
            room: agenda(Resource::Room(period.room)),
            capacity: usize::from(room.profile.capacity),
            closed: self.closures(period),
        };
        let with_past = |slot: Slot| {
            let is_booked = slot.unavailable == Some(UnavailableReason::Past)
                && needs.doctor.first_over_capacity(slot.interval, 1).is_some();
            if is_booked { Slot { unavailable: Some(UnavailableReason::Booked), ..slot } } else { slot }
        };
        (doctor.is_active && room.is_active && clinic.is_active)
            .then(|| slots(period, needs, now).into_iter().map(with_past).collect())
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
        period: AvailabilityPeriod,
        now: Instant,
    ) -> Option<PeriodWithSlots> {
        Some(PeriodWithSlots {
            version: timetable.version(period.source)?,
            names: self.names(&period)?,
            instead_of_rules: timetable.window(period.source).is_some_and(|window| window.instead_of_rules),
            slots: self.slots(&period, now)?,
            blocks: Vec::new(),
            period,
        })
    }
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
