//! Handlers and request types for appointments.

use crate::view::AppointmentView;
use app::App;
use app::appointments::actions;
use app::appointments::booking::{self, Booking};
use app::appointments::slot::{BookingRequest, EndSpec};
use app::appointments::{self, AppointmentEdit, AppointmentFilter};
use axum::extract::State;
use domain::appointment::{Appointment, Status};
use domain::ids::{AppointmentId, ClinicId, DoctorId, Id as _, PatientId, RoomId};
use domain::text::Note;
use domain::time::{ClientTime, parse_date};
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{Caller, Created, IfMatch, Input, List, Paging, Params, Patch, PathId, Problem, Versioned};

/// A request to book an appointment.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct AppointmentBody {
    /// Id of the patient.
    #[schema(format = "uuid")]
    patient: String,
    /// Id of the doctor.
    #[schema(format = "uuid")]
    doctor: String,
    /// Id of the room. By default that of the doctor's availability.
    #[serde(default)]
    #[schema(format = "uuid")]
    room: Option<String>,
    /// RFC 3339 with an offset, or the clinic's local time without one.
    #[schema(format = DateTime, example = "2025-12-15T10:00:00-03:00")]
    start_datetime: String,
    /// 5 minutes to 12 hours after the start. By default the start plus one slot of the doctor's availability.
    #[serde(default)]
    #[schema(format = DateTime)]
    end_datetime: Option<String>,
    /// Why the patient comes. Required with `overbook`.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// Internal notes.
    #[serde(default)]
    #[schema(max_length = 2000)]
    notes: Option<String>,
    /// Overbooking ("sobreturno"): the appointment may overlap others of the doctor and the room.
    #[serde(default)]
    #[schema(default = false)]
    overbook: Option<bool>,
}

impl AppointmentBody {
    fn booking(self) -> Result<Booking, Violations> {
        let mut v = Violations::default();
        let patient = v.take("patient", PatientId::read(&self.patient));
        let doctor = v.take("doctor", DoctorId::read(&self.doctor));
        let room = v.take_optional("room", self.room.as_deref().map(RoomId::read).transpose());
        let start = v.take("start_datetime", ClientTime::parse(&self.start_datetime));
        let end = v.take_optional("end_datetime", self.end_datetime.as_deref().map(ClientTime::parse).transpose());
        let reason = v.take_optional("reason", Note::optional(self.reason.as_deref()));
        let notes = v.take_optional("notes", Note::optional(self.notes.as_deref()));
        let end = end.map_or(EndSpec::SlotLength, EndSpec::At);
        let overbook = self.overbook.unwrap_or(false);
        let request = patient.zip(doctor).zip(start);
        let request =
            request.map(|((patient, doctor), start)| BookingRequest { patient, doctor, room, start, end, overbook });
        v.finish(request.map(|request| Booking { request, reason, notes }))
    }
}

/// The editable fields of an appointment. Its time is changed by the action `reschedule`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct AppointmentEditBody {
    /// Why the patient comes.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// Internal notes.
    #[serde(default)]
    #[schema(max_length = 2000)]
    notes: Option<String>,
    /// `false` marks the appointment as handled. `true` is refused unless it is the current value.
    #[serde(default)]
    needs_attention: Option<bool>,
}

impl AppointmentEditBody {
    fn edit(self, before: &Appointment) -> Result<AppointmentEdit, Violations> {
        let mut v = Violations::default();
        let reason = v.take_optional("reason", Note::optional(self.reason.as_deref()));
        let notes = v.take_optional("notes", Note::optional(self.notes.as_deref()));
        let needs_attention = self.needs_attention.unwrap_or(before.needs_attention);
        if needs_attention && !before.needs_attention {
            v.add("needs_attention", Rule::OneOf(&["false"]));
        }
        v.finish(Some(AppointmentEdit { reason, notes, needs_attention }))
    }
}

impl From<&Appointment> for AppointmentEditBody {
    fn from(appointment: &Appointment) -> Self {
        Self {
            reason: appointment.reason.as_ref().map(|note| note.as_str().to_owned()),
            notes: appointment.notes.as_ref().map(|note| note.as_str().to_owned()),
            needs_attention: Some(appointment.needs_attention),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AppointmentParams {
    /// Id of the patient.
    #[param(format = "uuid")]
    patient: Option<String>,
    /// Id of the doctor.
    #[param(format = "uuid")]
    doctor: Option<String>,
    /// Id of the room.
    #[param(format = "uuid")]
    room: Option<String>,
    /// Id of the clinic.
    #[param(format = "uuid")]
    clinic: Option<String>,
    /// One or more statuses, separated by commas.
    #[param(
        pattern = "^(PENDING|CONFIRMED|RESCHEDULED|CANCELLED|COMPLETED|NO_SHOW)(,(PENDING|CONFIRMED|RESCHEDULED|CANCELLED|COMPLETED|NO_SHOW))*$",
        example = "PENDING,CONFIRMED"
    )]
    status: Option<String>,
    /// Local day of the clinic. Not together with `date_from` or `date_to`.
    #[param(format = "date")]
    date: Option<String>,
    /// First local day, included.
    #[param(format = "date")]
    date_from: Option<String>,
    /// Last local day, included.
    #[param(format = "date")]
    date_to: Option<String>,
    /// `true` lists the appointments that staff have to look at.
    needs_attention: Option<bool>,
}

impl AppointmentParams {
    fn filter(self) -> Result<AppointmentFilter, Violations> {
        let mut v = Violations::default();
        let patient = v.take_optional("patient", self.patient.as_deref().map(PatientId::read).transpose());
        let doctor = v.take_optional("doctor", self.doctor.as_deref().map(DoctorId::read).transpose());
        let room = v.take_optional("room", self.room.as_deref().map(RoomId::read).transpose());
        let clinic = v.take_optional("clinic", self.clinic.as_deref().map(ClinicId::read).transpose());
        let date = v.take_optional("date", self.date.as_deref().map(parse_date).transpose());
        let from = v.take_optional("date_from", self.date_from.as_deref().map(parse_date).transpose());
        let to = v.take_optional("date_to", self.date_to.as_deref().map(parse_date).transpose());
        if date.is_some() && (from.is_some() || to.is_some()) {
            v.add("date", Rule::NotTogetherWith("date_from"));
        }
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            v.add("date_to", Rule::EndNotAfterStart);
        }
        let names =
            self.status.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
        let status = names.map(Status::parse).collect::<Option<_>>().ok_or(Rule::OneOf(Status::NAMES));
        let status = v.take("status", status).unwrap_or_default();
        let needs_attention = self.needs_attention;
        let (from, to) = (date.or(from), date.or(to));
        v.finish(Some(AppointmentFilter { patient, doctor, room, clinic, status, from, to, needs_attention }))
    }
}

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
    let slice = appointments::list_appointments(&app, &caller.0, &params.0.filter()?, page.window()).await?;
    page.list(&app, slice.map(|appointment| AppointmentView::from(&appointment))).await
}

/// Books an appointment.
#[utoipa::path(post, path = "/api/appointments/", tag = "appointments", request_body = AppointmentBody,
    responses((status = 201, body = AppointmentView)), extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["slot_taken", "outside_availability"]))))]
pub async fn book_appointment(
    State(app): State<App>,
    input: Input<AppointmentBody>,
) -> Result<Created<AppointmentView>, Problem> {
    let done = booking::book_appointment(&app, &input.ctx, &input.body.booking()?).await?;
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
    let next = |before: &Appointment| Ok(input.body.apply_to(&AppointmentEditBody::from(before))?.edit(before)?);
    let appointment = appointments::update_appointment(&app, &input.ctx, id.0, if_match.0, next).await?;
    Ok(Versioned::new(appointment.version, AppointmentView::from(&appointment)))
}
