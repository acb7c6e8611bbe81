//! The agenda: the day of a clinic, with a column for each doctor or room.

mod board;
mod column;
mod list;
pub(crate) mod week;

use crate::answer::Answer;
use crate::api::{Appointment, Availability, Clinic, Holiday, ScreenError};
use crate::dates;
use crate::page::{self, Frame, Tab};
use crate::parts::field;
use crate::request::PageRequest;
use crate::screens::booking;
use crate::session;
use crate::words::{self, Word};
use domain::appointment::Status;
use domain::time::{Days, Instant, LocalDate, monday_of, parse_date};
use futures_util::future;
use maud::{Markup, html};

/// What stands above a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    Doctor,
    Room,
}

/// What the address of the page chooses.
pub(crate) struct View {
    pub(crate) clinic: String,
    pub(crate) date: LocalDate,
    pub(crate) by: ColumnKind,
    /// Whether cancelled and moved appointments are shown.
    pub(crate) with_cancelled: bool,
    /// The ids of hidden columns.
    pub(crate) hidden: Vec<String>,
}

impl View {
    fn of(request: &PageRequest, clinic: &str, today: LocalDate) -> Self {
        let query = &request.query;
        let hidden = query.get("hide").split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        let by = if query.get("by") == "room" { ColumnKind::Room } else { ColumnKind::Doctor };
        let date = parse_date(query.get("date")).unwrap_or(today);
        Self { clinic: clinic.to_owned(), date, by, with_cancelled: query.has("cancelled"), hidden }
    }

    /// The address of a view like this one.
    pub(crate) fn path(&self, page: &str) -> String {
        let mut path = format!("{page}?clinic={}&date={}", self.clinic, self.date);
        if self.by == ColumnKind::Room {
            path.push_str("&by=room");
        }
        if self.with_cancelled {
            path.push_str("&cancelled=1");
        }
        if !self.hidden.is_empty() {
            path.push_str("&hide=");
            path.push_str(&self.hidden.join(","));
        }
        path
    }

    fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut other = Self { clinic: self.clinic.clone(), hidden: self.hidden.clone(), ..*self };
        change(&mut other);
        other
    }

    /// The column of an appointment or of an availability.
    pub(crate) fn column<'a>(&self, doctor: (&'a str, &'a str), room: (&'a str, &'a str)) -> (&'a str, &'a str) {
        if self.by == ColumnKind::Doctor { doctor } else { room }
    }
}

/// The data of a day.
pub(crate) struct Day {
    pub(crate) availability: Vec<Availability>,
    pub(crate) appointments: Vec<Appointment>,
    pub(crate) holidays: Vec<Holiday>,
}

impl Day {
    async fn load(request: &PageRequest, clinic: &str, date: LocalDate) -> Result<Self, ScreenError> {
        let api = &request.api;
        let (availability, appointments, holidays) =
            future::try_join3(api.availability(clinic, date), api.day(clinic, date), api.holidays(clinic, date))
                .await?;
        Ok(Self { availability, appointments, holidays })
    }
}

pub async fn show(request: &PageRequest) -> Result<Answer, ScreenError> {
    let frame = Frame::load(request).await?;
    let Some(clinic) = frame.clinic() else { return Ok(without_clinic(request, &frame)) };
    let view = View::of(request, &clinic.id, frame.today(request));
    let day = Day::load(request, &clinic.id, view.date).await?;
    let title = format!("{} · {}", request.say(words::AGENDA), dates::in_words(view.date, request.language));
    let main = html! {
        (head(request, &view, clinic, frame.today(request)))
        (part(request, &view, clinic, &day))
        (booking::template(request, clinic))
    };
    let cookies = vec![session::clinic_cookie(&clinic.id)];
    Ok(page::whole(request, &frame, Tab::Agenda, &title, &main).cookies(cookies))
}

/// The part of the page that is asked for again and again.
pub async fn show_day(request: &PageRequest) -> Result<Answer, ScreenError> {
    let (view, clinic, day) = viewed(request).await?;
    Ok(Answer::polled(part(request, &view, &clinic, &day)))
}

/// The day as a list to print.
pub async fn show_list(request: &PageRequest) -> Result<Answer, ScreenError> {
    let (view, clinic, day) = viewed(request).await?;
    let title = format!("{} · {}", clinic.name, dates::in_words(view.date, request.language));
    Ok(page::simple(request, Tab::Agenda, &title, &list::page(request, &view, &day, &title)))
}

async fn viewed(request: &PageRequest) -> Result<(View, Clinic, Day), ScreenError> {
    let clinics = request.api.clinics().await?;
    let wanted = request.query.get("clinic");
    let clinic = clinics.into_iter().find(|clinic| clinic.id == wanted).ok_or(ScreenError::NotFound)?;
    let view = View::of(request, &clinic.id, clinic.zone().date(request.now));
    let day = Day::load(request, &clinic.id, view.date).await?;
    Ok((view, clinic, day))
}

fn without_clinic(request: &PageRequest, frame: &Frame) -> Answer {
    let main = html! {
        h1 { (request.say(words::AGENDA)) }
        p class="empty" { (request.say(words::NO_CLINIC)) }
    };
    page::whole(request, frame, Tab::Agenda, request.say(words::AGENDA), &main)
}

/// The date with its navigation, and how the day is shown.
fn head(request: &PageRequest, view: &View, clinic: &Clinic, today: LocalDate) -> Markup {
    let to = |view: &View| request.to(&view.path("/agenda"));
    let on = |date: Option<LocalDate>| to(&view.changed(|view| view.date = date.unwrap_or(view.date)));
    let (before, after) = (view.date.checked_sub_days(Days::new(1)), view.date.checked_add_days(Days::new(1)));
    let week_before = view.date.checked_sub_days(Days::new(7));
    let week_after = view.date.checked_add_days(Days::new(7));
    let icon = |link: String, sign: &str, word: Word, key: &str| {
        html! { a class="icon" href=(link) title=(request.say(word)) aria-label=(request.say(word)) data-key=(key) { (sign) } }
    };
    let by = |by: ColumnKind, word: Word| {
        let link = to(&view.changed(|view| view.by = by));
        html! { a href=(link) aria-current=[(view.by == by).then_some("true")] { (request.say(word)) } }
    };
    let toggled = to(&view.changed(|view| view.with_cancelled = !view.with_cancelled));
    html! {
        div class="head" {
            h1 { (dates::in_words(view.date, request.language)) @if view.date == today { " " span class="badge today" { (request.say(words::TODAY)) } } }
            nav class="days" aria-label=(request.say(words::DAY)) {
                (icon(on(week_before), "«", words::WEEK_BEFORE, ""))
                (icon(on(before), "‹", words::DAY_BEFORE, "["))
                a class="button" href=(on(Some(today))) data-key="t" { (request.say(words::TODAY)) }
                (icon(on(after), "›", words::DAY_AFTER, "]"))
                (icon(on(week_after), "»", words::WEEK_AFTER, ""))
                form method="get" action=(request.to("/agenda")) data-submit class="date" {
                    (field::hidden("clinic", &view.clinic))
                    @if view.by == ColumnKind::Room { (field::hidden("by", "room")) }
                    input type="date" name="date" value=(view.date) aria-label=(request.say(words::DATE));
                    button type="submit" { (request.say(words::SHOW)) }
                }
            }
            div class="choices" {
                div class="segments" role="group" aria-label=(request.say(words::COLUMNS)) {
                    (by(ColumnKind::Doctor, words::BY_DOCTOR))
                    (by(ColumnKind::Room, words::BY_ROOM))
                }
                a class="button quiet" href=(toggled) aria-pressed=(view.with_cancelled) role="button" { (request.say(if view.with_cancelled { words::HIDE_CANCELLED } else { words::SHOW_CANCELLED })) }
                a class="button quiet" href=(request.to(&format!("/week?clinic={}&from={}", view.clinic, monday_of(view.date)))) { (request.say(words::WEEK)) }
                a class="button quiet" href=(request.to(&view.path("/agenda/print"))) { (request.say(words::PRINT)) }
            }
        }
        p class="sr" { (clinic.name) }
    }
}

/// The counts and the board of a day.
fn part(request: &PageRequest, view: &View, clinic: &Clinic, day: &Day) -> Markup {
    let mut columns = column::columns(view, day, now_minute(clinic, view.date, request.now));
    if view.by == ColumnKind::Doctor {
        for column in &mut columns {
            column.link =
                Some(format!("/week?clinic={}&doctor={}&from={}", view.clinic, column.id, monday_of(view.date)));
        }
    }
    let count = |status: Status| day.appointments.iter().filter(|appointment| appointment.status == status).count();
    let standing = day.appointments.iter().filter(|appointment| !appointment.is_cancelled_or_moved()).count();
    let free: usize = columns.iter().map(column::Column::free).sum();
    let shown: Vec<_> = columns.iter().filter(|column| !view.hidden.contains(&column.id)).collect();
    html! {
        section id="day" data-poll hx-get=(request.to(&view.path("/agenda/day"))) hx-trigger="poll" hx-swap="outerMorph" {
            div class="counts" {
                span { strong { (standing) } " " (request.say(words::APPOINTMENTS)) }
                span { strong { (count(Status::Pending)) } " " (request.say(words::TO_CONFIRM)) }
                span { strong { (count(Status::Confirmed)) } " " (request.say(words::CONFIRMED_MANY)) }
                span { strong { (free) } " " (request.say(words::FREE_MANY)) }
                @for holiday in &day.holidays { span class="badge st-to-move" { (request.say(words::HOLIDAY)) ": " (holiday.name) } }
                @if !columns.is_empty() { (hiding(request, view, &columns)) }
            }
            @if columns.is_empty() {
                div class="empty" {
                    p { (request.say(if day.holidays.is_empty() { words::NOBODY_WORKS } else { words::CLOSED_BY_HOLIDAY })) }
                    @if let Some(next) = view.date.checked_add_days(Days::new(1)) {
                        p { a class="button" href=(request.to(&view.changed(|view| view.date = next).path("/agenda"))) { (request.say(words::DAY_AFTER)) } }
                    }
                }
            } @else {
                (board::board(request, view, &shown))
            }
        }
    }
}

/// Which columns are shown, kept in the address.
fn hiding(request: &PageRequest, view: &View, columns: &[column::Column<'_>]) -> Markup {
    let link = |id: &str| {
        let toggled = view.changed(|view| match view.hidden.iter().position(|hidden| hidden == id) {
            Some(at) => drop(view.hidden.remove(at)),
            None => view.hidden.push(id.to_owned()),
        });
        request.to(&toggled.path("/agenda"))
    };
    html! {
        details class="hiding" {
            summary { (request.say(words::COLUMNS)) @if !view.hidden.is_empty() { " " span class="count" { "−" (view.hidden.len()) } } }
            ul class="menu" {
                @for column in columns {
                    @let is_shown = !view.hidden.contains(&column.id);
                    li { a href=(link(&column.id)) { span aria-hidden="true" { (if is_shown { "☑ " } else { "☐ " }) }
                        (column.name) span class="sr" { " – " (request.say(if is_shown { words::SHOWN } else { words::HIDDEN })) } } }
                }
            }
        }
    }
}

/// The minute of the day in the clinic, if the day is today.
fn now_minute(clinic: &Clinic, date: LocalDate, now: Instant) -> Option<u32> {
    let local = clinic.zone().rfc3339(now);
    (dates::date_of(&local) == Some(date)).then(|| dates::minutes(dates::time_of(&local)))
}
