//! The actions that an appointment allows now, as forms. The rules are the API's own: the state machine of `domain`.

use crate::api::{Appointment, User};
use crate::dates;
use crate::parts::field;
use crate::request::PageRequest;
use crate::words::{self, Word};
use domain::lifecycle::{Action, ActorRole, LifecycleState, LifecycleTimes, actions_allowed_in};
use domain::time::{Instant, Zone};
use domain::user::Role;
use maud::{Markup, html};

/// The actions that the user may take now. What is too late or too early meanwhile, the API refuses.
#[must_use]
pub fn allowed(appointment: &Appointment, user: &User, zone: Zone, now: Instant) -> Vec<Action> {
    let role = if user.role == Role::Admin { ActorRole::Admin } else { ActorRole::Operator };
    let state = LifecycleState::new(appointment.status, appointment.rescheduled_to.is_some());
    let instant = |text: &str| Instant::parse(text).ok();
    let (Some(start), Some(end)) = (instant(&appointment.start_datetime), instant(&appointment.end_datetime)) else {
        return Vec::new();
    };
    let times = LifecycleTimes {
        start,
        end,
        // The status changed at the latest when the appointment did.
        status_at: instant(&appointment.updated_at).unwrap_or(now),
        hold_until: appointment.hold_until.as_deref().and_then(instant),
        zone,
    };
    actions_allowed_in(state, &times, role, now)
}

/// The forms of all actions but moving, which has a list of times of its own.
#[must_use]
pub fn forms(
    request: &PageRequest,
    appointment: &Appointment,
    actions: &[Action],
    (again, phone): (&str, Option<&str>),
) -> Markup {
    let has = |action: Action| actions.contains(&action);
    let move_link = request.to(&format!("/appointments/{}/move", appointment.id));
    let is_confirmed = appointment.status == domain::appointment::Status::Confirmed;
    html! {
        div class="actions" {
            @if has(Action::Confirm) && !is_confirmed { (plain(request, appointment, Action::Confirm, words::CONFIRM, "primary")) }
            @if has(Action::Keep) { (plain(request, appointment, Action::Keep, words::KEEP, "primary")) }
            @if has(Action::Complete) { (plain(request, appointment, Action::Complete, words::COMPLETE, "")) }
            @if has(Action::NoShow) { (plain(request, appointment, Action::NoShow, words::MARK_NO_SHOW, "")) }
            @if has(Action::Reschedule) {
                a class="button" data-key="m" href=(move_link) hx-get=(move_link) hx-target="#drawer" { (request.say(words::MOVE)) }
            }
            @if has(Action::Unconfirm) { (plain(request, appointment, Action::Unconfirm, words::UNCONFIRM, "")) }
            @if has(Action::Reopen) { (plain(request, appointment, Action::Reopen, words::REOPEN, "")) }
            @if has(Action::Undo) { (plain(request, appointment, Action::Undo, words::UNDO, "")) }
            a class="button" href=(again) hx-get=(again) hx-target="#drawer" { (request.say(words::ANOTHER)) }
        }
        @if has(Action::Correct) { (with_reason(request, appointment, Action::Correct, words::CORRECT, None)) }
        @if has(Action::Cancel) { (with_reason(request, appointment, Action::Cancel, words::CANCEL, phone)) }
    }
}

/// What every form of an action sends: the action, the version that the user saw, and a key.
#[must_use]
pub fn hidden_fields(appointment: &Appointment, action: Action) -> Markup {
    html! {
        (field::hidden("action", action.name()))
        (field::hidden("version", &appointment.version.to_string()))
        (field::key())
    }
}

fn plain(request: &PageRequest, appointment: &Appointment, action: Action, label: Word, class: &str) -> Markup {
    let path = request.to(&format!("/appointments/{}/actions", appointment.id));
    let key = (action == Action::Confirm).then_some("c");
    html! {
        form method="post" action=(path) hx-post=(path) hx-target="#drawer" {
            (hidden_fields(appointment, action))
            button type="submit" class=(class) data-key=[key] { (request.say(label)) }
        }
    }
}

fn with_reason(
    request: &PageRequest,
    appointment: &Appointment,
    action: Action,
    label: Word,
    phone: Option<&str>,
) -> Markup {
    let path = request.to(&format!("/appointments/{}/actions", appointment.id));
    let key = (action == Action::Cancel).then_some("x");
    html! {
        details class="reason" {
            summary data-key=[key] { (request.say(label)) }
            form method="post" action=(path) hx-post=(path) hx-target="#drawer" {
                (hidden_fields(appointment, action))
                (field::text(field::TextField {
                    name: "reason", label: request.say(words::REASON), is_required: true, ..Default::default()
                }))
                @if action == Action::Cancel {
                    (notify(request, phone))
                    (preview(request, &preview_path(appointment), "toggle from:'closest details', change from:'closest form'", None))
                }
                button type="submit" class="danger" { (request.say(label)) }
            }
        }
    }
}

/// Where the messages of an action are previewed.
#[must_use]
pub fn preview_path(appointment: &Appointment) -> String {
    format!("/appointments/{}/preview", appointment.id)
}

/// The place for the words that the patient would get: they are asked for with the form's fields, and a chosen time.
#[must_use]
pub fn preview(request: &PageRequest, path: &str, trigger: &str, choice: Option<&str>) -> Markup {
    let chosen = choice.map(|choice| serde_json::json!({ "choice": choice }).to_string());
    html! {
        div class="preview" aria-live="polite" hx-post=(request.to(path)) hx-trigger=(trigger) hx-vals=[chosen]
            hx-target="this" hx-swap="innerHTML" {}
    }
}

/// Whether the patient is told, and at which number.
#[must_use]
pub fn notify(request: &PageRequest, phone: Option<&str>) -> Markup {
    html! {
        fieldset class="notify" {
            legend { (request.say(words::TELL_THE_PATIENT)) }
            @if let Some(phone) = phone {
                label { input type="radio" name="told" value="" checked; " " (request.say(words::TELL_BY_WHATSAPP)) " " (phone) }
            } @else {
                label { input type="radio" name="told" value="" checked; " " (request.say(words::TELL_AS_USUAL)) }
            }
            label { input type="radio" name="told" value="by_phone"; " " (request.say(words::TOLD_BY_PHONE)) }
            label { input type="radio" name="told" value="here"; " " (request.say(words::TOLD_HERE)) }
            label { input type="radio" name="told" value="not_reachable"; " " (request.say(words::NOT_REACHABLE)) }
        }
    }
}

/// The same for a new appointment, of which a clinic tells the patient or doesn't. The script puts in the number of the
/// patient who is chosen.
#[must_use]
pub fn notify_of_new(request: &PageRequest, is_usual: bool, phone: Option<&str>) -> Markup {
    let told = request.form.get("told");
    let number = html! { span data-told { (phone.unwrap_or(request.say(words::PATIENTS_NUMBER))) } };
    let option = |value: &str, text: Markup| {
        html! { label { input type="radio" name="told" value=(value) checked[told == value]; span { (text) } } }
    };
    let say = |word: Word| html! { (request.say(word)) };
    html! {
        fieldset class="notify" {
            legend { (request.say(words::TELL_THE_PATIENT)) }
            @if is_usual {
                (option("", html! { (request.say(words::TELL_BY_WHATSAPP)) " " (number) }))
                (option("by_phone", say(words::TOLD_BY_PHONE)))
                (option("here", say(words::TOLD_HERE)))
                (option("not_reachable", say(words::NOT_REACHABLE)))
            } @else {
                (option("", say(words::TELL_NOTHING_NOW)))
                (option("now", html! { (request.say(words::TELL_NOW)) " " (number) }))
            }
        }
    }
}

/// When and with whom, as the heading of a drawer.
#[must_use]
pub fn when(request: &PageRequest, appointment: &Appointment) -> String {
    format!(
        "{}–{}",
        dates::day_and_time(&appointment.start_datetime, request.language),
        dates::time_of(&appointment.end_datetime)
    )
}
