//! Imports an appointment with its history and its messages in one transaction.
//!
//! The checks are the same as for a booking: the appointment must lie within the doctor's availability and not overlap
//! other appointments. Past appointments are allowed. Imported messages are never sent again.

use crate::App;
use crate::appointments::history::audited_changes;
use crate::appointments::{room_days, slot};
use crate::messaging::notification_rows;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::actor::{Actor, Channel};
use domain::appointment::{Appointment, ConfirmationChannel, MAX_LENGTH, MIN_LENGTH, Reminder, Status};
use domain::attention::{Attention, AttentionKind};
use domain::clinic::{Clinic, Room};
use domain::doctor::Doctor;
use domain::ids::{ActionId, AppointmentId, DoctorId, Id as _, NotificationId, PatientId, RoomId};
use domain::lifecycle::Action;
use domain::notification::{Address, Notification, NotificationKind, NotificationStatus};
use domain::patient::Patient;
use domain::phone::MatchKey;
use domain::text::Note;
use domain::time::{Instant, TimeDelta};
use domain::violation::{Rule, Violations};
use std::collections::BTreeMap;
use store::action::ActionRow;
use store::appointment::save;
use store::audit::{AuditAction, FieldChange};
use store::item::Entity as _;
use store::keys::Key;
use store::notification::{MessageRow, RemindedAppointment};
use store::{Purpose, Transaction};

/// DynamoDB's limit of actions in one transaction.
const MAX_TRANSACTION_ITEMS: usize = 100;

/// An appointment of another system.
pub struct ImportedAppointment {
    /// The id in citas.
    pub id: AppointmentId,
    pub patient: PatientId,
    pub doctor: DoctorId,
    pub room: RoomId,
    pub start: Instant,
    pub end: Instant,
    /// Notes of the reception desk.
    pub notes: Option<Note<2000>>,
    /// The booking of the appointment.
    pub booked: ImportedAction,
    /// Later actions, oldest first.
    pub actions: Vec<ImportedAction>,
    pub messages: Vec<ImportedMessage>,
    pub updated_at: Instant,
}

/// An action in the history of an imported appointment.
pub struct ImportedAction {
    pub action: Action,
    /// Status after the action.
    pub to: Status,
    /// Whether the patient did it by WhatsApp. Otherwise the author is unknown.
    pub by_patient: bool,
    pub at: Instant,
    /// Details of the action. Must not be personal: the history outlives the erasure of the patient.
    pub payload: BTreeMap<String, String>,
}

/// A message about an imported appointment. It has been sent or will never be sent.
pub struct ImportedMessage {
    /// The id in citas.
    pub id: NotificationId,
    pub kind: NotificationKind,
    pub to: Option<Address>,
    /// Not `pending` or `claimed`.
    pub status: NotificationStatus,
    /// Twilio's message id.
    pub sid: Option<String>,
    /// Time of creation.
    pub at: Instant,
    pub delivered_at: Option<Instant>,
}

/// Creates an appointment unless it exists. Returns whether it was created.
///
/// # Errors
/// [`AppError::Validation`] if its patient, doctor or room doesn't exist; [`AppError::OutsideAvailability`];
/// [`AppError::SlotTaken`]; [`AppError::AlreadyExists`] for a message that was imported before.
pub async fn import_appointment(app: &App, ctx: &Context, imported: &ImportedAppointment) -> Result<bool, AppError> {
    crate::retry!(_number => try_import(app, ctx, imported))
}

async fn try_import(app: &App, ctx: &Context, imported: &ImportedAppointment) -> Result<bool, AttemptError> {
    if app.table.get::<Appointment>(&Key::appointment(imported.id)).await?.is_some() {
        return Ok(false);
    }
    let mut uow = UnitOfWork::new(app, ctx);
    let now = uow.now;
    let References { patient, doctor, room, clinic } = load_references(app, imported).await?;
    expect_length(imported)?;
    let mut appointment = appointment(app, imported, &patient, &doctor, &room, &clinic);
    let rows: Vec<Notification> =
        imported.messages.iter().map(|message| notification_row(message, &appointment, &patient)).collect();
    let is_upcoming = appointment.is_active() && appointment.start > now;
    let is_current_reminder = |row: &&Notification| {
        // A reminder with status `unknown` may have been sent. It needs attention; another one could be the second.
        let may_be_sent = row.status.is_accepted() || row.status == NotificationStatus::Unknown;
        row.kind == NotificationKind::Reminder && (may_be_sent || !is_upcoming)
    };
    let reminder = if let Some(row) = rows.iter().find(is_current_reminder) {
        row.clone()
    } else {
        let mut row = notification_rows::reminder(&appointment, &patient, &clinic, now);
        if !is_upcoming {
            row.next_at = None;
            if row.status == NotificationStatus::Pending {
                row.status = NotificationStatus::Cancelled;
            }
        }
        store::notification::add(&mut uow.transaction, &row);
        row
    };
    appointment.reminder = Reminder { notification: reminder.id, due_at: reminder.due_at, status: reminder.status };
    for row in &rows {
        add_message(&mut uow.transaction, row, now);
    }
    if appointment.occupies_time() {
        slot::reacquire(app, &appointment, false).await?.write(&mut uow, appointment.id);
    } else {
        room_days::add_missing(app, &appointment, &mut uow.transaction).await?;
    }
    save(&mut uow.transaction, None, &appointment);
    add_history(&mut uow, imported, &appointment, &patient);
    uow.write_agenda();
    if uow.transaction.len() > MAX_TRANSACTION_ITEMS {
        return Err(AppError::invalid("actions", Rule::TooMany(MAX_TRANSACTION_ITEMS / 4)).into());
    }
    uow.commit().await?;
    Ok(true)
}

/// The records that an appointment references.
struct References {
    patient: Patient,
    doctor: Doctor,
    room: Room,
    clinic: Clinic,
}

async fn load_references(app: &App, imported: &ImportedAppointment) -> Result<References, AppError> {
    let keys = [Key::patient(imported.patient), Key::doctor(imported.doctor), Key::room(imported.room)];
    let mut batch = app.table.batch(&keys).await?;
    let [of_patient, of_doctor, of_room] = &keys;
    let mut violations = Violations::default();
    let patient = violations.take("patient", batch.take::<Patient>(of_patient)?.ok_or(Rule::NoSuchThing));
    let doctor = violations.take("doctor", batch.take::<Doctor>(of_doctor)?.ok_or(Rule::NoSuchThing));
    let room = violations.take("room", batch.take::<Room>(of_room)?.ok_or(Rule::NoSuchThing));
    let ((patient, doctor), room) = violations.finish(patient.zip(doctor).zip(room))?;
    let clinic = app.table.get::<Clinic>(&Key::clinic(room.profile.clinic)).await?;
    let clinic = clinic.ok_or_else(|| AppError::invalid("room", Rule::NoSuchThing))?;
    Ok(References { patient, doctor, room, clinic })
}

fn expect_length(imported: &ImportedAppointment) -> Result<(), AppError> {
    let length = imported.end.since(imported.start);
    if length <= TimeDelta::zero() {
        return Err(AppError::invalid("end_datetime", Rule::EndNotAfterStart));
    }
    if length < MIN_LENGTH || length > MAX_LENGTH {
        let rule = Rule::Minutes(MIN_LENGTH.num_minutes(), MAX_LENGTH.num_minutes());
        return Err(AppError::invalid("end_datetime", rule));
    }
    Ok(())
}

fn appointment(
    app: &App,
    imported: &ImportedAppointment,
    patient: &Patient,
    doctor: &Doctor,
    room: &Room,
    clinic: &Clinic,
) -> Appointment {
    let last = imported.actions.last().unwrap_or(&imported.booked);
    // A confirmation is in effect unless the appointment has become pending again.
    let confirmed = imported.actions.iter().rev().find(|action| action.action == Action::Confirm);
    let confirmed = confirmed.filter(|_| last.to != Status::Pending);
    let via = |action: &ImportedAction| {
        if action.by_patient { ConfirmationChannel::Whatsapp } else { ConfirmationChannel::Operator }
    };
    let waits = last.to == Status::Rescheduled && imported.start > app.now();
    let waits = waits.then_some(Attention { kind: AttentionKind::RescheduleRequested, since: last.at });
    Appointment {
        id: imported.id,
        patient: patient.id,
        patient_name: patient.profile.full_name(),
        doctor: doctor.id,
        doctor_name: doctor.profile.full_name(),
        clinic: clinic.id,
        clinic_name: clinic.profile.name.as_str().into(),
        room: room.id,
        room_name: room.profile.name.as_str().into(),
        zone: clinic.profile.timezone,
        start: imported.start,
        end: imported.end,
        // The other system has no buffers.
        buffer_minutes: 0,
        status: last.to,
        reason: None,
        notes: imported.notes.clone(),
        overbook: false,
        confirmed_at: confirmed.map(|action| action.at),
        confirmed_via: confirmed.map(via),
        cancel_reason: None,
        rescheduled_from: None,
        rescheduled_to: None,
        hold_until: None,
        needs_attention: waits.is_some(),
        attention: waits.into_iter().collect(),
        stranded: false,
        reminder: Reminder { notification: app.new_id(), due_at: imported.start, status: NotificationStatus::Expired },
        notice: None,
        status_at: last.at,
        created_by: None,
        created_at: imported.booked.at,
        updated_at: imported.updated_at.max(last.at),
        version: 1,
    }
}

fn notification_row(message: &ImportedMessage, appointment: &Appointment, patient: &Patient) -> Notification {
    let row = notification_rows::new_row(message.id, appointment, patient, message.kind, message.at);
    Notification {
        to: message.to.clone(),
        status: message.status,
        external_id: message.sid.clone(),
        attempts: 1,
        next_at: None,
        sent_at: message.status.is_accepted().then_some(message.at),
        delivered_at: message.delivered_at,
        ..row
    }
}

/// Adds a message with the rows by which status callbacks and replies find it.
fn add_message(transaction: &mut Transaction, row: &Notification, now: Instant) {
    store::notification::add(transaction, row);
    if let Some(sid) = row.external_id.clone() {
        transaction.create(Purpose::Unique("external_id"), &MessageRow::accepted(&sid, row.id));
    }
    if let (NotificationKind::Reminder, true, Some(Address(number))) = (row.kind, row.status.is_accepted(), &row.to) {
        let number = MatchKey::of(number);
        let (start, notification, appointment) = (row.appointment_start, row.id, row.appointment);
        let reminded = RemindedAppointment { number, start, notification, appointment };
        if reminded.expires_at().is_none_or(|end| end > now) {
            transaction.overwrite(Purpose::Append, &reminded);
        }
    }
}

/// Adds the history rows, and an audit row for each.
fn add_history(uow: &mut UnitOfWork<'_>, imported: &ImportedAppointment, appointment: &Appointment, patient: &Patient) {
    let mut from: Option<&ImportedAction> = None;
    let mut millis = 0;
    for action in std::iter::once(&imported.booked).chain(&imported.actions) {
        // The time in the id orders the history; two actions may have the same time.
        millis = u64::try_from(action.at.utc().timestamp_millis()).unwrap_or(0).max(millis + 1);
        let random = uuid::Uuid::new_v4();
        let random = random.as_bytes().first_chunk::<10>().copied().unwrap_or_default();
        let by = if action.by_patient {
            (Actor::Patient { id: patient.id, name: patient.profile.full_name() }, Channel::Whatsapp)
        } else {
            (Actor::System, Channel::System)
        };
        let row = ActionRow {
            id: ActionId::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()),
            appointment: appointment.id,
            action: action.action,
            from_status: from.map(|action| action.to),
            to_status: action.to,
            actor: by.0,
            channel: by.1,
            reason: None,
            payload: action.payload.clone(),
            created_at: action.at,
        };
        uow.transaction.create(Purpose::Append, &row);
        let (audit_action, changes) = match from {
            None => (AuditAction::Create, audited_changes(None, appointment)),
            Some(from) => {
                let name = |status: Status| Some(status.name().to_owned());
                let status = FieldChange { old: name(from.to), new: name(action.to) };
                (AuditAction::Action, BTreeMap::from([("status".to_owned(), status)]))
            }
        };
        uow.audit(("appointment", appointment.id), audit_action, changes);
        from = Some(action);
    }
}
