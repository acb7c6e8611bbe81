//! Phrases without a meaning of their own.

#[rustfmt::skip]
pub(super) const COURTESIES: &[&str] = &[
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
pub(super) const SUBJECTS: &[&str] = &[
    // es
    "quiero", "quisiera", "queria", "deseo", "me gustaria", "cita", "la cita", "mi cita", "esta cita",
    "esa cita", "cita medica", "la cita medica", "mi cita medica", "a la cita", "a mi cita", "turno",
    "el turno", "mi turno", "este turno", "ese turno", "al turno", "a mi turno", "consulta",
    "la consulta", "mi consulta", "a la consulta", "a mi consulta", "hora",
    "mi hora", "hora medica", "la hora medica", "mi hora medica", "mi horario", "la reserva",
    "mi reserva", "asistencia", "la asistencia", "mi asistencia",
    // pt
    "quero", "gostaria de", "a consulta", "minha consulta", "a minha consulta", "na consulta",
    "o agendamento", "meu agendamento", "meu horario", "presenca", "a presenca", "minha presenca",
    // en
    "i want to", "i would like to", "id like to", "appointment", "the appointment", "my appointment",
    "this appointment", "to my appointment", "to the appointment",
];
