//! Voice notes, pictures and documents that patients sent, passed through from the API.

use crate::answer::Answer;
use crate::api::{Media, ScreenError};
use crate::request::PageRequest;
use crate::words;
use maud::{Markup, html};

/// What a page shows. Nothing else is passed through: a browser could take it for a page of ours.
const TYPES: [&str; 5] = ["application/pdf", "audio/ogg", "image/jpeg", "image/png", "image/webp"];

fn known(content_type: &str) -> Option<&'static str> {
    // As in `audio/ogg; codecs=opus`.
    let name = content_type.split(';').next().unwrap_or_default().trim();
    TYPES.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

pub async fn show(request: &PageRequest, id: &str, number: &str) -> Result<Answer, ScreenError> {
    let (content_type, bytes) = request.api.media(id, number).await?;
    let content_type = known(&content_type).ok_or(ScreenError::NotFound)?;
    let name = (content_type == "application/pdf").then(|| format!("{id}-{number}.pdf"));
    Ok(Answer::file(content_type, bytes, name.as_deref()))
}

/// The media of a message, to be heard and seen.
pub(super) fn list(request: &PageRequest, id: &str, media: &[Media]) -> Markup {
    html! {
        @for Media { n, content_type } in media {
            @let link = request.to(&format!("/messages/{id}/media/{n}"));
            @match known(content_type) {
                Some("audio/ogg") => audio controls preload="none" src=(link) aria-label=(request.say(words::VOICE_NOTE)) {},
                Some("application/pdf") => p { a href=(link) { (request.say(words::PDF_DOCUMENT)) } },
                Some(_) => a href=(link) target="_blank" { img src=(link) alt=(request.say(words::PICTURE)) loading="lazy"; },
                None => p class="quiet" { (request.say(words::ATTACHMENT)) },
            }
        }
    }
}
