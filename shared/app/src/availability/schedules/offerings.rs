//! What doctors have on offer: openings as they really apply, with their slots.

use super::change::DoctorTime as _;
use crate::App;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::agenda::Agenda;
use domain::availability::{Needs, Slot, slots};
use domain::clinic::{Clinic, Room};
use domain::closure::Closures;
use domain::doctor::Doctor;
use domain::ids::{ClinicId, DoctorId, RoomId};
use domain::name::Name;
use domain::schedule::{Opening, Window};
use domain::time::{Instant, LocalDate, TimeDelta};
use domain::weekly_rule::WeeklyRule;
use futures_util::future::{try_join, try_join_all};
use std::collections::{BTreeMap, BTreeSet};
use store::agenda::AgendaDay;
use store::guard::Guard;
use store::keys::{Key, Resource};
use store::patterns;
use store::schedule::Timetable;

/// An opening with the names and slots that clients see.
#[derive(Debug, Clone)]
pub struct Offering {
    /// The opening.
    pub opening: Opening,
    /// The version of the window or rule that it comes from.
    pub version: u64,
    /// Who and where, by name.
    pub names: Names,
    /// Its slots.
    pub slots: Vec<Slot>,
}

/// Names that clients see beside ids.
#[derive(Debug, Clone)]
pub struct Names {
    /// The doctor's.
    pub doctor: Name,
    /// The clinic's.
    pub clinic: Name,
    /// The room's.
    pub room: Name,
}

/// Which openings are wanted: of one doctor, one room or one clinic at least.
#[derive(Debug, Clone)]
pub struct ScheduleFilter {
    /// Of this doctor.
    pub doctor: Option<DoctorId>,
    /// In this room.
    pub room: Option<RoomId>,
    /// At this clinic.
    pub clinic: Option<ClinicId>,
    /// From this local day …
    pub from: LocalDate,
    /// … to this one, included.
    pub to: LocalDate,
}

/// The openings of some days with their slots, by date and time. What is closed altogether, by a
/// holiday or a block, isn't among them.
///
/// # Errors
/// What reading says.
pub async fn list_schedules(app: &App, ctx: &Context, filter: &ScheduleFilter) -> Result<Vec<Offering>, AppError> {
    let (from, to) = (filter.from, filter.to);
    let timetable = match (filter.doctor, filter.room, filter.clinic) {
        (Some(doctor), _, _) => Timetable::read(&app.table, doctor, from, to).await?,
        (None, Some(room), _) => of_room(app, room, from, to).await?,
        (None, None, Some(clinic)) => {
            let rooms = crate::directory::clinics::rooms_of(app, clinic).await?;
            let tables = try_join_all(rooms.iter().map(|room| of_room(app, room.id, from, to))).await?;
            tables.into_iter().fold(Timetable::default(), Timetable::and)
        }
        (None, None, None) => Timetable::default(),
    };
    let mut openings = timetable.openings(from, to);
    openings.retain(|opening| {
        ctx.scope.includes(opening.clinic)
            && filter.room.is_none_or(|room| opening.room == room)
            && filter.clinic.is_none_or(|clinic| opening.clinic == clinic)
    });
    let facts = Facts::read(app, &openings).await?;
    openings.retain(|opening| !facts.closed(opening));
    let mut offerings: Vec<Offering> =
        openings.into_iter().filter_map(|opening| facts.offering(&timetable, opening, app.now())).collect();
    offerings.sort_by_key(|offering| (offering.opening.date, offering.opening.start_time, offering.opening.source));
    Ok(offerings)
}

/// The offering of one window, closed or not.
pub(super) async fn of_window(app: &App, window: Window) -> Result<Offering, AppError> {
    let opening = window.opening();
    let facts = Facts::read(app, std::slice::from_ref(&opening)).await?;
    facts.offering(&window.alone(), opening, app.now()).ok_or(AppError::NotFound)
}

/// The windows and rules of a room.
///
/// # Errors
/// What reading says.
pub(crate) async fn of_room(app: &App, room: RoomId, from: LocalDate, to: LocalDate) -> Result<Timetable, AppError> {
    let (windows, rules) = (patterns::windows_of_room(room, from, to), patterns::rules_of_room(room));
    let (windows, rules) =
        try_join(app.table.query_all::<Window>(&windows), app.table.query_all::<WeeklyRule>(&rules)).await?;
    Ok(Timetable { windows, rules })
}

/// The longest buffer that a doctor may keep.
const MAX_BUFFER: TimeDelta = TimeDelta::minutes(120);

/// Who and what openings are about, and what takes and closes their time.
#[derive(Debug, Default)]
pub(super) struct Facts {
    doctors: BTreeMap<DoctorId, Doctor>,
    rooms: BTreeMap<RoomId, Room>,
    clinics: BTreeMap<ClinicId, Clinic>,
    closed: BTreeMap<Resource, Closures>,
    agendas: BTreeMap<Resource, Agenda>,
    nothing: (Closures, Agenda),
}

impl Facts {
    /// Reads them.
    ///
    /// # Errors
    /// What reading says.
    pub(super) async fn read(app: &App, openings: &[Opening]) -> Result<Self, AppError> {
        let mut keys = BTreeSet::new();
        let mut spans: BTreeMap<Resource, (LocalDate, LocalDate)> = BTreeMap::new();
        for opening in openings {
            let resources = [Resource::Doctor(opening.doctor), Resource::Room(opening.room)];
            keys.extend([Key::doctor(opening.doctor), Key::room(opening.room), Key::clinic(opening.clinic)]);
            keys.extend(resources.map(Key::guard));
            let Some(open) = opening.interval().map(|open| open.extended(MAX_BUFFER)) else { continue };
            for (day, resource) in open.utc_days().flat_map(|day| resources.map(|resource| (day, resource))) {
                let span = spans.entry(resource).or_insert((day, day));
                *span = (span.0.min(day), span.1.max(day));
            }
        }
        let keys: Vec<Key> = keys.into_iter().collect();
        let agendas = spans.iter().map(|(resource, (from, to))| async move {
            let days: Vec<AgendaDay> = app.table.query_all(&patterns::agenda_days(*resource, *from, *to)).await?;
            Ok((*resource, merged(&days)))
        });
        let (mut batch, agendas) = try_join(app.table.batch(&keys), try_join_all(agendas)).await?;
        let mut facts = Self { agendas: agendas.into_iter().collect(), ..Self::default() };
        for opening in openings {
            let (doctor, room, clinic) = (opening.doctor, opening.room, opening.clinic);
            facts.doctors.extend(batch.take(&Key::doctor(doctor))?.map(|found| (doctor, found)));
            facts.rooms.extend(batch.take(&Key::room(room))?.map(|found| (room, found)));
            facts.clinics.extend(batch.take(&Key::clinic(clinic))?.map(|found| (clinic, found)));
            for resource in [Resource::Doctor(doctor), Resource::Room(room)] {
                let guard = batch.take::<Guard>(&Key::guard(resource))?;
                facts.closed.extend(guard.map(|guard| (resource, guard.closed)));
            }
        }
        Ok(facts)
    }

    fn closures(&self, opening: &Opening) -> [&Closures; 2] {
        [Resource::Doctor(opening.doctor), Resource::Room(opening.room)]
            .map(|resource| self.closed.get(&resource).unwrap_or(&self.nothing.0))
    }

    /// Whether nothing of an opening is left by holidays and blocks.
    pub(super) fn closed(&self, opening: &Opening) -> bool {
        let [doctor, room] = self.closures(opening);
        let all = Closures::of(doctor.iter().chain(room.iter()));
        opening.interval().is_none_or(|open| all.cover(open))
    }

    /// The slots of an opening. There are none with a doctor, in a room or at a clinic that was
    /// deactivated.
    pub(super) fn slots(&self, opening: &Opening, now: Instant) -> Option<Vec<Slot>> {
        let (doctor, room) = (self.doctors.get(&opening.doctor)?, self.rooms.get(&opening.room)?);
        let clinic = self.clinics.get(&opening.clinic)?;
        let agenda = |resource| self.agendas.get(&resource).unwrap_or(&self.nothing.1);
        let needs = Needs {
            doctor: agenda(Resource::Doctor(opening.doctor)),
            buffer: doctor.profile.buffer(),
            room: agenda(Resource::Room(opening.room)),
            capacity: usize::from(room.profile.capacity),
            closed: self.closures(opening),
        };
        (doctor.is_active && room.is_active && clinic.is_active).then(|| slots(opening, needs, now))
    }

    /// The names of an opening's doctor, clinic and room.
    pub(super) fn names(&self, opening: &Opening) -> Option<Names> {
        Some(Names {
            doctor: self.doctors.get(&opening.doctor)?.profile.full_name(),
            clinic: self.clinics.get(&opening.clinic)?.profile.name.as_str().into(),
            room: self.rooms.get(&opening.room)?.profile.name.as_str().into(),
        })
    }

    fn offering(&self, timetable: &Timetable, opening: Opening, now: Instant) -> Option<Offering> {
        Some(Offering {
            version: timetable.version(opening.source)?,
            names: self.names(&opening)?,
            slots: self.slots(&opening, now)?,
            opening,
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
