//! The clock by which the blocks of a doctor are read and shown.

use crate::App;
use crate::support::error::AppError;
use domain::clinic::Clinic;
use domain::ids::DoctorId;
use domain::time::{Days, LAST_DAY, Zone};
use domain::user::Scope;
use std::collections::HashSet;
use store::keys::{Directory, Key};
use store::patterns;
use store::schedule::Timetable;

/// The time zone of the clinics that the caller may see, if they have only one; otherwise that of the clinics among
/// them in which the doctor has hours, if these have only one.
pub(super) async fn zone_of_doctor(app: &App, scope: &Scope, doctor: DoctorId) -> Result<Option<Zone>, AppError> {
    let clinics = visible_clinics(app, scope).await?;
    let general = only(clinics.iter().map(|clinic| clinic.profile.timezone));
    if general.is_some() || clinics.is_empty() {
        return Ok(general);
    }
    let today = app.now().utc_day();
    let from = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    let to = today.checked_add_days(Days::new(366)).unwrap_or(LAST_DAY);
    let hours = Timetable::read(&app.table, doctor, from, to).await?;
    let windows = hours.windows.iter().map(|window| (window.clinic, window.zone));
    let all = windows.chain(hours.rules.iter().map(|rule| (rule.clinic, rule.zone)));
    Ok(only(all.filter(|(clinic, _)| scope.includes(*clinic)).map(|(_, zone)| zone)))
}

async fn visible_clinics(app: &App, scope: &Scope) -> Result<Vec<Clinic>, AppError> {
    let Scope::Only(ids) = scope else {
        return Ok(app.table.query_all(&patterns::directory(Directory::Clinics, true)).await?);
    };
    let keys: Vec<Key> = ids.iter().copied().map(Key::clinic).collect();
    let mut batch = app.table.batch_eventual(&keys).await?;
    let mut clinics = Vec::new();
    for key in &keys {
        clinics.extend(batch.take::<Clinic>(key)?);
    }
    Ok(clinics)
}

fn only(zones: impl Iterator<Item = Zone>) -> Option<Zone> {
    let distinct: HashSet<Zone> = zones.collect();
    let mut zones = distinct.into_iter();
    zones.next().filter(|_| zones.next().is_none())
}
