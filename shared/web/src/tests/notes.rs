//! A function for the tests: its handlers store nothing and answer with what they received.

use crate::{
    Anonymous, Caller, Changed, Created, Input, Json, List, NoContent, OptionalBody, Paging, Params, Patch, PathId,
    PathIds, Problem, RequestedUrl, Router, State, Versioned, routes,
};
use app::App;
use app::support::listing::{Position, Slice};
use domain::ids::{Id as _, PatientId, RoomId};
use serde::Serialize;
use wire::values::Bounded;

/// The body of a note.
#[derive(Clone, wire::Body)]
pub(super) struct NoteBody {
    title: String,
    #[field(default = Bounded::of(0))]
    weight: Bounded<u8, 0, 255>,
    text: Option<String>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(super) struct NoteView {
    id: String,
    title: String,
    text: Option<String>,
    /// What the handler received.
    #[schema(value_type = Object)]
    received: serde_json::Value,
    /// Raised by each change.
    version: u64,
}

#[derive(wire::Params)]
pub(super) struct NoteParams {
    search: Option<String>,
    is_active: Option<bool>,
}

/// A note that was sent.
#[derive(wire::View)]
pub(super) struct SentNoteView {
    #[field(flatten)]
    body: NoteBody,
    /// Raised by each change.
    version: u64,
}

#[derive(wire::Body)]
pub(super) struct SendNoteBody {
    /// Send it although it was sent before.
    #[field(default = false)]
    force: bool,
}

fn note(id: &str, title: &str, received: serde_json::Value) -> NoteView {
    NoteView { id: id.to_owned(), title: title.to_owned(), text: None, received, version: 3 }
}

const KNOWN: &str = "01940000-0000-7000-8000-000000000001";

/// Lists notes.
#[utoipa::path(get, path = "/api/notes/", tag = "notes", params(NoteParams),
    responses((status = 200, body = List<NoteView>)), extensions(("x-access" = json!("operator"))))]
async fn list_notes(
    State(app): State<App>,
    caller: Caller,
    params: Params<NoteParams>,
    page: Paging,
) -> Result<List<NoteView>, Problem> {
    let Params(params) = params;
    let window = page.window();
    let received = serde_json::json!({
        "search": params.search, "is_active": params.is_active, "size": window.size,
        "from": window.from.as_ref().map(|from| &from.key), "ip": caller.0.ip_address,
    });
    let next = Position { key: "NOTE#2".to_owned(), backwards: false };
    let previous = window.from.clone().map(|from| Position { backwards: true, ..from });
    let slice = Slice { rows: vec![note("1", "first", received)], next: Some(next), previous };
    page.list(&app, slice).await
}

/// Creates a note.
#[utoipa::path(post, path = "/api/notes/", tag = "notes", request_body = NoteBody,
    responses((status = 201, body = NoteView)), extensions(("x-access" = json!("operator"))))]
async fn create_note(State(_app): State<App>, input: Input<NoteBody>) -> Result<Created<NoteView>, Problem> {
    let Input { ctx, body } = input;
    let received = serde_json::json!({
        "scope": ctx.idempotency_key.scope, "fingerprint": ctx.idempotency_key.fingerprint, "from_client": ctx.idempotency_key.from_client,
        "request_id": ctx.request_id, "weight": body.weight.get(),
    });
    Ok(Created::new("/api/notes/", KNOWN, 1, ctx.idempotency_key.from_client, note(KNOWN, &body.title, received)))
}

/// Reads a note.
#[utoipa::path(get, path = "/api/notes/{id}/", tag = "notes",
    responses((status = 200, body = NoteView)), extensions(("x-access" = json!("operator"))))]
async fn get_note(id: PathId<PatientId>) -> Result<Versioned<NoteView>, Problem> {
    if id.0 == PatientId::nil() {
        return Err(app::AppError::NotFound.into());
    }
    Ok(Versioned::new(3, note(&id.0.to_string(), "found", serde_json::Value::Null)))
}

/// Changes a note.
#[utoipa::path(patch, path = "/api/notes/{id}/", tag = "notes", request_body = NoteBody,
    responses((status = 200, body = NoteView)), extensions(("x-access" = json!("operator"))))]
async fn update_note(
    id: PathId<PatientId>,
    if_match: crate::IfMatch,
    input: Input<Patch<NoteBody>>,
) -> Result<Changed<NoteView>, Problem> {
    let before = NoteBody { title: "before".to_owned(), weight: Bounded::of(1), text: Some("text".to_owned()) };
    let after = input.body.apply_to(&before)?;
    let mut note = note(&id.0.to_string(), &after.title, serde_json::json!({"if_match": if_match.0}));
    note.text = after.text;
    Ok(Changed::new(4, false, note))
}

/// Removes a note.
#[utoipa::path(delete, path = "/api/notes/{id}/", tag = "notes",
    responses((status = 204)), extensions(("x-access" = json!("admin"))))]
async fn delete_note(id: PathId<PatientId>, caller: Caller) -> Result<NoContent, Problem> {
    let _ = (id, caller);
    Ok(NoContent)
}

/// Sends a note.
#[utoipa::path(post, path = "/api/notes/{id}/send/{room_id}/", tag = "notes", params(crate::IfMatch),
    request_body = Option<SendNoteBody>,
    responses((status = 200, body = NoteView), (status = 202, body = SentNoteView), (status = 409, description = "Sent.")),
    extensions(("x-access" = json!("operator"))))]
async fn send_note(
    ids: PathIds<PatientId, RoomId>,
    input: Input<OptionalBody<SendNoteBody>>,
) -> Result<Json<NoteView>, Problem> {
    let received = serde_json::json!({"force": input.body.0.force, "room": ids.1});
    Ok(Json(note(&ids.0.to_string(), "sent", received)))
}

/// Receives a form.
#[utoipa::path(post, path = "/api/notes/hook/", tag = "notes",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = String)), extensions(("x-access" = json!("public"))))]
async fn hook(url: RequestedUrl, caller: Anonymous, form: String) -> Json<serde_json::Value> {
    Json(serde_json::json!({"url": url.0, "request_id": caller.0.request_id, "form": form}))
}

/// Reports that the API is up.
#[utoipa::path(get, path = "/api/health/", tag = "health",
    responses((status = 200, body = String)), extensions(("x-access" = json!("public"))))]
async fn health() -> Json<&'static str> {
    Json("ok")
}

/// Changes a secret, without `Idempotency-Key`.
#[utoipa::path(post, path = "/api/secret/", tag = "notes", request_body = NoteBody, responses((status = 204)),
    extensions(("x-access" = json!("operator")), ("x-idempotency" = json!(false))))]
async fn change_secret(input: Input<NoteBody>) -> NoContent {
    assert!(!input.ctx.idempotency_key.from_client);
    NoContent
}

/// Declares no access.
#[utoipa::path(get, path = "/api/forgotten/", tag = "notes", responses((status = 200, body = String)))]
async fn forgotten() -> Json<&'static str> {
    Json("nobody may read this")
}

/// Panics.
#[utoipa::path(get, path = "/api/panic/", tag = "notes",
    responses((status = 200, body = String)), extensions(("x-access" = json!("public"))))]
async fn panics() -> Json<&'static str> {
    panic!("a secret that nobody outside may read")
}

/// Fails inside.
#[utoipa::path(get, path = "/api/fails/", tag = "notes",
    responses((status = 200, body = String)), extensions(("x-access" = json!("public"))))]
async fn fails() -> Result<Json<&'static str>, Problem> {
    Err(app::AppError::Busy("the table 'citas-prod' doesn't answer".to_owned()).into())
}

pub(super) fn router() -> Router {
    Router::default()
        .routes(routes!(list_notes, create_note))
        .routes(routes!(get_note, update_note, delete_note))
        .routes(routes!(send_note))
        .routes(routes!(hook))
        .routes(routes!(health))
        .routes(routes!(change_secret))
        .routes(routes!(forgotten))
        .routes(routes!(panics))
        .routes(routes!(fails))
}
