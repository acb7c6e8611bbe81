//! Lists the next free slots of one doctor, or of all doctors with a specialty.

use super::period_slots::{PeriodNames, SlotInputs};
use crate::App;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::doctor::Doctor;
use domain::ids::{ClinicId, DoctorId, SpecialtyId};
use domain::schedule::AvailabilityPeriod;
use domain::time::{Interval, LocalDate};
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
    let tables = doctors.into_iter().map(|doctor| Timetable::read(&app.table, doctor, filter.from, filter.to));
    let timetable = try_join_bounded(tables).await?.into_iter().fold(Timetable::default(), Timetable::merged);
    let mut periods = timetable.periods(filter.from, filter.to);
    let now = app.now();
    periods.retain(|period| {
        ctx.scope.includes(period.clinic)
            && filter.clinic.is_none_or(|clinic| period.clinic == clinic)
            && period.interval().is_some_and(|open| open.end() > now)
    });
    periods.sort_by_key(|period| period.interval().map(Interval::start));
    let mut free: Vec<FreeSlot> = Vec::new();
    let (mut rest, mut wanted) = (periods.as_slice(), filter.limit);
    // Agendas are read only as far as the list needs them. Where much is booked, more of them are read at once.
    while let Some((group, later)) = rest.split_at_checked(periods_with_slots(rest, wanted))
        && !group.is_empty()
    {
        let inputs = SlotInputs::read(app, group).await?;
        for period in group {
            // Periods are sorted by start: a period that begins after the last slot of a full list adds nothing.
            let last = free.get(filter.limit.saturating_sub(1)).map(|slot| slot.interval.start());
            if last.is_some_and(|last| period.interval().is_none_or(|open| last <= open.start())) {
                free.truncate(filter.limit);
                return Ok(free);
            }
            let (Some(slots), Some(names)) = (inputs.slots(period, now), inputs.names(period)) else { continue };
            let open = slots.into_iter().filter(|slot| slot.unavailable.is_none());
            free.extend(open.map(|slot| FreeSlot {
                interval: slot.interval,
                period: period.clone(),
                names: names.clone(),
            }));
            free.sort_by_key(|slot| (slot.interval, slot.period.doctor));
        }
        (rest, wanted) = (later, wanted.saturating_mul(2));
    }
    free.truncate(filter.limit);
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
