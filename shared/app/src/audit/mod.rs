//! Lists the audit trail, and seals it against tampering ([`seals`]).

pub mod seals;

use crate::App;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, list};
use domain::actor::Actor;
use domain::ids::UserId;
use domain::time::{Days, Instant, LocalDate};
use store::audit::AuditRow;
use store::keys::SHARDS;
use store::patterns::{self, Pattern};

#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    pub model: Option<String>,
    pub object_id: Option<String>,
    /// The acting user.
    pub user: Option<UserId>,
    /// The first UTC day.
    pub from: Option<LocalDate>,
    /// The last UTC day, inclusive.
    pub to: Option<LocalDate>,
}

/// Without dates, this many days up to today are listed.
const DEFAULT_DAYS: u64 = 7;
/// At most this many days are listed at once.
pub const MAX_DAYS: i64 = 31;

/// Lists the trail, latest first. Without an object and without dates: the last seven days.
pub async fn list_audit(app: &App, filter: &AuditFilter, window: &PageRequest) -> Result<Slice<AuditRow>, AppError> {
    let on_day = |at: Instant| {
        let day = at.utc_day();
        filter.from.is_none_or(|from| from <= day) && filter.to.is_none_or(|to| day <= to)
    };
    let keep = |row: &AuditRow| {
        filter.model.as_ref().is_none_or(|model| row.model == *model)
            && filter.user.is_none_or(|user| matches!(row.actor, Actor::User { id, .. } if id == user))
            && on_day(row.at)
    };
    let partitions: Vec<Pattern> = if let Some(id) = &filter.object_id {
        vec![patterns::audit_of_object(id).reversed()]
    } else {
        let today = app.now().utc_day();
        let last = filter.from.and_then(|from| from.checked_add_days(Days::new(MAX_DAYS.unsigned_abs() - 1)));
        let to = filter.to.unwrap_or_else(|| last.map_or(today, |last| last.min(today)));
        let first = to.checked_sub_days(Days::new(DEFAULT_DAYS - 1)).unwrap_or(to);
        let from = filter.from.unwrap_or(first);
        from.iter_days()
            .take_while(|day| *day <= to)
            .flat_map(|day| (0..SHARDS).map(move |shard| patterns::audit_of_day(day, shard).reversed()))
            .collect()
    };
    list(app, &partitions, window, keep).await
}
