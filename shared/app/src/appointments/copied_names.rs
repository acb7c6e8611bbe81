//! Copies changed names of patients, doctors, clinics and rooms onto their appointments.

use crate::App;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use domain::appointment::Appointment;
use domain::clinic::{Clinic, Room};
use domain::doctor::Doctor;
use domain::patient::Patient;
use store::item::text;
use store::keys::Key;
use store::transaction::UpdateExpression;
use store::{Purpose, patterns};

/// A record whose display name is copied onto appointments.
#[derive(Debug, Clone, Copy)]
pub enum NameSource<'a> {
    Patient(&'a Patient),
    Doctor(&'a Doctor),
    Clinic(&'a Clinic),
    Room(&'a Room),
}

/// Copies a changed name onto upcoming appointments. The copies are for display only: they don't raise an
/// appointment's version, and a copy that is lost in a crash stays stale until the next change of the name.
pub async fn propagate_name(app: &App, source: NameSource<'_>) -> Result<(), AppError> {
    let now = Some(app.now());
    let (pattern, name) = match source {
        NameSource::Patient(patient) => {
            (patterns::appointments_of_patient(patient.id, now, None), patient.profile.full_name())
        }
        NameSource::Doctor(doctor) => {
            (patterns::appointments_of_doctor(doctor.id, now, None), doctor.profile.full_name())
        }
        NameSource::Clinic(clinic) => {
            (patterns::appointments_of_clinic(clinic.id, now, None), clinic.profile.name.as_str().into())
        }
        NameSource::Room(room) => {
            (patterns::appointments_of_clinic(room.profile.clinic, now, None), room.profile.name.as_str().into())
        }
    };
    let appointments: Vec<Appointment> = app.table.query_all(&pattern).await?;
    for appointment in appointments {
        let (update, copy) = match source {
            NameSource::Patient(_) => ("SET patient_name = :name", &appointment.patient_name),
            NameSource::Doctor(_) => ("SET doctor_name = :name", &appointment.doctor_name),
            NameSource::Clinic(_) => ("SET clinic_name = :name", &appointment.clinic_name),
            NameSource::Room(room) if room.id == appointment.room => ("SET room_name = :name", &appointment.room_name),
            NameSource::Room(_) => continue,
        };
        if *copy != name {
            crate::retry!(_number => async {
                let mut transaction = store::Transaction::default();
                let change = UpdateExpression {
                    update,
                    condition: Some("attribute_exists(PK)"),
                    names: &[],
                    values: &[(":name", text(name.as_str()))],
                };
                transaction.update(Purpose::Append, Key::appointment(appointment.id), &change);
                Ok::<(), AttemptError>(app.table.transact(transaction).await?)
            })?;
        }
    }
    Ok(())
}
