//! Lists availability periods with their slots, after holidays, blocks and appointments are taken into account.

use super::change::AvailabilityRow as _;
use crate::App;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::agenda::Agenda;
use domain::availability::{Slot, SlotConstraints, is_free, slots, stretch};
use domain::clinic::{Clinic, Room};
use domain::closure::Closures;
use domain::doctor::Doctor;
use domain::ids::{ClinicId, DoctorId, PatientId, RoomId};
use domain::name::Name;
use domain::schedule::{AvailabilityPeriod, Window};
use domain::time::{Instant, Interval, LocalDate, TimeDelta};
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
    let all = timetable.periods(from, to);
    let mut periods = all.clone();
    periods.retain(|period| {
        (filter.from..=filter.to).contains(&period.date)
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
    Ok(periods_with_slots)
}

/// Returns one window with its slots, even if it is closed.
pub(super) async fn window_with_slots(app: &App, window: Window) -> Result<PeriodWithSlots, AppError> {
    let (period, (from, to)) = (window.period(), with_adjacent_days(window.date, window.date));
    let all = Timetable::read(&app.table, window.doctor, from, to).await?.periods(from, to);
    let needed = with_neighbours(std::slice::from_ref(&period), &all);
    let inputs = SlotInputs::read(app, &needed, SlotReads::default()).await?;
    inputs.period_with_slots(&window.as_timetable(), &all, period, app.now()).ok_or(AppError::NotFound)
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
        for period in periods {
            let (doctor, room, clinic) = (period.doctor, period.room, period.clinic);
            self.doctors.extend(batch.take(&Key::doctor(doctor))?.map(|found| (doctor, found)));
            self.rooms.extend(batch.take(&Key::room(room))?.map(|found| (room, found)));
            self.clinics.extend(batch.take(&Key::clinic(clinic))?.map(|found| (clinic, found)));
            for resource in [Resource::Doctor(doctor), Resource::Room(room)] {
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

    /// Returns the slots of a period; `all` has those that may meet it. `None` if its doctor, room or clinic is
    /// deactivated.
    pub(super) fn slots(
        &self,
        period: &AvailabilityPeriod,
        all: &[AvailabilityPeriod],
        now: Instant,
    ) -> Option<Vec<Slot>> {
        Some(slots(period, all, self.constraints(period)?, now))
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
            slots: self.slots(&period, all, now)?,
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
