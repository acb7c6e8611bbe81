//! The prompts that a number sees on its screen, and which of them a text answers.

use crate::App;
use crate::appointments::lookup::get_appointments;
use crate::support::error::AppError;
use domain::ids::AppointmentId;
use domain::notification::{Notification, NotificationStatus};
use domain::prompt::{Answer, AnswerText, AskedPrompt, Decision, Prompt, SeenPrompt, decide, subject_of_words};
use domain::time::Instant;
use std::collections::BTreeSet;
use store::conversation::Conversation;
use store::keys::Key;

/// The prompts of a number that are on its screen, or may be.
#[derive(Debug, Default)]
pub(super) struct SeenPrompts {
    pub(super) prompts: Vec<SeenPrompt>,
    /// The appointments of the announcements that are still to come.
    open: BTreeSet<AppointmentId>,
}

impl SeenPrompts {
    /// Reads what became of the messages that asked.
    pub(super) async fn read(app: &App, conversation: &Conversation, now: Instant) -> Result<Self, AppError> {
        let asked: Vec<&AskedPrompt> = conversation.prompts.iter().collect();
        let keys: Vec<Key> = asked.iter().map(|asked| Key::notification(asked.message)).collect();
        let mut batch = app.table.batch(&keys).await?;
        let mut prompts = Vec::new();
        for (asked, key) in asked.into_iter().zip(&keys) {
            let message = batch.take::<Notification>(key)?;
            if let Some(is_certain) = message.and_then(|message| certainty(&message, asked)) {
                prompts.push(SeenPrompt { asked: asked.clone(), is_certain });
            }
        }
        // Without two announcements it doesn't matter whether their appointments are still to come.
        let subjects: BTreeSet<AppointmentId> = prompts
            .iter()
            .filter(|seen| seen.asked.prompt.is_announcement())
            .filter_map(|seen| seen.asked.prompt.subject())
            .collect();
        let mut open = BTreeSet::new();
        if subjects.len() > 1 {
            let appointments = get_appointments(app, subjects).await?;
            open.extend(appointments.iter().filter(|it| it.is_to_come(now)).map(|appointment| appointment.id));
        }
        Ok(Self { prompts, open })
    }

    pub(super) fn last(&self) -> Option<&AskedPrompt> {
        self.prompts.last().map(|last| &last.asked)
    }

    pub(super) fn open_question(&self, now: Instant) -> Option<&Prompt> {
        let last = self.prompts.last().filter(|last| last.is_certain && last.asked.is_open_question(now));
        last.map(|last| &last.asked.prompt)
    }

    /// What a text answers. `was_asked_later`: it was written before the last prompt was sent, and can't answer that.
    pub(super) fn decide(&self, answer: &AnswerText<'_>, was_asked_later: bool, now: Instant) -> Decision {
        let is_bare = answer.reading.is_bare();
        match was_asked_later {
            true if is_bare => Decision::AskMeaning,
            true => Decision::ByWords,
            false => {
                let read = |prompt: &Prompt| answer.choice(prompt);
                decide(&self.prompts, &Answer { is_bare, read: &read, is_open: &self.is_open() }, now)
            }
        }
    }

    /// The appointment of the last prompt, unless another one may be meant.
    pub(super) fn subject(&self, now: Instant) -> Option<AppointmentId> {
        subject_of_words(&self.prompts, &self.is_open(), now)
    }

    fn is_open(&self) -> impl Fn(AppointmentId) -> bool {
        |appointment| self.open.contains(&appointment)
    }
}

/// Whether a message is certainly on the screen; `None` if it certainly isn't.
///
/// A question counts from the moment at which it is decided, and one that was closed stays closed. Otherwise the effect of
/// the messages that follow it would depend on how fast it is sent, and not only on their order. It doesn't count yet where
/// an attempt to send it has failed: minutes may pass until the next one, and the patient sees an older list.
fn certainty(message: &Notification, asked: &AskedPrompt) -> Option<bool> {
    let is_question = !asked.prompt.is_announcement();
    match message.status {
        _ if is_question && asked.answer.is_some() => Some(true),
        NotificationStatus::Pending if is_question => Some(message.attempts == 0),
        NotificationStatus::Claimed if is_question => Some(message.attempts <= 1),
        NotificationStatus::Claimed | NotificationStatus::Unknown => Some(false),
        status if status.is_accepted() => Some(true),
        _ => None,
    }
}
