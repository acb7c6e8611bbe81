//! Signing in and out, and the renewal of a session.

use crate::answer::Answer;
use crate::api::{Problem, ScreenError};
use crate::page;
use crate::parts::field::{self, TextField};
use crate::parts::notice;
use crate::request::PageRequest;
use crate::session;
use crate::words;
use http::StatusCode;
use maud::{Markup, html};

#[must_use]
pub fn show(request: &PageRequest) -> Answer {
    page::bare(request, request.say(words::SIGN_IN), &form(request, None))
}

pub async fn sign_in(request: &PageRequest) -> Result<Answer, ScreenError> {
    let (email, password) = (request.form.get("email"), request.form.get("password"));
    match request.api.sign_in(email, password, request.form.given("otp")).await {
        Ok(tokens) => {
            let next = request.form.given("next").and_then(|next| request.links.own(next)).unwrap_or("/agenda");
            Ok(Answer::see(request.to(next)).cookies(session::cookies_of(&tokens)))
        }
        Err(ScreenError::Problem(problem)) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
            let answer = page::bare(request, request.say(words::SIGN_IN), &form(request, Some(&problem)));
            Ok(answer.status(status))
        }
        Err(failure) => Err(failure),
    }
}

/// The session ends in the browser even where the API can't be reached.
pub async fn sign_out(request: &PageRequest) -> Result<Answer, ScreenError> {
    if let Some(refresh) = &request.session.refresh {
        // The token that is needed for it may have run out; then the session ends by itself.
        let _ = request.api.sign_out(refresh, false).await;
    }
    let next = request.form.given("next").filter(|next| request.links.own(next).is_some());
    let query = next.map(|next| format!("?next={}", crate::fields::encoded(next))).unwrap_or_default();
    Ok(Answer::see(request.to(&format!("/sign-in{query}"))).cookies(session::ended()))
}

/// For the script, which renews a session before its token runs out.
pub async fn renew(request: &PageRequest) -> Result<Answer, ScreenError> {
    let renewed = session::renew(&request.api, request.session.refresh.as_deref()).await;
    match renewed {
        Ok(tokens) => Ok(Answer::no_content().cookies(session::cookies_of(&tokens))),
        Err(ScreenError::SignedOut) => Ok(Answer::no_content().status(StatusCode::UNAUTHORIZED)),
        Err(failure) => Err(failure),
    }
}

fn form(request: &PageRequest, problem: Option<&Problem>) -> Markup {
    let next = request.form.given("next").or(request.query.given("next")).unwrap_or_default();
    let needs_code = problem.is_some_and(|problem| problem.code == "otp_required");
    html! {
        h1 { (request.say(words::SIGN_IN)) }
        @if let Some(problem) = problem { (notice::problem(request, problem)) }
        form method="post" action=(request.to("/sign-in")) class="stack" {
            (field::hidden("next", next))
            (field::text(TextField {
                name: "email", label: request.say(words::EMAIL), kind: "email", value: request.form.get("email"),
                is_required: true, autocomplete: "username", hint: "",
            }))
            (field::text(TextField {
                name: "password", label: request.say(words::PASSWORD), kind: "password", is_required: true,
                autocomplete: "current-password", ..Default::default()
            }))
            details open[needs_code] {
                summary { (request.say(words::HAVE_CODE)) }
                (field::text(TextField {
                    name: "otp", label: request.say(words::CODE), autocomplete: "one-time-code",
                    hint: request.say(words::CODE_HINT), ..Default::default()
                }))
            }
            button type="submit" class="primary wide" { (request.say(words::SIGN_IN)) }
        }
    }
}
