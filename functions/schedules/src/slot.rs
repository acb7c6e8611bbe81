//! Handler and API types for free slots.

use crate::period;
use app::App;
use app::availability::schedules::{FreeSlot, SlotFilter, free_slots::DoctorSelector, list_slots as next_slots};
use app::support::listing::paginate;
use axum::extract::State;
use domain::ids::{ClinicId, DoctorId, Id as _, SpecialtyId};
use domain::time::LocalDate;
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{Caller, List, Paging, Params, Problem};

/// Maximum and default of `limit`.
const LIMIT: (i64, i64) = (100, 20);

/// A free slot, which can be booked.
#[derive(Clone, Serialize, ToSchema)]
pub struct FreeSlotView {
    /// Id of the doctor.
    #[schema(format = "uuid")]
    doctor: String,
    doctor_name: String,
    /// Id of the clinic.
    #[schema(format = "uuid")]
    clinic: String,
    clinic_name: String,
    /// Id of the room.
    #[schema(format = "uuid")]
    room: String,
    room_name: String,
    /// Start, with the clinic's offset.
    #[schema(format = DateTime)]
    start_datetime: String,
    /// End, with the clinic's offset.
    #[schema(format = DateTime)]
    end_datetime: String,
}

impl From<FreeSlot> for FreeSlotView {
    fn from(slot: FreeSlot) -> Self {
        let zone = slot.period.zone;
        Self {
            doctor: slot.period.doctor.to_string(),
            doctor_name: slot.names.doctor.into_string(),
            clinic: slot.period.clinic.to_string(),
            clinic_name: slot.names.clinic.into_string(),
            room: slot.period.room.to_string(),
            room_name: slot.names.room.into_string(),
            start_datetime: zone.rfc3339(slot.interval.start()),
            end_datetime: zone.rfc3339(slot.interval.end()),
        }
    }
}

/// Filters: exactly one of doctor and specialty is required.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FreeSlotParams {
    /// Id of the doctor.
    #[param(format = "uuid")]
    doctor: Option<String>,
    /// Id of the specialty.
    #[param(format = "uuid")]
    specialty: Option<String>,
    /// Id of the clinic.
    #[param(format = "uuid")]
    clinic: Option<String>,
    /// First local day, included; today by default.
    #[param(format = "date")]
    date_from: Option<String>,
    /// Last local day, included; at most 31 days.
    #[param(format = "date")]
    date_to: Option<String>,
    /// Maximum number of slots.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
}

impl FreeSlotParams {
    fn filter(&self, today: LocalDate) -> Result<SlotFilter, Violations> {
        let mut v = Violations::default();
        let doctor = v.take_optional("doctor", self.doctor.as_deref().map(DoctorId::read).transpose());
        let specialty = v.take_optional("specialty", self.specialty.as_deref().map(SpecialtyId::read).transpose());
        let clinic = v.take_optional("clinic", self.clinic.as_deref().map(ClinicId::read).transpose());
        if self.doctor.is_some() == self.specialty.is_some() {
            v.add("doctor", Rule::ExactlyOne(&["doctor", "specialty"]));
        }
        let days = period::parse(&mut v, self.date_from.as_deref(), self.date_to.as_deref(), today, period::MAX_DAYS);
        let limit = Some(self.limit.unwrap_or(LIMIT.1)).filter(|limit| (1..=LIMIT.0).contains(limit));
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).ok_or(Rule::Range(1, LIMIT.0));
        let limit = v.take("limit", limit);
        let doctors = doctor.map(DoctorSelector::One).or(specialty.map(DoctorSelector::WithSpecialty));
        let wanted = doctors.zip(days).zip(limit);
        v.finish(wanted.map(|((doctors, (from, to)), limit)| SlotFilter { doctors, clinic, from, to, limit }))
    }
}

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
