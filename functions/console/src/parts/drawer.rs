//! The drawer at the right of a page. The same contents are a page of their own where there is no script.

use crate::answer::Answer;
use crate::page::{self, Tab};
use crate::request::PageRequest;
use crate::words;
use http::StatusCode;
use maud::{Markup, html};

/// The contents of a drawer.
#[must_use]
pub fn contents(request: &PageRequest, title: &str, body: &Markup) -> Markup {
    html! {
        header class="drawer-head" {
            h2 tabindex="-1" { (title) }
            button type="button" class="icon" data-close title=(request.say(words::CLOSE_ESC)) aria-label=(request.say(words::CLOSE)) { "✕" }
        }
        (body)
    }
}

/// The drawer where htmx asked for it, else a page with the same contents.
#[must_use]
pub fn answer(request: &PageRequest, title: &str, body: &Markup, status: StatusCode) -> Answer {
    if request.is_part() {
        return Answer::html(contents(request, title, body)).status(status);
    }
    let main = html! { h1 { (title) } div class="card narrow" { (body) } };
    page::simple(request, Tab::None, title, &main).status(status)
}
