//! The first names by which a list of appointments tells its patients apart.

use crate::App;
use crate::appointments::lookup::get_appointments;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use domain::name::Name;
use domain::patient::Patient;
use std::collections::{BTreeMap, BTreeSet};
use store::keys::Key;

pub(super) async fn names_of(
    app: &App,
    appointments: &[Appointment],
) -> Result<BTreeMap<AppointmentId, Name>, AppError> {
    let keys: BTreeSet<Key> = appointments.iter().map(|appointment| Key::patient(appointment.patient)).collect();
    let keys: Vec<Key> = keys.into_iter().collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut names = BTreeMap::new();
    for key in keys {
        if let Some(patient) = batch.take::<Patient>(&key)? {
            names.insert(patient.id, Name::from(patient.profile.first_name.as_str()));
        }
    }
    let named = |it: &Appointment| Some((it.id, names.get(&it.patient)?.clone()));
    Ok(appointments.iter().filter_map(named).collect())
}

/// The first names of the patients of some appointments.
pub(super) async fn first_names(
    app: &App,
    appointments: &[AppointmentId],
) -> Result<Vec<(AppointmentId, String)>, AppError> {
    let found = get_appointments(app, appointments.iter().copied()).await?;
    let names = names_of(app, &found).await?;
    Ok(names.into_iter().map(|(id, name)| (id, name.as_str().to_owned())).collect())
}
