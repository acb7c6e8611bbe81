//! What is said of a field that breaks a rule.

use super::{Words, words};
use domain::language::Language;
use domain::violation::Rule;

/// What is said of a unique value that somebody else has.
#[must_use]
pub fn taken(language: Language) -> &'static str {
    words("Este valor ya está en uso.", "This value is already in use.", "Este valor já está em uso.").say(language)
}

/// What is said of a field that breaks `rule`. Never anything of its value.
#[must_use]
pub fn rule(rule: &Rule, language: Language) -> String {
    match rule {
        Rule::TooLong(most) => fill(TOO_LONG, language, &[most]),
        Rule::TooShort(least) => fill(TOO_SHORT, language, &[least]),
        Rule::Range(least, most) => fill(RANGE, language, &[least, most]),
        Rule::Minutes(least, most) => fill(MINUTES, language, &[least, most]),
        Rule::TooManyDays(most) => fill(TOO_MANY_DAYS, language, &[most]),
        Rule::TooMany(most) => fill(TOO_MANY, language, &[most]),
        Rule::OneOf(choices) => fill(ONE_OF, language, &[&choices.join(", ")]),
        Rule::OneNeeded(names) => fill(ONE_NEEDED, language, &[&names.join(", ")]),
        Rule::ExactlyOne(names) => fill(EXACTLY_ONE, language, &[&names.join(", ")]),
        Rule::NotTogetherWith(name) => fill(NOT_TOGETHER_WITH, language, &[name]),
        Rule::Required => REQUIRED.say(language).to_owned(),
        Rule::Unknown => UNKNOWN.say(language).to_owned(),
        Rule::Duplicate => DUPLICATE.say(language).to_owned(),
        Rule::Type => TYPE.say(language).to_owned(),
        Rule::ReadOnly => READ_ONLY.say(language).to_owned(),
        Rule::Characters => CHARACTERS.say(language).to_owned(),
        Rule::Email => EMAIL.say(language).to_owned(),
        Rule::Phone => PHONE.say(language).to_owned(),
        Rule::Date => DATE.say(language).to_owned(),
        Rule::Time => TIME.say(language).to_owned(),
        Rule::DateTime => DATE_TIME.say(language).to_owned(),
        Rule::SkippedLocalTime => SKIPPED.say(language).to_owned(),
        Rule::NoZone => NO_ZONE.say(language).to_owned(),
        Rule::RepeatedLocalTime => REPEATED_TIME.say(language).to_owned(),
        Rule::TimeZone => TIME_ZONE.say(language).to_owned(),
        Rule::Id => ID.say(language).to_owned(),
        Rule::NoSuchThing => NO_SUCH_THING.say(language).to_owned(),
        Rule::Inactive => INACTIVE.say(language).to_owned(),
        Rule::Past => PAST.say(language).to_owned(),
        Rule::EndNotAfterStart => END_NOT_AFTER_START.say(language).to_owned(),
        Rule::CommonPassword => COMMON_PASSWORD.say(language).to_owned(),
        Rule::WrongPassword => WRONG_PASSWORD.say(language).to_owned(),
        Rule::WrongCode => WRONG_CODE.say(language).to_owned(),
        Rule::Repeated => REPEATED.say(language).to_owned(),
        Rule::NamesThePatient => NAMES_THE_PATIENT.say(language).to_owned(),
    }
}

/// Puts values where the text says `{}`, in order.
fn fill(text: Words, language: Language, values: &[&dyn std::fmt::Display]) -> String {
    values.iter().fold(text.say(language).to_owned(), |text, value| text.replacen("{}", &value.to_string(), 1))
}

const TOO_LONG: Words = words("Como máximo {} caracteres.", "At most {} characters.", "No máximo {} caracteres.");
const TOO_SHORT: Words = words("Como mínimo {} caracteres.", "At least {} characters.", "No mínimo {} caracteres.");
const RANGE: Words = words("Debe estar entre {} y {}.", "Must be between {} and {}.", "Deve estar entre {} e {}.");
const MINUTES: Words = words(
    "Debe durar entre {} y {} minutos.",
    "Must last between {} and {} minutes.",
    "Deve durar entre {} e {} minutos.",
);
const TOO_MANY_DAYS: Words = words("Como máximo {} días.", "At most {} days.", "No máximo {} dias.");
const TOO_MANY: Words = words("Como máximo {} elementos.", "At most {} entries.", "No máximo {} itens.");
const ONE_OF: Words = words("Debe ser uno de: {}.", "Must be one of: {}.", "Deve ser um destes: {}.");
const ONE_NEEDED: Words = words(
    "Se necesita al menos uno de: {}.",
    "At least one of these is needed: {}.",
    "É necessário ao menos um de: {}.",
);
const EXACTLY_ONE: Words = words(
    "Se necesita exactamente uno de: {}.",
    "Exactly one of these is needed: {}.",
    "É necessário exatamente um de: {}.",
);
const NO_ZONE: Words = words(
    "Sin una clínica, la hora necesita su diferencia con UTC, como en 2027-01-18T12:00:00-03:00.",
    "Without a clinic the time needs its offset, as in 2027-01-18T12:00:00-03:00.",
    "Sem uma clínica, o horário precisa do deslocamento em relação a UTC, como em 2027-01-18T12:00:00-03:00.",
);
const NOT_TOGETHER_WITH: Words =
    words("No se puede combinar con {}.", "Can't be combined with {}.", "Não pode ser combinado com {}.");
const REQUIRED: Words = words("Este campo es obligatorio.", "This field is required.", "Este campo é obrigatório.");
const UNKNOWN: Words = words("No se conoce este campo.", "This field is not known.", "Este campo não é conhecido.");
const DUPLICATE: Words = words(
    "Este campo aparece más de una vez.",
    "This field appears more than once.",
    "Este campo aparece mais de uma vez.",
);
const TYPE: Words = words(
    "El valor no es del tipo esperado.",
    "The value is not of the expected type.",
    "O valor não é do tipo esperado.",
);
const READ_ONLY: Words =
    words("Este campo es de solo lectura.", "This field is read-only.", "Este campo é somente leitura.");
const CHARACTERS: Words = words(
    "Contiene caracteres no permitidos.",
    "Contains characters that are not allowed.",
    "Contém caracteres não permitidos.",
);
const EMAIL: Words =
    words("No es un correo electrónico válido.", "Not a valid e-mail address.", "Não é um e-mail válido.");
const PHONE: Words =
    words("No es un número de teléfono válido.", "Not a valid phone number.", "Não é um número de telefone válido.");
const DATE: Words = words("No es una fecha AAAA-MM-DD.", "Not a date YYYY-MM-DD.", "Não é uma data AAAA-MM-DD.");
const TIME: Words = words("No es una hora HH:MM[:SS].", "Not a time HH:MM[:SS].", "Não é uma hora HH:MM[:SS].");
const DATE_TIME: Words = words(
    "No es una fecha y hora RFC 3339 en segundos enteros.",
    "Not an RFC 3339 date and time in whole seconds.",
    "Não é uma data e hora RFC 3339 em segundos inteiros.",
);
const SKIPPED: Words = words(
    "Esa hora local no existe: el cambio de hora la salta.",
    "That local time does not exist: the clock change skips it.",
    "Essa hora local não existe: a mudança de horário a pula.",
);
const REPEATED_TIME: Words = words(
    "Esa hora local ocurre dos veces por el cambio de hora: indique la diferencia con UTC.",
    "That local time occurs twice because of the clock change: give its offset.",
    "Essa hora local ocorre duas vezes por causa da mudança de horário: informe a diferença para UTC.",
);
const TIME_ZONE: Words = words("No es una zona horaria IANA.", "Not an IANA time zone.", "Não é um fuso horário IANA.");
const ID: Words = words("No es un identificador válido.", "Not a valid id.", "Não é um identificador válido.");
const NO_SUCH_THING: Words =
    words("No existe nada con este identificador.", "Nothing has this id.", "Não existe nada com este identificador.");
const INACTIVE: Words = words("Está desactivado.", "It is deactivated.", "Está desativado.");
const PAST: Words = words("Ya pasó.", "It has passed.", "Já passou.");
const END_NOT_AFTER_START: Words = words(
    "El fin debe ser posterior al inicio.",
    "The end must be after the start.",
    "O fim deve ser depois do início.",
);
const NAMES_THE_PATIENT: Words = words(
    "No debe decir quién es el paciente: este texto se conserva.",
    "Must not say who the patient is: this text is kept.",
    "Não deve dizer quem é o paciente: este texto é conservado.",
);
const COMMON_PASSWORD: Words =
    words("Esta contraseña es demasiado común.", "This password is too common.", "Esta senha é comum demais.");
const WRONG_PASSWORD: Words =
    words("No es la contraseña actual.", "This is not the current password.", "Não é a senha atual.");
const WRONG_CODE: Words = words(
    "El código no es correcto o ya no vale.",
    "The code is wrong or no longer good.",
    "O código está incorreto ou já não vale.",
);
const REPEATED: Words =
    words("El mismo elemento aparece dos veces.", "The same entry appears twice.", "O mesmo item aparece duas vezes.");
