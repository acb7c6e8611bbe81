//! Handlers for appointments.

use app::App;
use app::appointments::{self, actions, booking};
use axum::extract::State;
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use web::{Caller, Created, IfMatch, Input, List, Paging, Params, Patch, PathId, Problem, Versioned};
use wire::appointment::{AppointmentBody, AppointmentEditBody, AppointmentParams, AppointmentView};

/// Lists appointments by start time.
///
/// Without `patient` and dates the list begins with today.
#[utoipa::path(get, path = "/api/appointments/", tag = "appointments", params(AppointmentParams),
    responses((status = 200, body = List<AppointmentView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_appointments(
    State(app): State<App>,
    params: Params<AppointmentParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<AppointmentView>, Problem> {
    let slice = appointments::list_appointments(&app, &caller.0, &params.0.into(), page.window()).await?;
    page.list(&app, slice.map(|appointment| AppointmentView::from(&appointment))).await
}

/// Books an appointment.
#[utoipa::path(post, path = "/api/appointments/", tag = "appointments", request_body = AppointmentBody,
    responses((status = 201, body = AppointmentView)), extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["slot_taken", "outside_availability", "overbook_limit"]))))]
pub async fn book_appointment(
    State(app): State<App>,
    input: Input<AppointmentBody>,
) -> Result<Created<AppointmentView>, Problem> {
    let done = booking::book_appointment(&app, &input.ctx, &input.body.into()).await?;
    let view = AppointmentView::from(&done.value);
    Ok(Created::new("/api/appointments/", done.value.id, done.value.version, done.replayed, view))
}

/// Reads an appointment.
#[utoipa::path(get, path = "/api/appointments/{id}/", tag = "appointments", params(("id" = String, Path)),
    responses((status = 200, body = AppointmentView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_appointment(
    State(app): State<App>,
    id: PathId<AppointmentId>,
    caller: Caller,
) -> Result<Versioned<AppointmentView>, Problem> {
    let appointment = actions::load_appointment(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(appointment.version, AppointmentView::from(&appointment)))
}

/// Updates the given fields of an appointment.
#[utoipa::path(patch, path = "/api/appointments/{id}/", tag = "appointments", params(("id" = String, Path)),
    request_body = AppointmentEditBody, responses((status = 200, body = AppointmentView)),
    extensions(("x-access" = json!("operator"))))]
pub async fn update_appointment(
    State(app): State<App>,
    id: PathId<AppointmentId>,
    if_match: IfMatch,
    input: Input<Patch<AppointmentEditBody>>,
) -> Result<Versioned<AppointmentView>, Problem> {
    let next = |before: &Appointment| Ok(AppointmentEditBody::edit(&input.body, before)?);
    let appointment = appointments::update_appointment(&app, &input.ctx, id.0, if_match.0, next).await?;
    Ok(Versioned::new(appointment.version, AppointmentView::from(&appointment)))
}
