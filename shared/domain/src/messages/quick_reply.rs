//! Quick replies: texts that the staff of a clinic often answer with. Their variables are filled from the appointment
//! that the answered message is about.

use super::dates::spell_date_time;
use super::template::render;
use crate::language::Language;
use crate::text::{Line, Note};
use crate::time::{Instant, Zone};
use crate::violation::Rule;
use serde::{Deserialize, Serialize};

/// Maximum length of a text, which is that of an answer.
pub const MAX_TEXT: usize = 1000;

/// A text that staff find by its shortcut, in at least one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuickReply {
    /// Unique in its clinic, without case.
    pub shortcut: Line<20>,
    pub es: Option<QuickReplyText>,
    pub pt: Option<QuickReplyText>,
    pub en: Option<QuickReplyText>,
}

impl QuickReply {
    /// The text in a language, or in the first one that it has, with its variables filled. `None` if one of them has no
    /// value.
    #[must_use]
    pub fn filled(&self, language: Language, context: &QuickReplyContext<'_>) -> Option<String> {
        let languages = [language].into_iter().chain(Language::ALL);
        let (language, text) = languages.into_iter().find_map(|it| self.text(it).map(|text| (it, text)))?;
        text.filled(language, context)
    }

    fn text(&self, language: Language) -> Option<&QuickReplyText> {
        match language {
            Language::Es => self.es.as_ref(),
            Language::Pt => self.pt.as_ref(),
            Language::En => self.en.as_ref(),
        }
    }
}

/// Whether two quick replies have the same shortcut, without case.
#[must_use]
pub fn has_repeated_shortcut<'a>(shortcuts: impl Iterator<Item = &'a Line<20>>) -> bool {
    let mut known = std::collections::BTreeSet::new();
    shortcuts.into_iter().any(|shortcut| !known.insert(shortcut.as_str().to_lowercase()))
}

/// A text with variables in braces, such as `{date}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QuickReplyText(Note<MAX_TEXT>);

impl QuickReplyText {
    /// The variables that a text may have.
    pub const VARIABLES: &'static [&'static str] = &["{name}", "{date}", "{time}", "{doctor}", "{clinic}", "{phone}"];

    /// Parses an optional text; an empty one counts as missing.
    ///
    /// # Errors
    /// [`Rule::TooLong`], [`Rule::Characters`]; [`Rule::Variables`] for braces around anything else.
    pub fn optional(text: Option<&str>) -> Result<Option<Self>, Rule> {
        let Some(text) = Note::optional(text)? else { return Ok(None) };
        let mut is_known = true;
        render(text.as_str(), |name| {
            is_known &= Variable::parse(name).is_some();
            String::new()
        });
        if is_known { Ok(Some(Self(text))) } else { Err(Rule::Variables(Self::VARIABLES)) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn filled(&self, language: Language, context: &QuickReplyContext<'_>) -> Option<String> {
        let mut is_complete = true;
        let text = render(self.as_str(), |name| {
            let value = Variable::parse(name).and_then(|variable| context.value(variable, language));
            is_complete &= value.is_some();
            value.unwrap_or_default()
        });
        is_complete.then_some(text)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variable {
    Name,
    Date,
    Time,
    Doctor,
    Clinic,
    Phone,
}

impl Variable {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "name" => Self::Name,
            "date" => Self::Date,
            "time" => Self::Time,
            "doctor" => Self::Doctor,
            "clinic" => Self::Clinic,
            "phone" => Self::Phone,
            _ => return None,
        })
    }
}

/// What the variables are filled from.
pub struct QuickReplyContext<'a> {
    /// The patient's.
    pub first_name: &'a str,
    pub doctor: &'a str,
    pub clinic: &'a str,
    /// The clinic's number.
    pub phone: Option<&'a str>,
    /// Of the appointment.
    pub start: Instant,
    /// The clinic's time zone.
    pub zone: Zone,
}

impl QuickReplyContext<'_> {
    fn value(&self, variable: Variable, language: Language) -> Option<String> {
        let (date, time) = spell_date_time(self.start, self.zone, language);
        let value = match variable {
            Variable::Name => self.first_name,
            Variable::Date => &date,
            Variable::Time => &time,
            Variable::Doctor => self.doctor,
            Variable::Clinic => self.clinic,
            Variable::Phone => self.phone?,
        };
        (!value.is_empty()).then(|| value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(phone: Option<&'static str>) -> QuickReplyContext<'static> {
        QuickReplyContext {
            first_name: "{date}",
            doctor: "Ana Gómez",
            clinic: "Centro",
            phone,
            start: Instant::parse("2025-12-12T13:00:00Z").unwrap(),
            zone: Zone::parse("America/Argentina/Buenos_Aires").unwrap(),
        }
    }

    fn text(text: &str) -> Option<QuickReplyText> {
        QuickReplyText::optional(Some(text)).unwrap()
    }

    #[test]
    fn every_variable_is_known_and_nothing_else_is_one() {
        let all = QuickReplyText::VARIABLES.join(" ");
        let reply = QuickReply { shortcut: Line::parse("a").unwrap(), es: text(&all), pt: None, en: None };
        assert_eq!(
            reply.filled(Language::Es, &context(Some("+5411"))).unwrap(),
            "{date} viernes 12 de diciembre 10:00 Ana Gómez Centro +5411"
        );
        for unknown in ["{diagnosis}", "{Name}", "{ name }", "{}", "{name} {x}", "{{name}}"] {
            let refused = QuickReplyText::optional(Some(unknown)).unwrap_err();
            assert_eq!(refused, Rule::Variables(QuickReplyText::VARIABLES), "{unknown}");
        }
        for plain in ["a { b", "a } b", "sin variables"] {
            assert_eq!(text(plain).unwrap().filled(Language::Es, &context(None)).unwrap(), plain);
        }
    }

    #[test]
    fn a_text_without_a_value_for_a_variable_is_left_out() {
        for (words, expected) in [("Llame al {phone}", None), ("Con {doctor}", Some("Con Ana Gómez".to_owned()))] {
            assert_eq!(text(words).unwrap().filled(Language::Es, &context(None)), expected);
        }
    }

    /// The date is in the language of the text, also where that isn't the patient's.
    #[test]
    fn the_text_is_in_the_language_of_the_patient_or_in_another_one() {
        let reply = |es, pt, en| QuickReply { shortcut: Line::parse("a").unwrap(), es, pt, en };
        let both = reply(text("el {date}"), text("em {date}"), None);
        let only_en = reply(None, None, text("on {date}"));
        for (reply, language, expected) in [
            (&both, Language::Pt, "em sexta-feira 12 de dezembro"),
            (&both, Language::Es, "el viernes 12 de diciembre"),
            (&both, Language::En, "el viernes 12 de diciembre"),
            (&only_en, Language::Es, "on Friday, December 12"),
        ] {
            assert_eq!(reply.filled(language, &context(None)).as_deref(), Some(expected));
        }
        assert_eq!(reply(None, None, None).filled(Language::Es, &context(None)), None);
    }

    #[test]
    fn shortcuts_are_compared_without_case() {
        for (shortcuts, expected) in [(["Ayuno", "ayuno"], true), (["Ayuno", "ayunos"], false), (["ÑU", "ñu"], true)]
        {
            let lines = shortcuts.map(|shortcut| Line::parse(shortcut).unwrap());
            assert_eq!(has_repeated_shortcut(lines.iter()), expected, "{shortcuts:?}");
        }
    }
}
