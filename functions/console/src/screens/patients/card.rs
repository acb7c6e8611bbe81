//! The card of a patient: details, contacts, appointments, and the messages in both directions.

use super::document;
use crate::answer::Answer;
use crate::api::{Appointment, Contact, Patient, ScreenError};
use crate::dates;
use crate::page::{self, Frame, Tab};
use crate::parts::{notice, state};
use crate::request::PageRequest;
use crate::words::{self, Word};
use domain::time::Instant;
use futures_util::future;
use maud::{Markup, html};

/// The appointments that a card shows.
const APPOINTMENTS: usize = 30;

pub async fn show(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let frame = Frame::load(request).await?;
    let api = &request.api;
    let loaded =
        future::try_join3(api.patient_with_summary(id), api.contacts(id), api.appointments_of(id, APPOINTMENTS))
            .await?;
    let (patient, contacts, appointments) = loaded;
    let main = card(request, &patient, &contacts, &appointments);
    Ok(page::whole(request, &frame, Tab::Patients, &patient.full_name, &main))
}

fn card(request: &PageRequest, patient: &Patient, contacts: &[Contact], appointments: &[Appointment]) -> Markup {
    let no_shows = patient.no_shows.unwrap_or_default();
    let rows: [(Word, Option<&str>); 4] = [
        (words::BIRTH_DATE, patient.birth_date.as_deref()),
        (words::EMAIL, patient.email.as_deref()),
        (words::ADDRESS, patient.address.as_deref()),
        (words::NOTES, patient.notes.as_deref()),
    ];
    html! {
        div class="head" {
            h1 { (patient.full_name) }
            a class="button" href=(request.to(&format!("/patients/{}/edit", patient.id))) { (request.say(words::EDIT)) }
        }
        @if request.query.has("saved") { (notice::done(request.say(words::SAVED))) }
        @if request.query.has("unlinked") { (notice::warning(request.say(words::NOT_LINKED))) }
        @if patient.is_active == Some(false) { (notice::warning(request.say(words::INACTIVE))) }
        div class="cards" {
            section class="card" {
                h2 { (request.say(words::DETAILS)) }
                @if let Some(phone) = &patient.phone_number { p class="phone" { a href={ "tel:" (phone) } { (phone) } } }
                p { (document(patient)) }
                p class="quiet" { (receiver(request, patient, contacts)) }
                dl class="facts" {
                    @for (word, value) in rows {
                        @if let Some(value) = value { dt { (request.say(word)) } dd { (value) } }
                    }
                }
                @if no_shows > 0 { p { span class="badge st-no-show" { "✕ " (no_shows) " " (request.say(words::NO_SHOWS)) } } }
                @if !contacts.is_empty() {
                    h3 { (request.say(words::CONTACTS)) }
                    ul { @for contact in contacts { li {
                        (contact.name) @if let Some(what) = &contact.relationship { " (" (what) ")" }
                        @if let Some(phone) = &contact.phone_number { " · " (phone) }
                    } } }
                }
            }
            section class="card grow" {
                h2 { (request.say(words::APPOINTMENTS_TITLE)) }
                (appointment_list(request, appointments))
            }
            section class="card" {
                h2 { (request.say(words::MESSAGES)) }
                // With a request of its own: the card is seen first.
                @let messages = request.to(&format!("/patients/{}/messages", patient.id));
                div hx-get=(messages) hx-trigger="load" hx-swap="innerHTML" {
                    a class="noscript button" href=(messages) { (request.say(words::MESSAGES)) }
                }
            }
        }
    }
}

/// Who gets the messages, in one sentence.
fn receiver(request: &PageRequest, patient: &Patient, contacts: &[Contact]) -> Markup {
    let instead: Vec<&str> = contacts
        .iter()
        .filter(|contact| contact.receives_notifications == Some(true) && contact.phone_number.is_some())
        .map(|contact| contact.name.as_str())
        .collect();
    html! {
        @if patient.whatsapp_opt_in == Some(false) { (request.say(words::NO_WHATSAPP)) }
        @else if instead.is_empty() { (request.say(words::WHATSAPP_TO_PATIENT)) }
        @else { (request.say(words::WHATSAPP_TO)) " " (instead.join(", ")) "." }
    }
}

fn appointment_list(request: &PageRequest, appointments: &[Appointment]) -> Markup {
    let is_to_come = |appointment: &&Appointment| {
        Instant::parse(&appointment.start_datetime).is_ok_and(|start| start > request.now)
            && !appointment.is_cancelled_or_moved()
    };
    let row = |appointment: &Appointment| {
        let link = request.to(&format!("/appointments/{}", appointment.id));
        html! { tr {
            td { a href=(link) hx-get=(link) hx-target="#drawer" { (dates::day_and_time(&appointment.start_datetime, request.language)) }
                " " span class="quiet small" { (appointment.start_datetime.get(..4).unwrap_or_default()) } }
            td { (appointment.doctor_name) }
            td { (appointment.clinic_name) }
            td { (state::badge(request, appointment)) }
        } }
    };
    let coming: Vec<_> = appointments.iter().filter(is_to_come).collect();
    let past: Vec<_> = appointments.iter().filter(|appointment| !is_to_come(appointment)).collect();
    html! {
        @for (word, list) in [(words::TO_COME, coming), (words::PAST, past)] {
            h3 { (request.say(word)) }
            @if list.is_empty() { p class="quiet" { (request.say(words::NONE)) } }
            @else { div class="scroll" tabindex="0" role="region" aria-label=(request.say(word)) { table class="list" { tbody { @for appointment in list.iter().rev().rev() { (row(appointment)) } } } } }
        }
    }
}
