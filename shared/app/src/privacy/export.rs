//! Exports everything that is stored about a patient, for the patient's right of access.

use crate::App;
use crate::directory::number_restrictions::restrictions_of;
use crate::directory::patients::{get_patient, patients_with_number};
use crate::directory::records::Profile as _;
use crate::support::change::audit_read;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::ids::{AppointmentId, PatientId};
use domain::notification::Notification;
use domain::patient::{Patient, PatientProfile};
use domain::phone::MatchKey;
use domain::time::{Instant, LocalDate};
use futures_util::future::try_join;
use std::collections::BTreeSet;
use store::action::ActionRow;
use store::audit::{AuditAction, AuditRow};
use store::external_user::ExternalUser;
use store::inbound::Inbound;
use store::patterns;

/// The UTC days of what is exported, both included.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExportPeriod {
    pub from: Option<LocalDate>,
    pub to: Option<LocalDate>,
}

impl ExportPeriod {
    fn includes(self, at: Instant) -> bool {
        let day = at.utc_day();
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// Everything that is stored about a patient.
#[derive(Debug)]
pub struct PatientRecord {
    pub patient: Patient,
    /// Oldest first.
    pub appointments: Vec<AppointmentRecord>,
    /// What is known of the numbers of the patient and the contacts, where that is anything.
    pub numbers: Vec<NumberRecord>,
    /// The patient's messages, oldest first.
    pub inbound: Vec<Inbound>,
    /// The audit rows about the patient, oldest first.
    pub audit: Vec<AuditRow>,
}

#[derive(Debug)]
pub struct NumberRecord {
    pub number: MatchKey,
    pub opted_out_since: Option<Instant>,
    /// Since when it is in quarantine for the patient.
    pub quarantined_since: Option<Instant>,
    /// The WhatsApp users who have it.
    pub users: Vec<MatchKey>,
}

#[derive(Debug)]
pub struct AppointmentRecord {
    pub appointment: Appointment,
    /// Its history, oldest first.
    pub actions: Vec<ActionRow>,
    pub notifications: Vec<Notification>,
}

/// Exports everything about a patient, across all clinics, and adds a row to the audit trail. With a period, only
/// appointments that begin in it, and messages and audit rows of it: an export that is too large for one answer is made
/// in several.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Busy`] if the audit row can't be written.
pub async fn export_patient(
    app: &App,
    ctx: &Context,
    id: PatientId,
    period: ExportPeriod,
) -> Result<PatientRecord, AppError> {
    audit_read(app, ctx, (PatientProfile::MODEL, id), AuditAction::Export).await?;
    let patient = get_patient(app, id).await?;
    let appointments: Vec<Appointment> =
        app.table.query_all(&patterns::appointments_of_patient(id, None, None)).await?;
    let ids: BTreeSet<AppointmentId> = appointments.iter().map(|appointment| appointment.id).collect();
    let mut numbers = patient.profile.phone_numbers();
    let known = numbers.iter().cloned().map(|number| number_record(app, id, number));
    let known = try_join_bounded(known).await?.into_iter().flatten().collect();
    // After an erasure the patient's messages are stored under the pseudonym's id.
    numbers.insert(MatchKey::of(&id.to_string()));
    let records = try_join_bounded(appointments.into_iter().map(|appointment| appointment_record(app, appointment)));
    // All of them, whatever the period: their messages tell the patient's numbers.
    let mut records = records.await?;
    let sent_to = records.iter().flat_map(|record| &record.notifications).filter_map(|row| row.to.as_ref());
    numbers.extend(sent_to.map(|to| MatchKey::of(&to.0)));
    let mut inbound = Vec::new();
    for number in &numbers {
        let others = patients_with_number(app, number).await?.into_iter().any(|other| other.id != id);
        inbound.extend(written_by(app, id, number, &ids, others).await?);
    }
    inbound.sort_by_key(|message| message.received_at);
    let mut audit: Vec<AuditRow> = app.table.query_all(&patterns::audit_of_object(&id.to_string())).await?;
    records.retain(|record| period.includes(record.appointment.start));
    inbound.retain(|message| period.includes(message.received_at));
    audit.retain(|row| period.includes(row.at));
    Ok(PatientRecord { patient, appointments: records, numbers: known, inbound, audit })
}

/// What is known of a number; `None` if it is nothing.
async fn number_record(app: &App, patient: PatientId, number: MatchKey) -> Result<Option<NumberRecord>, AppError> {
    let restrictions = restrictions_of(app, &number).await?;
    let users = app.table.query_all::<ExternalUser>(&patterns::external_users(&number)).await?;
    let record = NumberRecord {
        number,
        opted_out_since: restrictions.opted_out.map(|opt_out| opt_out.since),
        quarantined_since: restrictions.quarantine.get(&patient).copied(),
        users: users.into_iter().map(|user| user.user).collect(),
    };
    let is_empty = record.opted_out_since.is_none() && record.quarantined_since.is_none() && record.users.is_empty();
    Ok(Some(record).filter(|_| !is_empty))
}

async fn appointment_record(app: &App, appointment: Appointment) -> Result<AppointmentRecord, AppError> {
    let actions = patterns::actions_of_appointment(appointment.id);
    let notifications = patterns::notifications_of_appointment(appointment.id);
    let (actions, notifications) = try_join(app.table.query_all(&actions), app.table.query_all(&notifications)).await?;
    Ok(AppointmentRecord { appointment, actions, notifications })
}

/// The messages of a patient from a number. If other patients share the number (`others`), only those that were
/// attributed to this patient or to one of the `appointments`.
pub(crate) async fn written_by(
    app: &App,
    patient: PatientId,
    number: &MatchKey,
    appointments: &BTreeSet<AppointmentId>,
    others: bool,
) -> Result<Vec<Inbound>, AppError> {
    let mut written: Vec<Inbound> = app.table.query_all(&patterns::inbound_of_number(number)).await?;
    written.retain(|message| match (message.patient, message.appointment) {
        (Some(from), _) => from == patient,
        (None, Some(about)) => appointments.contains(&about),
        (None, None) => !others,
    });
    Ok(written)
}
