//! Handler for free slots.

use app::App;
use app::availability::schedules::{FreeSlot, list_slots as next_slots};
use app::support::listing::paginate;
use axum::extract::State;
use web::{Caller, List, Paging, Params, Problem};
use wire::slot::{FreeSlotParams, FreeSlotView};

/// Lists the next free slots of a doctor or specialty, earliest first.
#[utoipa::path(get, path = "/api/schedules/slots/", tag = "schedules", params(FreeSlotParams),
    responses((status = 200, body = List<FreeSlotView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_slots(
    State(app): State<App>,
    params: Params<FreeSlotParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<FreeSlotView>, Problem> {
    let filter = params.0.filter(app.now().utc_day())?;
    let slots = next_slots(&app, &caller.0, &filter).await?;
    let window = page.window_of(filter.limit);
    let sort_key = |slot: &FreeSlot| {
        let (start, end) = (slot.interval.start().sortable(), slot.interval.end().sortable());
        format!("{start} {end} {}", slot.period.doctor)
    };
    let rows = slots.into_iter().map(|slot| (sort_key(&slot), slot)).collect();
    page.list(&app, paginate(rows, &window).map(FreeSlotView::from)).await
}
