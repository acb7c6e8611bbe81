//! The payload of a quick-reply button: `<action>:<reference>`. The reference is the id of the notification
//! that has the button.

/// The action of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ButtonAction {
    /// On a reminder: the patient is coming.
    Confirm,
    /// On a reminder: the patient wants another time.
    Reschedule,
    /// On a reminder: the patient isn't coming. A button is unambiguous, so no confirmation is asked.
    Cancel,
    /// On "really cancel?": yes.
    CancelYes,
    /// On "really cancel?": no.
    Keep,
}

impl ButtonAction {
    /// In the order of declaration.
    pub const ALL: [Self; 5] = [Self::Confirm, Self::Reschedule, Self::Cancel, Self::CancelYes, Self::Keep];

    /// The word in the payload. It must never change, because buttons stay in patients' chats.
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

/// A pressed button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ButtonReply<'a> {
    pub action: ButtonAction,
    /// 1 to [`MAX_REFERENCE_BYTES`] characters of `[A-Za-z0-9_-]`. Twilio's signature proves that the sender
    /// pressed the button, not that the notification was theirs: the caller must check that.
    pub reference: &'a str,
}

/// The maximum length of a reference in bytes; an id has 36.
pub const MAX_REFERENCE_BYTES: usize = 64;

/// Parses a payload; `None` if it isn't exactly of the form that [`button_payload`] writes.
#[must_use]
pub fn parse_button(payload: &str) -> Option<ButtonReply<'_>> {
    let (word, reference) = payload.split_once(':')?;
    let action = ButtonAction::ALL.into_iter().find(|action| action.word() == word)?;
    is_reference(reference).then_some(ButtonReply { action, reference })
}

/// Formats a payload. `reference` must be of the form that [`ButtonReply::reference`] documents.
#[must_use]
pub fn button_payload(action: ButtonAction, reference: &str) -> String {
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
    fn payloads_that_were_sent_before_are_still_accepted() {
        let id = "019b2f3e-7a10-7cc1-9d7e-0242ac120002";
        for (payload, action) in [
            ("confirm", ButtonAction::Confirm),
            ("reschedule", ButtonAction::Reschedule),
            ("cancel", ButtonAction::Cancel),
            ("cancel_yes", ButtonAction::CancelYes),
            ("keep", ButtonAction::Keep),
        ] {
            let payload = format!("{payload}:{id}");
            assert_eq!(parse_button(&payload), Some(ButtonReply { action, reference: id }));
        }
    }

    #[test]
    fn other_payloads_are_rejected() {
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
            assert_eq!(parse_button(payload), None, "{payload}");
        }
        assert_eq!(parse_button(&format!("keep:{}", "a".repeat(MAX_REFERENCE_BYTES + 1))), None);
    }

    proptest! {
        #[test]
        fn payloads_round_trip(action in prop::sample::select(&ButtonAction::ALL[..]),
                                    reference in "[A-Za-z0-9_-]{1,64}") {
            let written = button_payload(action, &reference);
            prop_assert_eq!(parse_button(&written), Some(ButtonReply { action, reference: &reference }));
        }

        #[test]
        fn any_accepted_payload_round_trips(text in "\\PC*") {
            if let Some(reply) = parse_button(&text) {
                prop_assert_eq!(button_payload(reply.action, reply.reference), text);
            }
        }
    }
}
