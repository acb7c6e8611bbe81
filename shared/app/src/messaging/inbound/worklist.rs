//! The worklist of inbound messages that need attention.

use crate::App;
use crate::directory::records::expect_version;
use crate::messaging::inbound::listed::{ListedInbound, add_patients, add_patients_of};
use crate::support::change::differences;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, list};
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::attention::{Attention, AttentionKind};
use domain::ids::{InboundId, PatientId};
use domain::time::{Instant, Months};
use store::audit::AuditAction;
use store::inbound::Inbound;
use store::keys::Key;
use store::{Purpose, patterns};

/// How many months are listed, including the current one.
const MONTHS: u32 = 3;

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
) -> Result<Slice<ListedInbound>, AppError> {
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
    let Slice { rows, next, previous } = slice.map(|row| as_shown(row, now));
    Ok(Slice { rows: add_patients(app, rows).await?, next, previous })
}

/// # Errors
/// [`AppError::NotFound`], also for a message about an appointment outside the caller's clinics.
pub async fn get_inbound(app: &App, ctx: &Context, id: InboundId) -> Result<Inbound, AppError> {
    let row = app.table.get::<Inbound>(&Key::inbound(id)).await?;
    row.filter(|row| is_visible(ctx, row)).map(|row| as_shown(row, app.now())).ok_or(AppError::NotFound)
}

/// The same with its patients.
pub(crate) async fn get_listed(app: &App, ctx: &Context, id: InboundId) -> Result<ListedInbound, AppError> {
    add_patients_of(app, get_inbound(app, ctx, id).await?).await
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
) -> Result<ListedInbound, AppError> {
    let row = crate::retry!(number => try_update(app, ctx, id, if_match, needs_attention, number))?;
    add_patients_of(app, row).await
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
