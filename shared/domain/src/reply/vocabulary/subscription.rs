//! Phrases of opt-out and opt-in.

/// Whole messages that opt out.
#[rustfmt::skip]
pub(in crate::reply) const OPT_OUT: &[&str] = &[
    // the keywords of WhatsApp and Twilio, except "cancel" and "end"
    "stop", "stopall", "stop all", "unsubscribe", "unsubscribe me", "quit", "opt out", "optout",
    "stop messaging me", "stop texting me", "stop writing to me", "do not message me",
    "dont message me", "do not write to me", "dont write to me", "no more messages", "remove me",
    // es
    "baja", "de baja", "dar de baja", "darme de baja", "quiero darme de baja", "dame de baja",
    "deme de baja", "denme de baja", "quiero la baja", "parar", "no me escriban",
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

/// Whole messages that opt in again.
#[rustfmt::skip]
pub(in crate::reply) const OPT_IN: &[&str] = &[
    "alta", "de alta", "dar de alta", "darme de alta", "quiero darme de alta", "reactivar",
    "reanudar", "activar mensajes", "quiero recibir mensajes", "quiero volver a recibir mensajes",
    "suscribir", "suscribirme", "start", "unstop", "subscribe", "opt in", "optin", "voltar", "retomar",
    "reativar", "quero receber mensagens", "quero voltar a receber mensagens",
];
