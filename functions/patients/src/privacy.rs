//! Handlers for the export and erasure of a patient's data.

use app::privacy::{erasure, export};
use app::{App, AppError};
use axum::extract::State;
use domain::ids::PatientId;
use domain::violation::Rule;
use web::{Caller, Changed, IfMatch, Input, LargeJson, Params, PathId, Problem};
use wire::export::{ExportParams, PatientExportView};
use wire::patient::{ErasureBody, PatientView};

/// Exports all data that is stored about a patient.
///
/// The export is recorded in the audit trail. What doesn't fit into one response of 6 MB (about 1,700 appointments) is a
/// 400 for `date_from`: export several periods.
#[utoipa::path(get, path = "/api/patients/{id}/export/", tag = "patients", params(("id" = String, Path), ExportParams),
    responses((status = 200, body = PatientExportView)), extensions(("x-access" = json!("admin_of_all"))))]
pub async fn export_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    params: Params<ExportParams>,
    caller: Caller,
) -> Result<LargeJson, Problem> {
    let record = export::export_patient(&app, &caller.0, id.0, params.0.into()).await?;
    let answer = LargeJson::new(&PatientExportView::from(record))?;
    Ok(answer.ok_or_else(|| AppError::invalid("date_from", Rule::TooLargeResponse))?)
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
    let done = erasure::erase_patient(&app, &input.ctx, id.0, if_match.0, &input.body.reason).await?;
    Ok(Changed::new(done.value.version, done.replayed, PatientView::from(&done.value)))
}
