//! Patients: search, [`card`], registration and correction ([`edit`]).

pub mod card;
pub mod edit;

use crate::answer::Answer;
use crate::api::{Appointment, AppointmentSummary, Patient, ScreenError};
use crate::dates;
use crate::page::{self, Frame, Tab};
use crate::parts::state;
use crate::request::PageRequest;
use crate::screens::booking::SHOWN;
use crate::words;
use maud::{Markup, html};

/// The patients that the page of a search shows.
const FOUND: usize = 50;

pub async fn show_search(request: &PageRequest) -> Result<Answer, ScreenError> {
    let frame = Frame::load(request).await?;
    Ok(results(request, &frame, None))
}

/// Searches. The text is in the body, so that no name is in an address.
pub async fn search(request: &PageRequest) -> Result<Answer, ScreenError> {
    let text = request.form.given("search");
    if request.is_part() {
        let Some(text) = text else { return Ok(Answer::html(html! {})) };
        let mut found = request.api.search(text, SHOWN).await?;
        let today = today(request, &found).await?;
        // Whoever is expected today stands at the desk most likely.
        found.sort_by_key(|patient| !today.iter().any(|appointment| appointment.patient == patient.id));
        return Ok(Answer::html(suggestions(request, &found, &today)));
    }
    let frame = Frame::load(request).await?;
    let found = match text {
        Some(text) => Some(request.api.search(text, FOUND).await?),
        None => None,
    };
    Ok(results(request, &frame, found.as_deref()))
}

/// Today's appointments of the clinic that was chosen last, if any patient was found.
async fn today(request: &PageRequest, found: &[Patient]) -> Result<Vec<Appointment>, ScreenError> {
    let Some(chosen) = request.session.clinic.as_deref().filter(|_| !found.is_empty()) else { return Ok(Vec::new()) };
    let clinics = request.api.clinics().await?;
    let Some(clinic) = clinics.iter().find(|clinic| clinic.id == chosen) else { return Ok(Vec::new()) };
    let appointments = request.api.day(&clinic.id, clinic.zone().date(request.now)).await?;
    Ok(appointments.into_iter().filter(|appointment| !appointment.is_cancelled_or_moved()).collect())
}

/// The list below the search field of the bar.
fn suggestions(request: &PageRequest, found: &[Patient], today: &[Appointment]) -> Markup {
    html! {
        @if found.is_empty() {
            p class="quiet" { (request.say(words::NOBODY_FOUND)) }
            a class="button" href=(request.to("/patients/new")) { (request.say(words::NEW_PATIENT)) }
        }
        ul {
            @for patient in found {
                li { a href=(request.to(&format!("/patients/{}", patient.id))) {
                    strong { (patient.full_name) } " "
                    @for appointment in today.iter().filter(|appointment| appointment.patient == patient.id) {
                        span class={ "badge " (state::look(appointment).class) } { (request.say(words::TODAY)) " " (dates::time_of(&appointment.start_datetime)) } " "
                    }
                    span class="quiet small" { (document(patient)) @if let Some(phone) = &patient.phone_number { " · " (phone) } }
                    @if let Some(next) = patient.next_appointment.as_ref().filter(|next| today.iter().all(|shown| shown.id != next.id)) {
                        span class="small next" { (request.say(words::NEXT_APPOINTMENT)) ": " (next_appointment(request, next)) }
                    }
                } }
            }
        }
    }
}

fn next_appointment(request: &PageRequest, next: &AppointmentSummary) -> Markup {
    html! { (dates::day_and_time(&next.start_datetime, request.language)) " · " (next.doctor_name) }
}

fn document(patient: &Patient) -> String {
    let parts = [patient.document_type.as_deref(), patient.document_number.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn results(request: &PageRequest, frame: &Frame, found: Option<&[Patient]>) -> Answer {
    let title = request.say(words::PATIENTS);
    let main = html! {
        div class="head" {
            h1 { (title) }
            a class="button primary" href=(request.to("/patients/new")) data-key="n" { (request.say(words::NEW_PATIENT)) }
        }
        form method="post" action=(request.to("/patients")) class="inline" {
            label class="field grow" {
                span { (request.say(words::SEARCH_HINT)) }
                input type="search" name="search" value=(request.form.get("search")) autocomplete="off" autofocus;
            }
            button type="submit" class="primary" { (request.say(words::SEARCH)) }
        }
        @match found {
            None => p class="empty" { (request.say(words::SEARCH_DETAIL)) },
            Some([]) => p class="empty" { (request.say(words::NOBODY_FOUND)) },
            Some(found) => {
                div class="scroll" tabindex="0" role="region" aria-label=(title) {
                    table class="list" {
                        thead { tr { th { (request.say(words::NAME)) } th { (request.say(words::DOCUMENT)) } th { (request.say(words::PHONE)) } th { (request.say(words::BIRTH_DATE)) } th { (request.say(words::NEXT_APPOINTMENT)) } } }
                        tbody { @for patient in found { tr {
                            td { a href=(request.to(&format!("/patients/{}", patient.id))) { strong { (patient.full_name) } } }
                            td { (document(patient)) }
                            td { (patient.phone_number.as_deref().unwrap_or_default()) }
                            td { (patient.birth_date.as_deref().unwrap_or_default()) }
                            td { @if let Some(next) = &patient.next_appointment {
                                a href=(request.to(&format!("/appointments/{}", next.id))) { (next_appointment(request, next)) }
                            } }
                        } } }
                    }
                }
            },
        }
    };
    page::whole(request, frame, Tab::Patients, title, &main)
}
