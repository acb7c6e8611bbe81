//! An appointment with its history and its messages, in one transaction.
//!
//! It has to fit as any other: within the doctor's time, next to the appointments that are there. Whether it
//! is over doesn't matter, and what was sent is never sent again.

use crate::App;
use crate::appointments::actions::told;
use crate::appointments::slot;
use crate::messaging::notifications;
use crate::support::attempts::Failure;
use crate::support::change::audit;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::actor::{Actor, Channel};
use domain::appointment::{Appointment, MAX_LENGTH, MIN_LENGTH, Reminder, Status, Via};
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
use store::agenda::Changes;
use store::audit::{AuditAction, FieldChange};
use store::item::Entity as _;
use store::keys::Key;
use store::notification::{MessageRow, RemindedAppointment};
use store::{Purpose, Transaction};

/// So many actions DynamoDB takes in one transaction.
const MOST: usize = 100;

/// An appointment as another system had it.
pub struct OldAppointment {
    /// Its id here.
    pub id: AppointmentId,
    /// Who comes.
    pub patient: PatientId,
    /// Whom to see.
    pub doctor: DoctorId,
    /// In which room.
    pub room: RoomId,
    /// When it begins.
    pub start: Instant,
    /// When it ends.
    pub end: Instant,
    /// Notes of the reception desk.
    pub notes: Option<Note<2000>>,
    /// How it was booked.
    pub booked: OldDeed,
    /// What was done to it since, oldest first.
    pub deeds: Vec<OldDeed>,
    /// What was sent about it.
    pub messages: Vec<OldMessage>,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// Something that was done to an appointment.
pub struct OldDeed {
    /// What.
    pub action: Action,
    /// Where it led to.
    pub to: Status,
    /// Whether the patient did it, by WhatsApp. Otherwise nobody knows who it was.
    pub by_patient: bool,
    /// When.
    pub at: Instant,
    /// What belongs to it. Nothing personal: it would outlive the patient's erasure.
    pub payload: BTreeMap<String, String>,
}

/// A message about an appointment, that was sent or won't be.
pub struct OldMessage {
    /// Its id here.
    pub id: NotificationId,
    /// What kind of message.
    pub kind: NotificationKind,
    /// Whom it went to.
    pub to: Option<Address>,
    /// What became of it: not `pending` or `claimed`.
    pub status: NotificationStatus,
    /// Twilio's id of it.
    pub sid: Option<String>,
    /// When it was made.
    pub at: Instant,
    /// When it reached the phone.
    pub delivered_at: Option<Instant>,
}

/// Brings an appointment. Answers whether it wasn't there yet.
///
/// # Errors
/// [`AppError::Validation`] for what it names and isn't there, [`AppError::OutsideAvailability`],
/// [`AppError::SlotTaken`], [`AppError::AlreadyExists`] for a message that is known already.
pub async fn bring_appointment(app: &App, ctx: &Context, old: &OldAppointment) -> Result<bool, AppError> {
    crate::attempt!(_number => try_bring(app, ctx, old))
}

async fn try_bring(app: &App, ctx: &Context, old: &OldAppointment) -> Result<bool, Failure> {
    if app.table.get::<Appointment>(&Key::appointment(old.id)).await?.is_some() {
        return Ok(false);
    }
    let now = app.now();
    let Those { patient, doctor, room, clinic } = those(app, old).await?;
    expect_length(old)?;
    let mut transaction = Transaction::default();
    let mut appointment = appointment(app, old, &patient, &doctor, &room, &clinic);
    let rows: Vec<Notification> = old.messages.iter().map(|message| row(message, &appointment, &patient)).collect();
    let to_come = appointment.is_active() && appointment.start > now;
    let reminds = |row: &&Notification| {
        // Whether an unknown one got out is a person's to decide: another one might be the second.
        let may_be_out = row.status.is_accepted() || row.status == NotificationStatus::Unknown;
        row.kind == NotificationKind::Reminder && (may_be_out || !to_come)
    };
    let reminder = match rows.iter().find(reminds) {
        Some(row) => row.clone(),
        None => {
            let mut row = notifications::reminder(&appointment, &patient, &clinic, now);
            if !to_come {
                row.next_at = None;
                if row.status == NotificationStatus::Pending {
                    row.status = NotificationStatus::Cancelled;
                }
            }
            store::notification::add(&mut transaction, &row);
            row
        }
    };
    appointment.reminder = Reminder { notification: reminder.id, due_at: reminder.due_at, status: reminder.status };
    for row in &rows {
        add_message(&mut transaction, row, now);
    }
    let mut changes = Changes::default();
    if appointment.takes_time() {
        slot::retake(app, &appointment).await?.take(&mut transaction, &mut changes, appointment.id);
    }
    transaction.create(Purpose::Version, &appointment);
    add_history(app, ctx, &mut transaction, old, &appointment, &patient, now);
    changes.write(&mut transaction);
    if transaction.len() > MOST {
        return Err(AppError::invalid("actions", Rule::TooMany(MOST / 4)).into());
    }
    ctx.commit(app, transaction).await?;
    Ok(true)
}

/// Whom and what an appointment names.
struct Those {
    patient: Patient,
    doctor: Doctor,
    room: Room,
    clinic: Clinic,
}

async fn those(app: &App, old: &OldAppointment) -> Result<Those, AppError> {
    let keys = [Key::patient(old.patient), Key::doctor(old.doctor), Key::room(old.room)];
    let mut batch = app.table.batch(&keys).await?;
    let [of_patient, of_doctor, of_room] = &keys;
    let mut violations = Violations::default();
    let patient = violations.take("patient", batch.take::<Patient>(of_patient)?.ok_or(Rule::NoSuchThing));
    let doctor = violations.take("doctor", batch.take::<Doctor>(of_doctor)?.ok_or(Rule::NoSuchThing));
    let room = violations.take("room", batch.take::<Room>(of_room)?.ok_or(Rule::NoSuchThing));
    let ((patient, doctor), room) = violations.finish(patient.zip(doctor).zip(room))?;
    let clinic = app.table.get::<Clinic>(&Key::clinic(room.profile.clinic)).await?;
    let clinic = clinic.ok_or_else(|| AppError::invalid("room", Rule::NoSuchThing))?;
    Ok(Those { patient, doctor, room, clinic })
}

fn expect_length(old: &OldAppointment) -> Result<(), AppError> {
    let length = old.end.since(old.start);
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
    old: &OldAppointment,
    patient: &Patient,
    doctor: &Doctor,
    room: &Room,
    clinic: &Clinic,
) -> Appointment {
    let last = old.deeds.last().unwrap_or(&old.booked);
    // What takes the confirmation back leads elsewhere.
    let confirmed = old.deeds.iter().rev().find(|deed| deed.action == Action::Confirm);
    let confirmed = confirmed.filter(|_| last.to != Status::Pending);
    let via = |deed: &OldDeed| if deed.by_patient { Via::Whatsapp } else { Via::Operator };
    Appointment {
        id: old.id,
        patient: patient.id,
        patient_name: patient.profile.full_name(),
        doctor: doctor.id,
        doctor_name: doctor.profile.full_name(),
        clinic: clinic.id,
        clinic_name: clinic.profile.name.as_str().into(),
        room: room.id,
        room_name: room.profile.name.as_str().into(),
        zone: clinic.profile.timezone,
        start: old.start,
        end: old.end,
        // As it was at booking: there were none.
        buffer_minutes: 0,
        status: last.to,
        reason: None,
        notes: old.notes.clone(),
        overbook: false,
        confirmed_at: confirmed.map(|deed| deed.at),
        confirmed_via: confirmed.map(via),
        cancel_reason: None,
        rescheduled_from: None,
        rescheduled_to: None,
        hold_until: None,
        // Somebody still waits for another time.
        needs_attention: last.to == Status::Rescheduled && old.start > app.now(),
        reminder: Reminder { notification: app.new_id(), due_at: old.start, status: NotificationStatus::Expired },
        status_at: last.at,
        created_by: None,
        created_at: old.booked.at,
        updated_at: old.updated_at.max(last.at),
        version: 1,
    }
}

fn row(message: &OldMessage, appointment: &Appointment, patient: &Patient) -> Notification {
    let row = notifications::row(message.id, appointment, patient, message.kind, message.at, message.at);
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

/// Adds a message, by whose id its callbacks and answers are told, and whose number may still answer it.
fn add_message(transaction: &mut Transaction, row: &Notification, now: Instant) {
    store::notification::add(transaction, row);
    if let Some(sid) = row.external_id.clone() {
        transaction.create(Purpose::Unique("external_id"), &MessageRow { sid, notification: row.id });
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

/// Adds the history, and as many rows of the audit trail.
fn add_history(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    old: &OldAppointment,
    appointment: &Appointment,
    patient: &Patient,
    now: Instant,
) {
    let mut from: Option<&OldDeed> = None;
    let mut millis = 0;
    for deed in std::iter::once(&old.booked).chain(&old.deeds) {
        // The id's time puts the history in order; two may have happened at once.
        millis = u64::try_from(deed.at.utc().timestamp_millis()).unwrap_or(0).max(millis + 1);
        let tail = uuid::Uuid::new_v4();
        let tail = tail.as_bytes().first_chunk::<10>().copied().unwrap_or_default();
        let by = if deed.by_patient {
            (Actor::Patient { id: patient.id, name: patient.profile.full_name() }, Channel::Whatsapp)
        } else {
            (Actor::System, Channel::System)
        };
        let row = ActionRow {
            id: ActionId::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()),
            appointment: appointment.id,
            action: deed.action,
            from_status: from.map(|deed| deed.to),
            to_status: deed.to,
            actor: by.0,
            channel: by.1,
            reason: None,
            payload: deed.payload.clone(),
            created_at: deed.at,
        };
        transaction.create(Purpose::Append, &row);
        let (action, changes) = match from {
            None => (AuditAction::Create, told(None, appointment)),
            Some(from) => {
                let name = |status: Status| Some(status.name().to_owned());
                let status = FieldChange { old: name(from.to), new: name(deed.to) };
                (AuditAction::Action, BTreeMap::from([("status".to_owned(), status)]))
            }
        };
        audit(app, ctx, transaction, now, ("appointment", appointment.id), action, changes);
        from = Some(deed);
    }
}
