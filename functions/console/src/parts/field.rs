//! Labelled fields of a form.

use maud::{Markup, html};

/// A field of one line.
#[derive(Clone, Copy, Default)]
pub struct TextField<'a> {
    pub name: &'a str,
    pub label: &'a str,
    /// As of the attribute; `text` if empty.
    pub kind: &'a str,
    pub value: &'a str,
    pub is_required: bool,
    /// The attribute `autocomplete`; `off` if empty.
    pub autocomplete: &'a str,
    /// A sentence below the field.
    pub hint: &'a str,
}

#[must_use]
pub fn text(field: TextField<'_>) -> Markup {
    let kind = if field.kind.is_empty() { "text" } else { field.kind };
    let autocomplete = if field.autocomplete.is_empty() { "off" } else { field.autocomplete };
    html! {
        label class="field" {
            span { (field.label) }
            input type=(kind) name=(field.name) value=(field.value) autocomplete=(autocomplete) required[field.is_required];
            @if !field.hint.is_empty() { small class="quiet" { (field.hint) } }
        }
    }
}

/// A text of several lines.
#[must_use]
pub fn area(name: &str, label: &str, value: &str) -> Markup {
    html! {
        label class="field" {
            span { (label) }
            textarea name=(name) rows="2" { (value) }
        }
    }
}

#[must_use]
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// An `Idempotency-Key` for a form: a second submission is the same change.
#[must_use]
pub fn key() -> Markup {
    hidden("key", &uuid::Uuid::new_v4().to_string())
}
