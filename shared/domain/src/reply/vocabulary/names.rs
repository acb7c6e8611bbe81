//! Words before a name that chooses a line of a list.

#[rustfmt::skip]
pub(in crate::reply) const NAME_LEADS: &[&str] = &[
    "de", "la de", "el de", "la cita de", "cita de", "el turno de", "la hora de", "para", "la",
    "a de", "o de", "da", "do", "a da", "a do", "a consulta de", "a consulta da", "a consulta do",
    "for", "the one of", "the appointment of",
];
