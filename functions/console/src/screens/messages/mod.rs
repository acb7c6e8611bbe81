//! Messages: the conversations with patients, and one of them with the appointment that it is about.
//!
//! | To learn about | read |
//! |---|---|
//! | the list of conversations | [`inbox`] |
//! | both directions of one, and until when it can be answered | [`chat`] |
//! | the field for the answer, and the quick replies | [`answer`] |
//! | what stands beside it | [`beside`] |
//! | whose number it is | [`link`] |
//! | voice notes, pictures and documents | [`media`] |
//! | the messages of a patient's card | [`thread`] |

mod answer;
pub mod beside;
mod chat;
mod inbox;
pub mod link;
pub mod media;
pub mod thread;

pub use answer::{reply, show_quick_replies};

use crate::answer::Answer;
use crate::api::{Clinic, Conversation, Inbound, QuickReply, ScreenError};
use crate::page::{self, Frame, Tab};
use crate::parts::notice;
use crate::request::PageRequest;
use crate::words;
use domain::time::Zone;
use futures_util::future;
use http::StatusCode;
use maud::{Markup, html};

/// The list of conversations.
pub async fn show_inbox(request: &PageRequest) -> Result<Answer, ScreenError> {
    let frame = Frame::load(request).await?;
    let (open, recent) = future::try_join(request.api.open_inbound(), request.api.recent_inbound()).await?;
    let title = request.say(words::MESSAGES);
    let main = html! {
        h1 { (title) }
        div class="conversations" {
            (inbox::part(request, &inbox::conversations(&open, &recent), None, zone_of(request, &frame.clinics)))
            p class="empty wide-only" { (request.say(words::CHOOSE_CONVERSATION)) }
        }
    };
    Ok(page::whole(request, &frame, Tab::Messages, title, &main))
}

/// The list of conversations, as it is asked for again and again.
pub async fn show_inbox_part(request: &PageRequest) -> Result<Answer, ScreenError> {
    let api = &request.api;
    let (open, recent, clinics) = future::try_join3(api.open_inbound(), api.recent_inbound(), api.clinics()).await?;
    let list = inbox::conversations(&open, &recent);
    let chosen = request.query.id("chosen");
    Ok(Answer::polled(inbox::part(request, &list, chosen, zone_of(request, &clinics))))
}

pub async fn show(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let message = if request.query.has("sent") {
        notice::done(request.say(words::REPLY_SENT))
    } else if request.query.has("kept") {
        notice::done(request.say(words::REPLY_KEPT))
    } else {
        html! {}
    };
    shown(request, id, &message, StatusCode::OK).await
}

/// The conversation with a message above the field for the answer.
async fn shown(request: &PageRequest, id: &str, message: &Markup, status: StatusCode) -> Result<Answer, ScreenError> {
    let api = &request.api;
    let frame = Frame::load(request).await?;
    let (conversation, open, recent) =
        future::try_join3(api.conversation(id), api.open_inbound(), api.recent_inbound()).await?;
    // Without a script the page is drawn again with them.
    let quick_replies = if request.query.has("quick") { Some(api.quick_replies(id).await?) } else { None };
    let page = ConversationPage { conversation, open, recent, quick_replies };
    let title = name(request, &page.conversation);
    let main = page.main(request, zone_of(request, &frame.clinics), message);
    Ok(page::whole(request, &frame, Tab::Messages, &title, &main).status(status))
}

struct ConversationPage {
    conversation: Conversation,
    open: Vec<Inbound>,
    recent: Vec<Inbound>,
    /// As buttons in the page; else htmx asks for them.
    quick_replies: Option<Vec<QuickReply>>,
}

impl ConversationPage {
    fn main(&self, request: &PageRequest, zone: Zone, message: &Markup) -> Markup {
        let Self { conversation, open, recent, quick_replies } = self;
        html! {
            div class="conversations reading" {
                (inbox::part(request, &inbox::conversations(open, recent), Some(&conversation.id), zone))
                section class="card conversation" aria-label=(request.say(words::CONVERSATION)) {
                    header {
                        a class="icon narrow-only" href=(request.to("/messages")) title=(request.say(words::MESSAGES)) aria-label=(request.say(words::MESSAGES)) { "‹" }
                        h1 { (name(request, conversation)) }
                        a class="quiet" href={ "tel:" (conversation.from) } { (conversation.from) }
                    }
                    @if request.query.has("linked") { (notice::done(request.say(words::LINKED))) }
                    (chat::part(request, conversation, (open, recent), zone))
                    // The API answers patients only.
                    @if conversation.patients.is_empty() {
                        div class="window" {
                            p class="quiet" { (request.say(words::ANSWER_AFTER_LINK)) }
                            (link::choices(request, &conversation.id, ""))
                        }
                    } @else { (answer::form(request, &conversation.id, message, quick_replies.as_deref())) }
                }
                (beside::section(request, conversation))
            }
        }
    }
}

/// The messages of a conversation, as they are asked for again and again.
pub async fn show_chat_part(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let api = &request.api;
    let (conversation, open, recent) =
        future::try_join3(api.conversation(id), api.open_inbound(), api.recent_inbound()).await?;
    let zone = zone_of(request, &api.clinics().await?);
    Ok(Answer::polled(chat::part(request, &conversation, (&open, &recent), zone)))
}

/// Takes the messages that the user saw off the worklist. What was written since stays there.
pub async fn settle(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    for seen in seen(request) {
        request.api.settle_inbound(seen).await?;
    }
    if request.is_part() {
        return show_chat_part(request, id).await;
    }
    Ok(Answer::see(request.to(&format!("/messages/{id}"))))
}

/// The messages that needed attention when the page was drawn.
fn seen(request: &PageRequest) -> Vec<&str> {
    let named = request.form.pairs().filter(|(name, _)| *name == "seen").map(|(_, id)| id);
    named.filter(|id| crate::fields::is_id(id)).collect()
}

/// The zone of the clinic that was chosen last, else of the first.
fn zone_of(request: &PageRequest, clinics: &[Clinic]) -> Zone {
    let chosen = clinics.iter().find(|clinic| Some(clinic.id.as_str()) == request.session.clinic.as_deref());
    chosen.or(clinics.first()).map_or_else(Zone::utc, Clinic::zone)
}

/// Whose conversation it is: the patients, or the number.
fn name(request: &PageRequest, conversation: &Conversation) -> String {
    if conversation.patients.is_empty() {
        return request.say(words::UNKNOWN_SENDER).to_owned();
    }
    conversation.patients.iter().map(|patient| patient.name.as_str()).collect::<Vec<_>>().join(" · ")
}
