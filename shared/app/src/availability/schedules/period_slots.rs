//! Lists availability periods with their slots, after holidays, blocks and appointments are taken into account.

use super::change::AvailabilityRow as _;
use crate::App;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::agenda::Agenda;
use domain::availability::{Slot, SlotConstraints, slots};
use domain::clinic::{Clinic, Room};
use domain::closure::Closures;
use domain::doctor::Doctor;
use domain::ids::{ClinicId, DoctorId, RoomId};
use domain::name::Name;
use domain::schedule::{AvailabilityPeriod, Window};
use domain::time::{Instant, LocalDate, TimeDelta};
use domain::weekly_rule::WeeklyRule;
use futures_util::future::try_join;
use std::collections::{BTreeMap, BTreeSet};
use store::agenda::AgendaDay;
use store::guard::Guard;
use store::keys::{Key, Resource};
use store::patterns;
use store::schedule::Timetable;

/// An availability period with its slots and display names.
#[derive(Debug, Clone)]
pub struct PeriodWithSlots {
    pub period: AvailabilityPeriod,
    /// The version of the window or rule that the period comes from.
    pub version: u64,
    pub names: PeriodNames,
    pub slots: Vec<Slot>,
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
    Ok(periods_with_slots)
}

/// Returns one window with its slots, even if it is closed.
pub(super) async fn window_with_slots(app: &App, window: Window) -> Result<PeriodWithSlots, AppError> {
    let period = window.period();
    let inputs = SlotInputs::read(app, std::slice::from_ref(&period)).await?;
    inputs.period_with_slots(&window.as_timetable(), period, app.now()).ok_or(AppError::NotFound)
}

pub(crate) async fn timetable_of_room(
    app: &App,
    room: RoomId,
    from: LocalDate,
    to: LocalDate,
) -> Result<Timetable, AppError> {
    let (windows, rules) = (patterns::windows_of_room(room, from, to), patterns::rules_of_room(room));
    let (windows, rules) =
        try_join(app.table.query_all::<Window>(&windows), app.table.query_all::<WeeklyRule>(&rules)).await?;
    Ok(Timetable { windows, rules })
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
        for period in periods {
            let (doctor, room, clinic) = (period.doctor, period.room, period.clinic);
            inputs.doctors.extend(batch.take(&Key::doctor(doctor))?.map(|found| (doctor, found)));
            inputs.rooms.extend(batch.take(&Key::room(room))?.map(|found| (room, found)));
            inputs.clinics.extend(batch.take(&Key::clinic(clinic))?.map(|found| (clinic, found)));
            for resource in [Resource::Doctor(doctor), Resource::Room(room)] {
                let guard = batch.take::<Guard>(&Key::guard(resource))?;
                inputs.closed.extend(guard.map(|guard| (resource, guard.closed)));
            }
        }
        Ok(inputs)
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

    /// Returns the slots of a period. `None` if its doctor, room or clinic is deactivated.
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
        (doctor.is_active && room.is_active && clinic.is_active).then(|| slots(period, needs, now))
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
            slots: self.slots(&period, now)?,
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
