//! Courtesies that can end a conversation.

/// Part of the courtesies without a meaning of their own. A message of courtesies with one of these is no question and
/// no greeting.
#[rustfmt::skip]
pub(in crate::reply) const THANKS: &[&str] = &[
    "gracias", "muy amable", "muy amables", "bendiciones", "feliz dia", "hasta luego", "saludos", "un saludo",
    "obrigado", "obrigada", "abraco", "abracos",
    "thanks", "thank you", "thx", "regards",
    "🙏", "😊", "🙂", "☺", "😀", "😃", "😄", "😁", "🤗", "❤", "💕", "🥰", "😘", "🌹", "🌷", "🌸", "💐", "✨",
];
