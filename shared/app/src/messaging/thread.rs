//! Messages in both directions as one thread: the conversation around an inbound message, and all messages of a patient.

use crate::App;
use crate::directory::patients::{patients_with_number, read_patient};
use crate::messaging::inbound::listed::ListedInbound;
use crate::messaging::inbound::worklist::{get_listed, is_visible};
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, paginate};
use domain::appointment::Appointment;
use domain::ids::{AppointmentId, InboundId, PatientId};
use domain::notification::{MessageText, Notification, NotificationStatus};
use domain::phone::MatchKey;
use domain::time::Instant;
use std::collections::BTreeSet;
use store::inbound::Inbound;
use store::notification::RemindedAppointment;
use store::patterns;

/// How many messages of each side a conversation shows: the latest.
const MAX_ENTRIES: usize = 50;
/// How many of the latest reminders to the number are read. A conversation covers at most twice as many
/// appointments: those of its messages first, then those of the reminders.
const MAX_APPOINTMENTS: usize = 10;
/// How many of the latest messages from a number are read for a patient's thread.
const MAX_FROM_NUMBER: usize = 500;

#[derive(Debug, Clone)]
pub enum ThreadEntry {
    Received(Box<Inbound>),
    Sent(Box<Notification>),
}

impl ThreadEntry {
    /// When it was written, or sent, or due if it wasn't sent.
    #[must_use]
    pub fn at(&self) -> Instant {
        match self {
            Self::Received(row) => row.written_or_received_at(),
            Self::Sent(row) => row.sent_at.unwrap_or(row.due_at),
        }
    }

    /// Orders messages of the same instant by when their rows were created.
    fn order(&self) -> (Instant, Instant, bool) {
        match self {
            Self::Received(row) => (self.at(), row.received_at, false),
            Self::Sent(row) => (self.at(), row.created_at, true),
        }
    }

    fn id(&self) -> String {
        match self {
            Self::Received(row) => row.id().to_string(),
            Self::Sent(row) => row.id.to_string(),
        }
    }

    /// Sorts the latest entry first, and stays the same while other entries come and go.
    fn latest_first_key(&self) -> String {
        let (at, created_at, is_sent) = self.order();
        let falling = |instant: Instant| i64::MAX - instant.utc().timestamp_millis();
        format!("{:019}{:019}{}{}", falling(at), falling(created_at), u8::from(!is_sent), self.id())
    }

    /// `None` where it isn't rendered yet, has none, or was erased.
    #[must_use]
    pub fn text(&self) -> Option<&MessageText> {
        let text = match self {
            Self::Received(row) => Some(&row.body),
            Self::Sent(row) => row.text.as_ref(),
        };
        text.filter(|text| !text.0.is_empty())
    }

    fn without_text(self) -> Self {
        match self {
            Self::Received(row) => Self::Received(Box::new(Inbound { body: MessageText(String::new()), ..*row })),
            Self::Sent(row) => Self::Sent(Box::new(Notification { text: None, ..*row })),
        }
    }
}

/// An inbound message and the conversation that it belongs to.
#[derive(Debug)]
pub struct InboundConversation {
    pub listed: ListedInbound,
    /// Oldest first.
    pub thread: Vec<ThreadEntry>,
}

/// # Errors
/// [`AppError::NotFound`], also for a message about an appointment outside the caller's clinics.
pub async fn read_conversation(app: &App, ctx: &Context, id: InboundId) -> Result<InboundConversation, AppError> {
    let listed = get_listed(app, ctx, id).await?;
    let thread = conversation(app, ctx, &listed.message).await?;
    Ok(InboundConversation { listed, thread })
}

/// The latest messages of a message's number, and the notifications sent to it about the appointments of these messages
/// and of its reminders.
async fn conversation(app: &App, ctx: &Context, message: &Inbound) -> Result<Vec<ThreadEntry>, AppError> {
    let number = message.number();
    let reminded = patterns::ever_reminded(&number).reversed().limit(MAX_APPOINTMENTS);
    let (written, reminded) = futures_util::future::try_join(written_from(app, ctx, &number, MAX_ENTRIES), async {
        Ok(app.table.query::<RemindedAppointment>(&reminded).await?)
    })
    .await?;
    // An answer to a user who hides the number went to the user's id.
    let addresses: BTreeSet<MatchKey> =
        written.iter().map(|row| MatchKey::of(&row.from.0)).chain([number.clone()]).collect();
    let of_messages = written.iter().filter_map(|row| row.appointment);
    let of_reminders = reminded.rows.iter().map(|(_, row)| row.appointment);
    let appointments: BTreeSet<AppointmentId> = of_messages.chain(of_reminders).take(2 * MAX_APPOINTMENTS).collect();
    let sent = sent_about(app, ctx, appointments).await?.into_iter().filter(|row| was_sent_to(row, &addresses));
    let mut thread = merged(written, sent);
    thread.sort_by_key(ThreadEntry::order);
    Ok(thread)
}

/// Lists the messages to and from a patient, latest first: those about the patient's appointments at clinics that the
/// caller sees, and what the patient's numbers wrote. What was withdrawn before it was sent, or isn't due yet, is left
/// out. Of an erased patient, no text is left.
///
/// # Errors
/// Those of [`read_patient`].
pub async fn list_patient_messages(
    app: &App,
    ctx: &Context,
    id: PatientId,
    page: &PageRequest,
) -> Result<Slice<ThreadEntry>, AppError> {
    let patient = read_patient(app, ctx, id).await?;
    let appointments: Vec<Appointment> =
        app.table.query_all(&patterns::appointments_of_patient(id, None, None)).await?;
    let appointments: BTreeSet<AppointmentId> = appointments.iter().map(|appointment| appointment.id).collect();
    let sent = sent_about(app, ctx, appointments.clone()).await?;
    let mut numbers = patient.profile.phone_numbers();
    numbers.extend(sent.iter().filter_map(|row| row.to.as_ref()).map(|to| MatchKey::of(&to.0)));
    // After an erasure the patient's messages are stored under the pseudonym's id.
    numbers.insert(MatchKey::of(&id.to_string()));
    let written = numbers.iter().map(|number| written_by(app, ctx, id, number, &appointments));
    let written = try_join_bounded(written).await?.into_iter().flatten();
    let now = app.now();
    let mut thread = merged(written, sent.into_iter().filter(|row| is_shown(row, now)));
    if patient.profile.erased_at.is_some() {
        thread = thread.into_iter().map(ThreadEntry::without_text).collect();
    }
    let mut thread: Vec<_> = thread.into_iter().map(|entry| (entry.latest_first_key(), entry)).collect();
    thread.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(paginate(thread, page))
}

fn merged(
    written: impl IntoIterator<Item = Inbound>,
    sent: impl IntoIterator<Item = Notification>,
) -> Vec<ThreadEntry> {
    let written = written.into_iter().map(|row| ThreadEntry::Received(Box::new(row)));
    written.chain(sent.into_iter().map(|row| ThreadEntry::Sent(Box::new(row)))).collect()
}

/// The latest messages from a number that the caller may see.
async fn written_from(app: &App, ctx: &Context, number: &MatchKey, most: usize) -> Result<Vec<Inbound>, AppError> {
    let latest = patterns::inbound_of_number(number).reversed().limit(most);
    let rows = app.table.query::<Inbound>(&latest).await?.rows.into_iter().map(|(_, row)| row);
    Ok(rows.filter(|row| is_visible(ctx, row)).collect())
}

/// The latest notifications about each of the appointments, at clinics that the caller sees.
async fn sent_about(
    app: &App,
    ctx: &Context,
    appointments: BTreeSet<AppointmentId>,
) -> Result<Vec<Notification>, AppError> {
    let sent = appointments.into_iter().map(|appointment| async move {
        let latest = patterns::notifications_of_appointment(appointment).reversed().limit(MAX_ENTRIES);
        app.table.query::<Notification>(&latest).await
    });
    let rows = try_join_bounded(sent).await?.into_iter().flat_map(|page| page.rows).map(|(_, row)| row);
    Ok(rows.filter(|row| ctx.scope.includes(row.clinic)).collect())
}

/// What a patient wrote from a number. Of the messages that are attributed to no patient and no appointment, those that
/// came while the number stood for the patient; and those that came while it stood for nobody, if it is now this
/// patient's alone.
async fn written_by(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    number: &MatchKey,
    appointments: &BTreeSet<AppointmentId>,
) -> Result<Vec<Inbound>, AppError> {
    let mut written = written_from(app, ctx, number, MAX_FROM_NUMBER).await?;
    let is_unattributed = |row: &Inbound| row.patient.is_none() && row.appointment.is_none();
    let is_nobodys = |row: &Inbound| row.sender_patients.as_ref().is_none_or(BTreeSet::is_empty);
    let mut is_theirs = false;
    if written.iter().any(|row| is_unattributed(row) && is_nobodys(row)) {
        is_theirs = patients_with_number(app, number).await?.iter().all(|other| other.id == patient);
    }
    written.retain(|row| match (row.patient, row.appointment) {
        (Some(from), _) => from == patient,
        (None, Some(about)) => appointments.contains(&about),
        (None, None) if is_nobodys(row) => is_theirs,
        (None, None) => row.sender_patients.as_ref().is_some_and(|patients| patients.contains(&patient)),
    });
    Ok(written)
}

/// Whether a notification was sent to one of these addresses, or may have been.
fn was_sent_to(row: &Notification, addresses: &BTreeSet<MatchKey>) -> bool {
    let tried = row.status.is_accepted()
        || matches!(
            row.status,
            NotificationStatus::Unknown | NotificationStatus::Failed | NotificationStatus::Undelivered
        );
    tried && row.to.as_ref().is_some_and(|to| addresses.contains(&MatchKey::of(&to.0)))
}

fn is_shown(row: &Notification, now: Instant) -> bool {
    match row.status {
        NotificationStatus::Cancelled => false,
        NotificationStatus::Pending => row.due_at <= now,
        _ => true,
    }
}
