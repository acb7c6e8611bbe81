//! Handlers for actions on an appointment and for its history.

use app::App;
use app::appointments::actions::{self, AppointmentAction};
use app::appointments::booking::{RescheduleRequest, reschedule_appointment};
use app::appointments::preview::{preview_action, preview_reschedule};
use app::support::listing::paginate;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use domain::lifecycle::Action;
use web::{Caller, Changed, Created, IfMatch, Input, Json, List, Paging, Params, PathId, Problem};
use wire::action::{ActionBody, ActionView};
use wire::appointment::AppointmentView;
use wire::preview::{PreviewParams, PreviewView};

/// Lists an appointment's history, oldest first.
#[utoipa::path(get, path = "/api/appointments/{id}/actions/", tag = "appointments", params(("id" = String, Path)),
    responses((status = 200, body = List<ActionView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_actions(
    State(app): State<App>,
    id: PathId<AppointmentId>,
    caller: Caller,
    page: Paging,
) -> Result<List<ActionView>, Problem> {
    let (appointment, rows) = actions::list_actions(&app, &caller.0, id.0).await?;
    let rows = rows.into_iter().map(|row| (row.id.to_string(), row)).collect();
    let slice = paginate(rows, page.window());
    page.list(&app, slice.map(|row| ActionView::new(&row, appointment.zone))).await
}

/// Performs an action on an appointment.
///
/// `reschedule` answers 201 with the new appointment, or 200 where only the end changes; every other action answers 200
/// with the changed one.
#[utoipa::path(post, path = "/api/appointments/{id}/actions/", tag = "appointments",
    params(("id" = String, Path), IfMatch, PreviewParams),
    request_body = ActionBody,
    responses((status = 200, body = AppointmentView), (status = 201, body = AppointmentView)),
    extensions(("x-access" = json!("operator")), ("x-dry-run" = json!("PreviewView")),
        ("x-conflicts" = json!(["illegal_transition", "slot_taken", "outside_availability", "overbook_limit"]))))]
pub async fn act_on_appointment(
    State(app): State<App>,
    id: PathId<AppointmentId>,
    if_match: IfMatch,
    params: Params<PreviewParams>,
    input: Input<ActionBody>,
) -> Result<Response, Problem> {
    let Input { ctx, body } = input;
    let is_dry_run = params.0.is_dry_run();
    if body.action == Action::Reschedule {
        let request = |appointment: &Appointment| {
            Ok(RescheduleRequest {
                request: body.booking_request(appointment)?,
                reason: body.reason.clone(),
                announcement: body.announcement(),
            })
        };
        if is_dry_run {
            let preview = preview_reschedule(&app, &ctx, id.0, if_match.0, request).await?;
            return Ok(Json(PreviewView::from(&preview)).into_response());
        }
        let done = reschedule_appointment(&app, &ctx, id.0, if_match.0, request).await?;
        let view = AppointmentView::from(&done.value);
        if done.value.id == id.0 {
            return Ok(Changed::new(done.value.version, done.replayed, view).into_response());
        }
        return Ok(
            Created::new("/api/appointments/", done.value.id, done.value.version, done.replayed, view).into_response()
        );
    }
    let announcement = body.announcement();
    let action = AppointmentAction { action: body.action, reason: body.reason, announcement };
    if is_dry_run {
        let preview = preview_action(&app, &ctx, id.0, if_match.0, action).await?;
        return Ok(Json(PreviewView::from(&preview)).into_response());
    }
    let done = actions::act_on_appointment(&app, &ctx, id.0, if_match.0, action).await?;
    Ok(Changed::new(done.value.version, done.replayed, AppointmentView::from(&done.value)).into_response())
}
