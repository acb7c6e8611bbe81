//! Handlers for patients.

use app::appointments::patient_summary::{self, MAX_PATIENTS};
use app::directory::patients::{self, DEFAULT_SEARCH_SIZE, PatientChange, PatientFilter, UpdatedPatient};
use app::directory::records::RecordDraft;
use app::messaging::quarantine::{self, SavedNumber};
use app::{App, AppError};
use axum::extract::State;
use domain::ids::PatientId;
use domain::patient::{Patient, PatientProfile};
use web::{
    Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Replacement, Versioned,
};
use wire::listed_patient::ListedPatientView;
use wire::patient::{PatientBody, PatientDetailParams, PatientParams, PatientView};

/// Lists patients by last name.
///
/// With `search`, patients with a word that equals or begins with the searched text come first, and a page has
/// twelve patients unless `page_size` is given. Of several words, those of whom words begin with them come first; a page
/// may be shorter before the others follow. Case, accents, punctuation, titles (`Sra.`) and words before a number
/// (`DNI`, `tel.`) don't count. A number is found by its last four digits or more, and in every way in which it is
/// dialled in its country. Contacts find their patient. Deactivated patients, with `is_active=false`, are found by the
/// start of a word and by whole numbers.
///
/// `expand=summary` shows when each patient comes next, came last, and how many of the last 50 appointments were missed.
#[utoipa::path(get, path = "/api/patients/", tag = "patients", params(PatientParams),
    responses((status = 200, body = List<ListedPatientView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_patients(
    State(app): State<App>,
    params: Params<PatientParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<ListedPatientView>, Problem> {
    let with_summaries = params.0.shows_summaries();
    if with_summaries {
        page.expect_at_most(MAX_PATIENTS)?;
    }
    let filter: PatientFilter = params.0.into();
    let window = if filter.search.is_some() { page.window_of(DEFAULT_SEARCH_SIZE) } else { page.window().clone() };
    let slice = patient_summary::list_with_summaries(&app, &caller.0, &filter, &window, with_summaries).await?;
    page.list(&app, slice.map(|listed| ListedPatientView::from(&listed))).await
}

/// Creates a patient.
#[utoipa::path(post, path = "/api/patients/", tag = "patients", request_body = PatientBody,
    responses((status = 201, body = PatientView)), extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn create_patient(
    State(app): State<App>,
    input: Input<PatientBody>,
) -> Result<Created<PatientView>, Problem> {
    let done = patients::create_patient(&app, &input.ctx, input.body).await?;
    Ok(Created::new("/api/patients/", done.value.id, done.value.version, done.replayed, PatientView::from(&done.value)))
}

/// Reads a patient.
#[utoipa::path(get, path = "/api/patients/{id}/", tag = "patients",
    params(("id" = String, Path), PatientDetailParams),
    responses((status = 200, body = ListedPatientView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    params: Params<PatientDetailParams>,
    caller: Caller,
) -> Result<Versioned<ListedPatientView>, Problem> {
    let listed = patient_summary::read_with_summary(&app, &caller.0, id.0, params.0.shows_summary()).await?;
    Ok(Versioned::new(listed.patient.version, ListedPatientView::from(&listed)))
}

/// Replaces a patient's data.
///
/// `whatsapp_opt_in` and `is_active` keep their values where they are left out: consent never comes back by omission.
#[utoipa::path(put, path = "/api/patients/{id}/", tag = "patients", params(("id" = String, Path)),
    request_body = PatientBody, responses((status = 200, body = PatientView)),
    extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn replace_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    if_match: IfMatch,
    input: Input<Replacement<PatientBody>>,
) -> Result<Versioned<PatientView>, Problem> {
    let save = SavePatient { change: if_match.0.into(), confirms_number: false };
    let next = |before: &Patient| {
        let mut draft = input.body.draft(before);
        if !input.body.gives("whatsapp_opt_in") {
            draft.profile.whatsapp_opt_in = before.profile.whatsapp_opt_in;
        }
        Ok(draft)
    };
    save_patient(&app, &input.ctx, id.0, save, next).await
}

/// Updates the given fields of a patient.
///
/// A number that has opted out gets messages again only after ALTA from it: `whatsapp_opt_in: true` is a 400 until then.
/// Where somebody said that the number isn't the patient's, nothing is sent to it until it is corrected, or confirmed by
/// giving the same `phone_number` here.
#[utoipa::path(patch, path = "/api/patients/{id}/", tag = "patients", params(("id" = String, Path)),
    request_body = PatientBody, responses((status = 200, body = PatientView)),
    extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn update_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    if_match: IfMatch,
    input: Input<Patch<PatientBody>>,
) -> Result<Versioned<PatientView>, Problem> {
    let next = |before: &Patient| Ok(input.body.apply_to(&before.into())?.into());
    let asks_for_opt_in = input.body.member("whatsapp_opt_in").is_some_and(|asked| asked.as_bool() == Some(true));
    let change = PatientChange { if_match: if_match.0, asks_for_opt_in };
    let save = SavePatient { change, confirms_number: input.body.member("phone_number").is_some() };
    save_patient(&app, &input.ctx, id.0, save, next).await
}

struct SavePatient {
    change: PatientChange,
    /// Whether the request says that the number is the patient's, even if it is the same as before.
    confirms_number: bool,
}

async fn save_patient(
    app: &App,
    ctx: &app::Context,
    id: PatientId,
    save: SavePatient,
    next: impl Fn(&Patient) -> Result<RecordDraft<PatientProfile>, AppError> + Send + Sync,
) -> Result<Versioned<PatientView>, Problem> {
    let UpdatedPatient { before, after } = patients::update_patient(app, ctx, id, save.change, next).await?;
    let is_changed = before.profile.phone_number != after.profile.phone_number;
    if let Some(number) = after.profile.phone_number.clone().filter(|_| is_changed || save.confirms_number) {
        quarantine::number_saved(app, ctx, id, SavedNumber::Confirmed(number)).await?;
    }
    Ok(Versioned::new(after.version, PatientView::from(&after)))
}

/// Deactivates a patient.
///
/// The patient is hidden from lists, but kept for the appointments that refer to it.
#[utoipa::path(delete, path = "/api/patients/{id}/", tag = "patients", params(("id" = String, Path)),
    responses((status = 204)), extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn deactivate_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    patients::deactivate_patient(&app, &caller.0, id.0, if_match.0).await?;
    Ok(NoContent)
}
