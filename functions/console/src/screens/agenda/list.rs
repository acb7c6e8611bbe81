//! The day as a list for each column, to be printed: with phone, document and reason, free slots, and room for a tick.

use super::column::{Column, columns};
use super::{ColumnKind, Day, View};
use crate::api::{Appointment, Slot};
use crate::dates;
use crate::parts::state;
use crate::request::PageRequest;
use crate::words;
use maud::{Markup, html};

/// One line: an appointment or a free slot.
enum Line<'a> {
    Appointment(&'a Appointment),
    Free(&'a Slot),
}

pub(crate) fn page(request: &PageRequest, view: &View, day: &Day, title: &str) -> Markup {
    let columns = columns(view, day, None);
    html! {
        div class="head" {
            h1 { (title) }
            div class="choices noprint" {
                button type="button" class="primary" data-print { (request.say(words::PRINT)) }
                a class="button" href=(request.to(&view.path("/agenda"))) { (request.say(words::TO_AGENDA)) }
            }
        }
        @if columns.is_empty() { p class="empty" { (request.say(words::NOBODY_WORKS)) } }
        @for column in columns.iter().filter(|column| !view.hidden.contains(&column.id)) { (table(request, view, column)) }
    }
}

fn table(request: &PageRequest, view: &View, column: &Column<'_>) -> Markup {
    let appointments = column.entries.iter().map(|entry| (entry.stretch.from, Line::Appointment(entry.appointment)));
    let slots = column.slots.iter().map(|free| (free.stretch.from, Line::Free(free.slot)));
    let mut lines: Vec<(u32, Line<'_>)> = appointments.chain(slots).collect();
    lines.sort_by_key(|(from, _)| *from);
    html! {
        section class="sheet" {
            h2 { (column.name) " " span class="quiet small" { (column.others.join(", ")) } }
            div class="scroll" tabindex="0" role="region" aria-label=(column.name) {
                table {
                    thead { tr {
                        th { span class="sr" { (request.say(words::ARRIVED)) } "☐" }
                        th { (request.say(words::TIME)) }
                        th { (request.say(words::PATIENT)) }
                        th { (request.say(words::DOCUMENT)) }
                        th { (request.say(words::PHONE)) }
                        th { (request.say(if view.by == ColumnKind::Room { words::DOCTOR } else { words::REASON })) }
                        th { (request.say(words::STATE)) }
                    } }
                    tbody {
                        @for (_, line) in &lines {
                            @match line {
                                Line::Free(slot) => tr class="quiet" {
                                    td {} td { (dates::time_of(&slot.start_datetime)) } td colspan="5" { (request.say(words::FREE)) }
                                },
                                Line::Appointment(appointment) => (row(request, view, appointment)),
                            }
                        }
                    }
                }
            }
        }
    }
}

fn row(request: &PageRequest, view: &View, appointment: &Appointment) -> Markup {
    let detail = appointment.patient_detail.as_ref();
    let document = detail.and_then(|detail| {
        Some(format!("{} {}", detail.document_type.as_deref()?, detail.document_number.as_deref()?))
    });
    let look = state::look(appointment);
    let second = if view.by == ColumnKind::Room {
        Some(appointment.doctor_name.as_str())
    } else {
        appointment.reason.as_deref()
    };
    html! {
        tr {
            td { "☐" }
            td { (dates::time_of(&appointment.start_datetime)) @if appointment.overbook { " +1" } }
            td { strong { (appointment.patient_name) } }
            td { (document.unwrap_or_default()) }
            td { (detail.and_then(|detail| detail.phone_number.as_deref()).unwrap_or_default()) }
            td { (second.unwrap_or_default()) }
            td { (look.sign) " " (request.say(look.word)) }
        }
    }
}
