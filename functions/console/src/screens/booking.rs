//! Booking: from a free slot, with a patient who is found or registered on the spot.

use crate::answer::Answer;
use crate::api::{Appointment, Clinic, Conflict, Patient, Problem, ScreenError};
use crate::dates;
use crate::parts::field::{self, TextField};
use crate::parts::{actions, drawer, notice};
use crate::request::PageRequest;
use crate::screens::action_body::{Choice, chosen_key, put};
use crate::screens::appointment::{self, offers};
use crate::screens::patients::edit;
use crate::words;
use futures_util::future;
use http::StatusCode;
use maud::{Markup, html};
use serde_json::json;

/// How many patients a search shows.
pub(crate) const SHOWN: usize = 8;

/// The time that is booked: from the address, from the form, or empty in the form that the script fills.
#[derive(Clone, Copy, Default)]
struct Slot<'a> {
    clinic: &'a str,
    doctor: &'a str,
    room: &'a str,
    start: &'a str,
    end: &'a str,
    /// Doctor and room by name, to be shown.
    place: &'a str,
    /// Not empty where the clinic tells patients of new appointments.
    notice: &'a str,
}

impl<'a> Slot<'a> {
    fn of(fields: &'a crate::fields::Fields) -> Self {
        let get = |name| fields.get(name);
        let (start, end, place) = (get("start"), get("end"), get("place"));
        Self {
            clinic: get("clinic"),
            doctor: get("doctor"),
            room: get("room"),
            start,
            end,
            place,
            notice: get("notice"),
        }
    }
}

/// The form for a slot, as a page of its own: the agenda has it in the page already.
pub async fn show(request: &PageRequest) -> Result<Answer, ScreenError> {
    let slot = Slot::of(&request.query);
    let chosen = match request.query.id("patient") {
        Some(id) => vec![request.api.patient(id).await?],
        None => Vec::new(),
    };
    let (place, clinics) = future::try_join(place(request, slot), request.api.clinics()).await?;
    let clinic = clinics.iter().find(|clinic| clinic.id == slot.clinic);
    let notice = clinic.map_or("", notice_of);
    let body = form(request, Slot { place: &place, notice, ..slot }, &html! {}, &chosen);
    Ok(drawer::answer(request, request.say(words::NEW_APPOINTMENT), &body, StatusCode::OK))
}

/// Whether the clinic tells patients of new appointments, as a field of the form.
fn notice_of(clinic: &Clinic) -> &'static str {
    if clinic.notify_on_create == Some(true) { "1" } else { "" }
}

/// Doctor and room of a slot by name; empty if they have no hours then.
async fn place(request: &PageRequest, slot: Slot<'_>) -> Result<String, ScreenError> {
    let (Some(clinic), Some(date)) = (request.query.id("clinic"), dates::date_of(slot.start)) else {
        return Ok(String::new());
    };
    let entries = request.api.availability(clinic, date).await?;
    let found = entries.iter().find(|entry| entry.doctor == slot.doctor && entry.room == slot.room);
    Ok(found.map(|entry| format!("{} · {}", entry.doctor_name, entry.room_name)).unwrap_or_default())
}

/// The empty form, in every agenda: choosing a slot needs no request.
pub(crate) fn template(request: &PageRequest, clinic: &Clinic) -> Markup {
    let slot = Slot { clinic: &clinic.id, notice: notice_of(clinic), ..Slot::default() };
    let body = form(request, slot, &html! {}, &[]);
    html! { template id="booking-form" { (drawer::contents(request, request.say(words::NEW_APPOINTMENT), &body)) } }
}

/// The form of a booking that was interrupted, with all that was filled in: the script kept it from another page.
pub async fn resume(request: &PageRequest) -> Result<Answer, ScreenError> {
    let chosen = match request.form.id("patient") {
        Some(id) => vec![request.api.patient(id).await?],
        None => Vec::new(),
    };
    Ok(again(request, &html! {}, &chosen, StatusCode::OK))
}

/// The patients that match what was typed so far, as choices.
pub async fn find_patients(request: &PageRequest) -> Result<Answer, ScreenError> {
    let Some(text) = request.form.given("search") else { return Ok(Answer::html(html! {})) };
    let found = request.api.search(text, SHOWN).await?;
    Ok(Answer::html(choices(request, &found, None)))
}

pub async fn book(request: &PageRequest) -> Result<Answer, ScreenError> {
    let patient = match patient_of(request).await {
        Ok(patient) => patient,
        Err(ScreenError::Problem(problem)) => return unregistered(request, &problem).await,
        Err(failure) => return Err(failure),
    };
    let Some(patient) = patient else {
        // Enter in the search field, where there is no script.
        if let Some(text) = request.form.given("search") {
            let found = request.api.search(text, SHOWN).await?;
            return Ok(again(request, &html! {}, &found, StatusCode::OK));
        }
        let message = notice::warning(request.say(words::CHOOSE_PATIENT));
        return Ok(again(request, &message, &[], StatusCode::BAD_REQUEST));
    };
    let (body, key) = booking(request, &patient);
    match request.api.book(&body, &key).await {
        Ok(booked) if request.is_part() => {
            let message = notice::done(request.say(words::BOOKED));
            appointment::shown(request, &booked.id, &message, StatusCode::CREATED).await
        }
        Ok(booked) => Ok(Answer::see(request.to(&format!("/appointments/{}", booked.id)))),
        Err(ScreenError::Problem(problem)) => {
            let chosen = vec![request.api.patient(&patient).await?];
            let taken = taken(request, &problem).await?;
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            Ok(again(request, &refusal(request, &problem, &taken), &chosen, status))
        }
        Err(failure) => Err(failure),
    }
}

/// The body of the booking and its key: another time is another booking.
pub(crate) fn booking(request: &PageRequest, patient: &str) -> (serde_json::Value, String) {
    let form = &request.form;
    let slot = Slot::of(form);
    let choice = form.given("choice");
    let time = choice.and_then(Choice::parse);
    let time = time.unwrap_or(Choice { doctor: slot.doctor, room: slot.room, start: slot.start, end: slot.end });
    let mut body = json!({ "patient": patient });
    for (name, value) in
        [("doctor", time.doctor), ("room", time.room), ("start_datetime", time.start), ("end_datetime", time.end)]
    {
        put(&mut body, name, Some(value).filter(|value| !value.is_empty()));
    }
    put(&mut body, "reason", form.given("reason"));
    let is_overbooked = form.has("overbook");
    let told = form.given("told");
    if let Some(members) = body.as_object_mut() {
        if is_overbooked {
            members.insert("overbook".to_owned(), json!(true));
        }
        // Without a choice the clinic's setting decides.
        if let Some(told) = told {
            members.insert("notify".to_owned(), json!(told == "now"));
        }
    }
    put(&mut body, "told", told.filter(|told| *told != "now"));
    let chosen = format!("{}{}{patient}", choice.unwrap_or_default(), if is_overbooked { "+" } else { "" });
    (body, chosen_key(form.get("key"), &chosen))
}

/// The chosen patient, or a new one with the fields of the form.
async fn patient_of(request: &PageRequest) -> Result<Option<String>, ScreenError> {
    if let Some(id) = request.form.id("patient") {
        return Ok(Some(id.to_owned()));
    }
    if !request.form.has("first_name") && !request.form.has("document_number") {
        return Ok(None);
    }
    let key = format!("{}-patient", request.form.get("key"));
    let created = request.api.create_patient(&edit::body(request), &key).await?;
    Ok(Some(created.id))
}

/// The new patient was refused. If the document is registered already, that patient is offered.
async fn unregistered(request: &PageRequest, problem: &Problem) -> Result<Answer, ScreenError> {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    if problem.code == "already_exists" && crate::fields::is_id(&problem.existing_id) {
        let known = vec![request.api.patient(&problem.existing_id).await?];
        let message = notice::warning(request.say(words::THIS_ONE));
        return Ok(again(request, &message, &known, status));
    }
    Ok(again(request, &notice::problem(request, problem), &[], status))
}

/// The form again, with what was filled in.
fn again(request: &PageRequest, message: &Markup, found: &[Patient], status: StatusCode) -> Answer {
    let body = form(request, Slot::of(&request.form), message, found);
    drawer::answer(request, request.say(words::NEW_APPOINTMENT), &body, status)
}

/// The appointments of the day on which a time is taken: the problem says when, and not whose they are.
async fn taken(request: &PageRequest, problem: &Problem) -> Result<Vec<Appointment>, ScreenError> {
    let clinic = request.form.id("clinic");
    let date = problem.conflicts.first().and_then(|conflict| dates::date_of(&conflict.start_datetime));
    match (clinic, date) {
        (Some(clinic), Some(date)) => request.api.day(clinic, date).await,
        _ => Ok(Vec::new()),
    }
}

/// Whose appointment a conflict is, where the user sees it.
fn owner<'a>(conflict: &'a Conflict, taken: &'a [Appointment], slot: Slot<'_>) -> Option<&'a str> {
    let is_this = |appointment: &&Appointment| {
        let is_same = match conflict.resource.as_str() {
            "doctor" => appointment.doctor == slot.doctor,
            "room" => appointment.room == slot.room,
            _ => false,
        };
        is_same && !appointment.is_cancelled_or_moved() && appointment.start_datetime == conflict.start_datetime
    };
    conflict.patient_name.as_deref().or_else(|| Some(taken.iter().find(is_this)?.patient_name.as_str()))
}

/// Why it can't be booked: who has the time, and what is free instead.
fn refusal(request: &PageRequest, problem: &Problem, taken: &[Appointment]) -> Markup {
    let slot = Slot::of(&request.form);
    html! {
        div class="notice bad" role="alert" {
            strong { (problem.title) }
            @if !problem.detail.is_empty() && problem.detail != problem.title { p { (problem.detail) } }
            @for (field, texts) in &problem.errors { p { (request.field_name(field)) ": " (texts.join(" ")) } }
            @for conflict in &problem.conflicts {
                p {
                    (words::resource(&conflict.resource).map_or("", |word| request.say(word))) ": "
                    (dates::time_of(&conflict.start_datetime)) "–" (dates::time_of(&conflict.end_datetime))
                    @if let Some(name) = owner(conflict, taken, slot) { " · " strong { (name) } }
                }
            }
            p class="quiet small" { (request.say(words::REQUEST)) " " (request.request_id()) }
        }
        @if !problem.offers.is_empty() {
            div class="offers" {
                p { strong { (request.say(words::FREE_INSTEAD)) } }
                (offers(request, problem.offers.iter().map(|offer| Choice {
                    doctor: &offer.doctor, room: &offer.room, start: &offer.start_datetime, end: &offer.end_datetime,
                })))
            }
        }
        @if problem.code == "slot_taken" {
            p { button type="submit" name="overbook" value="1" { (request.say(words::OVERBOOK)) } " " span class="quiet small" { (request.say(words::OVERBOOK_HINT)) } }
        }
    }
}

fn form(request: &PageRequest, slot: Slot<'_>, message: &Markup, found: &[Patient]) -> Markup {
    let form = &request.form;
    let path = request.to("/booking");
    let has_new = form.has("first_name") && found.is_empty();
    let only = (found.len() == 1).then(|| found.first()).flatten();
    html! {
        form method="post" action=(path) hx-post=(path) hx-target="#drawer" class="stack" data-booking {
            // The first button is the one that Enter presses.
            button type="submit" class="sr" tabindex="-1" aria-hidden="true" { (request.say(words::BOOK)) }
            @for (name, value) in [("clinic", slot.clinic), ("doctor", slot.doctor), ("room", slot.room), ("start", slot.start), ("end", slot.end), ("place", slot.place), ("notice", slot.notice)] {
                (field::hidden(name, value))
            }
            @match form.given("key") {
                Some(key) => (field::hidden("key", key)),
                None => (field::key()),
            }
            p class="when" { strong data-fill="label" { (if slot.start.is_empty() { String::new() } else { dates::day_and_time(slot.start, request.language) }) }
                " " span class="quiet" data-fill="place" { (slot.place) } }
            (message)
            fieldset {
                legend { (request.say(words::PATIENT)) }
                (patient_search(request, &choices(request, found, only)))
                details class="new-patient" open[has_new] {
                    summary { (request.say(words::NEW_PATIENT)) }
                    div class="two" { (edit::fields(request, None, None, false)) }
                }
            }
            (field::text(TextField { name: "reason", label: request.say(words::REASON), value: form.get("reason"), ..Default::default() }))
            (actions::notify_of_new(request, !slot.notice.is_empty(), only.and_then(|patient| patient.phone_number.as_deref())))
            (actions::preview(request, "/booking/preview", "change from:'closest form' delay:200ms", None))
            button type="submit" class="primary wide" { (request.say(words::BOOK)) }
        }
    }
}

/// The field that finds patients, with those that it found so far. The script asks again as the user types.
pub(crate) fn patient_search(request: &PageRequest, choices: &Markup) -> Markup {
    html! {
        div class="inline" {
            label class="field grow" {
                span { (request.say(words::SEARCH_PATIENT)) }
                input type="search" name="search" value=(request.form.get("search")) autocomplete="off" placeholder=(request.say(words::SEARCH_HINT))
                    hx-post=(request.to("/booking/patients")) hx-trigger="input changed delay:250ms" hx-target="next .matches" hx-sync="this:replace" data-first;
            }
            button type="submit" class="noscript" formnovalidate { (request.say(words::SEARCH)) }
        }
        div class="matches" { (choices) }
    }
}

/// Patients as choices of the form.
pub(crate) fn choices(request: &PageRequest, found: &[Patient], chosen: Option<&Patient>) -> Markup {
    html! {
        @if found.is_empty() && request.form.has("search") {
            p class="quiet" { (request.say(words::NOBODY_FOUND)) }
        }
        @for patient in found {
            label class="choice" {
                input type="radio" name="patient" value=(patient.id) checked[chosen.is_some_and(|chosen| chosen.id == patient.id)]
                    data-phone=(patient.phone_number.as_deref().unwrap_or(request.say(words::PATIENTS_NUMBER)));
                span { strong { (patient.full_name) } br;
                    span class="quiet small" {
                        (patient.document_type.as_deref().unwrap_or_default()) " " (patient.document_number.as_deref().unwrap_or_default())
                        @if let Some(phone) = &patient.phone_number { " · " (phone) }
                    }
                }
            }
        }
    }
}
