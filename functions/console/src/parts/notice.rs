//! A notice: what went wrong, or what was done.

use crate::api::Problem;
use crate::request::PageRequest;
use crate::words;
use maud::{Markup, html};

/// The problem's own texts, those of its fields, and the request id for support.
#[must_use]
pub fn problem(request: &PageRequest, problem: &Problem) -> Markup {
    let detail = if problem.detail.is_empty() { request.say(words::TRY_AGAIN) } else { &problem.detail };
    let title = if problem.title.is_empty() { request.say(words::NOT_DONE) } else { &problem.title };
    html! {
        div class="notice bad" role="alert" {
            strong { (title) }
            @if problem.detail != problem.title { p { (detail) } }
            @for (field, texts) in &problem.errors {
                p { (request.field_name(field)) ": " (texts.join(" ")) }
            }
            p class="quiet small" { (request.say(words::REQUEST)) " " (request.request_id()) }
        }
    }
}

#[must_use]
pub fn done(text: &str) -> Markup {
    html! { div class="notice good" role="status" { (text) } }
}

#[must_use]
pub fn warning(text: &str) -> Markup {
    html! { div class="notice warn" role="status" { (text) } }
}
