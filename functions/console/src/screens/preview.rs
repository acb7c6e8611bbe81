//! The messages that a patient would get, as a part of the form that would send them.

use crate::answer::Answer;
use crate::api::{Preview, ScreenError};
use crate::dates;
use crate::parts::notice;
use crate::request::PageRequest;
use crate::screens::action_body::action_body_so_far;
use crate::screens::booking;
use crate::words;
use maud::html;

/// The messages of an action on an appointment.
pub async fn of_action(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    shown(request, request.api.preview_action(id, &action_body_so_far(&request.form)).await)
}

/// The messages of a booking, as soon as a patient is chosen.
pub async fn of_booking(request: &PageRequest) -> Result<Answer, ScreenError> {
    let Some(patient) = request.form.id("patient") else { return Ok(Answer::html(html! {})) };
    let (body, _) = booking::booking(request, patient);
    shown(request, request.api.preview_booking(&body).await)
}

/// What would be refused says so before the form is sent.
fn shown(request: &PageRequest, preview: Result<Preview, ScreenError>) -> Result<Answer, ScreenError> {
    let preview = match preview {
        Ok(preview) => preview,
        Err(ScreenError::Problem(problem)) => return Ok(Answer::html(notice::warning(&problem.title))),
        Err(failure) => return Err(failure),
    };
    Ok(Answer::html(html! {
        @if preview.messages.is_empty() { p class="quiet small" { (request.say(words::NOBODY_IS_TOLD)) } }
        @for message in &preview.messages {
            figure class="message-preview" {
                figcaption class="quiet small" {
                    (dates::short(&message.due_at)) " → " (message.to.as_deref().unwrap_or_default())
                }
                blockquote { (message.text.as_deref().unwrap_or_default()) }
            }
        }
    }))
}
