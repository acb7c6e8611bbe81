//! The next free slots, of one doctor or of all who have a specialty.

use super::offerings::{Facts, Names};
use crate::App;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::doctor::Doctor;
use domain::ids::{ClinicId, DoctorId, SpecialtyId};
use domain::schedule::Opening;
use domain::time::{Interval, LocalDate};
use futures_util::future::try_join_all;
use store::keys::Directory;
use store::patterns;
use store::schedule::Timetable;

/// Which slots are wanted.
#[derive(Debug, Clone)]
pub struct SlotFilter {
    /// With whom.
    pub doctors: Doctors,
    /// At this clinic.
    pub clinic: Option<ClinicId>,
    /// From this local day …
    pub from: LocalDate,
    /// … to this one, included.
    pub to: LocalDate,
    /// At most this many.
    pub limit: usize,
}

/// With whom.
#[derive(Debug, Clone, Copy)]
pub enum Doctors {
    /// This one.
    One(DoctorId),
    /// Any with this specialty.
    Of(SpecialtyId),
}

/// A slot that can be booked.
#[derive(Debug, Clone)]
pub struct FreeSlot {
    /// When.
    pub interval: Interval,
    /// The opening that it is a part of.
    pub opening: Opening,
    /// Who and where, by name.
    pub names: Names,
}

/// The next free slots, soonest first.
///
/// # Errors
/// What reading says.
pub async fn list_slots(app: &App, ctx: &Context, filter: &SlotFilter) -> Result<Vec<FreeSlot>, AppError> {
    let doctors = match filter.doctors {
        Doctors::One(doctor) => vec![doctor],
        Doctors::Of(specialty) => with_specialty(app, specialty).await?,
    };
    let tables = doctors.into_iter().map(|doctor| Timetable::read(&app.table, doctor, filter.from, filter.to));
    let timetable = try_join_all(tables).await?.into_iter().fold(Timetable::default(), Timetable::and);
    let mut openings = timetable.openings(filter.from, filter.to);
    let now = app.now();
    openings.retain(|opening| {
        ctx.scope.includes(opening.clinic)
            && filter.clinic.is_none_or(|clinic| opening.clinic == clinic)
            && opening.interval().is_some_and(|open| open.end() > now)
    });
    openings.sort_by_key(|opening| opening.interval().map(Interval::start));
    let facts = Facts::read(app, &openings).await?;
    let mut free: Vec<FreeSlot> = Vec::new();
    for opening in openings {
        // Openings come in the order of their starts: what begins after the last of enough is of no use.
        let last = free.get(filter.limit.saturating_sub(1)).map(|slot| slot.interval.start());
        if last.is_some_and(|last| opening.interval().is_none_or(|open| last <= open.start())) {
            break;
        }
        let (Some(slots), Some(names)) = (facts.slots(&opening, now), facts.names(&opening)) else { continue };
        let open = slots.into_iter().filter(|slot| slot.taken.is_none());
        free.extend(open.map(|slot| FreeSlot {
            interval: slot.interval,
            opening: opening.clone(),
            names: names.clone(),
        }));
        free.sort_by_key(|slot| (slot.interval, slot.opening.doctor));
    }
    free.truncate(filter.limit);
    Ok(free)
}

async fn with_specialty(app: &App, specialty: SpecialtyId) -> Result<Vec<DoctorId>, AppError> {
    let doctors: Vec<Doctor> = app.table.query_all(&patterns::directory(Directory::Doctors, true)).await?;
    let has = |doctor: &Doctor| doctor.profile.specialties.contains(&specialty);
    Ok(doctors.into_iter().filter(has).map(|doctor| doctor.id).collect())
}
