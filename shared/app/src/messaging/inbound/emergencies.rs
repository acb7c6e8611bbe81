//! Handles messages that may report a medical emergency, from a known sender in whatever state of the chat. The sender
//! reads whom to call, at most once an hour, and staff see each such message as an emergency. Nothing else happens: an
//! open question stays open, and no appointment changes.
//!
//! A number that has opted out is answered too: the answer is no notice, and the sender waits for it.

use super::kept_answers;
use super::message_handler::sender_context;
use super::quoted::{QuotedNotification, quoted_notification};
use super::reply_delivery::{Processed, ReplyDelivery};
use super::sender::sender_patients;
use super::sender_address::{emergency_number_for, localized_reply};
use crate::App;
use crate::appointments::lookup::get_appointments;
use crate::directory::patients::{get_patient, patients_with_number};
use crate::messaging::notification_rows::ChatReply;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::attention::{Attention, AttentionKind};
use domain::clinic::Clinic;
use domain::emergency_number;
use domain::messages::{Reply, render_reply};
use domain::notification::{MessageText, NotificationKind};
use domain::patient::Patient;
use domain::phone::MatchKey;
use domain::reply::is_emergency;
use domain::time::{Instant, TimeDelta};
use std::collections::BTreeSet;
use store::conversation::Conversation;
use store::inbound::{Inbound, InboundIntent};
use store::keys::Key;
use store::notification::RemindedAppointment;
use store::{Purpose, patterns};

/// Stored with such a message.
pub(super) const OUTCOME: &str = "emergency";
/// A number gets the answer at most once in this time.
const REPLY_INTERVAL: TimeDelta = TimeDelta::hours(1);
/// Of so many patients with the number an appointment is looked up: a family has one in common, a clinic's own number
/// may stand for hundreds.
const MAX_PATIENTS: usize = 3;

/// Whether a message may report an emergency. A pressed button has no words of its own.
pub(super) fn may_report_one(text: Option<&MessageText>, button_payload: Option<&str>) -> bool {
    button_payload.is_none() && text.is_some_and(|text| is_emergency(&text.0))
}

pub(super) fn may_reply(conversation: &Conversation, now: Instant) -> bool {
    conversation.emergency_answered_at.is_none_or(|last| now.since(last) >= REPLY_INTERVAL)
}

/// Processes such a message of a known sender.
pub(super) async fn process(
    app: &App,
    request_id: &str,
    before: &Inbound,
    conversation: &Conversation,
    now: Instant,
) -> Result<Processed, AttemptError> {
    let number = before.number();
    let sender = Sender::find(app, before, &number, now).await?;
    let context = sender_context(request_id, sender.appointment());
    let mut uow = UnitOfWork::at(app, &context, now);
    let delivery = match may_reply(conversation, now) {
        true => add_reply(&mut uow, before, &sender).await?,
        false => ReplyDelivery::NoReply,
    };
    let replied = !matches!(delivery, ReplyDelivery::NoReply);
    let kept = kept_answers::release(&mut uow, conversation, before, &sender_patients(app, before).await?).await?;
    let clinic = sender.clinic();
    let after = Inbound {
        appointment: sender.only_appointment().map(|appointment| appointment.id),
        patient: sender.patient(),
        clinic: clinic.map(|appointment| appointment.clinic),
        zone: clinic.map(|appointment| appointment.zone),
        intent: Some(InboundIntent::Unclear),
        outcome: Some(OUTCOME.to_owned()),
        needs_attention: true,
        attention: Some(Attention { kind: AttentionKind::Emergency, since: now }),
        processed_at: Some(now),
        sequence: Some(conversation.version + 1),
        version: before.version + 1,
        ..before.clone()
    };
    uow.transaction.replace(Purpose::Version, &after, before.version);
    uow.transaction.delete(Purpose::Append, Key::unprocessed(&number, before.received_at, &before.message_sid));
    let next = Conversation {
        last_message_at: conversation.last_message_at.max(Some(before.written_or_received_at())),
        emergency_answered_at: if replied { Some(now) } else { conversation.emergency_answered_at },
        updated_at: now,
        version: conversation.version + 1,
        ..kept.applied_to(conversation.clone())
    };
    uow.transaction.replace(Purpose::Version, &next, conversation.version);
    uow.commit().await?;
    // Whom to call comes first: the kept answers are due, and the next run sends them.
    Ok(delivery.into())
}

/// What is known of who wrote.
#[derive(Debug, Default)]
struct Sender {
    /// Appointments that the message may be about, or that the sender had.
    appointments: Vec<Appointment>,
    /// Patients with the number, if no appointment was found otherwise.
    patients: Vec<Patient>,
}

impl Sender {
    /// Looks at the quoted message, then the appointments that the number was reminded of, then its patients.
    async fn find(app: &App, message: &Inbound, number: &MatchKey, now: Instant) -> Result<Self, AppError> {
        if let QuotedNotification::Notification(row) = quoted_notification(app, message, number).await? {
            return Ok(Self { appointments: get_appointments(app, [row.appointment]).await?, patients: Vec::new() });
        }
        let mut reminded: Vec<RemindedAppointment> =
            app.table.query_all(&patterns::reminded_appointments(number, now)).await?;
        if reminded.is_empty() {
            let last = patterns::ever_reminded(number).reversed().limit(1);
            reminded = app.table.query(&last).await?.rows.into_iter().map(|(_, row)| row).collect();
        }
        if !reminded.is_empty() {
            let ids = reminded.into_iter().map(|row| row.appointment);
            return Ok(Self { appointments: get_appointments(app, ids).await?, patients: Vec::new() });
        }
        let patients = patients_with_number(app, number).await?;
        let mut appointments = Vec::new();
        for patient in patients.iter().take(MAX_PATIENTS) {
            let latest = patterns::appointments_of_patient(patient.id, None, None).reversed().limit(1);
            appointments.extend(app.table.query::<Appointment>(&latest).await?.rows.into_iter().map(|(_, row)| row));
        }
        Ok(Self { appointments, patients })
    }

    /// The one that the reply is stored under.
    fn appointment(&self) -> Option<&Appointment> {
        self.appointments.first()
    }

    fn only_appointment(&self) -> Option<&Appointment> {
        if self.appointments.len() == 1 { self.appointment() } else { None }
    }

    /// An appointment of the only clinic that the sender has to do with. With several clinics the message belongs to
    /// none, so that the staff of each of them see it.
    fn clinic(&self) -> Option<&Appointment> {
        let clinics: BTreeSet<_> = self.appointments.iter().map(|appointment| appointment.clinic).collect();
        if clinics.len() == 1 { self.appointment() } else { None }
    }

    /// The only patient whom the message can come from.
    fn patient(&self) -> Option<domain::ids::PatientId> {
        let of_appointments = self.appointments.iter().map(|appointment| appointment.patient);
        let patients: BTreeSet<_> = of_appointments.chain(self.patients.iter().map(|patient| patient.id)).collect();
        if patients.len() == 1 { patients.first().copied() } else { None }
    }
}

/// Adds the answer: as a notification about an appointment, or as the response to the webhook where none is known. A
/// sender who hides the number gets the response as well, since no message can be sent to a user id.
async fn add_reply(uow: &mut UnitOfWork<'_>, message: &Inbound, sender: &Sender) -> Result<ReplyDelivery, AppError> {
    let appointment = sender.appointment().filter(|_| !message.number().is_hidden());
    let patient = match sender.appointment() {
        Some(appointment) => Some(get_patient(uow.app, appointment.patient).await?),
        None => sender.patients.first().cloned(),
    };
    let content = Reply::Emergency { number: number_to_call(uow.app, message, sender).await? };
    let text = match &patient {
        Some(patient) => MessageText(render_reply(&content, patient.profile.language)),
        None => localized_reply(&content, &message.from.0),
    };
    let (Some(appointment), Some(patient)) = (appointment, patient) else {
        // Nobody waits for the response to a webhook that failed.
        let is_answerable = message.written_at.is_none();
        return Ok(if is_answerable { ReplyDelivery::WebhookResponse(text) } else { ReplyDelivery::NoReply });
    };
    let reply = ChatReply {
        kind: NotificationKind::Reply,
        to: message.reply_address().clone(),
        text,
        prompt: None,
        promises_time: false,
        heard_at: message.written_or_received_at(),
        after: None,
    };
    Ok(ReplyDelivery::Notification(uow.reply(appointment, &patient, reply)))
}

/// That of the clinic of the appointment.
async fn number_to_call(app: &App, message: &Inbound, sender: &Sender) -> Result<String, AppError> {
    let Some(appointment) = sender.appointment() else { return emergency_number_for(app, &message.from.0).await };
    let clinic = app.table.get::<Clinic>(&Key::clinic(appointment.clinic)).await?;
    Ok(clinic.map_or_else(
        || emergency_number::of_zone(appointment.zone).to_owned(),
        |clinic| emergency_number::of_clinic(&clinic.profile).to_owned(),
    ))
}
