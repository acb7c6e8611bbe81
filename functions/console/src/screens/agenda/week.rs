//! The week of one doctor, at all clinics that the user sees: a column for each day, and for each zone where the clinics of
//! a day are in several.

use super::column::{Column, is_shown};
use super::{ColumnKind, View, board, now_minute};
use crate::answer::Answer;
use crate::api::{Appointment, Availability, Clinic, Doctor, ScreenError};
use crate::dates;
use crate::page::{self, Frame, Tab};
use crate::parts::field;
use crate::request::PageRequest;
use crate::screens::booking;
use crate::words::{self, Word};
use domain::time::{Days, LocalDate, monday_of, parse_date};
use futures_util::future;
use maud::{Markup, html};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The days of a week, from its first on.
const DAYS: u64 = 7;

/// The doctor and the days that the address of the page chooses.
struct Week {
    doctor: Option<String>,
    from: LocalDate,
    to: LocalDate,
    availability: Vec<Availability>,
    appointments: Vec<Appointment>,
}

impl Week {
    async fn load(request: &PageRequest, doctor: Option<String>, today: LocalDate) -> Result<Self, ScreenError> {
        let from = parse_date(request.query.get("from")).unwrap_or_else(|_| monday_of(today));
        let to = from.checked_add_days(Days::new(DAYS - 1)).unwrap_or(from);
        let (availability, appointments) = match doctor.as_deref() {
            Some(doctor) => {
                let api = &request.api;
                future::try_join(api.hours_of(doctor, from, to), api.appointments_with(doctor, from, to)).await?
            }
            None => (Vec::new(), Vec::new()),
        };
        Ok(Self { doctor, from, to, availability, appointments })
    }

    fn path(&self, page: &str, clinic: &str, from: LocalDate) -> String {
        let doctor = self.doctor.as_deref().map(|doctor| format!("&doctor={doctor}")).unwrap_or_default();
        format!("{page}?clinic={clinic}{doctor}&from={from}")
    }
}

pub(crate) async fn show(request: &PageRequest) -> Result<Answer, ScreenError> {
    let frame = Frame::load(request).await?;
    let Some(clinic) = frame.clinic() else { return Ok(super::without_clinic(request, &frame)) };
    let today = frame.today(request);
    let (doctors, week) = if let Some(chosen) = request.query.id("doctor").map(str::to_owned) {
        future::try_join(request.api.doctors(&clinic.id), Week::load(request, Some(chosen), today)).await?
    } else {
        let doctors = request.api.doctors(&clinic.id).await?;
        let first = doctors.first().map(|doctor| doctor.id.clone());
        (doctors, Week::load(request, first, today).await?)
    };
    let title = format!("{} · {}", request.say(words::WEEK), dates::in_words(week.from, request.language));
    let main = html! {
        (head(request, &week, &clinic.id, &doctors))
        (part(request, &week, &clinic.id, &frame.clinics))
        (booking::template(request, clinic))
    };
    Ok(page::whole(request, &frame, Tab::Agenda, &title, &main))
}

/// The part of the page that is asked for again and again.
pub(crate) async fn show_days(request: &PageRequest) -> Result<Answer, ScreenError> {
    let clinics = request.api.clinics().await?;
    let clinic = clinics.iter().find(|clinic| clinic.id == request.query.get("clinic")).ok_or(ScreenError::NotFound)?;
    let chosen = request.query.id("doctor").map(str::to_owned);
    let week = Week::load(request, chosen, clinic.zone().date(request.now)).await?;
    Ok(Answer::polled(part(request, &week, &clinic.id, &clinics)))
}

fn head(request: &PageRequest, week: &Week, clinic: &str, doctors: &[Doctor]) -> Markup {
    let name = week
        .doctor
        .as_deref()
        .and_then(|id| doctors.iter().find(|doctor| doctor.id == id))
        .map(|doctor| doctor.full_name.as_str())
        .or_else(|| week.availability.first().map(|hours| hours.doctor_name.as_str()))
        .or_else(|| week.appointments.first().map(|appointment| appointment.doctor_name.as_str()));
    let on = |date: Option<LocalDate>| request.to(&week.path("/week", clinic, date.unwrap_or(week.from)));
    let icon = |link: String, sign: &str, word: Word, key: &str| {
        html! { a class="icon" href=(link) title=(request.say(word)) aria-label=(request.say(word)) data-key=(key) { (sign) } }
    };
    let days = |date: LocalDate| dates::in_words(date, request.language);
    html! {
        div class="head" {
            h1 { (name.unwrap_or(request.say(words::WEEK))) }
            nav class="days" aria-label=(request.say(words::WEEK)) {
                (icon(on(week.from.checked_sub_days(Days::new(DAYS))), "‹", words::WEEK_BEFORE, "["))
                span { (days(week.from)) " – " (days(week.to)) }
                (icon(on(week.from.checked_add_days(Days::new(DAYS))), "›", words::WEEK_AFTER, "]"))
            }
            form method="get" action=(request.to("/week")) data-submit class="date" {
                (field::hidden("clinic", clinic))
                select name="doctor" aria-label=(request.say(words::DOCTOR)) {
                    @for doctor in doctors {
                        option value=(doctor.id) selected[week.doctor.as_deref() == Some(doctor.id.as_str())] { (doctor.full_name) }
                    }
                }
                input type="date" name="from" value=(week.from) aria-label=(request.say(words::FROM_DAY));
                button type="submit" { (request.say(words::SHOW)) }
            }
        }
    }
}

fn part(request: &PageRequest, week: &Week, clinic: &str, clinics: &[Clinic]) -> Markup {
    // What the board's slots and appointments need of a view of one day.
    let view = View {
        clinic: clinic.to_owned(),
        date: week.from,
        by: ColumnKind::Doctor,
        with_cancelled: false,
        hidden: Vec::new(),
    };
    let columns = columns(request, week, clinics);
    html! {
        section id="day" data-poll hx-get=(request.to(&week.path("/week/days", clinic, week.from))) hx-trigger="poll" hx-swap="outerMorph" {
            @if columns.is_empty() { p class="empty" { (request.say(words::NO_HOURS)) } }
            @else { (board::board(request, &view, &columns.iter().collect::<Vec<_>>())) }
        }
    }
}

/// The columns by day and zone. Where the week has several zones, each column says which clinics' time it is.
fn columns<'a>(request: &PageRequest, week: &'a Week, clinics: &'a [Clinic]) -> Vec<Column<'a>> {
    let zone_of =
        |id: &str| clinics.iter().find(|clinic| clinic.id == id).map_or("", |clinic| clinic.timezone.as_str());
    let appointments = || week.appointments.iter().filter(|appointment| is_shown(appointment, false));
    let zones: BTreeSet<&str> = week
        .availability
        .iter()
        .map(|hours| zone_of(&hours.clinic))
        .chain(appointments().map(|appointment| zone_of(&appointment.clinic)))
        .collect();
    let mut columns: BTreeMap<(LocalDate, &str), Column<'a>> = BTreeMap::new();
    let new = |date: LocalDate, zone: &str| {
        let clinic = clinics.iter().find(|clinic| clinic.timezone == zone);
        let mut name = dates::in_words(date, request.language);
        if zones.len() > 1 {
            name = format!(
                "{name} · {} {}",
                request.say(words::TIME_OF),
                clinic.map_or(zone, |clinic| clinic.name.as_str())
            );
        }
        let id = format!("{date}-{}", zones.iter().position(|known| *known == zone).unwrap_or_default());
        let mut column = Column::new(id, Cow::Owned(name));
        column.link = clinic.map(|clinic| format!("/agenda?clinic={}&date={date}", clinic.id));
        column.now = clinic.and_then(|clinic| now_minute(clinic, date, request.now));
        column
    };
    for hours in &week.availability {
        let Ok(date) = parse_date(&hours.date) else { continue };
        let zone = zone_of(&hours.clinic);
        let column = columns.entry((date, zone)).or_insert_with(|| new(date, zone));
        column.add_other(&hours.clinic_name);
        column.add_availability(hours, date);
    }
    for appointment in appointments() {
        let Some(date) = dates::date_of(&appointment.start_datetime) else { continue };
        let zone = zone_of(&appointment.clinic);
        let column = columns.entry((date, zone)).or_insert_with(|| new(date, zone));
        column.add_other(&appointment.clinic_name);
        column.add_appointment(appointment, date);
    }
    let mut columns: Vec<_> = columns.into_values().collect();
    for column in &mut columns {
        column.arrange();
    }
    columns
}
