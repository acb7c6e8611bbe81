//! What somebody else saved meanwhile beside what the user wanted to save: theirs is taken, or overwritten.

use crate::parts::field;
use crate::request::PageRequest;
use crate::words;
use maud::{Markup, html};

/// One field in both versions.
pub struct FieldVersions<'a> {
    pub label: &'a str,
    pub own: &'a str,
    pub saved: &'a str,
}

/// The two versions of the fields that differ. `by` names who saved the other one, where that is known.
#[must_use]
pub fn table(request: &PageRequest, fields: &[FieldVersions<'_>], by: Option<&str>) -> Markup {
    html! {
        div class="notice warn" role="alert" {
            strong { (request.say(words::CHANGED_MEANWHILE)) }
            div class="scroll" tabindex="0" role="region" aria-label=(request.say(words::CHANGED_MEANWHILE)) {
                table class="versions" {
                    thead { tr {
                        td {}
                        th scope="col" { (request.say(words::OWN_VERSION)) }
                        th scope="col" { (request.say(words::SAVED_VERSION)) @if let Some(by) = by { " · " (by) } }
                    } }
                    tbody {
                        @for field in fields.iter().filter(|field| field.own != field.saved) {
                            tr { th scope="row" { (field.label) } td { (or_dash(field.own)) } td { (or_dash(field.saved)) } }
                        }
                    }
                }
            }
        }
    }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

/// The buttons: the form is sent again with the version that is saved now, or the page is shown as it is.
#[must_use]
pub fn choices(request: &PageRequest, path: &str, back: &str, version: u64) -> Markup {
    let repeated = request.form.pairs().filter(|(name, _)| !["version", "key"].contains(name));
    html! {
        div class="actions" {
            a class="button" href=(back) hx-get=(back) hx-target="#drawer" { (request.say(words::TAKE_SAVED)) }
            form method="post" action=(path) hx-post=(path) hx-target="#drawer" {
                @for (name, value) in repeated { (field::hidden(name, value)) }
                (field::hidden("version", &version.to_string()))
                (field::key())
                button type="submit" class="danger" { (request.say(words::OVERWRITE)) }
            }
        }
    }
}
