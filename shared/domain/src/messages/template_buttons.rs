//! The quick-reply buttons of templates. Each works like the number that the text gives it.

use super::template::Template;
use crate::language::Language;
use crate::reply::{ButtonAction, button_payload};

/// A button of a template.
#[derive(Clone, PartialEq, Eq)]
pub struct TemplateButton {
    /// At most 20 characters: WhatsApp's limit.
    pub title: &'static str,
    /// As it is submitted for approval: `confirm:{{6}}`. The variable is the notification's id.
    pub payload: String,
}

crate::opaque!(TemplateButton);

impl Template {
    /// The buttons in their order.
    #[must_use]
    pub fn buttons(self, language: Language) -> Vec<TemplateButton> {
        if self != Self::Reminder {
            return Vec::new();
        }
        let titles = match language {
            Language::Es => ["Confirmar", "Reprogramar", "Cancelar"],
            Language::Pt => ["Confirmar", "Remarcar", "Cancelar"],
            Language::En => ["Confirm", "Reschedule", "Cancel"],
        };
        let id = format!("{{{{{}}}}}", self.text(language).matches('{').count() + 1);
        let actions = [ButtonAction::Confirm, ButtonAction::Reschedule, ButtonAction::Cancel];
        let button = |(title, action)| TemplateButton { title, payload: format!("{}{id}", button_payload(action, "")) };
        titles.into_iter().zip(actions).map(button).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_has_the_variable_after_those_of_the_text() {
        for language in Language::ALL {
            let payloads: Vec<String> =
                Template::Reminder.buttons(language).into_iter().map(|button| button.payload).collect();
            assert_eq!(payloads, ["confirm:{{6}}", "reschedule:{{6}}", "cancel:{{6}}"]);
            assert!(Template::Reminder.numbered_text(language).contains("{{5}}"));
        }
    }

    #[test]
    fn titles_are_short_enough_and_stand_in_the_text() {
        for template in Template::ALL {
            for language in Language::ALL {
                for TemplateButton { title, .. } in template.buttons(language) {
                    assert!(title.chars().count() <= 20);
                    assert!(template.text(language).contains(title), "{template:?}: {title}");
                }
            }
        }
    }
}
