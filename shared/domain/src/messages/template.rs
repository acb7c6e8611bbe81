//! Templates of messages that the clinic initiates. WhatsApp delivers them only as templates that it has
//! approved; in Twilio's sandbox the same text is sent as free text.
//!
//! [`Template::text`] returns the text with named variables in braces. [`Template::numbered_text`] numbers
//! them in their order; that form is submitted for approval (`infra/docs/messaging.md` has the table). The
//! reminder also has three quick replies. Their payloads end in one more variable, the notification's id.

use super::dates::spell_date_time;
use super::variable::TemplateVariable;
use crate::ids::NotificationId;
use crate::language::Language;
use crate::time::{Instant, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A template. A notification's row holds it, and the text is rendered when the message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// Asks the patient to confirm a coming appointment.
    Reminder,
    /// Staff booked the appointment.
    Created,
    /// Staff cancelled the appointment.
    Cancelled,
    /// Staff moved the appointment to the time in the text.
    Moved,
    /// A message was sent although it was being withdrawn: the appointment at that time was moved or cancelled.
    Correction,
    /// The patient was told that the appointment is off, and it takes place after all.
    Reopened,
    /// Staff answered a message after the time in which WhatsApp takes free text. The answer follows the patient's reply.
    DeskAnswer,
}

impl Template {
    pub const ALL: [Self; 7] = [
        Self::Reminder,
        Self::Created,
        Self::Cancelled,
        Self::Moved,
        Self::Correction,
        Self::Reopened,
        Self::DeskAnswer,
    ];

    /// The name, as in settings. API clients see it with the language appended.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Created => "created",
            Self::Cancelled => "cancelled",
            Self::Moved => "moved",
            Self::Correction => "correction",
            Self::Reopened => "reopened",
            Self::DeskAnswer => "desk_answer",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.name() == name)
    }

    /// Whether it says that the appointment takes place.
    #[must_use]
    pub fn takes_place(self) -> bool {
        match self {
            Self::Reminder | Self::Created | Self::Moved | Self::Reopened => true,
            Self::Cancelled | Self::Correction | Self::DeskAnswer => false,
        }
    }

    /// The text with variables in braces, as `{name}`.
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
                "Hello {name}, this is a reminder of your visit at {clinic} on {date} at {time}. Address: {address}. \
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
                "Hello {name}, your visit at {clinic} is booked for {date} at {time}. Address: {address}. \
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
                "Hello {name}, your visit at {clinic} on {date} at {time} was cancelled. To ask for another one, \
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
                "Hello {name}, your visit at {clinic} has moved: it is now on {date} at {time}. Address: {address}. \
                 If you can't come, please call the clinic."
            }
            (Self::Correction, Es) => {
                "Hola {name}, no tenga en cuenta el mensaje anterior: la cita en {clinic} del {date} a las {time} \
                 cambió o se canceló."
            }
            (Self::Correction, Pt) => {
                "Olá {name}, desconsidere a mensagem anterior: a consulta em {clinic} de {date} às {time} mudou ou \
                 foi cancelada."
            }
            (Self::Correction, En) => {
                "Hello {name}, please ignore the earlier message: the visit at {clinic} on {date} at {time} was \
                 moved or cancelled."
            }
            (Self::Reopened, Es) => {
                "Hola {name}, no tenga en cuenta el mensaje anterior: su cita en {clinic} del {date} a las {time} \
                 sigue en pie. Dirección: {address}. Si no puede venir, comuníquese con la clínica."
            }
            (Self::Reopened, Pt) => {
                "Olá {name}, desconsidere a mensagem anterior: sua consulta em {clinic} de {date} às {time} continua \
                 marcada. Endereço: {address}. Se não puder vir, fale com a clínica."
            }
            (Self::Reopened, En) => {
                "Hello {name}, please ignore the earlier message: your visit at {clinic} on {date} at {time} takes \
                 place. Address: {address}. If you can't come, please call the clinic."
            }
            (Self::DeskAnswer, Es) => {
                "Tenemos una respuesta de {clinic} a su mensaje sobre la cita de {name}. Responda 1 para leerla o llame \
                 al {phone}. Gracias."
            }
            (Self::DeskAnswer, Pt) => {
                "Temos uma resposta de {clinic} à sua mensagem sobre a consulta de {name}. Responda 1 para ler ou ligue \
                 para {phone}. Obrigado."
            }
            (Self::DeskAnswer, En) => {
                "We have an answer from {clinic} to your message about the appointment of {name}. Reply 1 to read it or \
                 call {phone}. Thank you."
            }
        }
    }

    /// The text with numbered variables (`{{1}}` is the first), as it is submitted for approval.
    #[must_use]
    pub fn numbered_text(self, language: Language) -> String {
        let mut number = 0;
        render(self.text(language), |_| {
            number += 1;
            format!("{{{{{number}}}}}")
        })
    }
}

/// The values of the variables of a template.
#[derive(Clone)]
pub struct TemplateContext<'a> {
    pub language: Language,
    pub first_name: &'a str,
    pub clinic: &'a str,
    pub address: Option<&'a str>,
    /// The clinic's number.
    pub phone: Option<&'a str>,
    pub start: Instant,
    /// The clinic's time zone.
    pub zone: Zone,
}

impl TemplateContext<'_> {
    /// The rendered text of a template.
    #[must_use]
    pub fn body(&self, template: Template) -> String {
        render(template.text(self.language), |name| self.value(name).into_text())
    }

    /// The values of the approved template by number. For a reminder the last one is the notification's id, which
    /// its buttons return.
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

    fn value(&self, name: &str) -> TemplateVariable {
        let (date, time) = spell_date_time(self.start, self.zone, self.language);
        let [nobody, nowhere, no_number] = match self.language {
            Language::Es => ["paciente", "consulte con la clínica", "teléfono de la clínica"],
            Language::Pt => ["paciente", "consulte a clínica", "a clínica"],
            Language::En => ["patient", "please ask the clinic", "the clinic"],
        };
        match name {
            "name" => TemplateVariable::new(self.first_name, nobody),
            "clinic" => TemplateVariable::new(self.clinic, "-"),
            "address" => TemplateVariable::new(self.address.unwrap_or_default(), nowhere),
            "phone" => TemplateVariable::new(self.phone.unwrap_or_default(), no_number),
            "date" => TemplateVariable::new(&date, "-"),
            "time" => TemplateVariable::new(&time, "-"),
            _ => TemplateVariable::new("", "-"),
        }
    }
}

/// Replaces the variables of a text. Values are not expanded again: a patient may be called `{date}`.
pub(super) fn render(text: &str, mut value: impl FnMut(&str) -> String) -> String {
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
