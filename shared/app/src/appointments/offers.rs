//! What staff are offered instead of a time that can't be booked.

use crate::App;
use crate::appointments::candidate::{BookingRequest, EndSpec, StartSpec};
use crate::availability::schedules::free_slots::{OfferFilter, list_offers};
use crate::support::context::Context;
use crate::support::error::{AppError, Offer};
use domain::appointment::Appointment;
use domain::time::ClientTime;

/// How many times are offered.
const MAX_OFFERS: usize = 5;

/// Adds the doctor's next free slots to the refusal of a booking by staff.
pub(super) async fn with_offers(app: &App, ctx: &Context, request: &BookingRequest, refusal: AppError) -> AppError {
    let from = match request.start {
        StartSpec::At(start) => start,
        StartSpec::Running(_) => ClientTime::Exact(app.now()),
    };
    let length = match (request.start, request.end) {
        (StartSpec::At(ClientTime::Exact(start)), EndSpec::At(ClientTime::Exact(end))) => Some(end.since(start)),
        (StartSpec::At(ClientTime::Local(start)), EndSpec::At(ClientTime::Local(end))) => {
            Some(end.signed_duration_since(start))
        }
        (_, EndSpec::Duration(length)) => Some(length),
        (_, EndSpec::At(_) | EndSpec::SlotLength) => None,
    };
    let filter = OfferFilter { doctor: request.doctor, patient: request.patient, from, length, limit: MAX_OFFERS };
    add_offers(app, ctx, &filter, refusal).await
}

/// The same for an appointment that staff want to have again.
pub(super) async fn with_offers_instead(
    app: &App,
    ctx: &Context,
    appointment: &Appointment,
    refusal: AppError,
) -> AppError {
    let length = Some(appointment.end.since(appointment.start));
    let (doctor, patient, from) = (appointment.doctor, appointment.patient, ClientTime::Exact(appointment.start));
    add_offers(app, ctx, &OfferFilter { doctor, patient, from, length, limit: MAX_OFFERS }, refusal).await
}

async fn add_offers(app: &App, ctx: &Context, filter: &OfferFilter, mut refusal: AppError) -> AppError {
    // A conversation offers times of its own.
    if let AppError::SlotTaken { offers, .. } | AppError::OutsideAvailability { offers, .. } = &mut refusal
        && ctx.is_staff()
    {
        // A failure must not hide the refusal.
        *offers = Box::pin(read_offers(app, ctx, filter)).await.unwrap_or_default();
    }
    refusal
}

async fn read_offers(app: &App, ctx: &Context, filter: &OfferFilter) -> Result<Vec<Offer>, AppError> {
    let slots = list_offers(app, ctx, filter).await?;
    Ok(slots
        .into_iter()
        .map(|slot| Offer {
            doctor: slot.period.doctor,
            doctor_name: slot.names.doctor,
            room: slot.period.room,
            room_name: slot.names.room,
            start: slot.interval.start(),
            end: slot.interval.end(),
            zone: slot.period.zone,
        })
        .collect())
}
