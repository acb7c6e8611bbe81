//! Entries of the worklist with what staff see of them.

use super::item::{Taken, WorklistItem, WorklistSubject, taken_by};
use crate::App;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::attention::{AttentionKind, EntryId};
use domain::clinic::Clinic;
use domain::ids::{AppointmentId, ClinicId, InboundId, NotificationId, PatientId, UserId};
use domain::notification::NotificationStatus;
use domain::patient::Patient;
use domain::time::{Instant, Zone};
use domain::user::User;
use store::keys::Key;
use store::table::Batch;

#[derive(Clone)]
pub struct WorklistEntry {
    pub id: EntryId,
    pub since: Instant,
    pub due: Instant,
    pub clinic: Option<ClinicId>,
    pub clinic_name: Option<String>,
    /// The clinic's time zone.
    pub zone: Option<Zone>,
    pub appointment: Option<AppointmentId>,
    pub inbound: Option<InboundId>,
    /// The message that didn't reach the patient, or of which that isn't known.
    pub notification: Option<NotificationId>,
    pub patient: Option<PatientId>,
    pub patient_name: Option<String>,
    /// Where to reach the patient or the sender.
    pub phone_number: Option<String>,
    pub taken_by: Option<TakenBy>,
    /// 1 before anybody took it; incremented whenever that changes.
    pub version: u64,
}

domain::opaque!(WorklistEntry);

#[derive(Clone)]
pub struct TakenBy {
    pub id: UserId,
    pub name: String,
}

/// The entries of some items, in their order. An item whose appointment is gone is left out.
pub(super) async fn entries(
    app: &App,
    items: Vec<WorklistItem>,
    taken: &Taken,
) -> Result<Vec<WorklistEntry>, AppError> {
    let appointments = items.iter().filter_map(|item| match &item.subject {
        WorklistSubject::Appointment(pointer) => Some(Key::appointment(pointer.appointment)),
        WorklistSubject::Inbound(_) => None,
    });
    let mut rows = app.table.batch_eventual(&appointments.collect::<Vec<_>>()).await?;
    let mut found = Vec::new();
    for item in items {
        let appointment = match &item.subject {
            WorklistSubject::Appointment(pointer) => {
                match rows.get::<Appointment>(&Key::appointment(pointer.appointment))? {
                    Some(appointment) => Some(appointment),
                    None => continue,
                }
            }
            WorklistSubject::Inbound(_) => None,
        };
        found.push((item, appointment));
    }
    let keys = found.iter().flat_map(|(item, appointment)| related(item, appointment.as_ref(), taken));
    rows = app.table.batch_eventual(&keys.collect::<Vec<_>>()).await?;
    found.into_iter().map(|(item, appointment)| entry(&item, appointment, taken, &rows)).collect()
}

/// The rows whose names an entry shows.
fn related(item: &WorklistItem, appointment: Option<&Appointment>, taken: &Taken) -> Vec<Key> {
    let (patient, clinic) = match (&item.subject, appointment) {
        (WorklistSubject::Inbound(row), _) => (row.patient, row.clinic),
        // An appointment has a copy of the clinic's name.
        (WorklistSubject::Appointment(_), appointment) => (appointment.map(|appointment| appointment.patient), None),
    };
    let user = taken_by(item, taken).and_then(|row| row.taken_by);
    patient.map(Key::patient).into_iter().chain(clinic.map(Key::clinic)).chain(user.map(Key::user)).collect()
}

fn entry(
    item: &WorklistItem,
    appointment: Option<Appointment>,
    taken: &Taken,
    rows: &Batch,
) -> Result<WorklistEntry, AppError> {
    let row = taken_by(item, taken);
    let user = row.and_then(|row| row.taken_by);
    let user = match user {
        Some(id) => rows
            .get::<User>(&Key::user(id))?
            .map(|user| TakenBy { id, name: user.profile.display_name().as_str().to_owned() }),
        None => None,
    };
    let base = WorklistEntry {
        id: item.id(),
        since: item.reason.since,
        due: item.due,
        clinic: None,
        clinic_name: None,
        zone: None,
        appointment: None,
        inbound: None,
        notification: None,
        patient: None,
        patient_name: None,
        phone_number: None,
        taken_by: user,
        version: 1 + row.map_or(0, |row| row.version),
    };
    let patient = |id: PatientId| rows.get::<Patient>(&Key::patient(id));
    match (&item.subject, appointment) {
        (WorklistSubject::Inbound(row), _) => {
            let of = row.patient.map(patient).transpose()?.flatten();
            let clinic = row.clinic.map(|id| rows.get::<Clinic>(&Key::clinic(id))).transpose()?.flatten();
            Ok(WorklistEntry {
                clinic: row.clinic,
                clinic_name: clinic.map(|clinic| clinic.profile.name.as_str().to_owned()),
                zone: row.zone,
                appointment: row.appointment,
                inbound: Some(row.id()),
                patient: row.patient,
                patient_name: of.map(|patient| patient.profile.full_name().as_str().to_owned()),
                phone_number: Some(row.reply_address().0.trim_start_matches("whatsapp:").to_owned()),
                ..base
            })
        }
        (WorklistSubject::Appointment(pointer), Some(appointment)) => {
            let of = patient(appointment.patient)?;
            let phone = of.as_ref().and_then(|patient| patient.profile.recipient_phone());
            Ok(WorklistEntry {
                clinic: Some(appointment.clinic),
                clinic_name: Some(appointment.clinic_name.as_str().to_owned()),
                zone: Some(appointment.zone),
                appointment: Some(pointer.appointment),
                notification: message(item.reason.kind, &appointment),
                patient: Some(appointment.patient),
                patient_name: Some(appointment.patient_name.as_str().to_owned()),
                phone_number: phone.map(|phone| phone.as_str().to_owned()),
                ..base
            })
        }
        (WorklistSubject::Appointment(_), None) => Err(AppError::NotFound),
    }
}

/// The message that an entry is about: the reminder if that is what failed, else the last notice.
fn message(kind: AttentionKind, appointment: &Appointment) -> Option<NotificationId> {
    if !matches!(kind, AttentionKind::MessageFailed | AttentionKind::MessageUnknown) {
        return None;
    }
    let reminder = &appointment.reminder;
    let is_pending = matches!(reminder.status, NotificationStatus::Pending | NotificationStatus::Cancelled);
    let of_reminder = Some(reminder.notification).filter(|_| !is_pending);
    let has_arrived = matches!(reminder.status, NotificationStatus::Delivered | NotificationStatus::Read);
    if has_arrived { appointment.notice.or(of_reminder) } else { of_reminder.or(appointment.notice) }
}
