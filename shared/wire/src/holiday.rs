//! Holidays: local days on which a clinic, or every clinic, is closed.

use crate::checks::days_in_order;
use crate::{Body, Params, View};
use app::availability::closures::holidays::{HolidayDraft, HolidayFilter};
use domain::closure::Holiday;
use domain::ids::{ClinicId, HolidayId};
use domain::text::Line;
use domain::time::{LAST_DAY, LocalDate};

/// The data of a holiday.
#[derive(Clone, Body)]
pub struct HolidayBody {
    /// Id of the closed clinic; all clinics are closed if it is left out. It can't change.
    clinic: Option<ClinicId>,
    /// Local day, `YYYY-MM-DD`.
    #[field(example = "2027-05-01")]
    date: LocalDate,
    #[field(example = "Día del Trabajo")]
    name: Line<150>,
}

impl From<HolidayBody> for HolidayDraft {
    fn from(HolidayBody { clinic, date, name }: HolidayBody) -> Self {
        Self { clinic, date, name }
    }
}

impl From<&Holiday> for HolidayBody {
    fn from(holiday: &Holiday) -> Self {
        Self { clinic: holiday.clinic, date: holiday.date, name: holiday.name.clone() }
    }
}

/// A holiday: a local day on which a clinic, or every clinic, is closed.
#[derive(Clone, View)]
pub struct HolidayView {
    id: HolidayId,
    #[field(flatten)]
    body: HolidayBody,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Holiday> for HolidayView {
    fn from(holiday: &Holiday) -> Self {
        Self { id: holiday.id, body: holiday.into(), version: holiday.version }
    }
}

#[derive(Params)]
#[check(days_in_order(date_from, date_to))]
pub struct HolidayParams {
    /// Id of a clinic. Lists its own holidays and those of all clinics.
    clinic: Option<ClinicId>,
    /// First day, included.
    date_from: Option<LocalDate>,
    /// Last day, included.
    date_to: Option<LocalDate>,
}

impl From<HolidayParams> for HolidayFilter {
    fn from(params: HolidayParams) -> Self {
        Self {
            clinic: params.clinic,
            from: params.date_from.unwrap_or_default(),
            to: params.date_to.unwrap_or(LAST_DAY),
        }
    }
}
