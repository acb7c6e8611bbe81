//! Quick replies: texts that the staff of a clinic often answer with.

use crate::reader::{Accepted, FieldReader};
use crate::values::Entries;
use crate::{Body, View};
use app::messaging::inbound::quick_replies::FilledReply;
use domain::clinic::MAX_QUICK_REPLIES;
use domain::messages::{QuickReply, QuickReplyText, has_repeated_shortcut};
use domain::text::Line;
use domain::violation::Rule;

/// The quick replies of a clinic.
pub(crate) type QuickReplies = Entries<QuickReplyBody, MAX_QUICK_REPLIES>;

/// A text that staff often answer with, in at least one language. It may have the variables `{name}` (the patient's first
/// name), `{date}`, `{time}`, `{doctor}`, `{clinic}` and `{phone}` (the clinic's).
#[derive(Clone, Body)]
#[check(text_in_a_language(es, pt, en))]
pub struct QuickReplyBody {
    /// What staff find it by; unique in the clinic, without case.
    #[field(example = "ayuno")]
    shortcut: Line<20>,
    #[field(example = "Venga en ayunas, por favor. La esperamos el {date} a las {time}.")]
    es: Option<QuickReplyText>,
    #[field(example = "Venha em jejum, por favor. Esperamos você em {date} às {time}.")]
    pt: Option<QuickReplyText>,
    #[field(example = "Please come with an empty stomach. We expect you on {date} at {time}.")]
    en: Option<QuickReplyText>,
}

fn text_in_a_language(
    es: Accepted<'_, Option<QuickReplyText>>,
    pt: Accepted<'_, Option<QuickReplyText>>,
    en: Accepted<'_, Option<QuickReplyText>>,
    reader: &mut FieldReader<'_>,
) {
    if matches!((es, pt, en), (Some(None), Some(None), Some(None))) {
        reader.refuse("es", Rule::OneNeeded(&["es", "pt", "en"]));
    }
}

pub(crate) fn distinct_shortcuts(quick_replies: Accepted<'_, QuickReplies>, reader: &mut FieldReader<'_>) {
    if quick_replies.is_some_and(|Entries(replies)| has_repeated_shortcut(replies.iter().map(|reply| &reply.shortcut)))
    {
        reader.refuse("quick_replies", Rule::Repeated);
    }
}

impl From<QuickReplyBody> for QuickReply {
    fn from(QuickReplyBody { shortcut, es, pt, en }: QuickReplyBody) -> Self {
        Self { shortcut, es, pt, en }
    }
}

impl From<QuickReply> for QuickReplyBody {
    fn from(QuickReply { shortcut, es, pt, en }: QuickReply) -> Self {
        Self { shortcut, es, pt, en }
    }
}

/// A quick reply to a message from a patient, in the patient's language.
#[derive(Clone, View)]
pub struct FilledReplyView {
    #[field(example = "ayuno")]
    shortcut: Line<20>,
    /// The text with the values of its variables.
    #[field(example = "Venga en ayunas, por favor. La esperamos el viernes 12 de diciembre a las 10:00.")]
    text: String,
}

impl From<FilledReply> for FilledReplyView {
    fn from(FilledReply { shortcut, text }: FilledReply) -> Self {
        Self { shortcut, text: text.0 }
    }
}
