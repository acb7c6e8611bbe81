//! What patients wrote, for people: what the robot left to them, and the whole conversation with a
//! number around it.

use crate::App;
use crate::directory::records::expect_version;
use crate::support::attempts::Failure;
use crate::support::change::{audit, differences};
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{Slice, Window, list};
use domain::ids::{AppointmentId, InboundId};
use domain::notification::{MessageText, Notification, NotificationStatus};
use domain::phone::MatchKey;
use domain::time::{Instant, Months};
use std::collections::BTreeSet;
use store::audit::AuditAction;
use store::inbound::Inbound;
use store::keys::Key;
use store::notification::RemindedAppointment;
use store::{Purpose, patterns};

/// How many months are listed, the present one included.
const MONTHS: u32 = 3;
/// How many messages of each side a conversation shows, the latest.
const LINES: usize = 50;
/// Of how many appointments its messages are about at most.
const APPOINTMENTS: usize = 10;

/// Lists messages from patients, latest first: of three months, or, with `needs_attention`, all that a
/// person has to look at. Those about appointments of other clinics aren't there.
///
/// # Errors
/// What reading says.
pub async fn list_inbound(
    app: &App,
    ctx: &Context,
    needs_attention: Option<bool>,
    window: &Window,
) -> Result<Slice<Inbound>, AppError> {
    let today = app.now().utc_day();
    let months = (0..MONTHS).filter_map(|back| today.checked_sub_months(Months::new(back)));
    let partitions: Vec<_> = match needs_attention {
        Some(true) => vec![patterns::inbound_for_people().reversed()],
        _ => months.map(|month| patterns::inbound_of_month(month).reversed()).collect(),
    };
    let wanted = |row: &Inbound| needs_attention.is_none_or(|wanted| row.needs_attention == wanted);
    list(app, &partitions, window, |row| visible(ctx, row) && wanted(row)).await
}

/// Reads a message.
///
/// # Errors
/// [`AppError::NotFound`], also for one about an appointment of another clinic.
pub async fn get_inbound(app: &App, ctx: &Context, id: InboundId) -> Result<Inbound, AppError> {
    let row = app.table.get::<Inbound>(&Key::inbound(id)).await?;
    row.filter(|row| visible(ctx, row)).ok_or(AppError::NotFound)
}

/// What is about no appointment belongs to no clinic: somebody has to see it.
fn visible(ctx: &Context, row: &Inbound) -> bool {
    row.clinic.is_none_or(|clinic| ctx.scope.includes(clinic))
}

/// Notes that somebody has looked at a message, or still has to.
///
/// # Errors
/// Those of [`get_inbound`], [`AppError::PreconditionFailed`].
pub async fn update_inbound(
    app: &App,
    ctx: &Context,
    id: InboundId,
    if_match: Option<u64>,
    needs_attention: Option<bool>,
) -> Result<Inbound, AppError> {
    crate::attempt!(number => try_update(app, ctx, id, if_match, needs_attention, number))
}

async fn try_update(
    app: &App,
    ctx: &Context,
    id: InboundId,
    if_match: Option<u64>,
    needs_attention: Option<bool>,
    attempt: u32,
) -> Result<Inbound, Failure> {
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(get_inbound(app, ctx, id).await?);
    }
    let before = get_inbound(app, ctx, id).await?;
    expect_version(if_match, before.version)?;
    let needs_attention = needs_attention.unwrap_or(before.needs_attention);
    if before.needs_attention == needs_attention {
        return Ok(before);
    }
    let now = app.now();
    let after = Inbound { needs_attention, version: before.version + 1, ..before.clone() };
    let mut transaction = ctx.begin(id, now);
    transaction.replace(Purpose::Version, &after, before.version);
    let mut changes = differences(Some(&before), Some(&after), &["needs_attention"]);
    changes.retain(|field, _| field == "needs_attention");
    audit(app, ctx, &mut transaction, now, ("inbound", id), AuditAction::Update, changes);
    ctx.commit(app, transaction).await?;
    Ok(after)
}

/// One message of a conversation.
#[derive(Debug, Clone)]
pub enum Line {
    /// The patient's.
    In(Box<Inbound>),
    /// Ours.
    Out(Box<Notification>),
}

impl Line {
    /// When it was written or sent.
    #[must_use]
    pub fn at(&self) -> Instant {
        match self {
            Self::In(row) => row.heard_at(),
            Self::Out(row) => row.sent_at.unwrap_or(row.due_at),
        }
    }

    /// What comes first of what happened in one instant: what there was before.
    fn place(&self) -> (Instant, Instant, bool) {
        match self {
            Self::In(row) => (self.at(), row.received_at, false),
            Self::Out(row) => (self.at(), row.created_at, true),
        }
    }

    /// Its words.
    #[must_use]
    pub fn words(&self) -> Option<&MessageText> {
        match self {
            Self::In(row) => Some(&row.body),
            Self::Out(row) => row.text.as_ref(),
        }
    }
}

/// The conversation that a message belongs to, oldest first: the latest messages of its number, and what
/// we sent to it about the appointments that these and its reminders are about.
///
/// # Errors
/// What reading says.
pub async fn thread(app: &App, ctx: &Context, message: &Inbound) -> Result<Vec<Line>, AppError> {
    let number = message.number();
    let (written, reminded) = futures_util::future::try_join(
        app.table.query::<Inbound>(&patterns::inbound_of_number(&number).reversed().limit(LINES)),
        app.table.query::<RemindedAppointment>(&patterns::ever_reminded(&number).reversed().limit(APPOINTMENTS)),
    )
    .await?;
    let written: Vec<Inbound> = written.rows.into_iter().map(|(_, row)| row).filter(|row| visible(ctx, row)).collect();
    let of_messages = written.iter().filter_map(|row| row.appointment);
    let of_reminders = reminded.rows.iter().map(|(_, row)| row.appointment);
    let appointments: BTreeSet<AppointmentId> = of_messages.chain(of_reminders).take(2 * APPOINTMENTS).collect();
    let sent = appointments.into_iter().map(|appointment| async move {
        app.table
            .query::<Notification>(&patterns::notifications_of_appointment(appointment).reversed().limit(LINES))
            .await
    });
    let sent = futures_util::future::try_join_all(sent).await?;
    let sent = sent.into_iter().flat_map(|page| page.rows).map(|(_, row)| row);
    let ours = sent.filter(|row| ctx.scope.includes(row.clinic) && went_to(row, &number));
    let mut lines: Vec<Line> = written
        .into_iter()
        .map(|row| Line::In(Box::new(row)))
        .chain(ours.map(|row| Line::Out(Box::new(row))))
        .collect();
    lines.sort_by_key(Line::place);
    Ok(lines)
}

/// Whether a message went to this number, or may have.
fn went_to(row: &Notification, number: &MatchKey) -> bool {
    let tried = row.status.is_accepted()
        || matches!(
            row.status,
            NotificationStatus::Unknown | NotificationStatus::Failed | NotificationStatus::Undelivered
        );
    tried && row.to.as_ref().is_some_and(|to| MatchKey::of(&to.0) == *number)
}
