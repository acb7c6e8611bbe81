//! What staff are told about a time that can't be booked: whose appointments take it, and free times instead.

use crate::App;
use crate::appointments::candidate::{BookingRequest, EndSpec, StartSpec};
use crate::availability::schedules::free_slots::{OfferFilter, list_offers};
use crate::support::context::Context;
use crate::support::error::{AppError, Conflict, Offer};
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use domain::time::ClientTime;
use std::collections::{BTreeMap, BTreeSet};
use store::keys::Key;

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
    if let AppError::SlotTaken { conflicts, .. } = &mut refusal
        && ctx.is_staff()
    {
        name_patients(app, ctx, conflicts).await;
    }
    refusal
}

/// Adds the patients of the appointments that the caller may see. A failure must not hide the refusal.
async fn name_patients(app: &App, ctx: &Context, conflicts: &mut [Conflict]) {
    let ids: BTreeSet<AppointmentId> = conflicts.iter().filter_map(|conflict| conflict.appointment).collect();
    let keys: Vec<Key> = ids.into_iter().map(Key::appointment).collect();
    let Ok(mut batch) = app.table.batch_eventual(&keys).await else { return };
    let mut appointments: BTreeMap<AppointmentId, Appointment> = BTreeMap::new();
    for key in &keys {
        appointments.extend(batch.take::<Appointment>(key).ok().flatten().map(|found| (found.id, found)));
    }
    for conflict in conflicts {
        let found = conflict.appointment.and_then(|id| appointments.get(&id));
        let visible = found.filter(|appointment| ctx.scope.includes(appointment.clinic));
        conflict.patient_name = visible.map(|appointment| appointment.patient_name.clone());
    }
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
