//! Whose number a message came from: a patient who is found, or a new one.

use crate::answer::Answer;
use crate::api::{Conversation, Patient, ScreenError};
use crate::parts::{drawer, field, notice};
use crate::request::PageRequest;
use crate::screens::booking;
use crate::words;
use http::StatusCode;
use maud::{Markup, html};

/// The two ways, as buttons. `back` is `worklist` where the user comes from there.
pub(crate) fn choices(request: &PageRequest, id: &str, back: &str) -> Markup {
    let query = if back.is_empty() { String::new() } else { format!("?back={back}") };
    let link = request.to(&format!("/messages/{id}/link{query}"));
    let new = request.to(&format!("/patients/new?inbound={id}"));
    html! {
        div class="actions" {
            a class="button" href=(link) hx-get=(link) hx-target="#drawer" { (request.say(words::IS_PATIENT)) }
            a class="button" href=(new) { (request.say(words::NEW_PATIENT)) }
        }
    }
}

pub async fn show(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    drawn(request, id, (&html! {}, &[]), StatusCode::OK).await
}

/// Links the number with the chosen patient. The search button of a page without a script comes here, too.
pub async fn link(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let form = &request.form;
    let Some(patient) = form.id("patient") else {
        let found = match form.given("search") {
            Some(text) => request.api.search(text, booking::SHOWN).await?,
            None => Vec::new(),
        };
        return drawn(request, id, (&html! {}, &found), StatusCode::OK).await;
    };
    match request.api.link_inbound(id, patient, form.get("key")).await {
        Ok(()) if form.get("back") == "worklist" => Ok(Answer::see(request.to("/worklist"))),
        Ok(()) => Ok(Answer::see(request.to(&format!("/messages/{id}?linked=1")))),
        Err(ScreenError::Problem(problem)) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
            drawn(request, id, (&notice::problem(request, &problem), &[]), status).await
        }
        Err(failure) => Err(failure),
    }
}

async fn drawn(
    request: &PageRequest,
    id: &str,
    (message, found): (&Markup, &[Patient]),
    status: StatusCode,
) -> Result<Answer, ScreenError> {
    let conversation = request.api.conversation(id).await?;
    let body = form(request, &conversation, message, found);
    Ok(drawer::answer(request, request.say(words::IS_PATIENT), &body, status))
}

fn form(request: &PageRequest, conversation: &Conversation, message: &Markup, found: &[Patient]) -> Markup {
    let back = request.form.given("back").or(request.query.given("back"));
    let last = conversation.thread.iter().rev().find(|entry| entry.is_from_patient());
    html! {
        p class="phone" { (conversation.from) }
        @if let Some(text) = last.and_then(|entry| entry.text.as_deref()) { blockquote { (text) } }
        (message)
        p { (request.say(words::LINK_DETAIL)) }
        form method="post" action=(request.to(&format!("/messages/{}/link", conversation.id))) class="stack" {
            (field::key())
            @if let Some(back) = back { (field::hidden("back", back)) }
            (booking::patient_search(request, &booking::choices(request, found, None)))
            button type="submit" class="primary wide" { (request.say(words::LINK_NUMBER)) }
        }
    }
}
