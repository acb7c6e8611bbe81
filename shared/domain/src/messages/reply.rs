//! The texts of replies to inbound messages.

use super::dates::spell_date_time;
use super::numbered;
use crate::language::Language;
use crate::name::Name;
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
    /// Asks which appointment the patient means: first name, start and time zone of each.
    Which(Vec<(Name, Instant, Zone)>),
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
    /// The sender's number is unknown.
    UnknownSender,
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
                    numbered::times(&format!("{closed} Elija otro horario:"), slots, *zone, language, "Ninguno de estos")
                }
            }
            Reply::Which(appointments) => numbered::appointments("¿De qué cita nos habla?", appointments, language),
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
            Reply::NoAppointment => "No sabemos de qué cita nos habla. Una persona de la clínica le responderá.".to_owned(),
            Reply::UnknownSender => {
                "Este número solo atiende respuestas a nuestros recordatorios. Para pedir o cambiar una cita, llame a la \
                 clínica."
                    .to_owned()
            }
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
                    numbered::times(&format!("{closed} Escolha outro horário:"), slots, *zone, language, "Nenhum destes")
                }
            }
            Reply::Which(appointments) => numbered::appointments("De qual consulta se trata?", appointments, language),
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
            Reply::NoAppointment => "Não sabemos de qual consulta se trata. Uma pessoa da clínica vai responder.".to_owned(),
            Reply::UnknownSender => {
                "Este número só atende respostas aos nossos lembretes. Para marcar ou mudar uma consulta, ligue para a \
                 clínica."
                    .to_owned()
            }
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
                    numbered::times(&format!("{closed} Please choose another time:"), slots, *zone, language, "None of these")
                }
            }
            Reply::Which(appointments) => numbered::appointments("Which visit do you mean?", appointments, language),
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
            Reply::NoAppointment => "We do not know which visit you mean. Somebody at the clinic will answer you.".to_owned(),
            Reply::UnknownSender => {
                "This number only takes answers to our reminders. To book or change a visit, please call the clinic."
                    .to_owned()
            }
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
