//! The user's own account: language, password, sessions.

use crate::answer::Answer;
use crate::api::ScreenError;
use crate::page::{self, Frame, Tab};
use crate::parts::field::{self, TextField};
use crate::parts::notice;
use crate::request::PageRequest;
use crate::screens::second_factor;
use crate::session;
use crate::words;
use domain::language::Language;
use http::StatusCode;
use maud::{Markup, html};

pub async fn show(request: &PageRequest) -> Result<Answer, ScreenError> {
    let message = if request.query.has("saved") {
        notice::done(request.say(words::SAVED))
    } else {
        html! {}
    };
    shown(request, &message).await
}

/// The language of the user's pages, in every browser. The cookie spares each page a call to know it.
pub async fn choose_language(request: &PageRequest) -> Result<Answer, ScreenError> {
    let language = Language::parse(request.form.get("language")).unwrap_or_default();
    request.api.choose_language(language.code()).await?;
    Ok(Answer::see(request.to("/account?saved=1")).cookies(vec![session::language_cookie(language.code())]))
}

/// The other sessions end, and this one's tokens with them: the user signs in with the new password.
pub async fn change_password(request: &PageRequest) -> Result<Answer, ScreenError> {
    let (current, new) = (request.form.get("current_password"), request.form.get("new_password"));
    match request.api.change_password(current, new).await {
        Ok(()) => Ok(Answer::see(request.to("/account?saved=1"))),
        Err(ScreenError::Problem(problem)) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
            Ok(shown(request, &notice::problem(request, &problem)).await?.status(status))
        }
        Err(failure) => Err(failure),
    }
}

pub async fn end_sessions(request: &PageRequest) -> Result<Answer, ScreenError> {
    request.api.sign_out("", true).await?;
    Ok(Answer::see(request.to("/sign-in")).cookies(session::ended()))
}

/// Turns the single keys on or off in this browser: they are in the way of dictation, for instance.
#[must_use]
pub fn switch_keys(request: &PageRequest) -> Answer {
    let are_on = request.form.get("keys") == "on";
    Answer::see(request.to("/account?saved=1")).cookies(vec![session::keys_cookie(are_on)])
}

fn keys_card(request: &PageRequest) -> Markup {
    let (value, word) = match request.session.are_keys_off {
        true => ("on", words::KEYS_TURN_ON),
        false => ("off", words::KEYS_TURN_OFF),
    };
    html! {
        section class="card" {
            h2 { (request.say(words::KEYS)) }
            p { (request.say(words::KEYS_DETAIL)) }
            form method="post" action=(request.to("/account/keys")) {
                (field::hidden("keys", value))
                button type="submit" { (request.say(word)) }
            }
        }
    }
}

pub(crate) async fn shown(request: &PageRequest, message: &Markup) -> Result<Answer, ScreenError> {
    // The own account needs no right: an administrator without the second factor that is required sets it up here.
    let (user, frame) = match Frame::load(request).await {
        Ok(frame) => (frame.user.clone(), Some(frame)),
        Err(failure) if failure.code() == "permission_denied" => (request.api.me().await?, None),
        Err(failure) => return Err(failure),
    };
    let languages = [(Language::Es, "Español"), (Language::Pt, "Português"), (Language::En, "English")];
    let main = html! {
        h1 { (request.say(words::ACCOUNT)) }
        (message)
        @if user.second_factor.required && !user.second_factor.active { (notice::warning(request.say(words::FACTOR_REQUIRED))) }
        div class="cards" {
            section class="card" {
                h2 { (user.name()) }
                p class="quiet" { (user.email) " · " (request.say(page::role(user.role))) }
                form method="post" action=(request.to("/account/language")) class="stack" {
                    label class="field" {
                        span { (request.say(words::LANGUAGE)) }
                        select name="language" {
                            @for (language, name) in languages {
                                option value=(language.code()) lang=(language.code()) selected[language == request.language] { (name) }
                            }
                        }
                    }
                    button type="submit" { (request.say(words::SAVE)) }
                }
            }
            section class="card" {
                h2 { (request.say(words::CHANGE_PASSWORD)) }
                form method="post" action=(request.to("/account/password")) class="stack" {
                    // Password managers look for the user's name in the form.
                    input type="text" name="email" value=(user.email) autocomplete="username" aria-label=(request.say(words::EMAIL)) hidden;
                    (field::text(TextField {
                        name: "current_password", label: request.say(words::CURRENT_PASSWORD), kind: "password",
                        is_required: true, autocomplete: "current-password", ..Default::default()
                    }))
                    (field::text(TextField {
                        name: "new_password", label: request.say(words::NEW_PASSWORD), kind: "password", is_required: true,
                        autocomplete: "new-password", hint: request.say(words::PASSWORD_HINT), ..Default::default()
                    }))
                    button type="submit" { (request.say(words::CHANGE_PASSWORD)) }
                }
            }
            (keys_card(request))
            (second_factor::card(request, user.second_factor))
            section class="card" {
                h2 { (request.say(words::SESSIONS)) }
                p { (request.say(words::SESSIONS_DETAIL)) }
                form method="post" action=(request.to("/account/sessions")) {
                    button type="submit" { (request.say(words::END_SESSIONS)) }
                }
            }
        }
    };
    let title = request.say(words::ACCOUNT);
    Ok(match frame {
        Some(frame) => page::whole(request, &frame, Tab::None, title, &main),
        None => page::simple(request, Tab::None, title, &main),
    })
}
