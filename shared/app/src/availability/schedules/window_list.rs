//! Lists dated windows as they were made, also those that don't apply now.

use super::closure_causes::{ClosureCauses, NotApplying};
use super::period_slots::{PeriodNames, ScheduleFilter, SlotInputs};
use crate::App;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::clinic::Room;
use domain::schedule::{AvailabilityPeriod, Window};
use store::patterns;

/// A window, and whether it applies.
#[derive(Debug, Clone)]
pub struct ListedWindow {
    pub window: Window,
    pub names: PeriodNames,
    /// Why no part of it applies; `None` if it does.
    pub because: Option<NotApplying>,
}

/// Lists windows by date and time.
pub async fn list_windows(app: &App, ctx: &Context, filter: &ScheduleFilter) -> Result<Vec<ListedWindow>, AppError> {
    let mut windows = read_windows(app, filter).await?;
    windows.retain(|window| {
        filter.selects(window.date, window.zone, app.now())
            && ctx.scope.includes(window.clinic)
            && filter.room.is_none_or(|room| window.room == room)
            && filter.clinic.is_none_or(|clinic| window.clinic == clinic)
    });
    windows.sort_by_key(|window| (window.date, window.start_time, window.id));
    let periods: Vec<AvailabilityPeriod> = windows.iter().map(Window::period).collect();
    let (inputs, causes) =
        futures_util::future::try_join(SlotInputs::read_places(app, &periods), ClosureCauses::read(app, &periods))
            .await?;
    let listed = windows.into_iter().zip(&periods).filter_map(|(window, period)| {
        let because = inputs.inactive(period).or_else(|| match () {
            () if causes.has_holiday(period) => Some(NotApplying::Holiday),
            () if causes.are_blocking(period) => Some(NotApplying::Block),
            () => None,
        });
        Some(ListedWindow { window, names: inputs.names(period)?, because })
    });
    Ok(listed.collect())
}

async fn read_windows(app: &App, filter: &ScheduleFilter) -> Result<Vec<Window>, AppError> {
    let (from, to) = (filter.from, filter.to);
    let patterns = match (filter.doctor, filter.room, filter.clinic) {
        (Some(doctor), _, _) => vec![patterns::windows_of_doctor(doctor, from, to)],
        (None, Some(room), _) => vec![patterns::windows_of_room(room, from, to)],
        (None, None, Some(clinic)) => {
            // The deactivated ones, too.
            let rooms: Vec<Room> = app.table.query_all(&patterns::rooms_of_clinic(clinic)).await?;
            rooms.iter().map(|room| patterns::windows_of_room(room.id, from, to)).collect()
        }
        (None, None, None) => Vec::new(),
    };
    let reads = patterns.iter().map(|pattern| async {
        let windows: Vec<Window> = app.table.query_all(pattern).await?;
        Ok::<_, AppError>(windows)
    });
    Ok(try_join_bounded(reads).await?.concat())
}
