//! Claiming: from here on a message is ours to send, and nobody else's.

use super::attention::{self, Person};
use super::fate::{Fate, fate};
use crate::App;
use crate::messaging::notifications::address_of;
use crate::support::attempts::Failure;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::ports::Outgoing;
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::due::{LONGEST_IN_QUEUE, valid_for};
use domain::ids::NotificationId;
use domain::messages::Occasion;
use domain::notification::{LEASE, MessageText, Notification, NotificationKind, NotificationStatus};
use domain::patient::Patient;
use domain::phone::MatchKey;
use domain::time::Instant;
use store::Transaction;
use store::appointment::show_reminder;
use store::keys::Key;
use store::notification::save;
use store::spacing::{self, SPACING, Spacing};

/// What came of trying to claim a message.
pub(super) enum Claim {
    /// Nothing is to be sent.
    Settled(Notification),
    /// Not before this instant: another message to the same number went out just now.
    Turn(Notification, Instant),
    /// This is to be sent, by nobody else.
    Ours(Notification, Outgoing),
}

pub(super) async fn claim(
    app: &App,
    id: NotificationId,
    at_once: bool,
    once: Option<&Context>,
) -> Result<Claim, Failure> {
    let before = app.table.get::<Notification>(&Key::notification(id)).await?.ok_or(AppError::NotFound)?;
    if before.status != NotificationStatus::Pending {
        return Ok(Claim::Settled(before));
    }
    let keys = [Key::appointment(before.appointment), Key::patient(before.patient), Key::clinic(before.clinic)];
    let mut batch = app.table.batch(&keys).await?;
    let [appointment, patient, clinic] = &keys;
    let appointment = batch.take::<Appointment>(appointment)?.ok_or(AppError::NotFound)?;
    let patient = batch.take::<Patient>(patient)?.ok_or(AppError::NotFound)?;
    let clinic = batch.take::<Clinic>(clinic)?.ok_or(AppError::NotFound)?;
    let now = app.now();
    let mut transaction = Transaction::default();
    let mut after = Notification { version: before.version + 1, ..before.clone() };
    match fate(&before, &appointment, &patient, &clinic, at_once, now) {
        Fate::NotYet(at) if before.next_at == Some(at) => return Ok(Claim::Settled(before)),
        Fate::NotYet(at) => after.next_at = Some(at),
        Fate::Never(status) => {
            after.status = status;
            after.next_at = None;
            let person = if status == NotificationStatus::Expired { Person::Needed } else { Person::NotNeeded };
            attention::show(app, &mut transaction, &after, person, now).await?;
        }
        Fate::Now => return take(app, transaction, before, after, (appointment, patient, clinic), once, now).await,
    }
    save(&mut transaction, &before, &after);
    app.table.transact(transaction).await?;
    Ok(Claim::Settled(after))
}

async fn take(
    app: &App,
    mut transaction: Transaction,
    before: Notification,
    mut after: Notification,
    (appointment, patient, clinic): (Appointment, Patient, Clinic),
    once: Option<&Context>,
    now: Instant,
) -> Result<Claim, Failure> {
    let nowhere = || AppError::Internal(format!("notification {} has no address", before.id));
    let mut outgoing = outgoing(&mut after, &appointment, &patient, &clinic, now).ok_or_else(nowhere)?;
    // An answer in a chat goes out at once: the patient waits for it.
    if after.template.is_some() {
        let number = MatchKey::of(&outgoing.to.0);
        let last = app.table.get::<Spacing>(&Key::spacing(&number)).await?;
        // A time that is still to come was written by a clock that has been set back since.
        let just_now = last.as_ref().filter(|last| last.at <= now.plus(SPACING));
        if let Some(turn) = just_now.map(|last| last.at.plus(SPACING)).filter(|turn| *turn > now) {
            // Unless it was this very message, which another worker has just claimed.
            let row = app.table.get::<Notification>(&Key::notification(before.id)).await?.ok_or(AppError::NotFound)?;
            let ours = row.status == NotificationStatus::Pending;
            return Ok(if ours { Claim::Turn(row, turn) } else { Claim::Settled(row) });
        }
        spacing::take(&mut transaction, number, now, last.as_ref());
    }
    after.status = NotificationStatus::Claimed;
    after.attempts += 1;
    after.lease_until = Some(now.plus(LEASE));
    after.next_at = after.lease_until;
    outgoing.reference = format!("{}.{}", after.id, after.attempts);
    if let Some(ctx) = once {
        ctx.remember(&mut transaction, after.id, now);
    }
    save(&mut transaction, &before, &after);
    if after.kind == NotificationKind::Reminder {
        // The appointment is still the one that was read: a cancellation since then makes this fail.
        show_reminder(&mut transaction, after.appointment, after.status, Some(appointment.version));
    }
    app.table.transact(transaction).await?;
    Ok(Claim::Ours(after, outgoing))
}

/// What is sent, where there is an address. The words and the address are noted in the row: by them it is
/// found again.
fn outgoing(
    row: &mut Notification,
    appointment: &Appointment,
    patient: &Patient,
    clinic: &Clinic,
    now: Instant,
) -> Option<Outgoing> {
    let mut valid_seconds = LONGEST_IN_QUEUE.num_seconds();
    let mut filled = None;
    if let Some(template) = row.template {
        let occasion = Occasion {
            language: patient.profile.language,
            first_name: patient.profile.first_name.as_str(),
            clinic: clinic.profile.name.as_str(),
            address: clinic.profile.address.as_ref().map(|line| line.as_str()),
            start: appointment.start,
            zone: appointment.zone,
        };
        row.language = occasion.language;
        row.text = Some(MessageText(occasion.body(template)));
        // As it is now: another number or contact since the booking counts.
        row.to = address_of(patient);
        filled = Some((template, occasion.language, occasion.variables(template, row.id)));
        valid_seconds = valid_for(now, appointment.start, appointment.zone, &clinic.profile.reminders).num_seconds();
    }
    Some(Outgoing {
        to: row.to.clone().or_else(|| address_of(patient))?,
        body: row.text.clone().unwrap_or_else(|| MessageText(String::new())),
        template: filled,
        valid_seconds: u32::try_from(valid_seconds).unwrap_or(1),
        reference: String::new(),
    })
}
