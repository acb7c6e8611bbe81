//! What a page shows that can't be shown: a page with the reason and the next step, or a notice where htmx asked for a
//! part.

use crate::answer::Answer;
use crate::api::ScreenError;
use crate::fields::encoded;
use crate::parts::notice;
use crate::request::PageRequest;
use crate::words::{self, Word};
use crate::{page, session};
use http::{Method, StatusCode};
use maud::{Markup, html};

#[must_use]
pub fn render(request: &PageRequest, failure: &ScreenError) -> Answer {
    match failure {
        ScreenError::SignedOut => signed_out(request),
        ScreenError::NotFound => explained(request, StatusCode::NOT_FOUND, words::NOT_FOUND, words::NOT_FOUND_DETAIL),
        ScreenError::ForeignForm => {
            explained(request, StatusCode::FORBIDDEN, words::FOREIGN_FORM, words::FOREIGN_FORM_DETAIL)
        }
        ScreenError::Unreadable => explained(request, StatusCode::BAD_GATEWAY, words::NOT_DONE, words::TRY_AGAIN),
        ScreenError::Problem(problem) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_GATEWAY);
            match problem.code.as_str() {
                "not_found" => explained(request, status, words::GONE, words::GONE_DETAIL),
                "permission_denied" => explained(request, status, words::NO_RIGHT, words::NO_RIGHT_DETAIL),
                _ => answered(request, status, request.say(words::NOT_DONE), &notice::problem(request, problem)),
            }
        }
    }
}

fn explained(request: &PageRequest, status: StatusCode, title: Word, detail: Word) -> Answer {
    let body = html! {
        div class="notice bad" role="alert" {
            strong { (request.say(title)) }
            p { (request.say(detail)) }
            p class="quiet small" { (request.say(words::REQUEST)) " " (request.request_id()) }
        }
    };
    answered(request, status, request.say(title), &body)
}

fn answered(request: &PageRequest, status: StatusCode, title: &str, body: &Markup) -> Answer {
    if request.is_part() {
        // The part that was asked for stays as it is.
        return Answer::html(body.clone()).status(status).into_target("#notices");
    }
    let body = html! {
        h1 { (title) }
        (body)
        p class="actions" {
            a class="button" href=(request.to("/agenda")) { (request.say(words::TO_AGENDA)) }
            @if status == StatusCode::FORBIDDEN { a class="button" href=(request.to("/account")) { (request.say(words::ACCOUNT)) } }
        }
    };
    page::bare(request, title, &body).status(status)
}

/// Leads to the sign-in page, and back afterwards. A part that htmx asked for has no page to lead away from.
fn signed_out(request: &PageRequest) -> Answer {
    let has_own_page = request.method != Method::POST && !request.is_part();
    let next = if has_own_page { request.path.as_str() } else { "/agenda" };
    let link = request.to(&format!("/sign-in?next={}", encoded(&request.to(next))));
    if request.is_part() {
        let body = html! {
            div class="notice warn" role="alert" {
                strong { (request.say(words::SIGNED_OUT)) }
                p { a class="button" href=(request.to("/sign-in")) target="_blank" { (request.say(words::SIGN_IN)) } }
            }
        };
        return Answer::html(body).status(StatusCode::UNAUTHORIZED).into_target("#notices").cookies(session::ended());
    }
    Answer::see(link).cookies(session::ended())
}
