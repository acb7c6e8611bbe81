//! The payload behind a button: `<action>:<reference>`, where the reference says what it is about
//! (the id of an appointment or of a question). Written and read here only.

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ButtonAction {
    /// On a reminder: the patient is coming.
    Confirm,
    /// On a reminder: the patient wants another time.
    Reschedule,
    /// On a reminder: the patient isn't coming. A button is a clear act: no further question.
    Cancel,
    /// On "really cancel?": yes.
    CancelYes,
    /// On "really cancel?": no.
    Keep,
}

impl ButtonAction {
    /// All of them, in the order of declaration.
    pub const ALL: [Self; 5] = [Self::Confirm, Self::Reschedule, Self::Cancel, Self::CancelYes, Self::Keep];

    /// The word in the payload. Buttons stay in patients' chats for good: never change one.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reschedule => "reschedule",
            Self::Cancel => "cancel",
            Self::CancelYes => "cancel_yes",
            Self::Keep => "keep",
        }
    }
}

/// A button that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ButtonReply<'a> {
    /// What it does.
    pub action: ButtonAction,
    /// What it is about: 1 to [`MAX_REFERENCE_BYTES`] of `[A-Za-z0-9_-]`. Twilio vouches that the
    /// patient pressed it, not that the appointment is theirs: the caller checks.
    pub reference: &'a str,
}

/// The longest reference, in bytes; an id has 36.
pub const MAX_REFERENCE_BYTES: usize = 64;

/// Reads a payload; `None` if it isn't one of ours, to the letter.
#[must_use]
pub fn button(payload: &str) -> Option<ButtonReply<'_>> {
    let (word, reference) = payload.split_once(':')?;
    let action = ButtonAction::ALL.into_iter().find(|action| action.word() == word)?;
    is_reference(reference).then_some(ButtonReply { action, reference })
}

/// Writes the payload that [`button`] reads back, for a reference of the form above.
#[must_use]
pub fn payload(action: ButtonAction, reference: &str) -> String {
    format!("{}:{reference}", action.word())
}

fn is_reference(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=MAX_REFERENCE_BYTES).contains(&text.len()) && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_words_are_what_chats_hold() {
        let id = "019b2f3e-7a10-7cc1-9d7e-0242ac120002";
        for (payload, action) in [
            ("confirm", ButtonAction::Confirm),
            ("reschedule", ButtonAction::Reschedule),
            ("cancel", ButtonAction::Cancel),
            ("cancel_yes", ButtonAction::CancelYes),
            ("keep", ButtonAction::Keep),
        ] {
            let payload = format!("{payload}:{id}");
            assert_eq!(button(&payload), Some(ButtonReply { action, reference: id }));
        }
    }

    #[test]
    fn refuses_anything_else() {
        for payload in [
            "",
            ":",
            "confirm",
            "confirm:",
            ":id",
            "Confirm:id",
            " confirm:id",
            "confirm:id ",
            "confirm: id",
            "confirm:a:b",
            "confirm:ñ",
            "cancel-yes:id",
            "delete:id",
            "confirm:a/b",
        ] {
            assert_eq!(button(payload), None, "{payload}");
        }
        assert_eq!(button(&format!("keep:{}", "a".repeat(MAX_REFERENCE_BYTES + 1))), None);
    }

    proptest! {
        #[test]
        fn reads_back_what_it_wrote(action in prop::sample::select(&ButtonAction::ALL[..]),
                                    reference in "[A-Za-z0-9_-]{1,64}") {
            let written = payload(action, &reference);
            prop_assert_eq!(button(&written), Some(ButtonReply { action, reference: &reference }));
        }

        #[test]
        fn reads_any_string(text in "\\PC*") {
            if let Some(reply) = button(&text) {
                prop_assert_eq!(payload(reply.action, reply.reference), text);
            }
        }
    }
}
