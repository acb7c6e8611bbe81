//! The messages of a conversation in both directions, with the state of each of ours, and until when it can be answered.

use super::thread::{self, MediaByMessage};
use crate::api::{Conversation, Inbound};
use crate::dates;
use crate::parts::field;
use crate::request::PageRequest;
use crate::words;
use domain::notification::CHAT_WINDOW;
use domain::time::{Instant, Zone};
use maud::{Markup, html};

/// The messages of this number that need attention.
fn open_of<'a>(open: &'a [Inbound], conversation: &Conversation) -> Vec<&'a str> {
    open.iter().filter(|message| message.from == conversation.from).map(|message| message.id.as_str()).collect()
}

/// What was sent with each of the messages that are listed. The entries of the conversation don't have it.
fn media_of<'a>(conversation: &'a Conversation, listed: impl Iterator<Item = &'a Inbound>) -> MediaByMessage<'a> {
    let own = (conversation.id.as_str(), conversation.media.as_slice());
    let listed = listed.map(|message| (message.id.as_str(), message.media.as_slice()));
    listed.chain([own]).filter(|(_, media)| !media.is_empty()).collect()
}

/// `open` are the messages that need attention, `recent` the latest ones.
pub(super) fn part(
    request: &PageRequest,
    conversation: &Conversation,
    (open, recent): (&[Inbound], &[Inbound]),
    zone: Zone,
) -> Markup {
    let media = media_of(conversation, open.iter().chain(recent));
    let open = open_of(open, conversation);
    let path = |end: &str| request.to(&format!("/messages/{}/{end}", conversation.id));
    html! {
        div id="chat" data-poll hx-get=(path("chat")) hx-trigger="poll" hx-swap="outerMorph" {
            div class="thread" tabindex="0" role="region" aria-label=(request.say(words::MESSAGES)) {
                (thread::list(request, &conversation.thread, &media, zone))
            }
            div class="window" {
                (window(request, conversation, zone))
                @if !open.is_empty() {
                    form method="post" action=(path("settled")) hx-post=(path("settled")) hx-target="#chat" hx-swap="outerMorph" {
                        @for id in &open { (field::hidden("seen", id)) }
                        button type="submit" { "✓ " (request.say(words::SETTLED)) }
                    }
                    // Answering settles what the user saw, too.
                    @for id in &open { input type="hidden" name="seen" value=(id) form="answer"; }
                }
            }
        }
    }
}

/// Until when a free text can be sent. Hours, and minutes in the last two, so that the page doesn't change all the time.
fn window(request: &PageRequest, conversation: &Conversation, zone: Zone) -> Markup {
    let written = conversation.thread.iter().filter(|entry| entry.is_from_patient());
    let last = written.filter_map(|entry| Instant::parse(&entry.at).ok()).max();
    let end = last.map(|last| last.plus(CHAT_WINDOW)).filter(|end| *end > request.now);
    let Some(end) = end else {
        return html! { p class="closed-window" { (request.say(words::WINDOW_CLOSED)) } };
    };
    let minutes = end.since(request.now).num_minutes();
    let left = if minutes >= 120 { format!("{} h", minutes / 60) } else { format!("{} min", (minutes / 5 + 1) * 5) };
    html! {
        p class={ "quiet small" @if minutes < 120 { " late" } } {
            (request.say(words::WINDOW_OPEN)) " " (dates::short_in(&end.rfc3339(), zone)) " · " (request.say(words::LEFT)) " " (left)
        }
    }
}
