//! Every word we understand, in Spanish, Portuguese and English. Data only.
//!
//! Written as [`super::normalise`] leaves it: lower-case, no accents, no punctuation, words parted
//! by one blank. A word that isn't here makes a message unclear, so leaving one out costs a
//! question and letting a wrong one in costs a visit. Before adding a phrase, think of the sentences
//! that it makes possible together with all the others, and put those into `corpus.tsv`. Left out
//! on purpose:
//!
//! - "no", "que", "pero", "y", "o", "si puedo" (without accents also "if I can"): they turn meanings;
//! - "puedo", "podría", "me confirma", "favor confirmar": they ask;
//! - "cancelada", "cancelación": they tell, and who cancelled what is open;
//! - "necesito", "tengo que" on their own: having to confirm isn't confirming;
//! - days and times: the patient may mean another than we do.

/// What a phrase contributes to the meaning of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Greetings, thanks, pleases. Nothing, in any message.
    Courtesy,
    /// What it is about ("mi cita") or "I want". Nothing, but only next to an intent.
    Subject,
    /// A plain yes. To a reminder: confirm; to another question: its answer.
    Yes,
    /// Agreement ("ok", 👍): confirm, to a reminder.
    Fine,
    /// Says that the patient is coming.
    Confirm,
    /// Asks for another time.
    Reschedule,
    /// Asks to cancel.
    Cancel,
    /// ❌: cancel, to a reminder. No answer to "really cancel?", where it may mean yes or no.
    Cross,
    /// Says that the patient isn't coming.
    NotComing,
}

/// The phrases of each class. No phrase stands in two.
pub(super) const PHRASES: &[(Class, &[&str])] = &[
    (Class::Courtesy, COURTESIES),
    (Class::Subject, SUBJECTS),
    (Class::Yes, YES),
    (Class::Fine, FINE),
    (Class::Confirm, CONFIRM),
    (Class::Reschedule, RESCHEDULE),
    (Class::Cancel, CANCEL),
    (Class::Cross, &["❌"]),
    (Class::NotComing, NOT_COMING),
];

#[rustfmt::skip]
const COURTESIES: &[&str] = &[
    // es
    "hola", "holi", "buenas", "buenos dias", "buen dia", "buenas tardes", "buenas noches", "saludos",
    "un saludo", "gracias", "muchas gracias", "mil gracias", "muchisimas gracias", "y gracias",
    "y muchas gracias", "gracias doctor", "gracias doctora", "por favor", "porfavor", "porfa",
    "porfis", "xfa", "xfavor", "disculpe", "disculpa", "disculpen", "perdon",
    "lo siento", "muy amable", "muy amables", "bendiciones", "feliz dia", "hasta luego",
    // pt
    "oi", "ola", "bom dia", "boa tarde", "boa noite", "obrigado", "obrigada", "muito obrigado",
    "muito obrigada", "por gentileza", "desculpe", "desculpa", "desculpem", "abraco", "abracos",
    // en
    "hi", "hello", "hey", "good morning", "good afternoon", "good evening", "thanks", "thank you",
    "thank you very much", "thank you so much", "many thanks", "thx", "please", "pls", "plz",
    "sorry", "regards",
    "🙏", "😊", "🙂", "☺", "😀", "😃", "😄", "😁", "🤗", "❤", "💕", "🥰", "😘", "🌹", "🌷", "🌸",
    "💐", "👋", "✨",
];

#[rustfmt::skip]
const SUBJECTS: &[&str] = &[
    // es
    "quiero", "quisiera", "queria", "deseo", "me gustaria", "cita", "la cita", "mi cita", "esta cita",
    "esa cita", "cita medica", "la cita medica", "mi cita medica", "a la cita", "a mi cita", "turno",
    "el turno", "mi turno", "este turno", "ese turno", "al turno", "a mi turno", "consulta",
    "la consulta", "mi consulta", "a la consulta", "a mi consulta", "mi hora", "la reserva",
    "mi reserva", "asistencia", "la asistencia", "mi asistencia",
    // pt
    "quero", "gostaria de", "a consulta", "minha consulta", "a minha consulta", "na consulta",
    "o agendamento", "meu agendamento", "meu horario", "presenca", "a presenca", "minha presenca",
    // en
    "i want to", "i would like to", "id like to", "appointment", "the appointment", "my appointment",
    "this appointment", "to my appointment", "to the appointment",
];

#[rustfmt::skip]
const YES: &[&str] = &[
    "si", "sii", "sip", "sim", "yes", "yep", "yeah", "yup", "si claro", "claro que si", "sim claro",
    "si doctor", "si doctora", "si senor", "si senora", "si senorita",
];

#[rustfmt::skip]
const FINE: &[&str] = &[
    "ok", "oki", "okey", "okay", "okok", "vale", "dale", "listo", "claro", "de acuerdo", "deacuerdo",
    "perfecto", "por supuesto", "correcto", "genial", "excelente",
    "beleza", "blz", "certo", "combinado", "perfeito", "com certeza", "de acordo", "ta bom", "claro que sim",
    "sure", "perfect", "great", "of course", "definitely",
    "👍", "✅", "✔", "☑", "👌", "🆗",
];

#[rustfmt::skip]
const CONFIRM: &[&str] = &[
    // es
    "confirmo", "confirmar", "confirmado", "confirmada", "confirmamos", "confirmare", "yo confirmo",
    "voy a confirmar", "cita confirmada", "asistencia confirmada", "asistire", "asistiremos",
    "voy a asistir", "vamos a asistir", "ire", "iremos", "voy", "si voy", "voy a ir", "vamos a ir",
    "ahi estare", "ahi estaremos", "alli estare", "alli estaremos", "alla estare", "alla estaremos",
    "estare ahi", "estare alli", "alla nos vemos", "ahi nos vemos", "nos vemos",
    // pt
    "confirmei", "vou confirmar", "pode confirmar", "podem confirmar", "presenca confirmada",
    "consulta confirmada", "vou", "eu vou", "vou sim", "irei", "vou comparecer",
    "comparecerei", "estarei la", "estaremos la", "la estarei",
    // en
    "confirm", "i confirm", "confirmed", "i will be there", "ill be there", "we will be there",
    "well be there", "i will attend", "ill attend", "i am coming", "im coming", "see you there",
    "see you then",
];

#[rustfmt::skip]
const RESCHEDULE: &[&str] = &[
    // es
    "reprogramar", "reprogramo", "reprograma", "reprograme", "reprogramen", "reprogramarla",
    "reprogramarlo", "reprogramacion", "reagendar", "reagendo", "reagenda", "reagende", "reagenden",
    "reagendarla", "cambiar", "cambiarla", "cambiarlo", "cambiar de dia", "cambiar de fecha",
    "cambiar de hora", "cambiar de horario", "cambiar el dia", "cambiar la fecha", "cambiar la hora",
    "cambiar el horario", "cambio de dia", "cambio de fecha", "cambio de hora", "cambio de horario",
    "mover", "moverla", "moverlo", "posponer", "posponerla", "postergar", "postergarla", "aplazar",
    "aplazarla", "otro dia", "otra fecha", "otra hora", "otro horario", "otro momento",
    "para otro dia", "para otra fecha", "para otra hora", "a otro dia", "a otra fecha", "a otra hora",
    "necesito reprogramar", "necesito reagendar", "necesito cambiar", "necesito mover",
    "favor reprogramar", "favor de reprogramar",
    "favor reagendar", "tengo que reprogramar", "tengo que reagendar", "tengo que cambiar",
    // pt
    "remarcar", "remarco", "remarque", "reagendem", "adiar", "mudar", "mudar de dia",
    "mudar de horario", "mudar a data", "mudar o dia", "mudar o horario", "trocar de dia",
    "trocar o dia", "trocar a data", "trocar de horario", "trocar o horario", "outro dia",
    "outra data", "outro horario", "para outro dia", "para outra data", "preciso remarcar",
    "preciso reagendar", "preciso mudar", "preciso adiar",
    // en
    "reschedule", "i need to reschedule", "change", "i need to change", "change the date",
    "change the time", "change the day", "move", "move it", "i need to move", "postpone",
    "another day", "another time", "another date", "to another day", "to another time",
];

#[rustfmt::skip]
const CANCEL: &[&str] = &[
    // es; most serve in pt, too
    "cancelar", "cancelo", "cancela", "cancele", "cancelen", "cancelarla", "cancelarlo", "cancelenla",
    "cancelela", "canceleme", "cancelame", "voy a cancelar", "necesito cancelar", "tengo que cancelar",
    "debo cancelar", "favor cancelar",
    "favor de cancelar", "anular", "anulo", "anula", "anule", "anulen", "anularla", "anularlo",
    "necesito anular",
    // pt
    "cancelem", "desmarcar", "desmarco", "desmarque", "desmarquem", "preciso cancelar",
    "preciso desmarcar", "vou cancelar", "vou desmarcar", "tenho que cancelar",
    // en
    "cancel", "cancel it", "i need to cancel", "i have to cancel",
];

#[rustfmt::skip]
const NOT_COMING: &[&str] = &[
    // es
    "no voy", "no vamos", "no ire", "no iremos", "no asistire", "no asistiremos", "no voy a ir",
    "no vamos a ir", "no voy a asistir", "no vamos a asistir", "no voy a poder ir",
    "no voy a poder asistir", "no vamos a poder ir", "no vamos a poder asistir", "no puedo ir",
    "no puedo asistir", "no puedo acudir", "no podemos ir", "no podemos asistir", "no podre ir",
    "no podre asistir", "no podre acudir", "no podremos ir", "no podremos asistir",
    // pt
    "nao vou", "nao vamos", "nao irei", "nao iremos", "nao vou poder ir", "nao vou poder comparecer",
    "nao posso ir", "nao posso comparecer", "nao poderei ir", "nao poderei comparecer",
    "nao consigo ir", "nao vou conseguir ir", "nao comparecerei", "nao vou comparecer",
    // en
    "i cant come", "i cannot come", "i cant go", "i cannot go", "i cant attend", "i cannot attend",
    "i cant make it", "cant make it", "i cannot make it", "i wont be there", "i will not be there",
    "i wont attend", "i will not attend", "not coming", "i am not coming", "im not coming",
];

/// Whole messages that end all messages.
#[rustfmt::skip]
pub(super) const OPT_OUT: &[&str] = &[
    // WhatsApp's and Twilio's own keywords, save "cancel" and "end"
    "stop", "stopall", "stop all", "unsubscribe", "unsubscribe me", "quit", "opt out", "optout",
    "stop messaging me", "stop texting me", "stop writing to me", "do not message me",
    "dont message me", "do not write to me", "dont write to me", "no more messages", "remove me",
    // es
    "baja", "de baja", "dar de baja", "darme de baja", "quiero darme de baja", "dame de baja",
    "deme de baja", "denme de baja", "quiero la baja", "parar", "salir", "no me escriban",
    "no me escriban mas", "no me escriba", "no me escriba mas", "no me escribas", "no me escribas mas",
    "ya no me escriban", "ya no me escriban mas", "no escriban mas", "no me manden mensajes",
    "no me manden mas mensajes", "no me envien mensajes", "no me envien mas mensajes",
    "no envien mas mensajes", "no manden mas mensajes", "no mas mensajes", "no quiero mensajes",
    "no quiero mas mensajes", "no quiero recibir mensajes", "no quiero recibir mas mensajes",
    "ya no quiero recibir mensajes", "dejen de escribirme", "deje de escribirme", "no molestar",
    "no molesten", "no molesten mas", "cancelar suscripcion", "cancelar la suscripcion", "desuscribir",
    "desuscribirme",
    // pt
    "sair", "pare", "parem", "parar mensagens", "descadastrar", "nao me escrevam",
    "nao me escrevam mais", "nao me mande mensagens", "nao me mandem mais mensagens",
    "nao me enviem mensagens", "nao me enviem mais mensagens", "nao quero mensagens",
    "nao quero receber mensagens", "nao quero mais receber mensagens", "nao quero mais mensagens",
    "parem de me escrever", "cancelar inscricao",
];

/// Whole messages that allow them again.
#[rustfmt::skip]
pub(super) const OPT_IN: &[&str] = &[
    "alta", "de alta", "dar de alta", "darme de alta", "quiero darme de alta", "volver", "reactivar",
    "reanudar", "activar mensajes", "quiero recibir mensajes", "quiero volver a recibir mensajes",
    "suscribir", "suscribirme", "start", "unstop", "subscribe", "opt in", "optin", "voltar", "retomar",
    "reativar", "quero receber mensagens", "quero voltar a receber mensagens",
];

/// What may stand before a number that is the whole message. Not "el": "el 2" may be a date; not
/// "las": "a las 2" is a time.
#[rustfmt::skip]
pub(super) const CHOICE_LEADS: &[&str] = &[
    "la", "opcion", "la opcion", "numero", "el numero", "la numero", "opcion numero",
    "la opcion numero", "quiero la", "quiero la opcion", "prefiero la", "prefiero la opcion",
    "elijo la", "elijo la opcion", "escojo la", "escojo la opcion", "opcao", "a opcao",
    "quero a opcao", "prefiro a opcao", "o numero", "option", "the option", "number", "option number",
];

/// The numbers of a list as people write them.
pub(super) const NUMBERS: &[(u8, &[&str])] = &[
    (1, &["1", "uno", "um", "one"]),
    (2, &["2", "dos", "dois", "two"]),
    (3, &["3", "tres", "three"]),
    (4, &["4", "cuatro", "quatro", "four"]),
    (5, &["5", "cinco", "five"]),
    (6, &["6", "seis", "six"]),
    (7, &["7", "siete", "sete", "seven"]),
    (8, &["8", "ocho", "oito", "eight"]),
    (9, &["9", "nueve", "nove", "nine"]),
];

/// Ordinals, only after [`ORDINAL_LEADS`]: in Portuguese "segunda" alone is Monday, "sexta" Friday.
#[rustfmt::skip]
pub(super) const ORDINALS: &[(u8, &str)] = &[
    (1, "primera"), (2, "segunda"), (3, "tercera"), (4, "cuarta"), (5, "quinta"), (6, "sexta"),
    (7, "septima"), (8, "octava"), (9, "novena"),
];

/// What makes an ordinal a Spanish one.
pub(super) const ORDINAL_LEADS: &[&str] = &["la", "quiero la", "prefiero la", "elijo la"];

/// Whole messages that answer "really cancel?" with no.
#[rustfmt::skip]
pub(super) const KEEP: &[&str] = &[
    "no", "nop", "nope", "nao", "mantener", "mantenerla", "mantener cita", "mantener mi cita",
    "mantener la cita", "mantener turno", "mantener mi turno", "mantener el turno", "conservar",
    "conservar mi cita", "conservar la cita", "no mantener", "no mantener mi cita", "no mantenerla",
    "no cancelar", "no cancelar mi cita", "no cancelen", "no cancele", "no la cancelen",
    "no la cancele", "no quiero cancelar", "no no cancelar", "no no cancelen",
    "manter", "manter consulta", "manter a consulta", "nao manter", "nao cancelar", "nao cancele",
    "keep", "keep it", "keep my appointment", "no keep it", "no keep my appointment", "dont cancel",
    "do not cancel", "no dont cancel",
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::reply::normalise;

    #[test]
    fn everything_is_written_as_texts_are_folded() {
        let numbers = NUMBERS.iter().flat_map(|(_, words)| words.iter());
        let lists = [OPT_OUT, OPT_IN, CHOICE_LEADS, KEEP].into_iter().flatten();
        let phrases = PHRASES.iter().flat_map(|(_, phrases)| phrases.iter());
        for phrase in phrases.chain(lists).chain(numbers) {
            assert_eq!(&normalise::tokens(phrase).unwrap().join(" "), phrase);
        }
    }

    #[test]
    fn nothing_means_two_things() {
        let mut seen = HashSet::new();
        for phrase in PHRASES.iter().flat_map(|(_, phrases)| phrases.iter()) {
            assert!(seen.insert(*phrase), "{phrase} stands twice");
        }
        for phrase in OPT_OUT.iter().chain(OPT_IN) {
            assert!(seen.insert(*phrase), "{phrase} has another meaning, too");
        }
        for (_, words) in NUMBERS {
            for word in *words {
                assert!(seen.insert(*word), "{word} has another meaning, too");
            }
        }
    }
}
