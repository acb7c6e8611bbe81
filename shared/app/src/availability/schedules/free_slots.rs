//! Lists the next free slots of one doctor, or of all doctors with a specialty, and those that are offered instead of a
//! time that can't be booked.

use super::period_slots::{PeriodNames, SlotInputs, SlotReads, with_adjacent_days, with_neighbours};
use crate::App;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::doctor::Doctor;
use domain::ids::{ClinicId, DoctorId, PatientId, SpecialtyId};
use domain::schedule::AvailabilityPeriod;
use domain::time::{ClientTime, Days, Instant, Interval, LocalDate, TimeDelta};
use store::keys::Directory;
use store::patterns;
use store::schedule::Timetable;

/// Filter of a list of free slots.
#[derive(Debug, Clone)]
pub struct SlotFilter {
    pub doctors: DoctorSelector,
    pub clinic: Option<ClinicId>,
    /// First local day.
    pub from: LocalDate,
    /// Last local day.
    pub to: LocalDate,
    /// Maximum number of slots.
    pub limit: usize,
}

#[derive(Debug, Clone, Copy)]
pub enum DoctorSelector {
    One(DoctorId),
    WithSpecialty(SpecialtyId),
}

/// A slot that can be booked.
#[derive(Debug, Clone)]
pub struct FreeSlot {
    pub interval: Interval,
    /// The availability period that contains the slot.
    pub period: AvailabilityPeriod,
    pub names: PeriodNames,
}

/// Lists the next free slots, soonest first.
pub async fn list_slots(app: &App, ctx: &Context, filter: &SlotFilter) -> Result<Vec<FreeSlot>, AppError> {
    let doctors = match filter.doctors {
        DoctorSelector::One(doctor) => vec![doctor],
        DoctorSelector::WithSpecialty(specialty) => doctors_with_specialty(app, specialty).await?,
    };
    let (from, to) = with_adjacent_days(filter.from, filter.to);
    let tables = doctors.into_iter().map(|doctor| Timetable::read(&app.table, doctor, from, to));
    let timetable = try_join_bounded(tables).await?.into_iter().fold(Timetable::default(), Timetable::merged);
    let all = timetable.periods(from, to);
    let mut periods = all.clone();
    periods.retain(|period| {
        (filter.from..=filter.to).contains(&period.date)
            && ctx.scope.includes(period.clinic)
            && filter.clinic.is_none_or(|clinic| period.clinic == clinic)
    });
    let search = SlotSearch { limit: filter.limit, ..SlotSearch::default() };
    Box::pin(free_slots(app, periods, &all, &search)).await
}

/// What a patient is offered instead of a time that can't be booked.
#[derive(Debug, Clone, Copy)]
pub struct OfferFilter {
    pub doctor: DoctorId,
    pub patient: PatientId,
    /// The time that was asked for: slots begin then or later.
    pub from: ClientTime,
    /// The length that was asked for; `None` for that of a slot.
    pub length: Option<TimeDelta>,
    pub limit: usize,
}

/// How many days ahead a doctor's slots are searched for offers.
const OFFER_DAYS: Days = Days::new(14);
/// The agendas of so many periods are read at most: an answer that refuses must stay cheap.
const OFFER_PERIODS: usize = 4;

/// Lists the next free slots of one doctor that fit a patient, soonest first. Not all that there are: the search ends
/// after a few days. It reads eventually consistently, because it decides nothing.
pub async fn list_offers(app: &App, ctx: &Context, filter: &OfferFilter) -> Result<Vec<FreeSlot>, AppError> {
    let day = filter.from.nominal_date();
    let (from, to) = with_adjacent_days(day, day.checked_add_days(OFFER_DAYS).unwrap_or(day));
    let all = Timetable::read_eventual(&app.table, filter.doctor, from, to).await?.periods(from, to);
    let mut periods = all.clone();
    periods.retain(|period| {
        let ends_later = |open: Interval| filter.from.first_instant(period.zone) < open.end();
        ctx.scope.includes(period.clinic) && period.interval().is_some_and(ends_later)
    });
    let search = SlotSearch {
        limit: filter.limit,
        max_periods: Some(OFFER_PERIODS),
        fitting: Some((filter.patient, filter.length)),
        from: Some(filter.from),
    };
    Box::pin(free_slots(app, periods, &all, &search)).await
}

/// Which of the slots of some periods are wanted.
#[derive(Debug, Default)]
struct SlotSearch {
    limit: usize,
    max_periods: Option<usize>,
    /// Only slots that fit this patient, of this length if it is given.
    fitting: Option<(PatientId, Option<TimeDelta>)>,
    /// Only slots that begin then or later.
    from: Option<ClientTime>,
}

impl SlotSearch {
    /// The time that is offered where this slot begins, if it is wanted.
    fn offer(
        &self,
        slot: Interval,
        inputs: &SlotInputs,
        (period, all): (&AvailabilityPeriod, &[AvailabilityPeriod]),
        now: Instant,
    ) -> Option<Interval> {
        if self.from.is_some_and(|from| slot.start() < from.first_instant(period.zone)) {
            return None;
        }
        let Some((patient, length)) = self.fitting else { return Some(slot) };
        let offered = length.map_or(Some(slot), |length| Interval::new(slot.start(), slot.start().plus(length)))?;
        inputs.is_free_for(patient, offered, (period, all), now).then_some(offered)
    }
}

/// The next free slots of some periods, soonest first. `all` has also the periods that may meet them.
async fn free_slots(
    app: &App,
    mut periods: Vec<AvailabilityPeriod>,
    all: &[AvailabilityPeriod],
    search: &SlotSearch,
) -> Result<Vec<FreeSlot>, AppError> {
    let now = app.now();
    periods.retain(|period| period.interval().is_some_and(|open| open.end() > now));
    periods.sort_by_key(|period| period.interval().map(Interval::start));
    periods.truncate(search.max_periods.unwrap_or(usize::MAX));
    let reads =
        SlotReads { patient: search.fitting.map(|(patient, _)| patient), eventual: search.max_periods.is_some() };
    let mut inputs = SlotInputs::default();
    let mut free: Vec<FreeSlot> = Vec::new();
    let (mut rest, mut wanted) = (periods.as_slice(), search.limit);
    // Agendas are read only as far as the list needs them. Where much is booked, more of them are read at once.
    while let Some((group, later)) = rest.split_at_checked(periods_with_slots(rest, wanted))
        && !group.is_empty()
    {
        inputs.read_more(app, &with_neighbours(group, all), reads).await?;
        for period in group {
            // Periods are sorted by start: a period that begins after the last slot of a full list adds nothing.
            let last = free.get(search.limit.saturating_sub(1)).map(|slot| slot.interval.start());
            if last.is_some_and(|last| period.interval().is_none_or(|open| last <= open.start())) {
                free.truncate(search.limit);
                return Ok(free);
            }
            let (Some(slots), Some(names)) = (inputs.slots(period, all, now), inputs.names(period)) else { continue };
            let open = slots.into_iter().filter(|slot| slot.unavailable.is_none());
            let offers = open.filter_map(|slot| search.offer(slot.interval, &inputs, (period, all), now));
            free.extend(offers.map(|interval| FreeSlot { interval, period: period.clone(), names: names.clone() }));
            free.sort_by_key(|slot| (slot.interval, slot.period.doctor));
        }
        if free.len() >= search.limit && search.max_periods.is_some() {
            break;
        }
        (rest, wanted) = (later, wanted.saturating_mul(2));
    }
    free.truncate(search.limit);
    Ok(free)
}

/// How many of the first periods have `wanted` slots together, free or not.
fn periods_with_slots(periods: &[AvailabilityPeriod], wanted: usize) -> usize {
    let slots = |period: &AvailabilityPeriod| {
        let minutes = period.interval().map_or(0, |open| open.end().since(open.start()).num_minutes());
        usize::try_from(minutes).unwrap_or(0) / usize::from(period.slot_minutes.max(1))
    };
    let mut sum = 0;
    let is_needed = |period: &&AvailabilityPeriod| {
        let is_needed = sum < wanted;
        sum += slots(period);
        is_needed
    };
    periods.iter().take_while(is_needed).count()
}

async fn doctors_with_specialty(app: &App, specialty: SpecialtyId) -> Result<Vec<DoctorId>, AppError> {
    let doctors: Vec<Doctor> = app.table.query_all(&patterns::directory(Directory::Doctors, true)).await?;
    let has = |doctor: &Doctor| doctor.profile.specialties.contains(&specialty);
    Ok(doctors.into_iter().filter(has).map(|doctor| doctor.id).collect())
}
