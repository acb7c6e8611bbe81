//! What a form sends to the API: an action, and a chosen time.

use crate::fields::Fields;
use domain::lifecycle::Action;
use serde_json::{Value, json};

/// The body of the action that a form asks for.
pub(crate) fn action_body(form: &Fields) -> Value {
    let mut body = json!({ "action": form.get("action") });
    put(&mut body, "reason", form.given("reason"));
    if let Some(told) = form.given("told") {
        put(&mut body, "told", Some(told));
        put_value(&mut body, "notify", json!(false));
    }
    if let Some(Choice { doctor, room, start, end }) = form.given("choice").and_then(Choice::parse) {
        for (name, value) in [("doctor", doctor), ("room", room), ("start_datetime", start), ("end_datetime", end)] {
            put(&mut body, name, Some(value).filter(|value| !value.is_empty()));
        }
    }
    body
}

/// The same before the form is filled in: a reason that is missing is no part of what the patient is told.
pub(crate) fn action_body_so_far(form: &Fields) -> Value {
    let mut body = action_body(form);
    if form.get("action") == Action::Cancel.name() && form.given("reason").is_none() {
        put(&mut body, "reason", Some("-"));
    }
    body
}

/// A time that a button stands for.
#[derive(Clone, Copy)]
pub(crate) struct Choice<'a> {
    pub(crate) doctor: &'a str,
    pub(crate) room: &'a str,
    pub(crate) start: &'a str,
    pub(crate) end: &'a str,
}

impl<'a> Choice<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split('|');
        Some(Self { doctor: parts.next()?, room: parts.next()?, start: parts.next()?, end: parts.next()? })
    }

    /// The value of a button.
    pub(crate) fn value(self) -> String {
        [self.doctor, self.room, self.start, self.end].join("|")
    }
}

/// The key of a change to a chosen time: another time is another change.
pub(crate) fn chosen_key(key: &str, choice: &str) -> String {
    format!("{key}-{}", crate::assets::hash(choice.as_bytes()))
}

/// Adds a member to a body, if there is a value.
pub(crate) fn put(body: &mut Value, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        put_value(body, name, json!(value));
    }
}

fn put_value(body: &mut Value, name: &str, value: Value) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
