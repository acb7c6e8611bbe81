//! Handlers and API types for actions on an appointment and for its history.

use crate::view::AppointmentView;
use app::appointments::actions::{self, AppointmentAction};
use app::appointments::booking::{RescheduleRequest, request_for_new_start, reschedule_appointment};
use app::appointments::slot::EndSpec;
use app::support::listing::paginate;
use app::{App, AppError};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::actor::{Actor, Channel};
use domain::appointment::Appointment;
use domain::ids::{AppointmentId, DoctorId, Id as _, RoomId};
use domain::lifecycle::Action;
use domain::text::Note;
use domain::time::{ClientTime, Zone};
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::action::ActionRow;
use utoipa::ToSchema;
use web::{Caller, Changed, Created, IfMatch, Input, List, Paging, PathId, Problem};

/// A request to perform an action on an appointment.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ActionBody {
    /// `confirm`, `unconfirm`, `cancel`, `request_reschedule`, `reschedule`, `keep`, `complete`,
    /// `no_show`, `correct` or `reopen`.
    #[schema(
        pattern = "^(confirm|unconfirm|cancel|request_reschedule|reschedule|keep|complete|no_show|correct|reopen)$",
        example = "cancel"
    )]
    action: String,
    /// The reason. Required for `cancel` and `correct`.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// Only for `reschedule`, which requires it: the new start, as in a booking.
    #[serde(default)]
    #[schema(format = DateTime)]
    start_datetime: Option<String>,
    /// Only for `reschedule`: the new end. By default the appointment keeps its length.
    #[serde(default)]
    #[schema(format = DateTime)]
    end_datetime: Option<String>,
    /// Only for `reschedule`: id of the new doctor. By default the doctor stays the same.
    #[serde(default)]
    #[schema(format = "uuid")]
    doctor: Option<String>,
    /// Only for `reschedule`: id of the new room. By default the same room, or that of a new doctor's availability.
    #[serde(default)]
    #[schema(format = "uuid")]
    room: Option<String>,
}

struct Command {
    action: Action,
    reason: Option<Note<500>>,
    target: Target,
}

/// The new time, doctor and room of a `reschedule`; what is `None` stays as it is.
#[derive(Clone, Copy)]
struct Target {
    start: Option<ClientTime>,
    end: Option<ClientTime>,
    doctor: Option<DoctorId>,
    room: Option<RoomId>,
}

impl ActionBody {
    fn command(self) -> Result<Command, Violations> {
        let mut v = Violations::default();
        let action = v.take("action", Action::parse(&self.action).ok_or(Rule::OneOf(Action::NAMES)));
        let reason = v.take_optional("reason", Note::optional(self.reason.as_deref()));
        let start =
            v.take_optional("start_datetime", self.start_datetime.as_deref().map(ClientTime::parse).transpose());
        let end = v.take_optional("end_datetime", self.end_datetime.as_deref().map(ClientTime::parse).transpose());
        let doctor = v.take_optional("doctor", self.doctor.as_deref().map(DoctorId::read).transpose());
        let room = v.take_optional("room", self.room.as_deref().map(RoomId::read).transpose());
        if action == Some(Action::Reschedule) {
            if self.start_datetime.is_none() {
                v.add("start_datetime", Rule::Required);
            }
        } else if action.is_some() {
            let given = [
                ("start_datetime", self.start_datetime.is_some()),
                ("end_datetime", self.end_datetime.is_some()),
                ("doctor", self.doctor.is_some()),
                ("room", self.room.is_some()),
            ];
            for (field, _) in given.into_iter().filter(|(_, given)| *given) {
                v.add(field, Rule::NotTogetherWith("action"));
            }
        }
        v.finish(action.map(|action| Command { action, reason, target: Target { start, end, doctor, room } }))
    }
}

impl Target {
    fn booking_request(self, appointment: &Appointment) -> Result<app::appointments::slot::BookingRequest, AppError> {
        let start = self.start.ok_or_else(|| AppError::invalid("start_datetime", Rule::Required))?;
        let mut request = request_for_new_start(appointment, start);
        if let Some(end) = self.end {
            request.end = EndSpec::At(end);
        }
        if let Some(doctor) = self.doctor {
            request.doctor = doctor;
            // A new doctor works in the room of their own availability, unless the request names a room.
            request.room = None;
        }
        request.room = self.room.or(request.room);
        Ok(request)
    }
}

/// One entry of an appointment's history.
#[derive(Clone, Serialize, ToSchema)]
pub struct ActionView {
    #[schema(format = "uuid")]
    id: String,
    /// The action. `create` is the booking; `hold_expired` means that the system released the slot of an appointment
    /// that the patient wanted to move.
    #[schema(
        pattern = "^(create|hold_expired|confirm|unconfirm|cancel|request_reschedule|reschedule|keep|complete|no_show|correct|reopen)$"
    )]
    action: &'static str,
    /// The status before; `null` for `create`.
    #[schema(pattern = "^(PENDING|CONFIRMED|RESCHEDULED|CANCELLED|COMPLETED|NO_SHOW)$")]
    from_status: Option<&'static str>,
    /// The status after.
    #[schema(pattern = "^(PENDING|CONFIRMED|RESCHEDULED|CANCELLED|COMPLETED|NO_SHOW)$")]
    to_status: &'static str,
    actor: ActorView,
    /// How the action was requested: `api`, `whatsapp` or `system`.
    #[schema(pattern = "^(api|whatsapp|system)$")]
    channel: &'static str,
    reason: Option<String>,
    /// Ids of related objects, such as `rescheduled_to`.
    payload: BTreeMap<String, String>,
    /// RFC 3339 with the clinic's offset.
    #[schema(format = DateTime)]
    created_at: String,
}

/// The originator of an action.
#[derive(Clone, Serialize, ToSchema)]
pub struct ActorView {
    /// `user`, `patient` or `system`.
    #[schema(pattern = "^(user|patient|system)$")]
    r#type: &'static str,
    /// Id of the user or patient; `null` for the system.
    #[schema(format = "uuid")]
    id: Option<String>,
    /// The name at the time of the action.
    name: Option<String>,
}

impl From<&Actor> for ActorView {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::User { id, name } => {
                Self { r#type: "user", id: Some(id.to_string()), name: Some(name.as_str().to_owned()) }
            }
            Actor::Patient { id, name } => {
                Self { r#type: "patient", id: Some(id.to_string()), name: Some(name.as_str().to_owned()) }
            }
            Actor::System => Self { r#type: "system", id: None, name: None },
        }
    }
}

impl ActionView {
    /// Renders times with the offset of `zone`.
    #[must_use]
    pub fn new(row: &ActionRow, zone: Zone) -> Self {
        Self {
            id: row.id.to_string(),
            action: row.action.name(),
            from_status: row.from_status.map(|status| status.name()),
            to_status: row.to_status.name(),
            actor: (&row.actor).into(),
            channel: match row.channel {
                Channel::Api => "api",
                Channel::Whatsapp => "whatsapp",
                Channel::System => "system",
            },
            reason: row.reason.as_ref().map(|note| note.as_str().to_owned()),
            payload: row.payload.clone(),
            created_at: zone.rfc3339(row.created_at),
        }
    }
}

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
/// `reschedule` answers 201 with the new appointment, every other action 200 with the changed one.
#[utoipa::path(post, path = "/api/appointments/{id}/actions/", tag = "appointments",
    params(("id" = String, Path), IfMatch),
    request_body = ActionBody,
    responses((status = 200, body = AppointmentView), (status = 201, body = AppointmentView)),
    extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["illegal_transition", "slot_taken", "outside_availability"]))))]
pub async fn act_on_appointment(
    State(app): State<App>,
    id: PathId<AppointmentId>,
    if_match: IfMatch,
    input: Input<ActionBody>,
) -> Result<Response, Problem> {
    let Input { ctx, body } = input;
    let Command { action, reason, target } = body.command()?;
    if action == Action::Reschedule {
        let request = |appointment: &Appointment| {
            Ok(RescheduleRequest { request: target.booking_request(appointment)?, reason: reason.clone() })
        };
        let done = reschedule_appointment(&app, &ctx, id.0, if_match.0, request).await?;
        let view = AppointmentView::from(&done.value);
        return Ok(
            Created::new("/api/appointments/", done.value.id, done.value.version, done.replayed, view).into_response()
        );
    }
    let done = actions::act_on_appointment(&app, &ctx, id.0, if_match.0, AppointmentAction { action, reason }).await?;
    Ok(Changed::new(done.value.version, done.replayed, AppointmentView::from(&done.value)).into_response())
}
