//! Messages that go out without a question before them. WhatsApp delivers such a one only as a template
//! that it has approved before; in Twilio's sandbox the same words go as free text.
//!
//! [`Template::text`] has the words, with names in braces for what differs from message to message.
//! Numbered in the order in which they stand there ([`Template::approved`]) they are what is handed in
//! for approval: `infra/docs/messaging.md` has the table. The reminder's template has three quick replies besides, whose
//! payloads end in the variable after the last one: the notification's id.

use super::dates::spelled;
use super::variable::Variable;
use crate::ids::NotificationId;
use crate::language::Language;
use crate::time::{Instant, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Templates. A row keeps which one its message is of, so that the words are made when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// "Your appointment is on …".
    Reminder,
    /// Staff have made an appointment.
    Created,
    /// Staff have cancelled it.
    Cancelled,
    /// Staff have moved it: to the time that the text names.
    Moved,
    /// A reminder went out that was just being taken back: the time that it named is off.
    Correction,
}

impl Template {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Reminder, Self::Created, Self::Cancelled, Self::Moved, Self::Correction];

    /// The name: in settings, and before the language where clients see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Created => "created",
            Self::Cancelled => "cancelled",
            Self::Moved => "moved",
            Self::Correction => "correction",
        }
    }

    /// The template of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.name() == name)
    }

    /// The words.
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        use Language::{En, Es, Pt};
        match (self, language) {
            (Self::Reminder, Es) => {
                "Hola {name}, le recordamos su cita en {clinic} el {date} a las {time}. Dirección: {address}. \
                 Responda 1 Confirmar, 2 Reprogramar o 3 Cancelar."
            }
            (Self::Reminder, Pt) => {
                "Olá {name}, lembramos da sua consulta em {clinic} em {date} às {time}. Endereço: {address}. \
                 Responda 1 Confirmar, 2 Remarcar ou 3 Cancelar."
            }
            (Self::Reminder, En) => {
                "Hello {name}, this is a reminder of your appointment at {clinic} on {date} at {time}. Address: {address}. \
                 Reply 1 Confirm, 2 Reschedule or 3 Cancel."
            }
            (Self::Created, Es) => {
                "Hola {name}, su cita en {clinic} quedó agendada para el {date} a las {time}. Dirección: {address}. \
                 Gracias por confiar en nosotros."
            }
            (Self::Created, Pt) => {
                "Olá {name}, sua consulta em {clinic} foi marcada para {date} às {time}. Endereço: {address}. \
                 Obrigado pela confiança."
            }
            (Self::Created, En) => {
                "Hello {name}, your appointment at {clinic} is booked for {date} at {time}. Address: {address}. \
                 Thank you for your trust."
            }
            (Self::Cancelled, Es) => {
                "Hola {name}, su cita en {clinic} del {date} a las {time} fue cancelada. Para pedir otra, \
                 comuníquese con la clínica."
            }
            (Self::Cancelled, Pt) => {
                "Olá {name}, sua consulta em {clinic} de {date} às {time} foi cancelada. Para marcar outra, \
                 fale com a clínica."
            }
            (Self::Cancelled, En) => {
                "Hello {name}, your appointment at {clinic} on {date} at {time} was cancelled. To ask for another one, \
                 please call the clinic."
            }
            (Self::Moved, Es) => {
                "Hola {name}, su cita en {clinic} cambió: ahora es el {date} a las {time}. Dirección: {address}. \
                 Si no puede venir, comuníquese con la clínica."
            }
            (Self::Moved, Pt) => {
                "Olá {name}, sua consulta em {clinic} mudou: agora é em {date} às {time}. Endereço: {address}. \
                 Se não puder vir, fale com a clínica."
            }
            (Self::Moved, En) => {
                "Hello {name}, your appointment at {clinic} has moved: it is now on {date} at {time}. Address: {address}. \
                 If you can't come, please call the clinic."
            }
            (Self::Correction, Es) => {
                "Hola {name}, no tenga en cuenta el recordatorio anterior: la cita en {clinic} del {date} a las {time} \
                 cambió o se canceló."
            }
            (Self::Correction, Pt) => {
                "Olá {name}, desconsidere o lembrete anterior: a consulta em {clinic} de {date} às {time} mudou ou \
                 foi cancelada."
            }
            (Self::Correction, En) => {
                "Hello {name}, please ignore the earlier reminder: the appointment at {clinic} on {date} at {time} was \
                 moved or cancelled."
            }
        }
    }

    /// The same with numbers, as Twilio has templates approved: `{{1}}` is the first.
    #[must_use]
    pub fn approved(self, language: Language) -> String {
        let mut number = 0;
        render(self.text(language), |_| {
            number += 1;
            format!("{{{{{number}}}}}")
        })
    }
}

/// What a message is about.
#[derive(Clone)]
pub struct Occasion<'a> {
    /// The patient's language.
    pub language: Language,
    /// The patient's given names.
    pub first_name: &'a str,
    /// The clinic's name.
    pub clinic: &'a str,
    /// The clinic's address.
    pub address: Option<&'a str>,
    /// When the appointment begins.
    pub start: Instant,
    /// The clinic's clock.
    pub zone: Zone,
}

impl Occasion<'_> {
    /// The words of a template for this occasion.
    #[must_use]
    pub fn body(&self, template: Template) -> String {
        render(template.text(self.language), |name| self.value(name).into_text())
    }

    /// The values of the approved template by their numbers; the last is the notification's id, for the
    /// buttons to carry back.
    #[must_use]
    pub fn variables(&self, template: Template, id: NotificationId) -> BTreeMap<String, String> {
        let mut values = Vec::new();
        render(template.text(self.language), |name| {
            values.push(self.value(name).into_text());
            String::new()
        });
        if template == Template::Reminder {
            values.push(id.to_string());
        }
        (1..).zip(values).map(|(number, value): (u32, String)| (number.to_string(), value)).collect()
    }

    fn value(&self, name: &str) -> Variable {
        let (date, time) = spelled(self.start, self.zone, self.language);
        let [nobody, nowhere] = match self.language {
            Language::Es => ["paciente", "consulte con la clínica"],
            Language::Pt => ["paciente", "consulte a clínica"],
            Language::En => ["patient", "please ask the clinic"],
        };
        match name {
            "name" => Variable::new(self.first_name, nobody),
            "clinic" => Variable::new(self.clinic, "-"),
            "address" => Variable::new(self.address.unwrap_or_default(), nowhere),
            "date" => Variable::new(&date, "-"),
            "time" => Variable::new(&time, "-"),
            _ => Variable::new("", "-"),
        }
    }
}

/// A text with its names filled in. What is filled in is not looked at again: a patient may be called
/// `{date}`.
fn render(text: &str, mut value: impl FnMut(&str) -> String) -> String {
    let mut rendered = String::new();
    let mut rest = text;
    while let Some((before, name, after)) =
        rest.split_once('{').and_then(|(before, tail)| tail.split_once('}').map(|(name, after)| (before, name, after)))
    {
        rendered.push_str(before);
        rendered.push_str(&value(name));
        rest = after;
    }
    rendered + rest
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
