//! What patients have a right to: to be told what is kept about them, and to have it erased.

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
use web::{Acted, Caller, IfMatch, Input, Json, PathId, Problem};

/// Everything that is kept about a patient.
#[derive(Serialize, ToSchema)]
pub struct PatientExportView {
    /// The patient.
    patient: PatientView,
    /// The contacts.
    contacts: Vec<ContactView>,
    /// The appointments, oldest first.
    appointments: Vec<ExportedAppointmentView>,
    /// What the patient wrote, oldest first.
    inbound: Vec<InboundView>,
    /// Who changed and read the patient's data, oldest first.
    audit: Vec<AuditView>,
}

/// An appointment with all that belongs to it.
#[derive(Serialize, ToSchema)]
pub struct ExportedAppointmentView {
    #[serde(flatten)]
    appointment: AppointmentView,
    /// Its history, oldest first.
    actions: Vec<ActionView>,
    /// The messages about it.
    notifications: Vec<ExportedNotificationView>,
}

/// A message with its words.
#[derive(Serialize, ToSchema)]
pub struct ExportedNotificationView {
    #[serde(flatten)]
    notification: NotificationView,
    /// The words, once there are any.
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

/// Exports everything that is kept about a patient, and notes who did.
#[utoipa::path(get, path = "/api/patients/{id}/export/", tag = "patients", params(("id" = String, Path)),
    responses((status = 200, body = PatientExportView)), extensions(("x-access" = json!("admin_of_all"))))]
pub async fn export_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    caller: Caller,
) -> Result<Json<PatientExportView>, Problem> {
    Ok(Json(export::export_patient(&app, &caller.0, id.0).await?.into()))
}

/// Why a patient is erased.
#[derive(Deserialize, Serialize, ToSchema)]
pub struct ErasureBody {
    /// Is kept, so it mustn't say who the patient is.
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

/// Erases a patient for good.
///
/// Names, document, numbers, notes, messages and search entries are overwritten. Appointments stay, under a
/// pseudonym; those still to come have to be cancelled before.
#[utoipa::path(post, path = "/api/patients/{id}/erase/", tag = "patients", params(("id" = String, Path), IfMatch),
    request_body = ErasureBody, responses((status = 200, body = PatientView)),
    extensions(("x-access" = json!("admin_of_all")), ("x-conflicts" = json!(["in_use"]))))]
pub async fn erase_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    if_match: IfMatch,
    input: Input<ErasureBody>,
) -> Result<Acted<PatientView>, Problem> {
    let reason = input.body.reason()?;
    let done = erasure::erase_patient(&app, &input.ctx, id.0, if_match.0, &reason).await?;
    Ok(Acted::new(done.value.version, done.replayed, PatientView::from(&done.value)))
}
