//! Holidays: local days on which a clinic, or every clinic, is closed.

use super::Closure;
use crate::App;
use crate::availability::schedules::Terms;
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use crate::support::listing::{self, Slice};
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::closure::Holiday;
use domain::ids::{ClinicId, HolidayId};
use domain::text::Line;
use domain::time::LocalDate;
use domain::user::Scope;
use domain::violation::Rule;
use store::keys::{Key, Thing};
use store::patterns;
use store::sweep::{Closed, Guarded};

/// What an ADMIN says of a holiday.
#[derive(Debug, Clone)]
pub struct HolidayDraft {
    /// Where; everywhere if `None`.
    pub clinic: Option<ClinicId>,
    /// The day.
    pub date: LocalDate,
    /// Its name.
    pub name: Line<150>,
}

impl Closure for Holiday {
    type Id = HolidayId;
    const MODEL: &'static str = "holiday";
    const FIELDS: &'static [&'static str] = &["clinic", "date", "name"];
    const OPEN: &'static [&'static str] = Self::FIELDS;

    fn thing_of(id: HolidayId) -> Thing {
        Thing::Holiday(id)
    }

    fn id(&self) -> HolidayId {
        self.id
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn visible(&self, scope: &Scope) -> bool {
        self.clinic.is_none_or(|clinic| scope.includes(clinic))
    }

    /// A holiday of all clinics isn't for somebody who sees some of them to change.
    fn editable(&self, scope: &Scope) -> bool {
        self.clinic.map_or(*scope == Scope::Everywhere, |clinic| scope.includes(clinic))
    }

    fn guarded(&self) -> Guarded {
        self.clinic.map_or(Guarded::Everywhere, Guarded::Clinic)
    }

    fn closed(&self) -> Closed {
        Closed::Day(self.date)
    }

    fn closes(&self, appointment: &Appointment) -> bool {
        matches!((appointment.zone.day(self.date), appointment.interval()), (Some(day), Some(time)) if day.overlaps(time))
    }
}

/// Which holidays are wanted.
#[derive(Debug, Clone, Copy)]
pub struct HolidayFilter {
    /// Those that close this clinic: its own and those of all clinics.
    pub clinic: Option<ClinicId>,
    /// From this day …
    pub from: LocalDate,
    /// … to this one, included.
    pub to: LocalDate,
}

/// Lists holidays by date.
///
/// # Errors
/// What reading says.
pub async fn list_holidays(
    app: &App,
    ctx: &Context,
    filter: HolidayFilter,
    window: &listing::Window,
) -> Result<Slice<Holiday>, AppError> {
    let keep = |holiday: &Holiday| {
        holiday.visible(&ctx.scope) && filter.clinic.is_none_or(|clinic| holiday.clinic.is_none_or(|own| own == clinic))
    };
    listing::list(app, &[patterns::holidays(filter.from, filter.to)], window, keep).await
}

/// Reads a holiday.
///
/// # Errors
/// [`AppError::NotFound`], also for other clinics than the caller's.
pub async fn get_holiday(app: &App, ctx: &Context, id: HolidayId) -> Result<Holiday, AppError> {
    super::get(app, ctx, id).await
}

/// Closes a clinic, or all of them, for a day.
///
/// # Errors
/// [`AppError::InUse`] where appointments lie on it, unless forced; [`AppError::Validation`].
pub async fn create_holiday(
    app: &App,
    ctx: &Context,
    draft: &HolidayDraft,
    force: bool,
) -> Result<Done<Holiday>, AppError> {
    if draft.clinic.is_none() && ctx.scope != Scope::Everywhere {
        return Err(AppError::invalid("clinic", Rule::Required));
    }
    if let Some(clinic) = draft.clinic {
        let found = app.table.get::<Clinic>(&Key::clinic(clinic)).await?;
        let found = found.filter(|clinic| ctx.scope.includes(clinic.id));
        found.ok_or_else(|| AppError::invalid("clinic", Rule::NoSuchThing))?;
    }
    let id = app.new_id();
    super::create(app, ctx, force, |now| Holiday {
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

/// Changes a holiday. It goes on to close the same clinic.
///
/// # Errors
/// [`AppError::InUse`] where appointments lie on the new day, unless forced; [`AppError::NotFound`],
/// [`AppError::PreconditionFailed`], [`AppError::Validation`].
pub async fn update_holiday(
    app: &App,
    ctx: &Context,
    id: HolidayId,
    terms: Terms,
    next: impl Fn(&Holiday) -> Result<HolidayDraft, AppError> + Send + Sync,
) -> Result<Holiday, AppError> {
    super::update(app, ctx, id, terms, |before: &Holiday, now| {
        let HolidayDraft { clinic, date, name } = next(before)?;
        if clinic != before.clinic {
            return Err(AppError::invalid("clinic", Rule::ReadOnly));
        }
        Ok(Holiday { date, name, updated_at: now, version: before.version + 1, ..before.clone() })
    })
    .await
}

/// Opens the day again.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::PreconditionFailed`].
pub async fn delete_holiday(app: &App, ctx: &Context, id: HolidayId, if_match: Option<u64>) -> Result<(), AppError> {
    super::delete::<Holiday>(app, ctx, id, if_match).await
}
