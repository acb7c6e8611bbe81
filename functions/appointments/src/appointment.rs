//! Handlers for appointments.

use app::appointments::{self, AppointmentFilter, actions, booking, export, preview};
use app::{App, AppError};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use domain::violation::Rule;
use web::{Caller, Created, Csv, IfMatch, Input, Json, List, Paging, Params, Patch, PathId, Problem, Versioned};
use wire::appointment::{AppointmentBody, AppointmentEditBody, AppointmentParams, AppointmentView};
use wire::listed_appointment::ListedAppointmentView;
use wire::preview::{PreviewParams, PreviewView};

/// Lists appointments by start time.
///
/// Without `patient` and dates the list begins with today. `format=csv` answers a spreadsheet of all that match, up to
/// 2,000 appointments, for Excel: UTF-8 with a byte order mark, semicolons, CRLF, times of the clinic. Its columns are
/// the members of an appointment; `patient_detail` is there with `expand=patient`. A cell that a spreadsheet would run
/// or convert, such as a phone number, begins with an apostrophe. The audit trail has a row of it.
#[utoipa::path(get, path = "/api/appointments/", tag = "appointments", params(AppointmentParams),
    responses((status = 200, content((List<ListedAppointmentView> = "application/json"), (String = "text/csv")))),
    extensions(("x-access" = json!("operator"))))]
pub async fn list_appointments(
    State(app): State<App>,
    params: Params<AppointmentParams>,
    caller: Caller,
    page: Paging,
) -> Result<Response, Problem> {
    let (is_sheet, with_patients) = (params.0.is_sheet(), params.0.shows_patients());
    let filter: AppointmentFilter = params.0.into();
    if is_sheet {
        page.refuse_with("format")?;
        return Ok(export_appointments(&app, &caller, &filter, with_patients).await?.into_response());
    }
    let slice = appointments::list_with_patients(&app, &caller.0, &filter, page.window(), with_patients).await?;
    let list = page.list(&app, slice.map(|listed| ListedAppointmentView::from(&listed))).await?;
    Ok(list.into_response())
}

async fn export_appointments(
    app: &App,
    caller: &Caller,
    filter: &AppointmentFilter,
    with_patients: bool,
) -> Result<Csv, Problem> {
    let listed = export::export_appointments(app, &caller.0, filter, with_patients).await?;
    let text = wire::sheet::appointments::appointments(&listed, with_patients);
    let text = text.map_err(|error| AppError::Internal(error.to_string()))?;
    let days: String = filter
        .from
        .into_iter()
        .chain(filter.to.filter(|to| filter.from != Some(*to)))
        .map(|day| format!("-{day}"))
        .collect();
    let file = Csv::new(format!("citas{days}.csv"), text);
    Ok(file.ok_or_else(|| AppError::invalid("date_to", Rule::TooLargeResponse))?)
}

/// Books an appointment.
#[utoipa::path(post, path = "/api/appointments/", tag = "appointments", params(PreviewParams),
    request_body = AppointmentBody,
    responses((status = 201, body = AppointmentView), (status = 200, body = PreviewView)),
    extensions(("x-access" = json!("operator")), ("x-dry-run" = json!("PreviewView")),
        ("x-conflicts" = json!(["slot_taken", "outside_availability", "overbook_limit"]))))]
pub async fn book_appointment(
    State(app): State<App>,
    params: Params<PreviewParams>,
    input: Input<AppointmentBody>,
) -> Result<Response, Problem> {
    let booking = input.body.into();
    if params.0.is_dry_run() {
        let preview = preview::preview_booking(&app, &input.ctx, &booking).await?;
        return Ok(Json(PreviewView::from(&preview)).into_response());
    }
    let done = booking::book_appointment(&app, &input.ctx, &booking).await?;
    let view = AppointmentView::from(&done.value);
    let (id, version) = (done.value.id, done.value.version);
    Ok(Created::new("/api/appointments/", id, version, done.replayed, view).into_response())
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
