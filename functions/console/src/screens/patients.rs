//! Patients: search, card, registration and correction.

use crate::answer::Answer;
use crate::api::{Appointment, AppointmentSummary, Contact, Patient, ScreenError};
use crate::dates;
use crate::page::{self, Frame, Tab};
use crate::parts::field::{self, TextField};
use crate::parts::versions::{self, FieldVersions};
use crate::parts::{notice, state};
use crate::request::PageRequest;
use crate::screens::booking::SHOWN;
use crate::words::{self, Word};
use domain::language::Language;
use domain::time::Instant;
use futures_util::future;
use http::StatusCode;
use maud::{Markup, html};
use serde_json::{Value, json};

/// The appointments that a card shows.
const APPOINTMENTS: usize = 30;
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

pub async fn show_new(request: &PageRequest) -> Result<Answer, ScreenError> {
    let frame = Frame::load(request).await?;
    Ok(edit_page(request, &frame, None, &html! {}))
}

pub async fn create(request: &PageRequest) -> Result<Answer, ScreenError> {
    match request.api.create_patient(&body(request), request.form.get("key")).await {
        Ok(patient) => Ok(Answer::see(request.to(&format!("/patients/{}?saved=1", patient.id)))),
        Err(failure) => refused(request, None, failure).await,
    }
}

pub async fn show_edit(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let (frame, patient) = future::try_join(Frame::load(request), request.api.patient(id)).await?;
    Ok(edit_page(request, &frame, Some(&patient), &html! {}))
}

pub async fn edit(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    match request.api.edit_patient(id, &body(request), request.form.given("version")).await {
        Ok(patient) => Ok(Answer::see(request.to(&format!("/patients/{}?saved=1", patient.id)))),
        Err(failure) => refused(request, Some(id), failure).await,
    }
}

async fn refused(request: &PageRequest, id: Option<&str>, failure: ScreenError) -> Result<Answer, ScreenError> {
    let ScreenError::Problem(problem) = failure else { return Err(failure) };
    let frame = Frame::load(request).await?;
    let patient = match id {
        Some(id) => Some(request.api.patient(id).await?),
        None => None,
    };
    if let (Some(saved), "precondition_failed") = (&patient, problem.code.as_str()) {
        return Ok(changed_meanwhile(request, &frame, saved));
    }
    let existing = Some(problem.existing_id.as_str()).filter(|id| crate::fields::is_id(id));
    let message = html! {
        (notice::problem(request, &problem))
        @if let Some(existing) = existing {
            p { a class="button" href=(request.to(&format!("/patients/{existing}"))) { (request.say(words::THIS_ONE)) } }
        }
    };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    Ok(edit_page(request, &frame, patient.as_ref(), &message).status(status))
}

/// What the user filled in beside what somebody else saved. The form below has the user's, and saves over the other.
fn changed_meanwhile(request: &PageRequest, frame: &Frame, saved: &Patient) -> Answer {
    let values = values(saved);
    let fields: Vec<FieldVersions<'_>> = values
        .iter()
        .map(|(name, value)| FieldVersions {
            label: request.field_name(name),
            own: request.form.get(name),
            saved: value.unwrap_or_default(),
        })
        .collect();
    let back = request.to(&format!("/patients/{}/edit", saved.id));
    let message = html! {
        (versions::table(request, &fields, None))
        p class="actions" { a class="button" href=(back) { (request.say(words::TAKE_SAVED)) } }
    };
    edit_page(request, frame, Some(saved), &message).status(StatusCode::PRECONDITION_FAILED)
}

/// The fields of the form as they are saved.
fn values(patient: &Patient) -> [(&'static str, Option<&str>); 10] {
    [
        ("first_name", Some(&patient.first_name)),
        ("last_name", patient.last_name.as_deref()),
        ("document_number", patient.document_number.as_deref()),
        ("phone_number", patient.phone_number.as_deref()),
        ("document_type", patient.document_type.as_deref()),
        ("birth_date", patient.birth_date.as_deref()),
        ("email", patient.email.as_deref()),
        ("address", patient.address.as_deref()),
        ("language", patient.language.as_deref()),
        ("notes", patient.notes.as_deref()),
    ]
}

fn edit_page(request: &PageRequest, frame: &Frame, patient: Option<&Patient>, message: &Markup) -> Answer {
    let title = patient.map_or(request.say(words::NEW_PATIENT), |patient| patient.full_name.as_str());
    // The version that the form was drawn with isn't the saved one any more.
    let is_overwritten = patient.is_some_and(|patient| {
        request.form.given("version").is_some_and(|version| version != patient.version.to_string())
    });
    let path = patient.map_or("/patients/new".to_owned(), |patient| format!("/patients/{}/edit", patient.id));
    let main = html! {
        h1 { (title) }
        (message)
        form method="post" action=(request.to(&path)) class="card stack narrow" {
            @match patient {
                Some(patient) => (field::hidden("version", &patient.version.to_string())),
                None => (field::key()),
            }
            div class="two" { (fields(request, patient, true)) }
            button type="submit" class="primary" { (request.say(if is_overwritten { words::OVERWRITE } else { words::SAVE })) }
        }
    };
    page::whole(request, frame, Tab::Patients, title, &main)
}

/// The fields of a patient: those that a booking needs, or all.
pub(crate) fn fields(request: &PageRequest, patient: Option<&Patient>, all: bool) -> Markup {
    let of = |known: fn(&Patient) -> Option<&str>, name: &str| {
        let stored = patient.and_then(known).unwrap_or_default();
        request.form.given(name).unwrap_or(stored).to_owned()
    };
    let text = |name: &'static str, word: Word, known: fn(&Patient) -> Option<&str>, kind: &'static str| {
        let value = of(known, name);
        field::text(TextField {
            name,
            label: request.say(word),
            kind,
            value: &value,
            is_required: all && REQUIRED.contains(&name),
            ..Default::default()
        })
    };
    html! {
        (text("first_name", words::FIRST_NAME, |patient| Some(&patient.first_name), "text"))
        (text("last_name", words::LAST_NAME, |patient| patient.last_name.as_deref(), "text"))
        (text("document_number", words::DOCUMENT, |patient| patient.document_number.as_deref(), "text"))
        (text("phone_number", words::PHONE, |patient| patient.phone_number.as_deref(), "tel"))
        @if all {
            (text("document_type", words::DOCUMENT_TYPE, |patient| patient.document_type.as_deref(), "text"))
            (text("birth_date", words::BIRTH_DATE, |patient| patient.birth_date.as_deref(), "date"))
            (text("email", words::EMAIL, |patient| patient.email.as_deref(), "email"))
            (text("address", words::ADDRESS, |patient| patient.address.as_deref(), "text"))
            label class="field" {
                span { (request.say(words::LANGUAGE)) }
                select name="language" {
                    @for language in Language::ALL {
                        option value=(language.code()) selected[of(|patient| patient.language.as_deref(), "language") == language.code()] { (language.code()) }
                    }
                }
            }
            (text("notes", words::NOTES, |patient| patient.notes.as_deref(), "text"))
        }
    }
}

const REQUIRED: [&str; 4] = ["first_name", "last_name", "document_number", "phone_number"];
/// The fields that are sent only with the whole form.
const OPTIONAL: [&str; 6] = ["document_type", "birth_date", "email", "address", "language", "notes"];

/// The patient of a form, as the API takes it.
pub(crate) fn body(request: &PageRequest) -> Value {
    let mut body = json!({});
    if let Some(members) = body.as_object_mut() {
        for name in REQUIRED {
            members.insert(name.to_owned(), json!(request.form.get(name)));
        }
        for name in OPTIONAL.into_iter().filter(|_| request.form.has("language")) {
            let value = request.form.given(name);
            // The kind of document has a default.
            if name != "document_type" || value.is_some() {
                members.insert(name.to_owned(), json!(value));
            }
        }
    }
    body
}
