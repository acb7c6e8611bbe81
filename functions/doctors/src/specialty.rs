//! Handlers for specialties.

use app::directory::doctors;
use app::directory::records::RecordDraft;
use app::{App, AppError};
use axum::extract::State;
use domain::doctor::{Specialty, SpecialtyProfile};
use domain::ids::SpecialtyId;
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Patch, PathId, Problem, Versioned};
use wire::specialty::{SpecialtyBody, SpecialtyView};

/// Lists specialties by name.
#[utoipa::path(get, path = "/api/doctors/specialties/", tag = "doctors",
    responses((status = 200, body = List<SpecialtyView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_specialties(State(app): State<App>, page: Paging) -> Result<List<SpecialtyView>, Problem> {
    let slice = doctors::list_specialties(&app, page.window()).await?;
    page.list(&app, slice.map(|specialty| SpecialtyView::from(&specialty))).await
}

/// Creates a specialty.
#[utoipa::path(post, path = "/api/doctors/specialties/", tag = "doctors", request_body = SpecialtyBody,
    responses((status = 201, body = SpecialtyView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn create_specialty(
    State(app): State<App>,
    input: Input<SpecialtyBody>,
) -> Result<Created<SpecialtyView>, Problem> {
    let draft: RecordDraft<SpecialtyProfile> = input.body.into();
    let done = doctors::create_specialty(&app, &input.ctx, draft.profile).await?;
    let view = SpecialtyView::from(&done.value);
    Ok(Created::new("/api/doctors/specialties/", done.value.id, done.value.version, done.replayed, view))
}

/// Reads a specialty.
#[utoipa::path(get, path = "/api/doctors/specialties/{id}/", tag = "doctors", params(("id" = String, Path)),
    responses((status = 200, body = SpecialtyView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_specialty(
    State(app): State<App>,
    id: PathId<SpecialtyId>,
) -> Result<Versioned<SpecialtyView>, Problem> {
    let specialty = doctors::get_specialty(&app, id.0).await?;
    Ok(Versioned::new(specialty.version, SpecialtyView::from(&specialty)))
}

/// Replaces a specialty.
#[utoipa::path(put, path = "/api/doctors/specialties/{id}/", tag = "doctors", params(("id" = String, Path)),
    request_body = SpecialtyBody, responses((status = 200, body = SpecialtyView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn replace_specialty(
    State(app): State<App>,
    id: PathId<SpecialtyId>,
    if_match: IfMatch,
    input: Input<SpecialtyBody>,
) -> Result<Versioned<SpecialtyView>, Problem> {
    save_specialty(&app, &input.ctx, id.0, if_match, |_| Ok(input.body.clone().into())).await
}

/// Updates the given fields of a specialty.
#[utoipa::path(patch, path = "/api/doctors/specialties/{id}/", tag = "doctors", params(("id" = String, Path)),
    request_body = SpecialtyBody, responses((status = 200, body = SpecialtyView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn update_specialty(
    State(app): State<App>,
    id: PathId<SpecialtyId>,
    if_match: IfMatch,
    input: Input<Patch<SpecialtyBody>>,
) -> Result<Versioned<SpecialtyView>, Problem> {
    let next = |before: &Specialty| Ok(input.body.apply_to(&before.into())?.into());
    save_specialty(&app, &input.ctx, id.0, if_match, next).await
}

async fn save_specialty(
    app: &App,
    ctx: &app::Context,
    id: SpecialtyId,
    if_match: IfMatch,
    next: impl Fn(&Specialty) -> Result<RecordDraft<SpecialtyProfile>, AppError> + Send + Sync,
) -> Result<Versioned<SpecialtyView>, Problem> {
    let specialty = doctors::update_specialty(app, ctx, id, if_match.0, next).await?;
    Ok(Versioned::new(specialty.version, SpecialtyView::from(&specialty)))
}

/// Deletes a specialty.
#[utoipa::path(delete, path = "/api/doctors/specialties/{id}/", tag = "doctors", params(("id" = String, Path)),
    responses((status = 204)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn delete_specialty(
    State(app): State<App>,
    id: PathId<SpecialtyId>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    doctors::delete_specialty(&app, &caller.0, id.0, if_match.0).await?;
    Ok(NoContent)
}
