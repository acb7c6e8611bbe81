//! A function that keeps no notes at all: it answers what it understood.

use crate::{
    Acted, Anyone, Caller, Created, Input, Json, List, NoContent, OptionalBody, Paging, Params, Patch, PathId, PathIds,
    Problem, RequestedUrl, Router, Shown, State, routes,
};
use app::App;
use app::support::listing::{Position, Slice};
use domain::ids::{Id as _, PatientId, RoomId};
use serde::{Deserialize, Serialize};

/// What a client says of a note.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(super) struct NoteBody {
    /// The heading.
    title: String,
    /// How much it matters.
    #[serde(default)]
    weight: u8,
    /// The text.
    text: Option<String>,
}

/// A note.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(super) struct NoteView {
    /// Which.
    id: String,
    /// The heading.
    title: String,
    /// The text.
    text: Option<String>,
    /// What was understood of the request.
    #[schema(value_type = Object)]
    heard: serde_json::Value,
    /// One more with each change.
    version: u64,
}

/// Which notes.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct NoteParams {
    /// Any part of the heading.
    search: Option<String>,
    /// Only those that are, or aren't, in use.
    is_active: Option<bool>,
}

/// A note that was sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SentView {
    /// What the client said of it.
    #[serde(flatten)]
    body: NoteBody,
    /// One more with each change.
    version: u64,
}

/// How to send.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub(super) struct SendBody {
    /// Although it was sent before.
    #[serde(default)]
    force: bool,
}

fn note(id: &str, title: &str, heard: serde_json::Value) -> NoteView {
    NoteView { id: id.to_owned(), title: title.to_owned(), text: None, heard, version: 3 }
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
    let heard = serde_json::json!({
        "search": params.search, "is_active": params.is_active, "size": window.size,
        "from": window.from.as_ref().map(|from| &from.key), "ip": caller.0.ip_address,
    });
    let next = Position { key: "NOTE#2".to_owned(), backwards: false };
    let previous = window.from.clone().map(|from| Position { backwards: true, ..from });
    let slice = Slice { rows: vec![note("1", "first", heard)], next: Some(next), previous };
    page.list(&app, slice).await
}

/// Makes a note.
#[utoipa::path(post, path = "/api/notes/", tag = "notes", request_body = NoteBody,
    responses((status = 201, body = NoteView)), extensions(("x-access" = json!("operator"))))]
async fn create_note(State(_app): State<App>, input: Input<NoteBody>) -> Result<Created<NoteView>, Problem> {
    let Input { ctx, body } = input;
    let heard = serde_json::json!({
        "scope": ctx.once.scope, "fingerprint": ctx.once.fingerprint, "from_client": ctx.once.from_client,
        "request_id": ctx.request_id, "weight": body.weight,
    });
    Ok(Created::new("/api/notes/", KNOWN, 1, ctx.once.from_client, note(KNOWN, &body.title, heard)))
}

/// Reads a note.
#[utoipa::path(get, path = "/api/notes/{id}/", tag = "notes",
    responses((status = 200, body = NoteView)), extensions(("x-access" = json!("operator"))))]
async fn get_note(id: PathId<PatientId>) -> Result<Shown<NoteView>, Problem> {
    if id.0 == PatientId::nobody() {
        return Err(app::AppError::NotFound.into());
    }
    Ok(Shown::new(3, note(&id.0.to_string(), "found", serde_json::Value::Null)))
}

/// Changes a note.
#[utoipa::path(patch, path = "/api/notes/{id}/", tag = "notes", request_body = NoteBody,
    responses((status = 200, body = NoteView)), extensions(("x-access" = json!("operator"))))]
async fn update_note(
    id: PathId<PatientId>,
    if_match: crate::IfMatch,
    input: Input<Patch<NoteBody>>,
) -> Result<Acted<NoteView>, Problem> {
    let before = NoteBody { title: "before".to_owned(), weight: 1, text: Some("text".to_owned()) };
    let after = input.body.onto(&before)?;
    let mut note = note(&id.0.to_string(), &after.title, serde_json::json!({"if_match": if_match.0}));
    note.text = after.text;
    Ok(Acted::new(4, false, note))
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
    request_body = Option<SendBody>,
    responses((status = 200, body = NoteView), (status = 202, body = SentView), (status = 409, description = "Sent.")),
    extensions(("x-access" = json!("operator"))))]
async fn send_note(
    ids: PathIds<PatientId, RoomId>,
    input: Input<OptionalBody<SendBody>>,
) -> Result<Json<NoteView>, Problem> {
    let heard = serde_json::json!({"force": input.body.0.force, "room": ids.1});
    Ok(Json(note(&ids.0.to_string(), "sent", heard)))
}

/// Takes a form from outside.
#[utoipa::path(post, path = "/api/notes/hook/", tag = "notes",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = String)), extensions(("x-access" = json!("public"))))]
async fn hook(url: RequestedUrl, caller: Anyone, form: String) -> Json<serde_json::Value> {
    Json(serde_json::json!({"url": url.0, "request_id": caller.0.request_id, "form": form}))
}

/// Says that all is well.
#[utoipa::path(get, path = "/api/health/", tag = "health",
    responses((status = 200, body = String)), extensions(("x-access" = json!("public"))))]
async fn health() -> Json<&'static str> {
    Json("ok")
}

/// Takes a new secret, and no key: it isn't kept what was sent.
#[utoipa::path(post, path = "/api/secret/", tag = "notes", request_body = NoteBody, responses((status = 204)),
    extensions(("x-access" = json!("operator")), ("x-idempotency" = json!(false))))]
async fn change_secret(input: Input<NoteBody>) -> NoContent {
    assert!(!input.ctx.once.from_client);
    NoContent
}

/// Declares nothing of who may call it.
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

/// The routes.
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
