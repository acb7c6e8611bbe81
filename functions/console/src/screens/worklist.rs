//! The worklist: everything that a person has to do, most urgent first.

use crate::answer::Answer;
use crate::api::{Clinic, Inbound, ScreenError, WorklistEntry};
use crate::dates;
use crate::page::{self, Frame, Tab};
use crate::parts::field;
use crate::request::PageRequest;
use crate::screens::messages::link;
use crate::words;
use domain::time::{Instant, Zone};
use futures_util::future;
use maud::{Markup, html};
use serde_json::json;

pub async fn show(request: &PageRequest) -> Result<Answer, ScreenError> {
    let frame = Frame::load(request).await?;
    let clinic = if request.query.has("all") { None } else { frame.clinic().map(|clinic| clinic.id.as_str()) };
    let (entries, messages) = future::try_join(request.api.worklist(clinic), request.api.open_inbound()).await?;
    let zone = frame.clinic().map_or_else(Zone::utc, Clinic::zone);
    let title = request.say(words::WORKLIST);
    let main = html! {
        div class="head" {
            h1 { (title) }
            div class="segments" role="group" aria-label=(request.say(words::CLINIC)) {
                @if let Some(clinic) = frame.clinic() {
                    a href=(request.to(&format!("/worklist?clinic={}", clinic.id))) aria-current=[(!request.query.has("all")).then_some("true")] { (clinic.name) }
                }
                a href=(request.to("/worklist?all=1")) aria-current=[request.query.has("all").then_some("true")] { (request.say(words::ALL_CLINICS)) }
            }
        }
        @if entries.is_empty() { p class="empty" { (request.say(words::ALL_DONE)) } }
        ul class="worklist" {
            @for entry in &entries { (one(request, &frame, entry, (&messages, zone))) }
        }
    };
    Ok(page::whole(request, &frame, Tab::Worklist, title, &main))
}

/// Says who is on an entry, or that nobody is.
pub async fn take(request: &PageRequest) -> Result<Answer, ScreenError> {
    let form = &request.form;
    let entry = form.id("entry").ok_or(ScreenError::NotFound)?;
    request.api.take(entry, form.id("user"), form.given("version")).await?;
    Ok(back(request))
}

/// Takes an entry off the list: the appointment or the message no longer needs attention.
pub async fn settle(request: &PageRequest) -> Result<Answer, ScreenError> {
    match (request.form.id("inbound"), request.form.id("appointment")) {
        (Some(inbound), _) => request.api.settle_inbound(inbound).await?,
        (None, Some(id)) => {
            drop(request.api.edit_appointment(id, &json!({ "needs_attention": false }), None).await?);
        }
        (None, None) => return Err(ScreenError::NotFound),
    }
    Ok(back(request))
}

fn back(request: &PageRequest) -> Answer {
    Answer::see(request.to(if request.form.has("all") { "/worklist?all=1" } else { "/worklist" }))
}

fn one(request: &PageRequest, frame: &Frame, entry: &WorklistEntry, (messages, zone): (&[Inbound], Zone)) -> Markup {
    let kind = words::worklist_kind(&entry.kind).map_or(entry.kind.as_str(), |word| request.say(word));
    let message = entry.inbound.as_deref().and_then(|id| messages.iter().find(|message| message.id == id));
    let is_late = Instant::parse(&entry.due).is_ok_and(|due| due <= request.now);
    let appointment = entry.appointment.as_ref().map(|id| request.to(&format!("/appointments/{id}")));
    let card = entry.patient.as_ref().map(|id| request.to(&format!("/patients/{id}")));
    html! {
        li class={ "card task" @if entry.kind == "emergency" { " urgent" } } {
            div class="what" {
                p { span class={ "badge " (if entry.kind == "emergency" { "st-no-show" } else { "st-to-move" }) } { (kind) }
                    " " span class={ "small " (if is_late { "late" } else { "quiet" }) } { (request.say(words::DUE)) " " (dates::short_in(&entry.due, zone)) }
                    @if let Some(clinic) = &entry.clinic_name { " " span class="quiet small" { "· " (clinic) } } }
                p class="who" {
                    @match (&card, &entry.patient_name) {
                        (Some(card), Some(name)) => a href=(card) { strong { (name) } },
                        (_, Some(name)) => strong { (name) },
                        _ => strong { (request.say(words::UNKNOWN_SENDER)) },
                    }
                    @if let Some(phone) = &entry.phone_number { " · " a href={ "tel:" (phone) } { (phone) } }
                }
                @if let Some(message) = message { blockquote { (message.body) } }
            }
            div class="actions" {
                @if let Some(inbound) = entry.inbound.as_deref() {
                    @let is_new = entry.kind == "new_contact";
                    a class="button primary" href=(request.to(&format!("/messages/{inbound}"))) { (request.say(if is_new { words::OPEN } else { words::ANSWER })) }
                    @if is_new { (link::choices(request, inbound, "worklist")) }
                }
                @if let Some(link) = &appointment { a class={ "button" @if entry.inbound.is_none() { " primary" } } href=(link) hx-get=(link) hx-target="#drawer" { (request.say(words::OPEN)) } }
                (taken(request, frame, entry))
                form method="post" action=(request.to("/worklist/done")) {
                    (common(request))
                    @match (&entry.inbound, &entry.appointment) {
                        (Some(inbound), _) => (field::hidden("inbound", inbound)),
                        (None, Some(appointment)) => (field::hidden("appointment", appointment)),
                        (None, None) => {},
                    }
                    button type="submit" { (request.say(words::SETTLED)) }
                }
            }
        }
    }
}

fn common(request: &PageRequest) -> Markup {
    html! { @if request.query.has("all") { (field::hidden("all", "1")) } }
}

/// Who is on it, with the button that changes it.
fn taken(request: &PageRequest, frame: &Frame, entry: &WorklistEntry) -> Markup {
    let is_mine = entry.taken_by.as_ref().is_some_and(|taker| taker.id == frame.user.id);
    html! {
        @match &entry.taken_by {
            Some(taker) if !is_mine => span class="badge" { (request.say(words::TAKEN_BY)) " " (taker.name) },
            _ => form method="post" action=(request.to("/worklist/take")) {
                (common(request))
                (field::hidden("entry", &entry.id))
                (field::hidden("version", &entry.version.to_string()))
                @if !is_mine { (field::hidden("user", &frame.user.id)) }
                button type="submit" { (request.say(if is_mine { words::RELEASE } else { words::TAKE })) }
            },
        }
    }
}
