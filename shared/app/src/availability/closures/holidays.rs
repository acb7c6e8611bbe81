//! Holidays: local days on which a clinic, or every clinic, is closed.

use super::ClosureRecord;
use crate::App;
use crate::support::change::ChangeConditions;
use crate::support::context::{Context, Outcome};
use crate::support::dependents::Existing;
use crate::support::error::AppError;
use crate::support::listing::{self, Slice};
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::closure::Holiday;
use domain::horizon::expect_calendar_day;
use domain::ids::{ClinicId, HolidayId};
use domain::text::Line;
use domain::time::{Instant, LocalDate};
use domain::user::Scope;
use domain::violation::{Rule, Violations};
use store::keys::{EntityRef, Key, Unique};
use store::patterns;
use store::sweep::{Closure, GuardScope};

/// The editable fields of a holiday.
#[derive(Debug, Clone)]
pub struct HolidayDraft {
    /// `None` closes all clinics.
    pub clinic: Option<ClinicId>,
    pub date: LocalDate,
    pub name: Line<150>,
}

impl ClosureRecord for Holiday {
    type Id = HolidayId;
    const MODEL: &'static str = "holiday";
    const FIELDS: &'static [&'static str] = &["clinic", "date", "name"];
    const AUDIT_PLAINTEXT: &'static [&'static str] = Self::FIELDS;

    fn entity_ref(id: HolidayId) -> EntityRef {
        EntityRef::Holiday(id)
    }

    fn id(&self) -> HolidayId {
        self.id
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn is_visible(&self, scope: &Scope) -> bool {
        self.clinic.is_none_or(|clinic| scope.includes(clinic))
    }

    /// A holiday of all clinics can be changed only by users who see all clinics.
    fn is_editable(&self, scope: &Scope) -> bool {
        self.clinic.map_or(*scope == Scope::Everywhere, |clinic| scope.includes(clinic))
    }

    fn guarded(&self) -> GuardScope {
        self.clinic.map_or(GuardScope::AllRooms, GuardScope::Clinic)
    }

    fn closed(&self) -> Closure {
        Closure::Day(self.date)
    }

    fn closes(&self, appointment: &Appointment) -> bool {
        let day = appointment.zone.day(self.date);
        matches!((day, appointment.interval()), (Some(day), Some(time)) if day.overlaps(time))
    }

    fn unique_values(&self) -> Vec<Unique> {
        vec![Unique::HolidayDate(self.clinic, self.date)]
    }

    async fn expect_no_other(&self, app: &App) -> Result<(), AppError> {
        let of_clinic: Vec<Self> = app.table.query_all(&patterns::holidays_of(self.clinic, self.date)).await?;
        match of_clinic.iter().find(|other| other.date == self.date && other.id != self.id) {
            Some(other) => Err(AppError::AlreadyExists { field: "date", existing: Existing::Holiday(other.id) }),
            None => Ok(()),
        }
    }
}

/// Filter of a list of holidays.
#[derive(Debug, Clone, Copy)]
pub struct HolidayFilter {
    /// Holidays that close this clinic: its own and those of all clinics.
    pub clinic: Option<ClinicId>,
    pub from: LocalDate,
    /// Inclusive.
    pub to: LocalDate,
}

/// Lists holidays by date.
pub async fn list_holidays(
    app: &App,
    ctx: &Context,
    filter: HolidayFilter,
    page: &listing::PageRequest,
) -> Result<Slice<Holiday>, AppError> {
    let keep = |holiday: &Holiday| {
        holiday.is_visible(&ctx.scope)
            && filter.clinic.is_none_or(|clinic| holiday.clinic.is_none_or(|own| own == clinic))
    };
    listing::list(app, &[patterns::holidays(filter.from, filter.to)], page, keep).await
}

/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_holiday(app: &App, ctx: &Context, id: HolidayId) -> Result<Holiday, AppError> {
    super::get(app, ctx, id).await
}

/// Closes a clinic, or all clinics, for a day.
///
/// # Errors
/// [`AppError::AlreadyExists`] for a second holiday of the clinic on that day; [`AppError::InUse`] for appointments on
/// it, unless forced; [`AppError::Validation`].
pub async fn create_holiday(
    app: &App,
    ctx: &Context,
    draft: &HolidayDraft,
    conditions: ChangeConditions,
) -> Result<Outcome<Holiday>, AppError> {
    expect_date(draft.date, app.now())?;
    if draft.clinic.is_none() && ctx.scope != Scope::Everywhere {
        return Err(AppError::invalid("clinic", Rule::Required));
    }
    expect_active_clinic(app, ctx, draft.clinic).await?;
    let id = app.new_id();
    super::create(app, ctx, conditions, |now| Holiday {
        id,
        clinic: draft.clinic,
        date: draft.date,
        name: draft.name.clone(),
        created_at: now,
        updated_at: now,
        version: 1,
    })
    .await
}

async fn expect_active_clinic(app: &App, ctx: &Context, clinic: Option<ClinicId>) -> Result<(), AppError> {
    let Some(clinic) = clinic else { return Ok(()) };
    let found = app.table.get::<Clinic>(&Key::clinic(clinic)).await?;
    let found = found.filter(|clinic| ctx.scope.includes(clinic.id));
    let mut violations = Violations::default();
    violations.expect_active("clinic", found.map(|clinic| clinic.is_active));
    Ok(violations.check()?)
}

/// Changes a holiday. Its clinic can't change.
///
/// # Errors
/// [`AppError::AlreadyExists`] for a second holiday of the clinic on that day; [`AppError::InUse`] for appointments on the new day, unless forced; [`AppError::NotFound`],
/// [`AppError::PreconditionFailed`], [`AppError::Validation`].
pub async fn update_holiday(
    app: &App,
    ctx: &Context,
    id: HolidayId,
    conditions: ChangeConditions,
    next: impl Fn(&Holiday) -> Result<HolidayDraft, AppError> + Send + Sync,
) -> Result<Holiday, AppError> {
    expect_active_clinic(app, ctx, get_holiday(app, ctx, id).await?.clinic).await?;
    super::update(app, ctx, id, conditions, |before: &Holiday, now| {
        let HolidayDraft { clinic, date, name } = next(before)?;
        if clinic != before.clinic {
            return Err(AppError::invalid("clinic", Rule::ReadOnly));
        }
        if date != before.date {
            expect_date(date, now)?;
        }
        Ok(Holiday { date, name, updated_at: now, version: before.version + 1, ..before.clone() })
    })
    .await
}

fn expect_date(date: LocalDate, now: Instant) -> Result<(), AppError> {
    expect_calendar_day(date, now.utc_day()).map_err(|rule| AppError::invalid("date", rule))
}

/// Deletes a holiday: the day is open again.
pub async fn delete_holiday(app: &App, ctx: &Context, id: HolidayId, if_match: Option<u64>) -> Result<(), AppError> {
    super::delete::<Holiday>(app, ctx, id, if_match).await
}
