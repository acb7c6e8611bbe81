//! Phrases that answer a reminder. A plain yes and the phrases to cancel also answer "really cancel?".

#[rustfmt::skip]
pub(super) const YES: &[&str] = &[
    "si", "sii", "sip", "sim", "yes", "yep", "yeah", "yup", "si claro", "claro que si", "sim claro",
    "si doctor", "si doctora", "si senor", "si senora", "si senorita",
];

#[rustfmt::skip]
pub(super) const FINE: &[&str] = &[
    "ok", "oki", "okey", "okay", "okok", "vale", "dale", "listo", "claro", "de acuerdo", "deacuerdo",
    "perfecto", "por supuesto", "conforme", "correcto", "genial", "excelente",
    "beleza", "blz", "certo", "combinado", "perfeito", "com certeza", "de acordo", "ta bom", "ta ok", "ta certo", "claro que sim",
    "sure", "perfect", "great", "of course", "definitely",
    "👍", "✅", "✔", "☑", "👌", "🆗",
];

#[rustfmt::skip]
pub(super) const CONFIRM: &[&str] = &[
    // es
    "confirmo", "confirmar", "confirmado", "confirmada", "confirmamos", "confirmare", "yo confirmo",
    "voy a confirmar", "cita confirmada", "asistencia confirmada", "asisto", "si asisto", "asistire", "asistiremos",
    "voy a asistir", "vamos a asistir", "ire", "iremos", "voy", "si voy", "voy a ir", "vamos a ir",
    "ahi estare", "ahi estaremos", "alli estare", "alli estaremos", "alla estare", "alla estaremos",
    "estare ahi", "estare alli", "alla nos vemos", "ahi nos vemos", "nos vemos",
    "estare presente", "estaremos presentes", "cuenten conmigo",
    // pt
    "confirmei", "vou confirmar", "pode confirmar", "presenca confirmada",
    "consulta confirmada", "vou", "eu vou", "vou sim", "irei", "vou comparecer",
    "comparecerei", "estarei la", "estaremos la", "la estarei", "estarei presente",
    // en
    "confirm", "i confirm", "confirmed", "i will be there", "ill be there", "we will be there",
    "well be there", "i will attend", "ill attend", "i am coming", "im coming", "i will come", "ill come", "see you there",
    "see you then",
];

#[rustfmt::skip]
pub(super) const RESCHEDULE: &[&str] = &[
    // es
    "reprogramar", "reprogramo", "reprograma", "reprograme", "reprogramen", "reprogramala", "reprogramela", "reprogramenla", "reprogramarla",
    "reprogramarlo", "reprogramacion", "reagendar", "reagendo", "reagenda", "reagende", "reagenden",
    "reagendala", "reagendenla", "reagendarla", "cambiar", "cambiarla", "cambiarlo", "cambiar de dia", "cambiar de fecha",
    "cambiar de hora", "cambiar de horario", "cambiar el dia", "cambiar la fecha", "cambiar la hora",
    "cambiar el horario", "cambio de dia", "cambio de fecha", "cambio de hora", "cambio de horario",
    "mover", "moverla", "moverlo", "posponer", "posponerla", "postergar", "postergarla", "aplazar",
    "aplazarla", 
    "necesito reprogramar", "necesito reagendar", "necesito cambiar", "necesito mover",
    "favor reprogramar", "favor de reprogramar",
    "favor reagendar", "tengo que reprogramar", "tengo que reagendar", "tengo que cambiar",
    // pt
    "remarcar", "remarco", "remarque", "reagendem", "adiar", "mudar", "mudar de dia",
    "mudar de horario", "mudar a data", "mudar o dia", "mudar o horario", "trocar de dia",
    "trocar o dia", "trocar a data", "trocar de horario", "trocar o horario", "preciso remarcar",
    "preciso reagendar", "preciso mudar", "preciso adiar",
    // en
    "reschedule", "i need to reschedule", "change", "i need to change", "change the date",
    "change the time", "change the day", "move", "move it", "i need to move", "postpone",
];

#[rustfmt::skip]
pub(super) const OTHER_TIME: &[&str] = &[
    "otro dia", "otra fecha", "otra hora", "otro horario", "otro momento", "para otro dia",
    "para otra fecha", "para otra hora", "a otro dia", "a otra fecha", "a otra hora", "otros dias",
    "otros horarios", "otras fechas",
    "outro dia", "outra data", "outro horario", "outra hora", "para outro dia", "para outra data",
    "outros dias", "outros horarios",
    "another day", "another time", "another date", "to another day", "to another time", "other times",
    "a different time", "a different day",
];

#[rustfmt::skip]
pub(super) const CANCEL: &[&str] = &[
    // es; most are also valid in pt
    "cancelar", "cancelo", "cancela", "cancele", "cancelen", "cancelarla", "cancelarlo", "cancelala", "cancelalo", "cancelenla",
    "cancelela", "canceleme", "cancelame", "voy a cancelar", "necesito cancelar", "tengo que cancelar",
    "favor cancelar", "favor de cancelar", "anular", "anulo", "anula", "anule", "anulen", "anularla", "anularlo", "anulala", "anulalo", "anulenla",
    "necesito anular",
    // pt
    "cancelem", "desmarcar", "desmarco", "desmarque", "desmarquem", "preciso cancelar",
    "preciso desmarcar", "vou cancelar", "vou desmarcar", "pode cancelar", "pode desmarcar", "tenho que cancelar",
    // en
    "cancel", "cancel it", "i need to cancel", "i have to cancel",
];

#[rustfmt::skip]
pub(super) const NOT_COMING: &[&str] = &[
    // es
    "no voy", "no vamos", "no ire", "no iremos", "no asisto", "no asistire", "no asistiremos", "no voy a ir",
    "no vamos a ir", "no voy a asistir", "no vamos a asistir", "no voy a poder ir",
    "no voy a poder asistir", "no vamos a poder ir", "no vamos a poder asistir", "no puedo ir",
    "no puedo asistir", "no puedo acudir", "no podemos ir", "no podemos asistir", "no podre ir",
    "no podre asistir", "no podre acudir", "no podremos ir", "no podremos asistir",
    // pt
    "nao vou", "nao vamos", "nao irei", "nao iremos", "nao vou poder ir", "nao vou poder comparecer",
    "nao posso ir", "nao posso comparecer", "nao poderei ir", "nao poderei comparecer",
    "nao consigo ir", "nao vou conseguir ir", "nao vou conseguir comparecer", "nao comparecerei", "nao vou comparecer",
    // en
    "i cant come", "i cannot come", "i cant go", "i cannot go", "i cant attend", "i cannot attend",
    "i cant make it", "cant make it", "i cannot make it", "i wont be there", "i will not be there",
    "i wont attend", "i will not attend", "not coming", "i am not coming", "im not coming",
];
