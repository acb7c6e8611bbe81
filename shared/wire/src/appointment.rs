//! Appointments.

use crate::checks::{announcement, days_in_order, told_without_notice};
use crate::reader::{Accepted, FieldReader};
use crate::values::{CommaSeparated, DateTime, Expansion, ListFormat};
use crate::worklist::AttentionView;
use crate::{Body, Params, Patch, View};
use app::appointments::booking::Booking;
use app::appointments::candidate::{BookingRequest, EndSpec, StartSpec};
use app::appointments::{AppointmentEdit, AppointmentFilter};
use domain::appointment::{Appointment, ConfirmationChannel, Status};
use domain::ids::{AppointmentId, ClinicId, DoctorId, PatientId, RoomId, UserId};
use domain::notification::Told;
use domain::text::Note;
use domain::time::LocalDate;
use domain::violation::{Rule, Violations};

/// A request to book an appointment.
#[derive(Clone, Body)]
#[check(told_without_notice(notify, told))]
#[check(start_unless_walk_in(start_datetime, walk_in))]
pub struct AppointmentBody {
    /// Id of the patient.
    patient: PatientId,
    /// Id of the doctor.
    doctor: DoctorId,
    /// Id of the room. By default that of the doctor's availability.
    room: Option<RoomId>,
    /// RFC 3339 with an offset, or the clinic's local time without one; at most two years ahead. Required without
    /// `walk_in`. With it, it has to lie in the slot that is running now.
    #[field(example = "2025-12-15T10:00:00-03:00")]
    start_datetime: Option<DateTime>,
    /// 5 minutes to 12 hours after the start. By default the start plus one slot of the doctor's availability.
    end_datetime: Option<DateTime>,
    /// Why the patient comes. Required with `overbook`.
    reason: Option<Note<500>>,
    /// Internal notes.
    notes: Option<Note<2000>>,
    /// Overbooking ("sobreturno"): the appointment may overlap others of the doctor and the room.
    #[field(default = false)]
    overbook: bool,
    /// A patient who has come without an appointment: books the slot that is running now, from its start.
    #[field(default = false)]
    walk_in: bool,
    /// Whether the patient gets a notice of the booking. By default the clinic's `notify_on_create`.
    notify: Option<bool>,
    /// How the patient learns of it without a notice. Required with `notify: false`, and only with it.
    told: Option<Told>,
}

fn start_unless_walk_in(
    start: Accepted<'_, Option<DateTime>>,
    walk_in: Accepted<'_, bool>,
    reader: &mut FieldReader<'_>,
) {
    if start == Some(&None) && walk_in == Some(&false) {
        reader.require("start_datetime");
    }
}

impl From<AppointmentBody> for Booking {
    fn from(body: AppointmentBody) -> Self {
        let start = body.start_datetime.map(DateTime::client_time);
        let request = BookingRequest {
            patient: body.patient,
            doctor: body.doctor,
            room: body.room,
            start: match start.filter(|_| !body.walk_in) {
                Some(start) => StartSpec::At(start),
                None => StartSpec::Running(start),
            },
            end: body.end_datetime.map_or(EndSpec::SlotLength, |end| EndSpec::At(end.client_time())),
            overbook: body.overbook,
        };
        let announcement = announcement(body.notify, body.told);
        Self { request, reason: body.reason, notes: body.notes, announcement }
    }
}

/// The editable fields of an appointment. Its time is changed by the action `reschedule`.
#[derive(Clone, Body)]
pub struct AppointmentEditBody {
    /// Why the patient comes.
    reason: Option<Note<500>>,
    /// Internal notes.
    notes: Option<Note<2000>>,
    /// `false` marks the appointment as handled. `true` is refused unless it is the current value.
    needs_attention: Option<bool>,
}

impl AppointmentEditBody {
    /// The edit that a PATCH asks for.
    ///
    /// # Errors
    /// All errors of the changed body. Staff can't ask for attention.
    pub fn edit(patch: &Patch<Self>, before: &Appointment) -> Result<AppointmentEdit, Violations> {
        let edited = patch.apply_to(&before.into());
        let mut violations = edited.as_ref().err().cloned().unwrap_or_default();
        if !before.needs_attention && patch.member("needs_attention") == Some(&true.into()) {
            violations.add("needs_attention", Rule::OneOf(&["false"]));
        }
        let Self { reason, notes, needs_attention } = violations.finish(edited.ok())?;
        let needs_attention = needs_attention.unwrap_or(before.needs_attention);
        Ok(AppointmentEdit { reason, notes, needs_attention })
    }
}

impl From<&Appointment> for AppointmentEditBody {
    fn from(appointment: &Appointment) -> Self {
        Self {
            reason: appointment.reason.clone(),
            notes: appointment.notes.clone(),
            needs_attention: Some(appointment.needs_attention),
        }
    }
}

#[derive(Params)]
#[check(one_day_or_period(date, date_from, date_to))]
#[check(days_in_order(date_from, date_to))]
pub struct AppointmentParams {
    /// Id of the patient.
    patient: Option<PatientId>,
    /// Id of the doctor.
    doctor: Option<DoctorId>,
    /// Id of the room.
    room: Option<RoomId>,
    /// Id of the clinic.
    clinic: Option<ClinicId>,
    /// One or more statuses, separated by commas.
    #[field(example = "PENDING,CONFIRMED")]
    status: Option<CommaSeparated<Status>>,
    /// Local day of the clinic. Not together with `date_from` or `date_to`.
    date: Option<LocalDate>,
    /// First local day, included.
    date_from: Option<LocalDate>,
    /// Last local day, included.
    date_to: Option<LocalDate>,
    /// `true` lists the appointments that staff have to look at.
    needs_attention: Option<bool>,
    /// `patient` adds `patient_detail` to each appointment.
    expand: Option<Expansion>,
    /// `csv` answers all appointments as one spreadsheet, without pages: up to 2,000, else a 400 for `date_to`. The
    /// default is `json`.
    format: Option<ListFormat>,
}

impl AppointmentParams {
    #[must_use]
    pub fn shows_patients(&self) -> bool {
        self.expand == Some(Expansion::Patient)
    }

    #[must_use]
    pub fn is_sheet(&self) -> bool {
        self.format == Some(ListFormat::Csv)
    }
}

fn one_day_or_period(
    date: Accepted<'_, Option<LocalDate>>,
    from: Accepted<'_, Option<LocalDate>>,
    to: Accepted<'_, Option<LocalDate>>,
    reader: &mut FieldReader<'_>,
) {
    let is_given = |day: Accepted<'_, Option<LocalDate>>| matches!(day, Some(Some(_)));
    if is_given(date) && (is_given(from) || is_given(to)) {
        reader.refuse("date", Rule::NotTogetherWith("date_from"));
    }
}

impl From<AppointmentParams> for AppointmentFilter {
    fn from(params: AppointmentParams) -> Self {
        Self {
            patient: params.patient,
            doctor: params.doctor,
            room: params.room,
            clinic: params.clinic,
            status: params.status.map(|status| status.0).unwrap_or_default(),
            from: params.date.or(params.date_from),
            to: params.date.or(params.date_to),
            needs_attention: params.needs_attention,
        }
    }
}

/// An appointment. Times are RFC 3339 with the clinic's offset.
#[derive(Clone, View)]
pub struct AppointmentView {
    id: AppointmentId,
    /// Id of the patient.
    patient: PatientId,
    patient_name: String,
    /// Id of the doctor.
    doctor: DoctorId,
    doctor_name: String,
    /// Id of the clinic.
    clinic: ClinicId,
    clinic_name: String,
    /// Id of the room.
    room: RoomId,
    room_name: String,
    #[field(example = "2025-12-15T10:00:00-03:00")]
    start_datetime: DateTime,
    #[field(example = "2025-12-15T10:30:00-03:00")]
    end_datetime: DateTime,
    #[field(example = "PENDING")]
    status: Status,
    /// The status in words, in Spanish.
    #[field(example = "Pendiente")]
    status_display: &'static str,
    /// Why the patient comes.
    reason: Option<String>,
    /// Internal notes.
    notes: Option<String>,
    /// Whether it may overlap other appointments of the doctor and the room ("sobreturno").
    overbook: bool,
    confirmed_at: Option<DateTime>,
    /// `whatsapp` if the patient replied, `operator` if a user confirmed.
    confirmed_via: Option<ConfirmationChannel>,
    cancel_reason: Option<String>,
    /// Id of the appointment that it replaces.
    rescheduled_from: Option<AppointmentId>,
    /// Id of the appointment that replaces it.
    rescheduled_to: Option<AppointmentId>,
    /// Until when the slot stays reserved after the patient asked for another time.
    hold_until: Option<DateTime>,
    /// Whether staff have to look at it.
    needs_attention: bool,
    /// Why, and since when.
    attention: Vec<AttentionView>,
    /// Whether no availability covers its time any more: the clinic closed that time after the booking. The patient
    /// can't confirm it; staff move or cancel it, or open the time again.
    stranded: bool,
    reminder: ReminderView,
    /// Id of the user who booked it.
    created_by: Option<UserId>,
    created_at: DateTime,
    updated_at: DateTime,
    /// Increases by one with each change.
    version: u64,
}

/// The reminder of an appointment.
#[derive(Clone, View)]
pub struct ReminderView {
    due_at: DateTime,
    /// Status of the notification, as in `/api/notifications/`.
    #[field(example = "pending")]
    status: &'static str,
}

fn status_display(status: Status) -> &'static str {
    match status {
        Status::Pending => "Pendiente",
        Status::Confirmed => "Confirmada",
        Status::Rescheduled => "Reprogramada",
        Status::Cancelled => "Cancelada",
        Status::Completed => "Completada",
        Status::NoShow => "No asistió",
    }
}

impl From<&Appointment> for AppointmentView {
    fn from(appointment: &Appointment) -> Self {
        let at = |instant| DateTime::new(instant, appointment.zone);
        let text = |note: &Option<Note<_>>| note.as_ref().map(|note| note.as_str().to_owned());
        Self {
            id: appointment.id,
            patient: appointment.patient,
            patient_name: appointment.patient_name.as_str().to_owned(),
            doctor: appointment.doctor,
            doctor_name: appointment.doctor_name.as_str().to_owned(),
            clinic: appointment.clinic,
            clinic_name: appointment.clinic_name.as_str().to_owned(),
            room: appointment.room,
            room_name: appointment.room_name.as_str().to_owned(),
            start_datetime: at(appointment.start),
            end_datetime: at(appointment.end),
            status: appointment.status,
            status_display: status_display(appointment.status),
            reason: text(&appointment.reason),
            notes: appointment.notes.as_ref().map(|note| note.as_str().to_owned()),
            overbook: appointment.overbook,
            confirmed_at: appointment.confirmed_at.map(at),
            confirmed_via: appointment.confirmed_via,
            cancel_reason: text(&appointment.cancel_reason),
            rescheduled_from: appointment.rescheduled_from,
            rescheduled_to: appointment.rescheduled_to,
            hold_until: appointment.hold_until.map(at),
            needs_attention: appointment.needs_attention,
            attention: AttentionView::of(appointment),
            stranded: appointment.stranded,
            reminder: ReminderView {
                due_at: at(appointment.reminder.due_at),
                status: appointment.reminder.status.name(),
            },
            created_by: appointment.created_by,
            created_at: at(appointment.created_at),
            updated_at: at(appointment.updated_at),
            version: appointment.version,
        }
    }
}
