//! The worklist: what a person has to look at, most urgent first. Emergencies come first, then what is due soonest.
//!
//! It is no table of its own: its entries are the reasons for which appointments and inbound messages need attention
//! ([`domain::attention`], [`item`]). What isn't needed to sort and to count them is read for one page only ([`entry`]). Who took an
//! entry is stored beside it ([`take`]).

pub mod entry;
mod item;
pub mod migration;
pub mod take;

use crate::App;
use crate::messaging::inbound::worklist::{is_in_worklist, is_visible};
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, paginate};
use domain::attention::AttentionKind;
use domain::ids::ClinicId;
use entry::WorklistEntry;
use futures_util::future::try_join;
use item::{Taken, WorklistItem, taken_by};
use std::collections::BTreeMap;
use store::attention::AppointmentAttention;
use store::inbound::Inbound;
use store::item::Entity;
use store::patterns::{self, Pattern};
use store::taken_entry::TakenEntry;

/// Lists the worklist of a clinic, or of all that the caller sees. Messages that belong to no clinic are in each.
///
/// # Errors
/// Those of reading the table.
pub async fn list_worklist(
    app: &App,
    ctx: &Context,
    clinic: Option<ClinicId>,
    page: &PageRequest,
) -> Result<Slice<WorklistEntry>, AppError> {
    let (items, taken) = try_join(items(app, ctx, clinic), taken(app)).await?;
    let slice = paginate(items.into_iter().map(|item| (item.sort_key(), item)).collect(), page);
    let Slice { rows, next, previous } = slice;
    Ok(Slice { rows: entry::entries(app, rows, &taken).await?, next, previous })
}

/// How much there is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorklistCounts {
    pub total: usize,
    /// Each kind, also those of which there are none.
    pub by_kind: BTreeMap<AttentionKind, usize>,
    /// Taken by the caller.
    pub mine: usize,
}

/// Counts the entries of the worklist.
///
/// # Errors
/// Those of reading the table.
pub async fn count_worklist(app: &App, ctx: &Context, clinic: Option<ClinicId>) -> Result<WorklistCounts, AppError> {
    let (items, taken) = try_join(items(app, ctx, clinic), taken(app)).await?;
    let mut by_kind: BTreeMap<_, _> = AttentionKind::ALL.into_iter().map(|kind| (kind, 0)).collect();
    for item in &items {
        *by_kind.entry(item.reason.kind).or_default() += 1;
    }
    let me = ctx.user_id();
    let is_mine = |item: &&WorklistItem| me.is_some() && taken_by(item, &taken).and_then(|row| row.taken_by) == me;
    Ok(WorklistCounts { total: items.len(), by_kind, mine: items.iter().filter(is_mine).count() })
}

/// Everything that the caller may see, most urgent first.
async fn items(app: &App, ctx: &Context, clinic: Option<ClinicId>) -> Result<Vec<WorklistItem>, AppError> {
    let now = app.now();
    let (pointers, inbound) = try_join(
        readable::<AppointmentAttention>(app, patterns::appointment_attention(clinic)),
        readable::<Inbound>(app, patterns::inbound_attention()),
    )
    .await?;
    let of_appointments = pointers
        .iter()
        .filter(|pointer| ctx.scope.includes(pointer.clinic))
        .flat_map(|pointer| pointer.attention.iter().map(|reason| WorklistItem::of_appointment(pointer, *reason)));
    let is_wanted = |row: &Inbound| clinic.is_none_or(|wanted| row.clinic.is_none_or(|clinic| clinic == wanted));
    let shown = inbound.into_iter().filter(|row| is_visible(ctx, row) && is_wanted(row) && is_in_worklist(row, now));
    let mut items: Vec<WorklistItem> = of_appointments.chain(shown.map(WorklistItem::of_inbound)).collect();
    items.sort_by_cached_key(WorklistItem::sort_key);
    Ok(items)
}

/// One row that can't be read must not hide everything else that a person has to do.
async fn readable<E: Entity>(app: &App, pattern: Pattern) -> Result<Vec<E>, AppError> {
    let page = app.table.all_work::<E>(&pattern).await?;
    for row in &page.unreadable {
        tracing::error!(kind = row.kind, "left a row that can't be read out of the worklist");
    }
    Ok(page.rows)
}

async fn taken(app: &App) -> Result<Taken, AppError> {
    let rows: Vec<TakenEntry> = readable(app, patterns::taken_entries()).await?;
    Ok(rows.into_iter().map(|row| (row.entry.clone(), row)).collect())
}
