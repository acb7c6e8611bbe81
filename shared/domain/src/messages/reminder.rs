//! The reminder: the only message that goes out without a question before it, and so the one that
//! needs an approved template.

use super::dates::spelled;
use crate::ids::NotificationId;
use crate::language::Language;
use crate::time::{Instant, Zone};
use std::collections::BTreeMap;

/// What a reminder says.
#[derive(Clone)]
pub struct ReminderText<'a> {
    /// The language.
    pub language: Language,
    /// The patient's given names.
    pub first_name: &'a str,
    /// The clinic's name.
    pub clinic: &'a str,
    /// The clinic's address.
    pub address: Option<&'a str>,
    /// When the visit begins.
    pub start: Instant,
    /// The clinic's clock.
    pub zone: Zone,
}

/// A value that WhatsApp takes in a template: never empty, on one line, without runs of blanks, of
/// at most 60 characters. Twilio refuses others (error 21656).
#[derive(Clone, PartialEq, Eq)]
pub struct Variable(String);

impl Variable {
    /// Makes a value fit. `fallback` stands in for an empty one.
    #[must_use]
    pub fn new(text: &str, fallback: &str) -> Self {
        let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        let line: String = line.chars().take(60).collect();
        let line = line.trim_end();
        Self(if line.is_empty() { fallback } else { line }.to_owned())
    }

    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ReminderText<'_> {
    /// The values of the approved template: 1 given name, 2 clinic, 3 date, 4 time, 5 address,
    /// 6 the notification's id, which the buttons carry back.
    #[must_use]
    pub fn variables(&self, id: NotificationId) -> BTreeMap<String, String> {
        let [name, clinic, date, time, address] = self.values();
        let values = [name.0, clinic.0, date.0, time.0, address.0, id.to_string()];
        (1..).zip(values).map(|(number, value): (u32, String)| (number.to_string(), value)).collect()
    }

    /// The same as free text, with numbers instead of buttons: for the sandbox.
    #[must_use]
    pub fn body(&self) -> String {
        let [name, clinic, date, time, address] = self.values().map(|value| value.0);
        match self.language {
            Language::Es => format!(
                "Hola {name}, le recordamos su cita en {clinic} ({address}) el {date} a las {time}. \
                 Responda 1 Confirmar, 2 Reprogramar o 3 Cancelar."
            ),
            Language::Pt => format!(
                "Olá {name}, lembramos da sua consulta em {clinic} ({address}) em {date} às {time}. \
                 Responda 1 Confirmar, 2 Remarcar ou 3 Cancelar."
            ),
            Language::En => format!(
                "Hello {name}, this is a reminder of your visit at {clinic} ({address}) on {date} at {time}. \
                 Reply 1 Confirm, 2 Reschedule or 3 Cancel."
            ),
        }
    }

    fn values(&self) -> [Variable; 5] {
        let (date, time) = spelled(self.start, self.zone, self.language);
        let nobody = match self.language {
            Language::Es => "paciente",
            Language::Pt => "paciente",
            Language::En => "patient",
        };
        [
            Variable::new(self.first_name, nobody),
            Variable::new(self.clinic, "-"),
            Variable(date),
            Variable(time),
            Variable::new(self.address.unwrap_or_default(), "-"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id as _;

    #[test]
    fn hostile_values_fit_a_template() {
        let emoji = "👩‍⚕️".repeat(100);
        for hostile in ["", "  ", "a\nb\tc", "a     b", &"x".repeat(200), &emoji, "\u{0}\u{7f}"] {
            let value = Variable::new(hostile, "-");
            let text = value.as_str();
            assert!(!text.is_empty() && text.chars().count() <= 60, "{hostile:?}");
            assert!(!text.contains("  ") && !text.chars().any(char::is_control), "{hostile:?}");
        }
    }

    #[test]
    fn the_sandbox_text_and_the_template_say_the_same() {
        let text = ReminderText {
            language: Language::Es,
            first_name: "Lucía",
            clinic: "Clínica Norte",
            address: Some("Av. Siempreviva 742"),
            start: Instant::parse("2025-12-12T13:00:00Z").unwrap(),
            zone: Zone::parse("America/Argentina/Buenos_Aires").unwrap(),
        };
        let body = text.body();
        let variables = text.variables(NotificationId::nobody());
        for number in ["1", "2", "3", "4", "5"] {
            assert!(body.contains(&variables[number]), "{number}: {body}");
        }
        assert_eq!(
            body,
            "Hola Lucía, le recordamos su cita en Clínica Norte (Av. Siempreviva 742) el viernes 12 de diciembre a \
             las 10:00. Responda 1 Confirmar, 2 Reprogramar o 3 Cancelar."
        );
    }
}
