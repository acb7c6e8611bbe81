//! Handlers for inbound messages.

use app::App;
use app::messaging::inbound::{link, media, quick_replies, staff_answer, worklist};
use app::messaging::thread;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::ids::InboundId;
use web::{
    Caller, Changed, Created, FileContent, IfMatch, Input, List, Paging, Params, PathId, PathPart, Problem, Versioned,
};
use wire::inbound::{
    InboundDetailView, InboundEditBody, InboundLinkBody, InboundParams, InboundReplyBody, ListedInboundView,
};
use wire::notification::NotificationView;
use wire::quick_reply::FilledReplyView;

/// Lists messages from patients, newest first.
///
/// With `needs_attention=true` it lists all messages that staff have to look at, otherwise those of three months.
#[utoipa::path(get, path = "/api/notifications/inbound/", tag = "notifications", params(InboundParams),
    responses((status = 200, body = List<ListedInboundView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_inbound(
    State(app): State<App>,
    params: Params<InboundParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<ListedInboundView>, Problem> {
    let slice = worklist::list_inbound(&app, &caller.0, params.0.into(), page.window()).await?;
    page.list(&app, slice.map(|row| ListedInboundView::from(&row))).await
}

/// Reads a message from a patient with its conversation.
#[utoipa::path(get, path = "/api/notifications/inbound/{id}/", tag = "notifications", params(("id" = String, Path)),
    responses((status = 200, body = InboundDetailView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_inbound(
    State(app): State<App>,
    id: PathId<InboundId>,
    caller: Caller,
) -> Result<Versioned<InboundDetailView>, Problem> {
    let conversation = thread::read_conversation(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(conversation.listed.message.version, InboundDetailView::from(&conversation)))
}

/// Marks a message from a patient as handled.
#[utoipa::path(patch, path = "/api/notifications/inbound/{id}/", tag = "notifications",
    params(("id" = String, Path)), request_body = InboundEditBody,
    responses((status = 200, body = ListedInboundView)), extensions(("x-access" = json!("operator"))))]
pub async fn update_inbound(
    State(app): State<App>,
    id: PathId<InboundId>,
    if_match: IfMatch,
    input: Input<InboundEditBody>,
) -> Result<Versioned<ListedInboundView>, Problem> {
    let row = worklist::update_inbound(&app, &input.ctx, id.0, if_match.0, input.body.needs_attention).await?;
    Ok(Versioned::new(row.message.version, ListedInboundView::from(&row)))
}

/// Links the number of an inbound message to a patient.
///
/// From then on the number's messages are the patient's, and so are the earlier ones that belong to nobody; those in the
/// worklist as a new contact are done. A patient without a number gets this one. If the patient has another number, this
/// one takes its place, and the old one is kept as a contact that receives no messages. A number that counts as the
/// patient's already stays as it is. The answer is a 400 that names `from` if the sender hides the number.
#[utoipa::path(post, path = "/api/notifications/inbound/{id}/link/", tag = "notifications",
    params(("id" = String, Path)), request_body = InboundLinkBody,
    responses((status = 200, body = ListedInboundView)), extensions(("x-access" = json!("operator"))))]
pub async fn link_inbound(
    State(app): State<App>,
    id: PathId<InboundId>,
    input: Input<InboundLinkBody>,
) -> Result<Changed<ListedInboundView>, Problem> {
    let done = link::link_number(&app, &input.ctx, id.0, input.body.patient).await?;
    Ok(Changed::new(Some(done.value.message.version), done.replayed, ListedInboundView::from(&done.value)))
}

/// Answers a message from a patient, and takes it off the worklist.
///
/// Within 24 hours of the number's last message the answer is sent at once (201). Later it is kept (202): the patient gets
/// the template `desk_answer`, and whatever the patient writes next, or just "1", brings the answer. If it doesn't reach the
/// patient, or is kept for a week, the message is in the worklist again. The answer is a 400 that names `from` if the sender
/// has no appointment at your clinics, hides the number, or, once the 24 hours are over, isn't the patient any more; a number
/// that asked for no messages gets the answer within the 24 hours only.
#[utoipa::path(post, path = "/api/notifications/inbound/{id}/reply/", tag = "notifications",
    params(("id" = String, Path)), request_body = InboundReplyBody,
    responses((status = 201, body = NotificationView), (status = 202, body = NotificationView)),
    extensions(("x-access" = json!("operator"))))]
pub async fn reply_to_inbound(
    State(app): State<App>,
    id: PathId<InboundId>,
    input: Input<InboundReplyBody>,
) -> Result<Response, Problem> {
    let done = staff_answer::answer_message(&app, &input.ctx, id.0, &input.body.body).await?;
    let row = done.value;
    let view = NotificationView::from(&row);
    let mut response = Created::new("/api/notifications/", row.id, row.version, done.replayed, view).into_response();
    if row.answer.is_some_and(|answer| answer.kept) {
        *response.status_mut() = StatusCode::ACCEPTED;
    }
    Ok(response)
}

/// Lists the quick replies to a message from a patient, in the patient's language.
///
/// They are those of the clinic of the appointment that an answer would be about, in its order, with the values of their
/// variables. One whose variables can't be filled is left out, and for a sender who can't be answered the list is empty.
#[utoipa::path(get, path = "/api/notifications/inbound/{id}/quick-replies/", tag = "notifications",
    params(("id" = String, Path)), responses((status = 200, body = List<FilledReplyView>)),
    extensions(("x-access" = json!("operator"))))]
pub async fn list_quick_replies(
    State(app): State<App>,
    id: PathId<InboundId>,
    caller: Caller,
    page: Paging,
) -> Result<List<FilledReplyView>, Problem> {
    let slice = quick_replies::list_quick_replies(&app, &caller.0, id.0, page.window()).await?;
    page.list(&app, slice.map(FilledReplyView::from)).await
}

/// Shows a file that a patient sent.
///
/// A voice note, a picture or a PDF of at most 4.5 MB; other types are a 415, larger files a 413. It is a 404 after the
/// clinic's `media_days`. Each reading is in the audit trail. A 503 means that the provider can't be reached.
#[utoipa::path(get, path = "/api/notifications/inbound/{id}/media/{n}/", tag = "notifications",
    params(("id" = String, Path), ("n" = u8, Path)),
    responses((status = 200, content((Vec<u8> = "audio/ogg"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"),
        (Vec<u8> = "image/webp"), (Vec<u8> = "application/pdf"))), (status = 413), (status = 415)),
    extensions(("x-access" = json!("operator"))))]
pub async fn get_inbound_media(
    State(app): State<App>,
    PathPart(id, n): PathPart<InboundId>,
    caller: Caller,
) -> Result<FileContent, Problem> {
    let found = media::read_media(&app, &caller.0, id, n).await?;
    let name = format!("{id}-{n}.{}", found.media_type.extension());
    Ok(FileContent::new(found.media_type.name(), name, found.bytes))
}
