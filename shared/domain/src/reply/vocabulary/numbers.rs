//! Numbers and ordinals that choose from a list.

/// Allowed before a number that makes up the whole message. Not "el", because "el 2" may be a date; not
/// "las", because "a las 2" is a time.
#[rustfmt::skip]
pub(in crate::reply) const CHOICE_LEADS: &[&str] = &[
    "la", "opcion", "la opcion", "numero", "el numero", "la numero", "opcion numero",
    "la opcion numero", "quiero la", "quiero la opcion", "prefiero la", "prefiero la opcion",
    "elijo la", "elijo la opcion", "escojo la", "escojo la opcion", "me quedo con la",
    "me quedo con la opcion", "me sirve la opcion", "dame la", "deme la", "opcao", "a opcao",
    "quero a opcao", "prefiro a opcao", "escolho a opcao", "fico com a opcao", "o numero", "option",
    "the option", "number", "option number", "i want option", "i choose option", "i prefer option",
    "ill take option",
];

/// The numbers of a list in all their spellings.
pub(in crate::reply) const NUMBERS: &[(u8, &[&str])] = &[
    (1, &["1", "uno", "one"]),
    (2, &["2", "dos", "dois", "two"]),
    (3, &["3", "tres", "three"]),
    (4, &["4", "cuatro", "quatro", "four"]),
    (5, &["5", "cinco", "five"]),
    (6, &["6", "seis", "six"]),
    (7, &["7", "siete", "sete", "seven"]),
    (8, &["8", "ocho", "oito", "eight"]),
    (9, &["9", "nueve", "nove", "nine"]),
];

/// Numbers that are also articles or hesitations: they count only as the whole message or after a lead. "Um
/// abraço" is a farewell.
pub(in crate::reply) const ARTICLES: &[(u8, &str)] = &[(1, "um")];

/// Ordinals. They count only after [`ORDINAL_LEADS`] or before [`CHOICE_TAILS`]: in Portuguese "segunda" alone
/// is Monday and "sexta" is Friday.
#[rustfmt::skip]
pub(in crate::reply) const ORDINALS: &[(u8, &[&str])] = &[
    (1, &["primera", "primero", "primeira", "primeiro", "first"]),
    (2, &["segunda", "segundo", "second"]),
    (3, &["tercera", "tercero", "terceira", "terceiro", "third"]),
    (4, &["cuarta", "cuarto", "quarta", "quarto", "fourth"]),
    (5, &["quinta", "quinto", "fifth"]),
    (6, &["sexta", "sexto", "sixth"]),
    (7, &["septima", "septimo", "setima", "setimo", "seventh"]),
    (8, &["octava", "octavo", "oitava", "oitavo", "eighth"]),
    (9, &["novena", "noveno", "nona", "nono", "ninth"]),
];

/// Words before an ordinal that make it Spanish. Not "a", because "a segunda" is Monday in Portuguese.
pub(in crate::reply) const ORDINAL_LEADS: &[&str] =
    &["la", "el", "quiero la", "quiero el", "prefiero la", "prefiero el", "elijo la", "elijo el", "me quedo con la"];

/// Words after an ordinal that make it a choice in any language.
pub(in crate::reply) const CHOICE_TAILS: &[&str] = &["opcion", "opcao", "option"];

/// Allowed before an ordinal that one of [`CHOICE_TAILS`] follows.
pub(in crate::reply) const TAILED_LEADS: &[&str] =
    &["la", "quiero la", "prefiero la", "elijo la", "me quedo con la", "a", "quero a", "prefiro a", "the"];
