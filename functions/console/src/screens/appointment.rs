//! One appointment: a drawer beside the agenda, or a page of its own.

use crate::answer::Answer;
use crate::api::{Appointment, Clinic, FreeSlot, HistoryEntry, Notification, Patient, Precondition, ScreenError, User};
use crate::dates;
use crate::fields::encoded;
use crate::parts::versions::{self, FieldVersions};
use crate::parts::{actions, drawer, field, notice, state};
use crate::request::PageRequest;
use crate::screens::action_body::{Choice, action_body, chosen_key};
use crate::words;
use domain::lifecycle::Action;
use domain::time::{LocalDate, Zone, parse_date};
use futures_util::future;
use http::StatusCode;
use maud::{Markup, html};
use serde_json::json;

/// How many free times are offered for a move.
const OFFERED: usize = 15;

/// Everything that the drawer shows.
struct AppointmentDetail {
    user: User,
    appointment: Appointment,
    history: Vec<HistoryEntry>,
    notifications: Vec<Notification>,
    patient: Patient,
    clinics: Vec<Clinic>,
}

impl AppointmentDetail {
    async fn load(request: &PageRequest, id: &str) -> Result<Self, ScreenError> {
        let api = &request.api;
        let (user, appointment, history) = future::try_join3(api.me(), api.appointment(id), api.history(id)).await?;
        let (notifications, patient, clinics) =
            future::try_join3(api.notifications(id), api.patient(&appointment.patient), api.clinics()).await?;
        Ok(Self { user, appointment, history, notifications, patient, clinics })
    }

    fn zone(&self) -> Zone {
        let clinic = self.clinics.iter().find(|clinic| clinic.id == self.appointment.clinic);
        clinic.map_or_else(Zone::utc, Clinic::zone)
    }
}

pub async fn show(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    shown(request, id, &html! {}, StatusCode::OK).await
}

/// The appointment with a message above it.
pub(crate) async fn shown(
    request: &PageRequest,
    id: &str,
    message: &Markup,
    status: StatusCode,
) -> Result<Answer, ScreenError> {
    let shown = AppointmentDetail::load(request, id).await?;
    let body = html! { (message) (contents(request, &shown)) };
    Ok(drawer::answer(request, &shown.appointment.patient_name, &body, status))
}

/// Takes an action. What the API refuses is said above the appointment as it is now.
pub async fn act(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let form = &request.form;
    let body = action_body(form);
    let key = form.given("choice").map(|choice| chosen_key(form.get("key"), choice));
    let key = key.as_deref().or(form.given("key"));
    let precondition = Precondition { version: form.given("version"), idempotency_key: key };
    match request.api.act(id, &body, precondition).await {
        Ok(changed) if request.is_part() => {
            let message = match form.get("action") == Action::Confirm.name() {
                true => confirmed(request, &changed),
                false => notice::done(request.say(state::look(&changed).word)),
            };
            shown(request, &changed.id, &message, StatusCode::OK).await
        }
        Ok(changed) => Ok(Answer::see(request.to(&format!("/appointments/{}", changed.id)))),
        Err(failure) => refused(request, id, failure).await,
    }
}

/// Says that it is confirmed. For some seconds one click takes it back: the script removes it then.
fn confirmed(request: &PageRequest, appointment: &Appointment) -> Markup {
    let path = request.to(&format!("/appointments/{}/actions", appointment.id));
    html! {
        form class="notice good undo" role="status" data-brief method="post" action=(path) hx-post=(path) hx-target="#drawer" {
            (actions::hidden_fields(appointment, Action::Unconfirm))
            (request.say(words::CONFIRMED)) " · "
            button type="submit" class="link" { (request.say(words::UNDO)) }
        }
    }
}

/// Changes reason and notes, or takes the appointment off the worklist.
pub async fn edit_notes(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let form = &request.form;
    let body = if form.has("settled") {
        json!({ "needs_attention": false })
    } else {
        json!({ "reason": form.given("reason"), "notes": form.given("notes") })
    };
    match request.api.edit_appointment(id, &body, form.given("version")).await {
        Ok(_) if request.is_part() => {
            shown(request, id, &notice::done(request.say(words::SAVED)), StatusCode::OK).await
        }
        Ok(_) => Ok(Answer::see(request.to(&format!("/appointments/{id}")))),
        Err(failure) => refused(request, id, failure).await,
    }
}

async fn refused(request: &PageRequest, id: &str, failure: ScreenError) -> Result<Answer, ScreenError> {
    let ScreenError::Problem(problem) = failure else { return Err(failure) };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
    if problem.code == "precondition_failed" {
        let detail = AppointmentDetail::load(request, id).await?;
        let body = html! { (both_versions(request, &detail)) (contents(request, &detail)) };
        return Ok(drawer::answer(request, &detail.appointment.patient_name, &body, status));
    }
    shown(request, id, &notice::problem(request, &problem), status).await
}

/// What the user wanted beside what is saved, and who saved it.
fn both_versions(request: &PageRequest, detail: &AppointmentDetail) -> Markup {
    let AppointmentDetail { appointment, history, .. } = detail;
    let form = &request.form;
    let last = history.last();
    let by = last.map(|entry| entry.actor.name.as_deref().unwrap_or(request.say(words::THE_SYSTEM)));
    let back = request.to(&format!("/appointments/{}", appointment.id));
    let version = appointment.version;
    let choice = form.given("choice").and_then(Choice::parse);
    let wanted = words::action(form.get("action")).map(|word| request.say(word)).unwrap_or_default();
    let wanted = match choice {
        Some(choice) => format!("{wanted}: {}", dates::day_and_time(choice.start, request.language)),
        None => wanted.to_owned(),
    };
    let now = format!("{} · {}", request.say(state::look(appointment).word), actions::when(request, appointment));
    let (reason, notes) = (appointment.reason.as_deref(), appointment.notes.as_deref());
    let is_edit = !form.has("action") && !form.has("settled");
    let (fields, path) = if is_edit {
        let field = |label, own, saved: Option<&'_ str>| (label, own, saved.unwrap_or_default().to_owned());
        let fields = vec![
            field(words::REASON, form.get("reason").to_owned(), reason),
            field(words::NOTES, form.get("notes").to_owned(), notes),
        ];
        (fields, format!("{back}/notes"))
    } else if form.has("settled") {
        (vec![(words::NEEDS_ATTENTION, request.say(words::SETTLED).to_owned(), now)], format!("{back}/notes"))
    } else {
        (vec![(words::STATE, wanted, now)], format!("{back}/actions"))
    };
    let fields: Vec<FieldVersions<'_>> =
        fields.iter().map(|(label, own, saved)| FieldVersions { label: request.say(*label), own, saved }).collect();
    html! {
        (versions::table(request, &fields, by))
        (versions::choices(request, &path, &back, version))
    }
}

fn contents(request: &PageRequest, shown: &AppointmentDetail) -> Markup {
    let AppointmentDetail { user, appointment, history, notifications, patient, .. } = shown;
    let allowed = actions::allowed(appointment, user, shown.zone(), request.now);
    let card = request.to(&format!("/patients/{}", patient.id));
    let again = request.to(&format!("/appointments/{}/again", appointment.id));
    let notes_path = request.to(&format!("/appointments/{}/notes", appointment.id));
    html! {
        p class="lead" { (state::badge(request, appointment)) @if appointment.overbook { " " span class="badge" { (request.say(words::OVERBOOKED)) } } }
        p class="when" { strong { (actions::when(request, appointment)) } br;
            (appointment.doctor_name) " · " (appointment.room_name) " · " (appointment.clinic_name) }
        @if let Some(phone) = &patient.phone_number {
            p class="phone" { a href={ "tel:" (phone) } { (phone) } }
        }
        p class="quiet" {
            (patient.document_type.as_deref().unwrap_or_default()) " " (patient.document_number.as_deref().unwrap_or_default())
            " · " a href=(card) { (request.say(words::CARD)) }
            " · " a href=(request.to(&format!("/appointments/{}/slip", appointment.id))) { (request.say(words::SLIP)) }
        }
        @if let Some(to) = &appointment.rescheduled_to {
            p { a class="button" href=(request.to(&format!("/appointments/{to}"))) { (request.say(words::NEW_APPOINTMENT_IS)) } }
        }
        @if let Some(reason) = &appointment.cancel_reason { p { (request.say(words::CANCEL_REASON)) ": " (reason) } }
        @if appointment.needs_attention { (attention(request, appointment, &notes_path)) }
        (actions::forms(request, appointment, &allowed, (&again, patient.phone_number.as_deref())))
        section {
            h3 { (request.say(words::MESSAGES)) }
            (messages(request, notifications))
        }
        details open[appointment.notes.is_some()] {
            summary { (request.say(words::REASON_AND_NOTES)) @if let Some(reason) = &appointment.reason { ": " (reason) } }
            form method="post" action=(notes_path) hx-post=(notes_path) hx-target="#drawer" class="stack" {
                (field::hidden("version", &appointment.version.to_string()))
                (field::text(field::TextField {
                    name: "reason", label: request.say(words::REASON), value: appointment.reason.as_deref().unwrap_or_default(),
                    ..Default::default()
                }))
                (field::area("notes", request.say(words::NOTES), appointment.notes.as_deref().unwrap_or_default()))
                button type="submit" { (request.say(words::SAVE)) }
            }
        }
        details {
            summary { (request.say(words::HISTORY)) " (" (history.len()) ")" }
            (past(request, history))
        }
    }
}

fn attention(request: &PageRequest, appointment: &Appointment, path: &str) -> Markup {
    html! {
        form class="notice warn" method="post" action=(path) hx-post=(path) hx-target="#drawer" {
            (field::hidden("version", &appointment.version.to_string()))
            (field::hidden("settled", "1"))
            strong { (request.say(words::NEEDS_ATTENTION)) }
            ul {
                @for reason in &appointment.attention {
                    li { (words::worklist_kind(&reason.kind).map_or(reason.kind.as_str(), |word| request.say(word))) }
                }
            }
            button type="submit" { (request.say(words::SETTLED)) }
        }
    }
}

/// The messages to the patient with their states, as a messenger shows them.
fn messages(request: &PageRequest, notifications: &[Notification]) -> Markup {
    html! {
        @if notifications.is_empty() { p class="quiet" { (request.say(words::NO_MESSAGES)) } }
        ul class="messages" {
            @for message in notifications {
                @let known = state::message(&message.status);
                li {
                    span class="sign" aria-hidden="true" { (known.map_or("·", |(sign, _)| sign)) }
                    span {
                        (words::message_kind(&message.template, &message.kind).map_or(message.kind.as_str(), |word| request.say(word)))
                        ": " (known.map_or(message.status.as_str(), |(_, word)| request.say(word)))
                        small class="quiet" {
                            (dates::short(message.read_at.as_deref().or(message.delivered_at.as_deref()).or(message.sent_at.as_deref()).unwrap_or(&message.due_at)))
                            @if let Some(to) = &message.to { " · " (to) }
                        }
                    }
                }
            }
        }
    }
}

/// By whom, when and through what.
fn past(request: &PageRequest, history: &[HistoryEntry]) -> Markup {
    html! {
        ol class="history" {
            @for entry in history.iter().rev() {
                li {
                    strong { (words::action(&entry.action).map_or(entry.action.as_str(), |word| request.say(word))) }
                    " · " (entry.actor.name.as_deref().unwrap_or(request.say(words::THE_SYSTEM)))
                    @if entry.channel == "whatsapp" { " (WhatsApp)" }
                    " " span class="quiet small" { (dates::short(&entry.created_at)) }
                    @if let Some(reason) = &entry.reason { br; (reason) }
                }
            }
        }
    }
}

/// The free times that an appointment can be moved to.
pub async fn show_times(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let (appointment, clinics) = future::try_join(request.api.appointment(id), request.api.clinics()).await?;
    let zone = clinics.iter().find(|clinic| clinic.id == appointment.clinic).map_or_else(Zone::utc, Clinic::zone);
    let today = zone.date(request.now);
    let from = parse_date(request.query.get("date_from")).unwrap_or(today).max(today);
    let times = request.api.free_slots(&appointment.clinic, &appointment.doctor, from, OFFERED);
    let (times, patient) = future::try_join(times, request.api.patient(&appointment.patient)).await?;
    let body = times_form(request, &appointment, &times, (from, patient.phone_number.as_deref()));
    let title = format!("{}: {}", request.say(words::MOVE), appointment.patient_name);
    Ok(drawer::answer(request, &title, &body, StatusCode::OK))
}

/// The free times of the same doctor, for another appointment of the same patient.
pub async fn show_times_for_another(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let (appointment, clinics) = future::try_join(request.api.appointment(id), request.api.clinics()).await?;
    let zone = clinics.iter().find(|clinic| clinic.id == appointment.clinic).map_or_else(Zone::utc, Clinic::zone);
    let today = zone.date(request.now);
    let from = parse_date(request.query.get("date_from")).unwrap_or(today).max(today);
    let times = request.api.free_slots(&appointment.clinic, &appointment.doctor, from, OFFERED).await?;
    let again = request.to(&format!("/appointments/{id}/again"));
    let body = html! {
        p { (appointment.doctor_name) " · " (appointment.clinic_name) }
        (from_day(request, &again, from))
        @if times.is_empty() { p class="empty" { (request.say(words::NO_TIMES)) } }
        @for (date, times) in by_day(times.iter().map(|time| (time, time.start_datetime.as_str()))) {
            h3 { (date.map(|date| dates::in_words(date, request.language)).unwrap_or_default()) }
            div class="times" {
                @for time in times {
                    @let link = request.to(&format!("/booking?clinic={}&doctor={}&room={}&start={}&end={}&patient={}", time.clinic, time.doctor,
                        time.room, encoded(&time.start_datetime), encoded(&time.end_datetime), appointment.patient));
                    a class="button" href=(link) hx-get=(link) hx-target="#drawer" { (dates::time_of(&time.start_datetime)) }
                }
            }
        }
    };
    let title = format!("{}: {}", request.say(words::ANOTHER), appointment.patient_name);
    Ok(drawer::answer(request, &title, &body, StatusCode::OK))
}

/// The form that shows times from another day on.
fn from_day(request: &PageRequest, path: &str, from: LocalDate) -> Markup {
    html! {
        form method="get" action=(path) hx-get=(path) hx-target="#drawer" class="inline" {
            label class="field" { span { (request.say(words::FROM_DAY)) } input type="date" name="date_from" value=(from); }
            button type="submit" { (request.say(words::SHOW)) }
        }
    }
}

/// Consecutive entries by their day.
fn by_day<'a, T>(entries: impl Iterator<Item = (T, &'a str)>) -> Vec<(Option<LocalDate>, Vec<T>)> {
    let mut days: Vec<(Option<LocalDate>, Vec<T>)> = Vec::new();
    for (entry, start) in entries {
        let date = dates::date_of(start);
        match days.last_mut() {
            Some((last, entries)) if *last == date => entries.push(entry),
            _ => days.push((date, vec![entry])),
        }
    }
    days
}

fn times_form(
    request: &PageRequest,
    appointment: &Appointment,
    times: &[FreeSlot],
    (from, phone): (LocalDate, Option<&str>),
) -> Markup {
    let path = request.to(&format!("/appointments/{}/actions", appointment.id));
    let again = request.to(&format!("/appointments/{}/move", appointment.id));
    let back = request.to(&format!("/appointments/{}", appointment.id));
    html! {
        p { (request.say(words::NOW_AT)) ": " strong { (actions::when(request, appointment)) } br; (appointment.doctor_name) }
        (from_day(request, &again, from))
        @if times.is_empty() { p class="empty" { (request.say(words::NO_TIMES)) } }
        form method="post" action=(path) hx-post=(path) hx-target="#drawer" {
            (actions::hidden_fields(appointment, Action::Reschedule))
            @if let Some(chosen) = request.query.given("choice").and_then(Choice::parse) {
                p { button type="submit" name="choice" value=(chosen.value()) class="primary wide" data-first {
                    (request.say(words::MOVE_TO)) " " (dates::day_and_time(chosen.start, request.language))
                } }
            }
            (actions::notify(request, phone))
            @if let Some(chosen) = request.query.given("choice") {
                (actions::preview(request, &actions::preview_path(appointment), "load, change from:'closest form'", Some(chosen)))
            }
            // Without an end the appointment keeps its length.
            (offers(request, times.iter().map(|time| Choice {
                doctor: &time.doctor, room: &time.room, start: &time.start_datetime, end: "",
            })))
        }
        p { a class="button quiet" href=(back) hx-get=(back) hx-target="#drawer" { (request.say(words::BACK)) } }
    }
}

/// Free times as buttons, by day.
pub(crate) fn offers<'a>(request: &PageRequest, times: impl Iterator<Item = Choice<'a>>) -> Markup {
    html! {
        @for (date, times) in by_day(times.map(|time| (time, time.start))) {
            h3 { (date.map(|date| dates::in_words(date, request.language)).unwrap_or_default()) }
            div class="times" {
                @for time in times {
                    button type="submit" name="choice" value=(time.value()) { (dates::time_of(time.start)) }
                }
            }
        }
    }
}
