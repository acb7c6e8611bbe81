//! What stands beside a conversation: the patients with their cards, and the appointment with its actions.

use crate::answer::Answer;
use crate::api::{Clinic, Conversation, ScreenError};
use crate::parts::{actions, state};
use crate::request::PageRequest;
use crate::words;
use domain::time::Zone;
use futures_util::future;
use maud::{Markup, html};

/// The section. The appointment in it comes with a request of its own, so that the conversation is seen first.
pub(super) fn section(request: &PageRequest, conversation: &Conversation) -> Markup {
    html! {
        section class="card beside" aria-label=(request.say(words::DETAILS)) {
            @if conversation.patients.len() > 1 { p class="quiet" { (request.say(words::OF_MORE_THAN_ONE)) } }
            @for patient in &conversation.patients {
                p { a href=(request.to(&format!("/patients/{}", patient.id))) { strong { (patient.name) } } }
            }
            @match conversation.appointment() {
                Some(id) => {
                    @let page = request.to(&format!("/appointments/{id}"));
                    div id="beside" hx-get={ (page) "/beside" } hx-trigger="load, changed" hx-swap="innerHTML" {
                        a class="noscript button" href=(page) { (request.say(words::APPOINTMENT)) }
                    }
                },
                None => p class="quiet" { (request.say(words::NO_RELATED_APPOINTMENT)) },
            }
        }
    }
}

/// An appointment in short, with the actions that are allowed now.
pub async fn show(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let api = &request.api;
    let (user, appointment, clinics) = future::try_join3(api.me(), api.appointment(id), api.clinics()).await?;
    let patient = api.patient(&appointment.patient).await?;
    let clinic = clinics.iter().find(|clinic| clinic.id == appointment.clinic);
    let zone = clinic.map_or_else(Zone::utc, Clinic::zone);
    let allowed = actions::allowed(&appointment, &user, zone, request.now);
    let page = request.to(&format!("/appointments/{id}"));
    let again = request.to(&format!("/appointments/{id}/again"));
    Ok(Answer::html(html! {
        h2 { (request.say(words::APPOINTMENT)) }
        p { (state::badge(request, &appointment)) }
        p class="when" { strong { (actions::when(request, &appointment)) } br;
            (appointment.doctor_name) " · " (appointment.room_name) " · " (appointment.clinic_name) }
        (actions::forms(request, &appointment, &allowed, (&again, patient.phone_number.as_deref())))
        p { a class="button" href=(page) hx-get=(page) hx-target="#drawer" { (request.say(words::OPEN)) } }
    }))
}
