//! Reads the windows and rules of a room, across doctors.

use crate::App;
use crate::support::error::AppError;
use domain::ids::RoomId;
use domain::schedule::Window;
use domain::time::LocalDate;
use domain::weekly_rule::WeeklyRule;
use futures_util::future::try_join;
use store::patterns;
use store::schedule::Timetable;

/// The windows between two local days, both included, and all rules.
pub(crate) async fn timetable_of_room(
    app: &App,
    room: RoomId,
    from: LocalDate,
    to: LocalDate,
) -> Result<Timetable, AppError> {
    let (windows, rules) = (patterns::windows_of_room(room, from, to), patterns::rules_of_room(room));
    let (windows, rules) =
        try_join(app.table.query_all::<Window>(&windows), app.table.query_all::<WeeklyRule>(&rules)).await?;
    Ok(Timetable { windows, rules })
}
