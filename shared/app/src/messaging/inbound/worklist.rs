//! The worklist of inbound messages that need attention, and the conversation that a message belongs to.

use crate::App;
use crate::directory::records::expect_version;
use crate::support::change::differences;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, list};
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::attention::{Attention, AttentionKind};
use domain::ids::{AppointmentId, InboundId, PatientId};
use domain::notification::{MessageText, Notification, NotificationStatus};
use domain::phone::MatchKey;
use domain::time::{Instant, Months};
use std::collections::BTreeSet;
use store::audit::AuditAction;
use store::inbound::Inbound;
use store::keys::Key;
use store::notification::RemindedAppointment;
use store::{Purpose, patterns};

/// How many months are listed, including the current one.
const MONTHS: u32 = 3;
/// How many messages of each side a conversation shows: the latest.
const MAX_ENTRIES: usize = 50;
/// How many of the latest reminders to the number are read. A conversation covers at most twice as many
/// appointments: those of its messages first, then those of the reminders.
const MAX_APPOINTMENTS: usize = 10;

/// Which inbound messages are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct InboundFilter {
    pub needs_attention: Option<bool>,
    /// Only those of this patient.
    pub patient: Option<PatientId>,
}

/// Lists inbound messages, latest first: those of three months, or the whole worklist if `needs_attention` is true.
/// Messages about appointments outside the caller's clinics are left out.
pub async fn list_inbound(
    app: &App,
    ctx: &Context,
    filter: InboundFilter,
    window: &PageRequest,
) -> Result<Slice<Inbound>, AppError> {
    let now = app.now();
    let today = now.utc_day();
    let months = (0..MONTHS).filter_map(|back| today.checked_sub_months(Months::new(back)));
    let partitions: Vec<_> = match filter.needs_attention {
        Some(true) => vec![patterns::inbound_attention().reversed()],
        _ => months.map(|month| patterns::inbound_of_month(month).reversed()).collect(),
    };
    let wanted = |row: &Inbound| {
        filter.needs_attention.is_none_or(|wanted| is_in_worklist(row, now) == wanted)
            && filter.patient.is_none_or(|wanted| row.patient == Some(wanted))
    };
    let slice = list(app, &partitions, window, |row| is_visible(ctx, row) && wanted(row)).await?;
    Ok(slice.map(|row| as_shown(row, now)))
}

/// # Errors
/// [`AppError::NotFound`], also for a message about an appointment outside the caller's clinics.
pub async fn get_inbound(app: &App, ctx: &Context, id: InboundId) -> Result<Inbound, AppError> {
    let row = app.table.get::<Inbound>(&Key::inbound(id)).await?;
    row.filter(|row| is_visible(ctx, row)).map(|row| as_shown(row, app.now())).ok_or(AppError::NotFound)
}

/// A message that wasn't understood waits a while for one that is, before staff see it in the worklist.
pub(crate) fn is_in_worklist(row: &Inbound, now: Instant) -> bool {
    row.needs_attention && row.attention.is_none_or(|attention| attention.since <= now)
}

fn as_shown(row: Inbound, now: Instant) -> Inbound {
    Inbound { needs_attention: is_in_worklist(&row, now), ..row }
}

/// A message about no appointment belongs to no clinic, so every user sees it.
pub(crate) fn is_visible(ctx: &Context, row: &Inbound) -> bool {
    row.clinic.is_none_or(|clinic| ctx.scope.includes(clinic))
}

/// Takes a message off the worklist, or puts it back.
///
/// # Errors
/// Those of [`get_inbound`]; [`AppError::PreconditionFailed`] if the version isn't `if_match`.
pub async fn update_inbound(
    app: &App,
    ctx: &Context,
    id: InboundId,
    if_match: Option<u64>,
    needs_attention: Option<bool>,
) -> Result<Inbound, AppError> {
    crate::retry!(number => try_update(app, ctx, id, if_match, needs_attention, number))
}

async fn try_update(
    app: &App,
    ctx: &Context,
    id: InboundId,
    if_match: Option<u64>,
    needs_attention: Option<bool>,
    attempt: u32,
) -> Result<Inbound, AttemptError> {
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok(get_inbound(app, ctx, id).await?);
    }
    let before = get_inbound(app, ctx, id).await?;
    expect_version(if_match, before.version)?;
    let needs_attention = needs_attention.unwrap_or(before.needs_attention);
    if before.needs_attention == needs_attention {
        return Ok(before);
    }
    let kind = before.attention.map_or(AttentionKind::Inbound, |attention| attention.kind);
    let put_back = needs_attention.then(|| Attention { kind, since: app.now() });
    let attention = put_back.or(before.attention);
    let after = Inbound { needs_attention, attention, version: before.version + 1, ..before.clone() };
    let mut uow = UnitOfWork::with_outcome(app, ctx, id);
    uow.transaction.replace(Purpose::Version, &after, before.version);
    let mut changes = differences(Some(&before), Some(&after), &["needs_attention"]);
    changes.retain(|field, _| field == "needs_attention");
    uow.audit(("inbound", id), AuditAction::Update, changes);
    uow.commit().await?;
    Ok(after)
}

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
    fn sort_key(&self) -> (Instant, Instant, bool) {
        match self {
            Self::Received(row) => (self.at(), row.received_at, false),
            Self::Sent(row) => (self.at(), row.created_at, true),
        }
    }

    #[must_use]
    pub fn words(&self) -> Option<&MessageText> {
        match self {
            Self::Received(row) => Some(&row.body),
            Self::Sent(row) => row.text.as_ref(),
        }
    }
}

/// The conversation that a message belongs to, oldest first: the latest messages of its number, and the
/// notifications sent to it about the appointments of these messages and of its reminders.
pub async fn list_thread(app: &App, ctx: &Context, message: &Inbound) -> Result<Vec<ThreadEntry>, AppError> {
    let number = message.number();
    let (written, reminded) = futures_util::future::try_join(
        app.table.query::<Inbound>(&patterns::inbound_of_number(&number).reversed().limit(MAX_ENTRIES)),
        app.table.query::<RemindedAppointment>(&patterns::ever_reminded(&number).reversed().limit(MAX_APPOINTMENTS)),
    )
    .await?;
    let written: Vec<Inbound> =
        written.rows.into_iter().map(|(_, row)| row).filter(|row| is_visible(ctx, row)).collect();
    // An answer to a user who hides the number went to the user's id.
    let addresses: BTreeSet<MatchKey> =
        written.iter().map(|row| MatchKey::of(&row.from.0)).chain([number.clone()]).collect();
    let of_messages = written.iter().filter_map(|row| row.appointment);
    let of_reminders = reminded.rows.iter().map(|(_, row)| row.appointment);
    let appointments: BTreeSet<AppointmentId> = of_messages.chain(of_reminders).take(2 * MAX_APPOINTMENTS).collect();
    let sent = appointments.into_iter().map(|appointment| async move {
        let latest = patterns::notifications_of_appointment(appointment).reversed().limit(MAX_ENTRIES);
        app.table.query::<Notification>(&latest).await
    });
    let sent = try_join_bounded(sent).await?;
    let sent = sent.into_iter().flat_map(|page| page.rows).map(|(_, row)| row);
    let ours = sent.filter(|row| ctx.scope.includes(row.clinic) && was_sent_to(row, &addresses));
    let mut entries: Vec<ThreadEntry> = written
        .into_iter()
        .map(|row| ThreadEntry::Received(Box::new(row)))
        .chain(ours.map(|row| ThreadEntry::Sent(Box::new(row))))
        .collect();
    entries.sort_by_key(ThreadEntry::sort_key);
    Ok(entries)
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
