//! The second factor of the own account: setting it up with a QR code, and removing it.

use crate::answer::Answer;
use crate::api::{ScreenError, SecondFactor, SecondFactorState};
use crate::page::{self, Tab};
use crate::parts::field::{self, TextField};
use crate::parts::notice;
use crate::request::PageRequest;
use crate::screens::account;
use crate::words;
use http::StatusCode;
use maud::{Markup, PreEscaped, html};
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write as _;

/// The card on the page of the account: the way to set one up, or to remove the one that is active.
pub(crate) fn card(request: &PageRequest, state: SecondFactorState) -> Markup {
    html! {
        section class="card" {
            h2 { (request.say(words::FACTOR)) }
            @if state.active {
                p { span class="badge st-confirmed" { span aria-hidden="true" { "✓ " } (request.say(words::FACTOR_ACTIVE)) } }
            }
            p { (request.say(words::FACTOR_DETAIL)) }
            @if state.active {
                details class="reason" {
                    summary { (request.say(words::FACTOR_DROP)) }
                    form method="post" action=(request.to("/account/second-factor/drop")) class="stack" {
                        (code_field(request))
                        button type="submit" class="danger" { (request.say(words::FACTOR_DROP)) }
                    }
                }
            } @else {
                form method="post" action=(request.to("/account/second-factor")) {
                    button type="submit" { (request.say(words::FACTOR_SET_UP)) }
                }
            }
        }
    }
}

fn code_field(request: &PageRequest) -> Markup {
    field::text(TextField {
        name: "otp",
        label: request.say(words::CODE),
        is_required: true,
        autocomplete: "one-time-code",
        ..Default::default()
    })
}

/// Without a code it begins, with the first code of the app it is confirmed.
pub async fn enrol(request: &PageRequest) -> Result<Answer, ScreenError> {
    let otp = request.form.given("otp");
    match request.api.enrol_second_factor(otp).await {
        Ok(factor) if otp.is_none() => Ok(shown(request, &begun(request, &factor, &html! {}))),
        Ok(factor) => Ok(shown(request, &confirmed(request, &factor))),
        // The code was wrong: the page has the secret, so that the app keeps what it has read.
        Err(ScreenError::Problem(problem)) if otp.is_some() && request.form.has("secret") => {
            let given = |name| request.form.given(name).map(str::to_owned);
            let factor = SecondFactor { secret: given("secret"), uri: given("uri"), recovery_codes: None };
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
            Ok(shown(request, &begun(request, &factor, &notice::problem(request, &problem))).status(status))
        }
        Err(failure) => refused(request, failure).await,
    }
}

pub async fn drop_factor(request: &PageRequest) -> Result<Answer, ScreenError> {
    match request.api.drop_second_factor(request.form.get("otp")).await {
        Ok(()) => Ok(Answer::see(request.to("/account?saved=1"))),
        Err(failure) => refused(request, failure).await,
    }
}

async fn refused(request: &PageRequest, failure: ScreenError) -> Result<Answer, ScreenError> {
    let ScreenError::Problem(problem) = failure else { return Err(failure) };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    Ok(account::shown(request, &notice::problem(request, &problem)).await?.status(status))
}

fn shown(request: &PageRequest, body: &Markup) -> Answer {
    let main = html! { h1 { (request.say(words::FACTOR)) } div class="card narrow" { (body) } };
    page::simple(request, Tab::None, request.say(words::FACTOR), &main)
}

fn begun(request: &PageRequest, factor: &SecondFactor, message: &Markup) -> Markup {
    let (secret, uri) = (factor.secret.as_deref().unwrap_or_default(), factor.uri.as_deref().unwrap_or_default());
    html! {
        (message)
        p { (request.say(words::FACTOR_SCAN)) }
        div class="qr" { (qr(request, uri)) }
        p class="quiet small" { (request.say(words::FACTOR_BY_HAND)) br; code { (secret) } }
        form method="post" action=(request.to("/account/second-factor")) class="stack" {
            (field::hidden("secret", secret))
            (field::hidden("uri", uri))
            (code_field(request))
            button type="submit" class="primary" { (request.say(words::CONFIRM)) }
        }
    }
}

fn confirmed(request: &PageRequest, factor: &SecondFactor) -> Markup {
    html! {
        (notice::done(request.say(words::FACTOR_DONE)))
        h2 { (request.say(words::RECOVERY_CODES)) }
        p { (request.say(words::RECOVERY_DETAIL)) }
        ul class="codes" { @for code in factor.recovery_codes.iter().flatten() { li { code { (code) } } } }
        p class="noprint actions" {
            button type="button" data-print { (request.say(words::PRINT)) }
            a class="button primary" href=(request.to("/agenda")) { (request.say(words::TO_AGENDA)) }
        }
    }
}

/// A QR code as one path of SVG. Empty if the text is too long for one.
fn qr(request: &PageRequest, text: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return html! {} };
    let mut path = String::new();
    for (y, x) in (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (y, x))) {
        if code.get_module(x, y) {
            let _ = write!(path, "M{},{}h1v1h-1z", x + 4, y + 4);
        }
    }
    let size = code.size() + 8;
    html! {
        svg viewBox={ "0 0 " (size) " " (size) } role="img" aria-label=(request.say(words::FACTOR_SCAN)) {
            (PreEscaped(format!("<rect width=\"{size}\" height=\"{size}\" fill=\"#ffffff\"/><path fill=\"#000000\" d=\"{path}\"/>")))
        }
    }
}
