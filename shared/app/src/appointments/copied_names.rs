//! Copies the changed name of a patient, doctor, clinic or room to its upcoming appointments, by a sweep.

use crate::App;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::sweep_run::{Progress, SweepRun};
use domain::appointment::Appointment;
use domain::clinic::{Clinic, Room};
use domain::doctor::Doctor;
use domain::ids::AppointmentId;
use domain::name::Name;
use domain::patient::Patient;
use store::item::{number, text};
use store::keys::Key;
use store::patterns::{self, Pattern};
use store::sweep::NamedRecord;
use store::transaction::UpdateExpression;
use store::{Purpose, Transaction};

/// Appointments per chunk: one transaction. After each chunk the cursor is stored.
const APPOINTMENTS_PER_CHUNK: usize = 50;

/// Where the copies of a name are, and what they should be.
struct CopiedName {
    /// The upcoming appointments that may have a copy.
    appointments: Pattern,
    update: &'static str,
    name: Name,
    /// The record that has the name, and the version that was read.
    record: (Key, u64),
}

/// Copies the current name of a record. The copies are for display only: they don't raise an appointment's version.
pub async fn run_sweep(run: &mut SweepRun<'_>, record: NamedRecord) -> Result<Progress, AppError> {
    let Some(current) = current_name(run.app, record).await? else { return Ok(Progress::Finished) };
    let (mut cursor, mut unreadable) = (run.sweep.cursor.clone(), None);
    loop {
        let mut pattern = current.appointments.clone().limit(APPOINTMENTS_PER_CHUNK);
        if let Some(cursor) = &cursor {
            pattern = pattern.after(cursor);
        }
        let page = run.app.table.work_page::<Appointment>(&pattern).await?;
        let is_outdated = |row: &&Appointment| copy_of(row, record).is_some_and(|copy| *copy != current.name);
        let ids: Vec<AppointmentId> = page.rows.iter().filter(is_outdated).map(|row| row.id).collect();
        if !ids.is_empty() {
            crate::retry!(_number => update_copies(run.app, &current, &ids))?;
        }
        unreadable = unreadable.or(page.unreadable.into_iter().next());
        cursor = page.next;
        match (&cursor, &unreadable) {
            (None, None) => return Ok(Progress::Finished),
            (None, Some(row)) => return Err(AppError::Unreadable(row.clone())),
            // The cursor stays before a row that can't be read, and the rows after it are done all the same.
            (Some(_), Some(_)) => {}
            (Some(position), None) => run.save_cursor(position.clone()).await?,
        }
        if run.is_over() {
            return Ok(Progress::Interrupted);
        }
    }
}

async fn current_name(app: &App, record: NamedRecord) -> Result<Option<CopiedName>, AppError> {
    let now = Some(app.now());
    let key = key_of(record);
    Ok(match record {
        NamedRecord::Patient(id) => app.table.get::<Patient>(&key).await?.map(|patient| CopiedName {
            appointments: patterns::appointments_of_patient(id, now, None),
            update: "SET patient_name = :name",
            name: patient.profile.full_name(),
            record: (key, patient.version),
        }),
        NamedRecord::Doctor(id) => app.table.get::<Doctor>(&key).await?.map(|doctor| CopiedName {
            appointments: patterns::appointments_of_doctor(id, now, None),
            update: "SET doctor_name = :name",
            name: doctor.profile.full_name(),
            record: (key, doctor.version),
        }),
        NamedRecord::Clinic(id) => app.table.get::<Clinic>(&key).await?.map(|clinic| CopiedName {
            appointments: patterns::appointments_of_clinic(id, now, None),
            update: "SET clinic_name = :name",
            name: clinic.profile.name.as_str().into(),
            record: (key, clinic.version),
        }),
        NamedRecord::Room(_) => app.table.get::<Room>(&key).await?.map(|room| CopiedName {
            appointments: patterns::appointments_of_clinic(room.profile.clinic, now, None),
            update: "SET room_name = :name",
            name: room.profile.name.as_str().into(),
            record: (key, room.version),
        }),
    })
}

fn key_of(record: NamedRecord) -> Key {
    match record {
        NamedRecord::Patient(id) => Key::patient(id),
        NamedRecord::Doctor(id) => Key::doctor(id),
        NamedRecord::Clinic(id) => Key::clinic(id),
        NamedRecord::Room(id) => Key::room(id),
    }
}

/// The copy of the record's name on an appointment; `None` for an appointment of another record.
fn copy_of(appointment: &Appointment, record: NamedRecord) -> Option<&Name> {
    match record {
        NamedRecord::Patient(_) => Some(&appointment.patient_name),
        NamedRecord::Doctor(_) => Some(&appointment.doctor_name),
        NamedRecord::Clinic(_) => Some(&appointment.clinic_name),
        NamedRecord::Room(room) => (appointment.room == room).then_some(&appointment.room_name),
    }
}

/// Updates some copies if the record is unchanged: an older sweep must not undo a later name, or an erasure.
async fn update_copies(app: &App, current: &CopiedName, ids: &[AppointmentId]) -> Result<(), AttemptError> {
    let mut transaction = Transaction::default();
    let (record, version) = current.record.clone();
    transaction.check(Purpose::Version, record, "version = :read", &[(":read", number(version))]);
    let change = UpdateExpression {
        update: current.update,
        condition: Some("attribute_exists(PK)"),
        names: &[],
        values: &[(":name", text(current.name.as_str()))],
    };
    for id in ids {
        transaction.update(Purpose::Append, Key::appointment(*id), &change);
    }
    Ok(app.table.transact(transaction).await?)
}
