//! The list of conversations: those that need attention first, then the latest.

use crate::api::Inbound;
use crate::dates;
use crate::request::PageRequest;
use crate::words;
use domain::time::Zone;
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

/// The messages from one number.
pub(super) struct Listed<'a> {
    /// That is answered: the latest one.
    latest: &'a Inbound,
    messages: Vec<&'a Inbound>,
    /// How many of them need attention.
    open: usize,
    /// Why, if any does.
    kind: Option<&'a str>,
    /// Since when somebody waits for an answer.
    since: &'a str,
}

/// Groups messages by their number. Emergencies come first, then who waits longest, then the latest.
pub(super) fn conversations<'a>(open: &'a [Inbound], recent: &'a [Inbound]) -> Vec<Listed<'a>> {
    let mut seen = BTreeSet::new();
    let mut by_number: BTreeMap<&str, Vec<&Inbound>> = BTreeMap::new();
    for message in open.iter().chain(recent).filter(|message| seen.insert(message.id.as_str())) {
        by_number.entry(&message.from).or_default().push(message);
    }
    let mut list: Vec<Listed<'_>> = by_number.into_values().filter_map(listed).collect();
    list.sort_by(|one, other| {
        order(one).cmp(&order(other)).then(other.latest.received_at.cmp(&one.latest.received_at))
    });
    list
}

fn listed(messages: Vec<&Inbound>) -> Option<Listed<'_>> {
    let latest = messages.iter().copied().max_by_key(|message| &message.received_at)?;
    let waiting: Vec<&Inbound> = messages.iter().copied().filter(|message| message.needs_attention).collect();
    let kinds = || waiting.iter().filter_map(|message| Some(message.attention.as_ref()?.kind.as_str()));
    let kind = kinds().find(|kind| *kind == "emergency").or_else(|| kinds().next());
    let since = waiting.iter().map(|message| message.received_at.as_str()).min().unwrap_or_default();
    Some(Listed { latest, open: waiting.len(), kind, since, messages })
}

/// Settled conversations have the same place here, and are ordered by their latest message.
fn order<'a>(listed: &Listed<'a>) -> (bool, bool, &'a str) {
    (listed.open == 0, listed.kind != Some("emergency"), listed.since)
}

/// The list. `chosen` is a message of the conversation that is shown.
pub(super) fn part(request: &PageRequest, list: &[Listed<'_>], chosen: Option<&str>, zone: Zone) -> Markup {
    let path = chosen.map_or("/messages/list".to_owned(), |id| format!("/messages/list?chosen={id}"));
    html! {
        section id="inbox" data-poll hx-get=(request.to(&path)) hx-trigger="poll" hx-swap="outerMorph" aria-label=(request.say(words::MESSAGES)) {
            @if list.is_empty() { p class="empty" { (request.say(words::NO_CONVERSATIONS)) } }
            ul { @for listed in list { (one(request, listed, chosen, zone)) } }
        }
    }
}

fn one(request: &PageRequest, listed: &Listed<'_>, chosen: Option<&str>, zone: Zone) -> Markup {
    let Listed { latest, messages, open, kind, .. } = listed;
    let is_chosen = messages.iter().any(|message| Some(message.id.as_str()) == chosen);
    let is_emergency = *kind == Some("emergency");
    let names = latest.patients.iter().map(|patient| patient.name.as_str()).collect::<Vec<_>>().join(" · ");
    html! {
        li {
            a href=(request.to(&format!("/messages/{}", latest.id))) aria-current=[is_chosen.then_some("true")] {
                span class="line" {
                    strong { (if names.is_empty() { latest.from.as_str() } else { &names }) }
                    span class="quiet small" { (dates::short_in(&latest.received_at, zone)) }
                }
                span class="line" {
                    span class="snippet quiet" { @if latest.body.is_empty() { (request.say(words::ATTACHMENT)) } @else { (latest.body) } }
                    @if *open > 0 { span class="count" { (open) } }
                }
                @if let Some(kind) = kind {
                    span class={ "badge " (if is_emergency { "st-no-show" } else { "st-to-move" }) } {
                        (words::worklist_kind(kind).map_or(*kind, |word| request.say(word)))
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, from: &str, at: &str, kind: Option<&str>) -> Inbound {
        let attention = kind.map(|kind| serde_json::json!({ "kind": kind, "since": at }));
        let body = serde_json::json!({ "id": id, "from": from, "body": id, "received_at": at, "intent": null,
            "needs_attention": kind.is_some(), "attention": attention, "patients": [], "version": 1 });
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn who_needs_a_person_comes_first_and_the_rest_by_time() {
        let recent = [
            message("f", "+4", "2025-12-13T12:00:00Z", None),
            message("e", "+1", "2025-12-13T11:00:00Z", Some("inbound")),
            message("d", "+2", "2025-12-13T10:00:00Z", Some("emergency")),
            message("c", "+1", "2025-12-13T09:00:00Z", Some("inbound")),
            message("b", "+5", "2025-12-13T08:00:00Z", None),
        ];
        // An older one than the list of recent messages has.
        let open = [message("a", "+3", "2025-11-01T09:00:00Z", Some("new_contact")), recent[2].clone()];
        let list = conversations(&open, &recent);
        let seen: Vec<_> = list.iter().map(|one| (one.latest.id.as_str(), one.open)).collect();
        assert_eq!(seen, [("d", 1), ("a", 1), ("e", 2), ("f", 0), ("b", 0)]);
    }
}
