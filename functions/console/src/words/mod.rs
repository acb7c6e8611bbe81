//! The texts of the pages, in Spanish, Portuguese and English: one table, and which of them stands for a name of the API.

mod conversation;
mod table;

use crate::request::PageRequest;
pub use conversation::*;
use domain::language::Language;
pub use table::*;

/// One text in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    es: &'static str,
    pt: &'static str,
    en: &'static str,
}

impl Word {
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        match language {
            Language::Es => self.es,
            Language::Pt => self.pt,
            Language::En => self.en,
        }
    }
}

/// Constants for texts, and a function with all of them for tests.
macro_rules! words {
    ($all:ident; $($name:ident: $es:literal, $pt:literal, $en:literal;)+) => {
        $(pub const $name: Word = Word { es: $es, pt: $pt, en: $en };)+

        #[cfg(test)]
        pub(super) const $all: &[(&str, Word)] = &[$((stringify!($name), $name)),+];
    };
}
use words;

/// The kind of an entry of the worklist.
#[must_use]
pub fn worklist_kind(kind: &str) -> Option<Word> {
    Some(match kind {
        "emergency" => KIND_EMERGENCY,
        "inbound" => KIND_INBOUND,
        "message_failed" => KIND_MESSAGE_FAILED,
        "message_unknown" => KIND_MESSAGE_UNKNOWN,
        "new_contact" => KIND_NEW_CONTACT,
        "reschedule_requested" => KIND_RESCHEDULE,
        "stranded" => KIND_STRANDED,
        "unrecorded" => KIND_UNRECORDED,
        "wrong_number" => KIND_WRONG_NUMBER,
        _ => return None,
    })
}

/// What a message to a patient is about, by its template, else by its kind.
#[must_use]
pub fn message_kind(template: &str, kind: &str) -> Option<Word> {
    Some(match (template, kind) {
        ("cancelled", _) => NOTICE_CANCELLED,
        ("created", _) => NOTICE_CREATED,
        ("moved", _) => NOTICE_MOVED,
        (_, "reminder") => REMINDER,
        (_, "reply") => REPLY,
        (_, "notice" | "offer") => NOTICE,
        _ => return None,
    })
}

/// An action of an appointment's history.
#[must_use]
pub fn action(name: &str) -> Option<Word> {
    Some(match name {
        "create" => ACTION_CREATE,
        "confirm" => CONFIRMED,
        "unconfirm" => UNCONFIRM,
        "cancel" => CANCELLED,
        "request_reschedule" => ACTION_REQUEST,
        "reschedule" => MOVED,
        "keep" => KEEP,
        "hold_expired" => ACTION_EXPIRED,
        "complete" => COMPLETED,
        "no_show" => NO_SHOW,
        "correct" => CORRECT,
        "reopen" => REOPEN,
        "undo" => UNDO,
        _ => return None,
    })
}

/// What a conflict is about.
#[must_use]
pub fn resource(name: &str) -> Option<Word> {
    Some(match name {
        "doctor" => DOCTOR,
        "room" => ROOM,
        "patient" => PATIENT,
        _ => return None,
    })
}

impl PageRequest {
    /// The label of a field of the API.
    #[must_use]
    pub fn field_name<'a>(&self, field: &'a str) -> &'a str {
        let word = match field {
            "first_name" => FIRST_NAME,
            "last_name" => LAST_NAME,
            "document_number" => DOCUMENT,
            "document_type" => DOCUMENT_TYPE,
            "phone_number" | "from" => PHONE,
            "birth_date" => BIRTH_DATE,
            "email" => EMAIL,
            "address" => ADDRESS,
            "language" => LANGUAGE,
            "notes" => NOTES,
            "reason" => REASON,
            "password" => PASSWORD,
            "otp" => CODE,
            "current_password" => CURRENT_PASSWORD,
            "new_password" => NEW_PASSWORD,
            "patient" => PATIENT,
            "doctor" => DOCTOR,
            "room" => ROOM,
            "start_datetime" => TIME,
            "body" => WRITE_ANSWER,
            _ => return field,
        };
        self.say(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::lifecycle::Action;

    #[test]
    fn every_text_has_every_language() {
        let all = || TABLE.iter().chain(CONVERSATION_TEXTS);
        for (name, word) in all() {
            for language in Language::ALL {
                let text = word.text(language);
                assert!(!text.trim().is_empty() && text.trim() == text, "{name} in {}", language.code());
            }
        }
        assert!(all().count() > 200);
    }

    /// The state machine's own names, so that a new action has a word.
    #[test]
    fn every_action_has_a_word() {
        for name in Action::NAMES {
            assert!(action(name).is_some(), "{name}");
        }
        assert!(action("create").is_some() && action("hold_expired").is_some() && action("nothing").is_none());
    }
}
