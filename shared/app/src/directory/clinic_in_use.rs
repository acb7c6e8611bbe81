//! What has times in a clinic's time zone.

use crate::App;
use crate::availability::in_use::{appointments_of_rooms, dependent_appointments};
use crate::availability::room_timetable::timetable_of_room;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::dependents::DependentAvailability;
use crate::support::error::AppError;
use domain::clinic::Room;
use domain::doctor::Doctor;
use domain::ids::{ClinicId, DoctorId, RoomId};
use domain::name::Name;
use domain::time::LAST_DAY;
use std::collections::{BTreeMap, BTreeSet};
use store::keys::Key;
use store::patterns;
use store::schedule::Timetable;

/// Checks that a clinic has no upcoming appointments, windows or rules, also in deactivated rooms: in another time zone,
/// their local times would be other instants.
pub(super) async fn expect_clinic_unused(app: &App, ctx: &Context, clinic: ClinicId) -> Result<(), AppError> {
    let rooms: Vec<Room> = app.table.query_all(&patterns::rooms_of_clinic(clinic)).await?;
    let appointments = appointments_of_rooms(app, rooms.iter().map(|room| room.id)).await?;
    let today = app.now().utc_day();
    let from = today.pred_opt().unwrap_or(today);
    let timetables = rooms.iter().map(|room| timetable_of_room(app, room.id, from, LAST_DAY));
    let mut timetable = try_join_bounded(timetables).await?.into_iter().fold(Timetable::default(), Timetable::merged);
    timetable.rules.retain(|rule| rule.valid_until.is_none_or(|last| from <= last));
    if appointments.is_empty() && timetable.windows.is_empty() && timetable.rules.is_empty() {
        return Ok(());
    }
    let names = Names::read(app, &timetable, &rooms).await?;
    let mut dependents = dependent_appointments(&ctx.scope, &appointments);
    dependents.windows = timetable.windows.into_iter().map(|row| names.of(row.doctor, row.room, row)).collect();
    dependents.rules = timetable.rules.into_iter().map(|row| names.of(row.doctor, row.room, row)).collect();
    Err(AppError::InUse(Box::new(dependents)))
}

/// The names of doctors and rooms.
struct Names {
    doctors: BTreeMap<DoctorId, Name>,
    rooms: BTreeMap<RoomId, Name>,
}

impl Names {
    async fn read(app: &App, timetable: &Timetable, rooms: &[Room]) -> Result<Self, AppError> {
        let windows = timetable.windows.iter().map(|window| window.doctor);
        let ids: BTreeSet<DoctorId> = windows.chain(timetable.rules.iter().map(|rule| rule.doctor)).collect();
        let keys: Vec<Key> = ids.into_iter().map(Key::doctor).collect();
        let mut batch = app.table.batch(&keys).await?;
        let mut doctors = BTreeMap::new();
        for key in &keys {
            doctors.extend(batch.take::<Doctor>(key)?.map(|doctor| (doctor.id, doctor.profile.full_name())));
        }
        let rooms = rooms.iter().map(|room| (room.id, room.profile.name.as_str().into())).collect();
        Ok(Self { doctors, rooms })
    }

    fn of<T>(&self, doctor: DoctorId, room: RoomId, row: T) -> DependentAvailability<T> {
        let doctor_name = self.doctors.get(&doctor).cloned().unwrap_or_default();
        let room_name = self.rooms.get(&room).cloned().unwrap_or_default();
        DependentAvailability { row, doctor_name, room_name }
    }
}
