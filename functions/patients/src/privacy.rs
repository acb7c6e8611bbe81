//! Handlers and API types for the export and erasure of a patient's data.

use crate::contact::ContactView;
use crate::patient::PatientView;
use ::appointments::AppointmentView;
use ::appointments::action::ActionView;
use app::App;
use app::privacy::erasure;
use app::privacy::export::{self, AppointmentRecord, PatientRecord};
use audit::trail::AuditView;
use axum::extract::State;
use domain::ids::PatientId;
use domain::notification::Notification;
use domain::text::Note;
use domain::violation::{Rule, Violations};
use notifications::inbound::InboundView;
use notifications::notification::NotificationView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Caller, Changed, IfMatch, Input, Json, PathId, Problem};

/// All data that is stored about a patient.
#[derive(Serialize, ToSchema)]
pub struct PatientExportView {
    patient: PatientView,
    contacts: Vec<ContactView>,
    /// Oldest first.
    appointments: Vec<ExportedAppointmentView>,
    /// Messages from the patient, oldest first.
    inbound: Vec<InboundView>,
    /// Audit trail of the patient's data, including reads, oldest first.
    audit: Vec<AuditView>,
}

/// An appointment with its history and messages.
#[derive(Serialize, ToSchema)]
pub struct ExportedAppointmentView {
    #[serde(flatten)]
    appointment: AppointmentView,
    /// History of the appointment, oldest first.
    actions: Vec<ActionView>,
    /// Messages to the patient about the appointment.
    notifications: Vec<ExportedNotificationView>,
}

/// A message to the patient with its text.
#[derive(Serialize, ToSchema)]
pub struct ExportedNotificationView {
    #[serde(flatten)]
    notification: NotificationView,
    /// Text of the message; `null` until it is composed.
    text: Option<String>,
}

impl From<PatientRecord> for PatientExportView {
    fn from(record: PatientRecord) -> Self {
        let PatientRecord { patient, appointments, inbound, audit } = record;
        Self {
            contacts: patient.profile.contacts.iter().map(ContactView::from).collect(),
            patient: PatientView::from(&patient),
            appointments: appointments.iter().map(ExportedAppointmentView::from).collect(),
            inbound: inbound.iter().map(InboundView::from).collect(),
            audit: audit.into_iter().map(AuditView::from).collect(),
        }
    }
}

impl From<&AppointmentRecord> for ExportedAppointmentView {
    fn from(record: &AppointmentRecord) -> Self {
        Self {
            appointment: AppointmentView::from(&record.appointment),
            actions: record.actions.iter().map(|row| ActionView::new(row, record.appointment.zone)).collect(),
            notifications: record.notifications.iter().map(ExportedNotificationView::from).collect(),
        }
    }
}

impl From<&Notification> for ExportedNotificationView {
    fn from(row: &Notification) -> Self {
        Self { notification: NotificationView::from(row), text: row.text.as_ref().map(|text| text.0.clone()) }
    }
}

/// Exports all data that is stored about a patient.
///
/// The export is recorded in the audit trail.
#[utoipa::path(get, path = "/api/patients/{id}/export/", tag = "patients", params(("id" = String, Path)),
    responses((status = 200, body = PatientExportView)), extensions(("x-access" = json!("admin_of_all"))))]
pub async fn export_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    caller: Caller,
) -> Result<Json<PatientExportView>, Problem> {
    Ok(Json(export::export_patient(&app, &caller.0, id.0).await?.into()))
}

/// A request to erase a patient's data.
#[derive(Deserialize, Serialize, ToSchema)]
pub struct ErasureBody {
    /// The reason for the erasure. It is stored, so it must not identify the patient.
    #[schema(max_length = 500, example = "Solicitud escrita del titular")]
    reason: String,
}

domain::opaque!(ErasureBody);

impl ErasureBody {
    fn reason(&self) -> Result<Note<500>, Violations> {
        let mut v = Violations::default();
        let reason = v.take("reason", Note::optional(Some(&self.reason)).and_then(|note| note.ok_or(Rule::Required)));
        v.finish(reason)
    }
}

/// Erases a patient's personal data permanently.
///
/// Names, document, phone numbers, notes, messages and search entries are overwritten. Appointments stay, under a
/// pseudonym. Future appointments have to be cancelled first.
#[utoipa::path(post, path = "/api/patients/{id}/erase/", tag = "patients", params(("id" = String, Path), IfMatch),
    request_body = ErasureBody, responses((status = 200, body = PatientView)),
    extensions(("x-access" = json!("admin_of_all")), ("x-conflicts" = json!(["in_use"]))))]
pub async fn erase_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    if_match: IfMatch,
    input: Input<ErasureBody>,
) -> Result<Changed<PatientView>, Problem> {
    let reason = input.body.reason()?;
    let done = erasure::erase_patient(&app, &input.ctx, id.0, if_match.0, &reason).await?;
    Ok(Changed::new(done.value.version, done.replayed, PatientView::from(&done.value)))
}
