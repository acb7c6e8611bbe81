//! The board of a day: a grid with a row for five minutes, and an ordered list for each column.

use super::column::{Column, Entry, Free, Stretch};
use super::{ColumnKind, View};
use crate::assets::{MINUTES_PER_ROW, grid_place};
use crate::dates;
use crate::fields::encoded;
use crate::parts::state;
use crate::request::PageRequest;
use crate::words;
use domain::appointment::Status;
use maud::{Markup, html};

/// The hours of a day on which only appointments outside of all hours are known.
const USUAL: Stretch = Stretch { from: 8 * 60, until: 18 * 60 };
/// The class of a board by its shortest appointment or slot, in minutes: what is short needs higher rows, so that its
/// place has the 24 pixels that a finger hits.
fn density(shortest: u32) -> &'static str {
    match shortest {
        0..20 => "board fine",
        20..30 => "board close",
        _ => "board",
    }
}

pub(crate) fn board(request: &PageRequest, view: &View, columns: &[&Column<'_>]) -> Markup {
    let stretches = || columns.iter().flat_map(|column| column.stretches());
    let from = stretches().map(|stretch| stretch.from).min().unwrap_or(USUAL.from) / 60 * 60;
    let until = stretches().map(|stretch| stretch.until).max().unwrap_or(USUAL.until).div_ceil(60) * 60;
    let day = Stretch { from, until };
    let slots = columns.iter().flat_map(|column| &column.slots).map(|free| free.stretch);
    let entries = columns.iter().flat_map(|column| &column.entries).map(|entry| entry.stretch);
    let shortest = slots.chain(entries).map(|stretch| stretch.until - stretch.from).min().unwrap_or(60);
    html! {
        div class=(density(shortest)) tabindex="0" role="region" aria-label=(request.say(words::AGENDA)) {
            ol class="hours" aria-hidden="true" {
                @for hour in (from / 60)..(until / 60) { li { (format!("{hour:02}:00")) } }
            }
            @for column in columns { (one(request, view, column, day)) }
        }
    }
}

/// The class of a place in the grid.
fn place(stretch: Stretch, day: Stretch) -> String {
    let from = stretch.from.clamp(day.from, day.until);
    let row = (from - day.from) / MINUTES_PER_ROW;
    let rows = stretch.until.clamp(from, day.until).saturating_sub(from).div_ceil(MINUTES_PER_ROW).max(1);
    grid_place(row, rows)
}

fn one(request: &PageRequest, view: &View, column: &Column<'_>, day: Stretch) -> Markup {
    let heading = format!("column-{}", column.id);
    html! {
        section class="column" aria-labelledby=(heading) {
            header {
                h2 id=(heading) title=(column.name) {
                    @if let Some(link) = &column.link { a href=(request.to(link)) { (column.name) } } @else { (column.name) }
                }
                p class="quiet small" {
                    (column.others.join(", ")) " · " (column.free()) " " (request.say(words::FREE_MANY))
                }
            }
            ol class="cells" {
                @for hours in &column.hours { li class={ "open " (place(*hours, day)) } aria-hidden="true" {} }
                li class={ "end " (place(Stretch { from: day.until - 1, until: day.until }, day)) } aria-hidden="true" {}
                @for closed in &column.closed {
                    li class={ "closed " (place(closed.stretch, day)) } {
                        span { (closed.text.unwrap_or(request.say(if closed.is_room_busy { words::ROOM_BUSY } else { words::BLOCKED }))) }
                    }
                }
                @for free in &column.slots { (slot(request, view, free, day)) }
                @for entry in &column.entries { (appointment(request, view, entry, day)) }
                @if let Some(now) = column.now.filter(|now| (day.from..day.until).contains(now)) {
                    li class={ "now " (place(Stretch { from: now, until: now + 1 }, day)) } aria-hidden="true" {}
                }
            }
        }
    }
}

fn slot(request: &PageRequest, view: &View, free: &Free<'_>, day: Stretch) -> Markup {
    let (slot, availability) = (free.slot, free.availability);
    let time = dates::time_of(&slot.start_datetime);
    let path = format!(
        "/booking?clinic={}&doctor={}&room={}&start={}&end={}",
        availability.clinic,
        availability.doctor,
        availability.room,
        encoded(&slot.start_datetime),
        encoded(&slot.end_datetime)
    );
    let when = dates::day_and_time(&slot.start_datetime, request.language);
    let label = format!("{when}, {}", availability.doctor_name);
    // The form in the page is for the clinic of the page.
    let other_clinic = (availability.clinic != view.clinic).then_some(&availability.clinic);
    let number: String =
        slot.start_datetime.chars().take("2025-12-15T10:00".len()).filter(char::is_ascii_digit).collect();
    html! {
        li id={ "slot-" (availability.doctor) "-" (availability.room) "-" (number) } class={ "slot " (place(free.stretch, day)) } {
            a href=(request.to(&path)) data-slot data-doctor=(availability.doctor) data-room=(availability.room)
                data-clinic=[other_clinic] data-start=(slot.start_datetime) data-end=(slot.end_datetime)
                data-label=(when) data-place={ (availability.doctor_name) " · " (availability.room_name) }
                aria-label={ (request.say(words::FREE)) ", " (label) } { (time) }
        }
    }
}

fn appointment(request: &PageRequest, view: &View, entry: &Entry<'_>, day: Stretch) -> Markup {
    let appointment = entry.appointment;
    let look = state::look(appointment);
    let link = request.to(&format!("/appointments/{}", appointment.id));
    let half = match entry.half {
        None => "",
        Some(false) => " left",
        Some(true) => " right",
    };
    let rows = (entry.stretch.until - entry.stretch.from) / MINUTES_PER_ROW;
    let is_by_patient =
        appointment.status == Status::Confirmed && appointment.confirmed_via.as_deref() == Some("whatsapp");
    // What has not been sent says nothing about the patient.
    let message = appointment
        .reminder
        .as_ref()
        .filter(|reminder| !["pending", "cancelled", "expired"].contains(&reminder.status.as_str()));
    let message = message.and_then(|reminder| state::message(&reminder.status));
    let phone = appointment.patient_detail.as_ref().and_then(|detail| detail.phone_number.as_deref());
    let second = if view.by == ColumnKind::Room {
        Some(appointment.doctor_name.as_str())
    } else {
        appointment.reason.as_deref()
    };
    html! {
        li id={ "appointment-" (appointment.id) } class={ "entry " (look.class) " " (place(entry.stretch, day)) (half) } {
            a href=(link) hx-get=(link) hx-target="#drawer" data-entry title={ (appointment.patient_name) " · " (request.say(look.word)) } {
                span class="line" {
                    span class="time" { (dates::time_of(&appointment.start_datetime)) }
                    span class="sign" aria-hidden="true" { (look.sign) }
                    strong { (appointment.patient_name) }
                    @if appointment.overbook { span class="tag" title=(request.say(words::OVERBOOKED)) { "+1" } }
                    @if appointment.needs_attention { span class="tag alert" title=(request.say(words::NEEDS_ATTENTION)) { "!" } }
                    @if let Some((sign, word)) = message { span class="tag" title={ (request.say(words::REMINDER)) ": " (request.say(word)) } { (sign) } }
                    @if is_by_patient { span class="tag" title=(request.say(words::BY_WHATSAPP)) { "WA" } }
                }
                @if rows >= 6 {
                    span class="line more" {
                        span class="word" { (request.say(look.word)) }
                        @if let Some(until) = appointment.hold_until.as_deref() { span { (request.say(words::HELD_UNTIL)) " " (dates::time_of(until)) } }
                        @if let Some(phone) = phone { span class="phone" { (phone) } }
                        @if let Some(second) = second { span class="second" { (second) } }
                    }
                } @else { span class="sr" { (request.say(look.word)) } }
            }
        }
    }
}
