//! The texts of replies to inbound messages.

use super::dates::spell_date_time;
use super::emergency;
use super::numbered::{self, ListedAppointment};
use crate::language::Language;
use crate::name::Name;
use crate::prompt::ListedAction;
use crate::time::{Instant, Zone};

/// A reply to an inbound message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The appointment at this time is confirmed.
    Confirmed(Instant, Zone),
    /// The appointment at this time is cancelled.
    Cancelled(Instant, Zone),
    /// Asks whether to cancel the appointment at this time: 1 yes, 2 no.
    AskCancel(Instant, Zone),
    /// The appointment at this time is kept.
    Kept(Instant, Zone),
    /// Staff will offer another time; this one is held for now.
    RescheduleRequested(Instant, Zone),
    /// Asks which of these slots to take instead. One more number means none of them.
    Offer {
        /// Whether the slot that the patient chose was taken meanwhile.
        gone: bool,
        slots: Vec<Instant>,
        zone: Zone,
    },
    /// The clinic has closed the time of the appointment. Asks which of these slots to take instead, like
    /// [`Offer`](Self::Offer); without slots, staff will offer some.
    ClosedTime { at: Instant, slots: Vec<Instant>, zone: Zone },
    /// Asks for which appointment an action is meant.
    Which { about: ListedAction, lines: Vec<ListedAppointment> },
    /// Asks which of these actions is meant.
    Actions(Vec<(ListedAction, ListedAppointment)>),
    /// The patient left a question without an answer.
    NothingChanged,
    /// Answers thanks.
    Courtesy,
    /// The appointment was moved to this time, which the patient chose.
    MovedTo(Instant, Zone),
    /// The patient replied about a time that no longer applies; the appointment is now at this time.
    IsNowAt(Instant, Zone),
    /// The hold on the old time has expired.
    HoldExpired(Instant, Zone),
    /// The message wasn't understood; repeats the three choices.
    Unclear,
    /// Staff will answer.
    HandedOver,
    /// It is unknown which appointment the message means; staff will answer.
    NoAppointment,
    /// The sender's number belongs to no patient.
    UnknownSender {
        /// The only clinic of the deployment.
        clinic: Option<Name>,
        emergency_number: String,
    },
    /// The message may report an emergency: the number to call.
    Emergency { number: String },
    /// The appointment is over, moved or cancelled, so it can't be changed.
    TooLate,
    /// Media and voice messages aren't supported.
    NotText,
    /// Confirms the opt-out.
    OptedOut,
    /// Confirms the opt-in.
    OptedIn,
    /// The sender isn't the patient, and gets no more messages about them.
    WrongNumber,
}

impl Reply {
    /// Whether it says that the appointment takes place at its time.
    #[must_use]
    pub fn promises_time(&self) -> bool {
        matches!(self, Self::Confirmed(..) | Self::Kept(..) | Self::MovedTo(..) | Self::IsNowAt(..))
    }
}

/// The text of a reply.
#[must_use]
pub fn render_reply(reply: &Reply, language: Language) -> String {
    let spelled = |instant: &Instant, zone: &Zone| spell_date_time(*instant, *zone, language);
    match language {
        Language::Es => match reply {
            Reply::Confirmed(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("¡Gracias! Su cita del {date} a las {time} está confirmada.")
            }
            Reply::Cancelled(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Su cita del {date} a las {time} fue cancelada.")
            }
            Reply::AskCancel(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("¿Cancelar su cita del {date} a las {time}? Responda 1 Sí, cancelar o 2 Mantener.")
            }
            Reply::Kept(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Su cita del {date} a las {time} se mantiene.")
            }
            Reply::RescheduleRequested(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!(
                    "Recibimos su pedido de cambiar la cita del {date} a las {time}. Le escribiremos para acordar otra."
                )
            }
            Reply::Offer { gone, slots, zone } => {
                let intro =
                    if *gone { "Ese horario ya no está libre. Elija otro:" } else { "Elija un nuevo horario:" };
                numbered::times(intro, slots, *zone, language, "Ninguno de estos")
            }
            Reply::ClosedTime { at, slots, zone } => {
                let (date, time) = spelled(at, zone);
                let closed = format!("La clínica no podrá atender la cita del {date} a las {time}.");
                if slots.is_empty() {
                    format!("{closed} Una persona de la clínica escribirá para acordar otro horario.")
                } else {
                    numbered::times(
                        &format!("{closed} Elija otro horario:"),
                        slots,
                        *zone,
                        language,
                        "Ninguno de estos",
                    )
                }
            }
            Reply::Which { about, lines } => {
                let question = match about {
                    ListedAction::Confirm => "¿Qué cita quiere confirmar? Responda con un número:",
                    ListedAction::Reschedule => "¿Qué cita quiere cambiar? Responda con un número:",
                    ListedAction::Cancel => "¿Qué cita quiere cancelar? Responda con un número:",
                };
                numbered::appointments(question, lines, language)
            }
            Reply::Actions(lines) => {
                numbered::actions("Disculpe, ¿qué desea hacer? Responda con un número:", lines, language)
            }
            Reply::NothingChanged => "De acuerdo, no cambiamos nada.".to_owned(),
            Reply::Courtesy => "Con gusto.".to_owned(),
            Reply::MovedTo(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("¡Listo! Su cita es ahora el {date} a las {time}.")
            }
            Reply::IsNowAt(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Esa cita cambió: ahora es el {date} a las {time}.")
            }
            Reply::HoldExpired(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!(
                    "Ya no reservamos su horario del {date} a las {time}. Una persona de la clínica le escribirá para \
                     acordar otro."
                )
            }
            Reply::Unclear => "No le entendimos. Responda 1 Confirmar, 2 Reprogramar o 3 Cancelar.".to_owned(),
            Reply::HandedOver => "Una persona de la clínica le responderá.".to_owned(),
            Reply::NoAppointment => {
                "No sabemos de qué cita nos habla. Una persona de la clínica le responderá.".to_owned()
            }
            Reply::UnknownSender { clinic, emergency_number } => {
                emergency::unknown_sender(clinic.as_ref(), emergency_number, language)
            }
            Reply::Emergency { number } => emergency::emergency(number, language),
            Reply::TooLate => {
                "Esa cita ya no se puede cambiar por este medio. Llame a la clínica, por favor.".to_owned()
            }
            Reply::NotText => {
                "No podemos leer audios, imágenes ni documentos. Responda 1 Confirmar, 2 Reprogramar o 3 Cancelar."
                    .to_owned()
            }
            Reply::OptedOut => "No le enviaremos más mensajes. Escriba ALTA para volver a recibirlos.".to_owned(),
            Reply::WrongNumber => "Gracias por avisar. No le escribiremos más sobre esta persona.".to_owned(),
            Reply::OptedIn => "Volverá a recibir nuestros mensajes. Escriba BAJA para dejar de recibirlos.".to_owned(),
        },
        Language::Pt => match reply {
            Reply::Confirmed(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Obrigado! Sua consulta de {date} às {time} está confirmada.")
            }
            Reply::Cancelled(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Sua consulta de {date} às {time} foi cancelada.")
            }
            Reply::AskCancel(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Cancelar sua consulta de {date} às {time}? Responda 1 Sim, cancelar ou 2 Manter.")
            }
            Reply::Kept(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Sua consulta de {date} às {time} está mantida.")
            }
            Reply::RescheduleRequested(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!(
                    "Recebemos seu pedido para mudar a consulta de {date} às {time}. Escreveremos para combinar outra."
                )
            }
            Reply::Offer { gone, slots, zone } => {
                let intro = if *gone {
                    "Esse horário já não está livre. Escolha outro:"
                } else {
                    "Escolha um novo horário:"
                };
                numbered::times(intro, slots, *zone, language, "Nenhum destes")
            }
            Reply::ClosedTime { at, slots, zone } => {
                let (date, time) = spelled(at, zone);
                let closed = format!("A clínica não poderá atender a consulta de {date} às {time}.");
                if slots.is_empty() {
                    format!("{closed} Uma pessoa da clínica escreverá para combinar outro horário.")
                } else {
                    numbered::times(
                        &format!("{closed} Escolha outro horário:"),
                        slots,
                        *zone,
                        language,
                        "Nenhum destes",
                    )
                }
            }
            Reply::Which { about, lines } => {
                let question = match about {
                    ListedAction::Confirm => "Qual consulta quer confirmar? Responda com um número:",
                    ListedAction::Reschedule => "Qual consulta quer mudar? Responda com um número:",
                    ListedAction::Cancel => "Qual consulta quer cancelar? Responda com um número:",
                };
                numbered::appointments(question, lines, language)
            }
            Reply::Actions(lines) => {
                numbered::actions("Desculpe, o que deseja fazer? Responda com um número:", lines, language)
            }
            Reply::NothingChanged => "Certo, não mudamos nada.".to_owned(),
            Reply::Courtesy => "Por nada.".to_owned(),
            Reply::MovedTo(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Pronto! Sua consulta agora é em {date} às {time}.")
            }
            Reply::IsNowAt(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Essa consulta mudou: agora é em {date} às {time}.")
            }
            Reply::HoldExpired(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!(
                    "Já não reservamos seu horário de {date} às {time}. Uma pessoa da clínica escreverá para \
                     combinar outro."
                )
            }
            Reply::Unclear => "Não entendemos. Responda 1 Confirmar, 2 Remarcar ou 3 Cancelar.".to_owned(),
            Reply::HandedOver => "Uma pessoa da clínica vai responder.".to_owned(),
            Reply::NoAppointment => {
                "Não sabemos de qual consulta se trata. Uma pessoa da clínica vai responder.".to_owned()
            }
            Reply::UnknownSender { clinic, emergency_number } => {
                emergency::unknown_sender(clinic.as_ref(), emergency_number, language)
            }
            Reply::Emergency { number } => emergency::emergency(number, language),
            Reply::TooLate => {
                "Essa consulta não pode mais ser alterada por aqui. Ligue para a clínica, por favor.".to_owned()
            }
            Reply::NotText => {
                "Não conseguimos ler áudios, imagens nem documentos. Responda 1 Confirmar, 2 Remarcar ou 3 Cancelar."
                    .to_owned()
            }
            Reply::OptedOut => "Não enviaremos mais mensagens. Escreva VOLTAR para recebê-las de novo.".to_owned(),
            Reply::WrongNumber => "Obrigado por avisar. Não escreveremos mais sobre essa pessoa.".to_owned(),
            Reply::OptedIn => {
                "Você voltará a receber nossas mensagens. Escreva SAIR para deixar de recebê-las.".to_owned()
            }
        },
        Language::En => match reply {
            Reply::Confirmed(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Thank you! Your visit on {date} at {time} is confirmed.")
            }
            Reply::Cancelled(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Your visit on {date} at {time} was cancelled.")
            }
            Reply::AskCancel(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Cancel your visit on {date} at {time}? Reply 1 Yes, cancel or 2 Keep it.")
            }
            Reply::Kept(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Your visit on {date} at {time} stands.")
            }
            Reply::RescheduleRequested(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("We got your request to move the visit on {date} at {time}. We will write to agree on another.")
            }
            Reply::Offer { gone, slots, zone } => {
                let intro =
                    if *gone { "That time is gone. Please choose another:" } else { "Please choose a new time:" };
                numbered::times(intro, slots, *zone, language, "None of these")
            }
            Reply::ClosedTime { at, slots, zone } => {
                let (date, time) = spelled(at, zone);
                let closed = format!("The appointment on {date} at {time} can't take place.");
                if slots.is_empty() {
                    format!("{closed} Somebody at the clinic will write to agree on another time.")
                } else {
                    numbered::times(
                        &format!("{closed} Please choose another time:"),
                        slots,
                        *zone,
                        language,
                        "None of these",
                    )
                }
            }
            Reply::Which { about, lines } => {
                let question = match about {
                    ListedAction::Confirm => "Which appointment do you want to confirm? Reply with a number:",
                    ListedAction::Reschedule => "Which appointment do you want to move? Reply with a number:",
                    ListedAction::Cancel => "Which appointment do you want to cancel? Reply with a number:",
                };
                numbered::appointments(question, lines, language)
            }
            Reply::Actions(lines) => {
                numbered::actions("Sorry, what would you like to do? Reply with a number:", lines, language)
            }
            Reply::NothingChanged => "All right, nothing was changed.".to_owned(),
            Reply::Courtesy => "You are welcome.".to_owned(),
            Reply::MovedTo(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("Done! Your visit is now on {date} at {time}.")
            }
            Reply::IsNowAt(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!("That visit has moved: it is now on {date} at {time}.")
            }
            Reply::HoldExpired(at, zone) => {
                let (date, time) = spelled(at, zone);
                format!(
                    "We no longer hold your time on {date} at {time}. Somebody at the clinic will write to agree \
                     on another."
                )
            }
            Reply::Unclear => "We did not understand. Reply 1 Confirm, 2 Reschedule or 3 Cancel.".to_owned(),
            Reply::HandedOver => "Somebody at the clinic will answer you.".to_owned(),
            Reply::NoAppointment => {
                "We do not know which visit you mean. Somebody at the clinic will answer you.".to_owned()
            }
            Reply::UnknownSender { clinic, emergency_number } => {
                emergency::unknown_sender(clinic.as_ref(), emergency_number, language)
            }
            Reply::Emergency { number } => emergency::emergency(number, language),
            Reply::TooLate => "That visit can no longer be changed here. Please call the clinic.".to_owned(),
            Reply::NotText => {
                "We cannot read audio, pictures or documents. Reply 1 Confirm, 2 Reschedule or 3 Cancel.".to_owned()
            }
            Reply::OptedOut => "We will not write again. Write START to hear from us again.".to_owned(),
            Reply::WrongNumber => "Thank you for telling us. We will not write about that person again.".to_owned(),
            Reply::OptedIn => "You will hear from us again. Write STOP to end it.".to_owned(),
        },
    }
}
