//! The layout of a page: the bar with tabs, search, clinic and user, one `main`, the drawer.

use crate::answer::Answer;
use crate::api::{Clinic, ScreenError, User, WorklistCounts};
use crate::assets::{SCRIPT, STYLE};
use crate::parts::field;
use crate::request::PageRequest;
use crate::words::{self, Word};
use domain::time::{LocalDate, Zone};
use domain::user::Role;
use futures_util::future;
use maud::{DOCTYPE, Markup, html};

/// The tab of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Agenda,
    Patients,
    Messages,
    Worklist,
    None,
}

/// What the bar of every page shows.
pub struct Frame {
    pub user: User,
    pub clinics: Vec<Clinic>,
    pub counts: WorklistCounts,
    /// The chosen clinic.
    chosen: Option<usize>,
}

domain::opaque!(Frame);

impl Frame {
    pub async fn load(request: &PageRequest) -> Result<Self, ScreenError> {
        let api = &request.api;
        let (user, clinics, counts) = future::try_join3(api.me(), api.clinics(), api.worklist_counts()).await?;
        let wanted =
            request.query.given("clinic").or(request.form.given("clinic")).or(request.session.clinic.as_deref());
        let chosen = clinics.iter().position(|clinic| Some(clinic.id.as_str()) == wanted);
        let chosen = chosen.or((!clinics.is_empty()).then_some(0));
        Ok(Self { user, clinics, counts, chosen })
    }

    /// The clinic that was chosen last, else the first.
    #[must_use]
    pub fn clinic(&self) -> Option<&Clinic> {
        self.clinics.get(self.chosen?)
    }

    #[must_use]
    pub fn zone_of(&self, clinic: &str) -> Zone {
        let found = self.clinics.iter().find(|known| known.id == clinic);
        found.map_or_else(Zone::utc, Clinic::zone)
    }

    /// Today in the chosen clinic.
    #[must_use]
    pub fn today(&self, request: &PageRequest) -> LocalDate {
        self.clinic().map_or_else(Zone::utc, Clinic::zone).date(request.now)
    }
}

impl Clinic {
    #[must_use]
    pub fn zone(&self) -> Zone {
        Zone::parse(&self.timezone).unwrap_or_else(|_| Zone::utc())
    }
}

/// A page with the bar.
#[must_use]
pub fn whole(request: &PageRequest, frame: &Frame, tab: Tab, title: &str, main: &Markup) -> Answer {
    let body = html! {
        (bar(request, frame, tab))
        div id="notices" aria-live="polite" {}
        main id="main" { (main) }
        aside id="drawer" aria-label=(request.say(words::DETAILS)) {}
        div id="drafts" data-resume-path=(request.to("/booking/draft")) role="group" aria-label=(request.say(words::DRAFTS)) {}
        template id="draft-chip" {
            span class="chip" data-draft {
                button type="button" data-resume {}
                button type="button" class="icon" title=(request.say(words::DISCARD)) aria-label=(request.say(words::DISCARD)) { "✕" }
            }
        }
        (keys_list(request))
    };
    document(request, title, &body)
}

/// A page with the tabs, but without what the bar reads from the API.
#[must_use]
pub fn simple(request: &PageRequest, tab: Tab, title: &str, main: &Markup) -> Answer {
    let body = html! {
        header class="bar" { (brand(request)) (tabs(request, tab, None)) }
        div id="notices" aria-live="polite" {}
        main id="main" { (main) }
        aside id="drawer" aria-label=(request.say(words::DETAILS)) {}
    };
    document(request, title, &body)
}

/// A page without a bar, for those who aren't signed in.
#[must_use]
pub fn bare(request: &PageRequest, title: &str, main: &Markup) -> Answer {
    let body = html! {
        main id="main" class="bare" { div class="card" { p class="brand" { "citas" } (main) } }
    };
    document(request, title, &body)
}

fn document(request: &PageRequest, title: &str, body: &Markup) -> Answer {
    Answer::html(html! {
        (DOCTYPE)
        html lang=(request.language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="htmx-config" content=r#"{"includeIndicatorCSS":false,"history":false,"defaultTimeout":20000}"#;
                title { (title) " · citas" }
                link rel="icon" href=(ICON);
                link rel="stylesheet" href=(request.to(&STYLE.path));
                script src=(request.to(&SCRIPT.path)) defer {}
            }
            body data-renew=(request.to("/session")) data-offline=(request.say(words::OFFLINE))
                data-failed=(request.say(words::NO_ANSWER)) data-keys-off[request.session.are_keys_off] {
                (body)
            }
        }
    })
}

/// A calendar page, as an address that needs no request.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' \
    height='16' rx='4' fill='%230b5cad'/%3E%3Cpath d='M4 8.5l2.5 2.5L12 5.5' stroke='white' stroke-width='2' fill='none'/%3E%3C/svg%3E";

fn brand(request: &PageRequest) -> Markup {
    html! {
        a class="skip" href="#main" { (request.say(words::SKIP)) }
        a class="brand" href=(request.to("/agenda")) { "citas" }
    }
}

fn tabs(request: &PageRequest, tab: Tab, counts: Option<&WorklistCounts>) -> Markup {
    let link = |this: Tab, path: &str, word: Word, letter: &str, badge: u32| {
        html! {
            a href=(request.to(path)) aria-current=[(tab == this).then_some("page")] data-go=(letter) {
                (request.say(word))
                @if badge > 0 { " " span class="count" { (badge) } }
            }
        }
    };
    html! {
        nav class="tabs" aria-label=(request.say(words::SECTIONS)) {
            (link(Tab::Agenda, "/agenda", words::AGENDA, "a", 0))
            (link(Tab::Patients, "/patients", words::PATIENTS, "p", 0))
            (link(Tab::Messages, "/messages", words::MESSAGES, "m", counts.map_or(0, WorklistCounts::messages)))
            (link(Tab::Worklist, "/worklist", words::WORKLIST, "w", counts.map_or(0, |counts| counts.total)))
        }
    }
}

fn bar(request: &PageRequest, frame: &Frame, tab: Tab) -> Markup {
    html! {
        header class="bar" {
            (brand(request))
            (tabs(request, tab, Some(&frame.counts)))
            form class="search" method="post" action=(request.to("/patients")) role="search" {
                input id="search" type="search" name="search" aria-label=(request.say(words::SEARCH_PATIENT)) autocomplete="off"
                    placeholder=(request.say(words::SEARCH_HINT)) hx-post=(request.to("/patients")) hx-trigger="input changed delay:250ms"
                    hx-target="#found" hx-sync="this:replace";
                div id="found" class="found" {}
            }
            @if frame.clinics.len() > 1 {
                form class="clinic" method="get" action=(request.to("/agenda")) data-submit {
                    select name="clinic" aria-label=(request.say(words::CLINIC)) {
                        @for clinic in &frame.clinics {
                            option value=(clinic.id) selected[frame.clinic().is_some_and(|chosen| chosen.id == clinic.id)] { (clinic.name) }
                        }
                    }
                    button type="submit" { (request.say(words::SHOW)) }
                }
            }
            details class="account" {
                summary { (frame.user.name()) }
                div class="menu" {
                    p class="quiet" { (frame.user.email) br; (request.say(role(frame.user.role))) }
                    a href=(request.to("/account")) { (request.say(words::ACCOUNT)) }
                    button type="button" class="link" data-keys { (request.say(words::KEYS)) }
                    form method="post" action=(request.to("/sign-out")) id="sign-out" {
                        (field::hidden("next", ""))
                        button type="submit" class="link" { (request.say(words::SIGN_OUT)) }
                    }
                }
            }
        }
    }
}

#[must_use]
pub fn role(role: Role) -> Word {
    match role {
        Role::Admin => words::ADMIN,
        Role::Operator => words::OPERATOR,
    }
}

/// The list of keys, which `?` shows.
fn keys_list(request: &PageRequest) -> Markup {
    let keys = [
        ("/", words::KEY_SEARCH),
        ("g a", words::AGENDA),
        ("g p", words::PATIENTS),
        ("g m", words::MESSAGES),
        ("g w", words::WORKLIST),
        ("n", words::KEY_NEW),
        ("t", words::TODAY),
        ("[ ]", words::KEY_DAYS),
        ("f", words::KEY_FREE),
        ("← → ↑ ↓", words::KEY_ARROWS),
        ("c", words::CONFIRM),
        ("m", words::MOVE),
        ("x", words::CANCEL),
        ("Esc", words::CLOSE),
    ];
    html! {
        dialog id="keys" aria-label=(request.say(words::KEYS)) {
            h2 { (request.say(words::KEYS)) }
            dl {
                @for (key, word) in keys { dt { kbd { (key) } } dd { (request.say(word)) } }
            }
            form method="dialog" { button type="submit" { (request.say(words::CLOSE)) } }
        }
    }
}
