//! The field for an answer, and the clinic's quick replies beside it.

use super::{seen, shown};
use crate::answer::Answer;
use crate::api::{QuickReply, ReplyOutcome, ScreenError};
use crate::fields::encoded;
use crate::parts::{field, notice};
use crate::request::PageRequest;
use crate::words;
use http::StatusCode;
use maud::{Markup, html};

/// The longest answer, as the API has it.
const MAX_LENGTH: usize = 1000;

/// The form. It isn't a part of what is asked for again and again, so what is typed stays.
pub(super) fn form(request: &PageRequest, id: &str, message: &Markup, quick_replies: Option<&[QuickReply]>) -> Markup {
    let path = |end: &str| request.to(&format!("/messages/{id}/{end}"));
    let chosen = quick_replies.and_then(|replies| {
        replies.iter().find(|reply| reply.shortcut == request.query.get("quick")).map(|reply| reply.text.as_str())
    });
    let text = request.form.given("body").or(chosen).unwrap_or_default();
    html! {
        form id="answer" method="post" action=(path("reply")) hx-post=(path("reply")) hx-target="#written" hx-swap="innerHTML" {
            @match quick_replies {
                Some(replies) => div class="quick" { (buttons(request, id, replies)) },
                None => div class="quick" hx-get=(path("quick-replies")) hx-trigger="load" hx-swap="innerHTML" {
                    a class="noscript" href={ (request.to(&format!("/messages/{id}"))) "?quick=1" } { (request.say(words::QUICK_REPLIES)) }
                },
            }
            div id="written" { (written(request, message, text, request.form.given("key"))) }
        }
    }
}

/// The field itself. The key stays while the same answer is tried again.
fn written(request: &PageRequest, message: &Markup, text: &str, key: Option<&str>) -> Markup {
    html! {
        (message)
        @match key {
            Some(key) => (field::hidden("key", key)),
            None => (field::key()),
        }
        div class="inline" {
            label class="field grow" {
                span { (request.say(words::WRITE_ANSWER)) }
                textarea name="body" rows="2" maxlength=(MAX_LENGTH) required { (text) }
            }
            button type="submit" class="primary" title="Ctrl + Enter" { (request.say(words::SEND)) }
        }
    }
}

/// A button for each quick reply: it puts the text into the field. Without a script it draws the page with that text.
fn buttons(request: &PageRequest, id: &str, replies: &[QuickReply]) -> Markup {
    html! {
        @for reply in replies {
            @let link = request.to(&format!("/messages/{id}?quick={}", encoded(&reply.shortcut)));
            a class="button" role="button" href=(link) title=(reply.text) data-text=(reply.text) { (reply.shortcut) }
        }
    }
}

pub async fn show_quick_replies(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let replies = request.api.quick_replies(id).await?;
    Ok(Answer::html(buttons(request, id, &replies)))
}

/// Sends an answer, or has it kept until the patient writes. What needed attention in the conversation is settled.
pub async fn reply(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let form = &request.form;
    match request.api.reply(id, form.get("body"), form.get("key")).await {
        Ok(outcome) => {
            for other in seen(request).into_iter().filter(|seen| *seen != id) {
                // The answer is on its way: what can't be settled stays on the worklist.
                let _ = request.api.settle_inbound(other).await;
            }
            let (word, query) = match outcome {
                ReplyOutcome::Sent => (words::REPLY_SENT, "sent"),
                ReplyOutcome::Kept => (words::REPLY_KEPT, "kept"),
            };
            if request.is_part() {
                return Ok(Answer::html(written(request, &notice::done(request.say(word)), "", None)));
            }
            Ok(Answer::see(request.to(&format!("/messages/{id}?{query}=1"))))
        }
        Err(ScreenError::Problem(problem)) => {
            let message = notice::problem(request, &problem);
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
            if request.is_part() {
                let field = written(request, &message, form.get("body"), form.given("key"));
                return Ok(Answer::html(field).status(status));
            }
            shown(request, id, &message, status).await
        }
        Err(failure) => Err(failure),
    }
}
