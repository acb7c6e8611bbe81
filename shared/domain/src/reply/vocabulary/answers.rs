//! Phrases that answer a prompt other than a reminder. After a reminder they have no meaning.

/// A plain no, only as a clause of its own: "no, mantener" differs from "no mantener".
#[rustfmt::skip]
pub(in crate::reply) const NO: &[&str] = &[
    "no", "noo", "nop", "nope", "mejor no", "claro que no", "por supuesto que no", "para nada",
    "nao", "melhor nao", "claro que nao",
];

#[rustfmt::skip]
pub(super) const KEEP: &[&str] = &[
    // es
    "mantener", "mantenerla", "mantenerlo", "mantengo", "mantenga", "mantengan", "mantenganla",
    "mantenemos", "prefiero mantener", "prefiero mantenerla", "mejor mantener", "conservar",
    "conservarla", "conservo", "dejar como esta", "dejarla como esta", "dejarlo como esta",
    "dejar todo como esta", "dejala como esta", "dejela como esta", "dejenla como esta",
    "dejar la cita como esta", "dejar mi cita como esta", "quedarme con la que tengo",
    "me quedo con la que tengo", "me quedo con mi cita",
    // pt
    "manter", "mantenho", "mantenha", "mantem", "prefiro manter", "melhor manter", "deixar como esta",
    "deixa como esta", "deixe como esta", "deixem como esta",
    // en
    "keep", "keep it", "ill keep", "ill keep it", "i will keep", "i will keep it", "leave it as it is",
    "leave it as is",
];

#[rustfmt::skip]
pub(super) const NOT_CANCEL: &[&str] = &[
    // es
    "no cancelar", "no cancelarla", "no cancelen", "no cancele", "no canceles", "no la cancelen",
    "no la cancele", "no la canceles", "no quiero cancelar", "no quiero cancelarla", "no deseo cancelar",
    "no voy a cancelar", "no anular", "no anulen", "no quiero anular", "no no cancelar", "no no cancelen",
    // pt
    "nao cancelar", "nao cancele", "nao cancelem", "nao quero cancelar", "nao vou cancelar",
    "nao desmarcar", "nao desmarque", "nao quero desmarcar",
    // en
    "dont cancel", "dont cancel it", "do not cancel", "do not cancel it", "i dont want to cancel",
    "i do not want to cancel",
];

#[rustfmt::skip]
pub(super) const NONE_OF_THESE: &[&str] = &[
    // es
    "ninguno", "ninguna", "ninguno de estos", "ninguno de esos", "ninguno de ellos", "ninguna de estas",
    "ninguna de esas", "ninguno de los horarios", "ninguno de estos horarios", "ninguno de esos horarios",
    "ninguna de las opciones", "ninguna de estas opciones", "ningun horario", "ninguna opcion",
    "ninguno me sirve", "ninguna me sirve", "ningun horario me sirve", "ninguno de estos me sirve",
    "ninguno de esos me sirve", "ninguno de estos horarios me sirve", "ninguno de esos horarios me sirve",
    "no me sirve ninguno", "no me sirve ninguna", "no me sirve ningun horario", "ninguno me queda",
    "ninguno me queda bien", "no me queda ninguno", "ninguno me acomoda", "ningun horario me acomoda",
    "no me acomoda ninguno", "ninguno me viene bien", "no me viene bien ninguno", "ninguno me conviene",
    "ninguno me funciona", "en ninguno puedo", "no puedo en ninguno", "no puedo ninguno",
    "no puedo en ninguno de esos", "no puedo en ninguno de estos", "no puedo en ninguno de esos horarios",
    "no puedo en ninguno de estos horarios", "no quiero ninguno", "otra opcion", "otras opciones",
    "mas opciones", "mas horarios",
    // pt
    "nenhum", "nenhuma", "nenhum destes", "nenhum desses", "nenhum deles", "nenhuma destas",
    "nenhuma dessas", "nenhum horario", "nenhum destes horarios", "nenhum desses horarios",
    "nenhum serve", "nenhum me serve", "nenhum desses serve", "nenhum desses me serve",
    "nenhum desses horarios serve", "nenhum desses horarios me serve", "nao posso em nenhum",
    "nao consigo em nenhum", "nao consigo em nenhum desses", "nao posso em nenhum desses",
    "nao quero nenhum", "outra opcao", "outras opcoes", "mais opcoes", "mais horarios",
    // en
    "none", "none of these", "none of those", "none of them", "none of these times",
    "none of those times", "none of these work", "none of those work", "none of them work",
    "none of these work for me", "none of those work for me", "none of them work for me", "none works",
    "none work", "none work for me", "another option", "other options", "more options",
];
