//! Copies the changed name of a specialty to the doctors whose main specialty it is, by a sweep.

use crate::App;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::sweep_run::{Progress, SweepRun};
use domain::doctor::{Doctor, DoctorProfile, Specialty};
use domain::ids::{DoctorId, SpecialtyId};
use store::keys::{Directory, Key};
use store::{Purpose, Transaction, patterns};

pub(crate) async fn run_sweep(run: &SweepRun<'_>, specialty: SpecialtyId) -> Result<Progress, AppError> {
    for active in [true, false] {
        let pattern = patterns::directory(Directory::Doctors, active);
        let doctors: Vec<Doctor> = run.app.table.query_all(&pattern).await?;
        for doctor in doctors.iter().filter(|doctor| doctor.profile.specialties.first() == Some(&specialty)) {
            if run.is_over() {
                return Ok(Progress::Interrupted);
            }
            crate::retry!(_number => copy_name(run.app, doctor.id, specialty))?;
        }
    }
    Ok(Progress::Finished)
}

/// Writes the current name, unless the doctor has it. Raises the doctor's version, since clients see another name.
async fn copy_name(app: &App, id: DoctorId, specialty: SpecialtyId) -> Result<(), AttemptError> {
    let keys = [Key::doctor(id), Key::specialty(specialty)];
    let mut batch = app.table.batch(&keys).await?;
    let found = batch.take::<Doctor>(&Key::doctor(id))?.zip(batch.take::<Specialty>(&Key::specialty(specialty))?);
    let Some((before, specialty)) = found else { return Ok(()) };
    let name = Some(specialty.profile.name);
    if before.profile.specialties.first() != Some(&specialty.id) || before.profile.specialty == name {
        return Ok(());
    }
    let (version, is_active) = (before.version, before.is_active);
    let profile = DoctorProfile { specialty: name, ..before.profile.clone() };
    let mut transaction = Transaction::default();
    transaction.replace(Purpose::Version, &before.changed(profile, is_active, app.now()), version);
    Ok(app.table.transact(transaction).await?)
}
