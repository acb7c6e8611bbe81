//! Messages in both directions as a chat, and those of a patient's card.

use super::media;
use crate::answer::Answer;
use crate::api::{Clinic, Media, ScreenError, ThreadEntry};
use crate::dates;
use crate::page::{self, Tab};
use crate::parts::state;
use crate::request::PageRequest;
use crate::words;
use domain::time::{Instant, LocalDate, Zone};
use futures_util::future;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// What was sent with messages, by their id.
pub(super) type MediaByMessage<'a> = BTreeMap<&'a str, &'a [Media]>;

/// The messages that a card shows: the latest.
const SHOWN: usize = 50;

/// The messages of a patient: a part of the card, or a page of its own where there is no script.
pub async fn show_of_patient(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let (mut entries, clinics) = future::try_join(request.api.messages_of(id, SHOWN), request.api.clinics()).await?;
    entries.reverse();
    let chosen = clinics.iter().find(|clinic| Some(clinic.id.as_str()) == request.session.clinic.as_deref());
    let zone = chosen.or(clinics.first()).map_or_else(Zone::utc, Clinic::zone);
    let list = html! {
        @if entries.is_empty() { p class="quiet" { (request.say(words::NO_THREAD)) } }
        @else { div class="thread" tabindex="0" role="region" aria-label=(request.say(words::MESSAGES)) { (list(request, &entries, &MediaByMessage::new(), zone)) } }
    };
    if request.is_part() {
        return Ok(Answer::html(list));
    }
    let title = request.say(words::MESSAGES);
    let main = html! {
        h1 { (title) }
        p { a href=(request.to(&format!("/patients/{id}"))) { (request.say(words::CARD)) } }
        div class="card" { (list) }
    };
    Ok(page::simple(request, Tab::Patients, title, &main))
}

/// Where the entries' day begins, in the clinic's zone.
fn day_of(entry: &ThreadEntry, zone: Zone) -> Option<LocalDate> {
    Instant::parse(&entry.at).ok().map(|at| zone.date(at))
}

/// The messages, oldest first, with a heading for each day.
pub(super) fn list(request: &PageRequest, entries: &[ThreadEntry], media: &MediaByMessage<'_>, zone: Zone) -> Markup {
    let days = entries.iter().map(|entry| day_of(entry, zone));
    let before = std::iter::once(None).chain(days.clone());
    html! {
        ol {
            @for ((entry, day), before) in entries.iter().zip(days).zip(before) {
                @if day != before { @if let Some(day) = day { li class="day" { (dates::in_words(day, request.language)) } } }
                @let sent = entry.inbound.as_deref().and_then(|id| media.get_key_value(id));
                (one(request, entry, sent.map(|(id, media)| media::list(request, id, media)), zone))
            }
        }
    }
}

fn one(request: &PageRequest, entry: &ThreadEntry, media: Option<Markup>, zone: Zone) -> Markup {
    let is_theirs = entry.is_from_patient();
    let who = request.say(if is_theirs { words::PATIENT } else { words::FROM_CLINIC });
    let state = entry.status.as_deref().filter(|_| !is_theirs).and_then(state::message);
    let kind = entry.kind.as_deref().and_then(|kind| words::message_kind("", kind)).filter(|_| !is_theirs);
    let time = Instant::parse(&entry.at).map(|at| zone.rfc3339(at));
    html! {
        li class=(if is_theirs { "theirs" } else { "ours" }) {
            span class="sr" { (who) ": " }
            @let has_media = media.is_some();
            @if let Some(media) = media { (media) }
            @match &entry.text {
                Some(text) => p { (text) },
                None if has_media => {},
                None if is_theirs => p class="quiet" { (request.say(words::ATTACHMENT)) },
                None => p class="quiet" { (kind.map_or("–", |word| request.say(word))) },
            }
            span class="quiet small" {
                (time.as_deref().map_or("", dates::time_of))
                @if let Some(kind) = kind.filter(|_| entry.text.is_some()) { " · " (request.say(kind)) }
                @if let Some((sign, word)) = state { " · " span aria-hidden="true" { (sign) " " } (request.say(word)) }
            }
        }
    }
}
