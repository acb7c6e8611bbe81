//! The error texts of fields, by the broken rule.

use super::{Localized, localized};
use domain::language::Language;
use domain::phone::PhoneProblem;
use domain::schedule::AvailabilityPeriod;
use domain::violation::Rule;

/// The error of a unique value that another record has.
#[must_use]
pub fn taken(language: Language) -> &'static str {
    localized("Este valor ya está en uso.", "This value is already in use.", "Este valor já está em uso.").get(language)
}

/// The error of a time at which the doctor has other availability, where the caller may see it.
#[must_use]
pub fn overlap(other: Option<&AvailabilityPeriod>, language: Language) -> String {
    match other {
        None => OVERLAP.get(language).to_owned(),
        Some(other) => {
            let start = other.start_time.format("%H:%M");
            let end = other.end_time.to_string();
            fill(OVERLAP_WITH, language, &[&other.date, &start, &end.get(..5).unwrap_or(&end)])
        }
    }
}

const OVERLAP: Localized = localized(
    "El profesional ya tiene otro horario entonces.",
    "The doctor has other availability then.",
    "O profissional já tem outro horário nesse período.",
);
const OVERLAP_WITH: Localized = localized(
    "El profesional ya tiene otro horario entonces: el {}, de {} a {}.",
    "The doctor has other availability then: on {}, from {} to {}.",
    "O profissional já tem outro horário nesse período: em {}, das {} às {}.",
);

/// The error of a second holiday on a day.
#[must_use]
pub fn second_holiday(language: Language) -> &'static str {
    localized(
        "Ya hay un feriado en esa fecha.",
        "There is a holiday on that date already.",
        "Já existe um feriado nessa data.",
    )
    .get(language)
}

/// The error of a field that breaks `rule`. It never repeats the value.
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
        Rule::Variables(names) => fill(VARIABLES, language, &[&names.join(", ")]),
        Rule::OneNeeded(names) => fill(ONE_NEEDED, language, &[&names.join(", ")]),
        Rule::ExactlyOne(names) => fill(EXACTLY_ONE, language, &[&names.join(", ")]),
        Rule::NotTogetherWith(name) => fill(NOT_TOGETHER_WITH, language, &[name]),
        Rule::TooLargeResponse => TOO_LARGE_RESPONSE.get(language).to_owned(),
        Rule::Required => REQUIRED.get(language).to_owned(),
        Rule::Unknown => UNKNOWN.get(language).to_owned(),
        Rule::Duplicate => DUPLICATE.get(language).to_owned(),
        Rule::Type => TYPE.get(language).to_owned(),
        Rule::ReadOnly => READ_ONLY.get(language).to_owned(),
        Rule::Characters => CHARACTERS.get(language).to_owned(),
        Rule::Email => EMAIL.get(language).to_owned(),
        Rule::Phone { problem, example } => fill(phone(*problem), language, &[example]),
        Rule::Date => DATE.get(language).to_owned(),
        Rule::BirthDate => BIRTH_DATE.get(language).to_owned(),
        Rule::Time => TIME.get(language).to_owned(),
        Rule::DateTime => DATE_TIME.get(language).to_owned(),
        Rule::SkippedLocalTime => SKIPPED.get(language).to_owned(),
        Rule::NoZone => NO_ZONE.get(language).to_owned(),
        Rule::RepeatedLocalTime => REPEATED_TIME.get(language).to_owned(),
        Rule::TimeZone => TIME_ZONE.get(language).to_owned(),
        Rule::Id => ID.get(language).to_owned(),
        Rule::NoSuchThing => NO_SUCH_THING.get(language).to_owned(),
        Rule::Inactive => INACTIVE.get(language).to_owned(),
        Rule::DateRange(first, last) => fill(RANGE, language, &[first, last]),
        Rule::NotAfter(last) => fill(NOT_AFTER, language, &[last]),
        Rule::SeveralZones => SEVERAL_ZONES.get(language).to_owned(),
        Rule::NotRunning => NOT_RUNNING.get(language).to_owned(),
        Rule::ClinicInactive => CLINIC_INACTIVE.get(language).to_owned(),
        Rule::NoSlot => NO_SLOT.get(language).to_owned(),
        Rule::NeverApplies => NEVER_APPLIES.get(language).to_owned(),
        Rule::Past => PAST.get(language).to_owned(),
        Rule::EndNotAfterStart => END_NOT_AFTER_START.get(language).to_owned(),
        Rule::CommonPassword => COMMON_PASSWORD.get(language).to_owned(),
        Rule::WrongPassword => WRONG_PASSWORD.get(language).to_owned(),
        Rule::WrongCode => WRONG_CODE.get(language).to_owned(),
        Rule::Repeated => REPEATED.get(language).to_owned(),
        Rule::NamesThePatient => NAMES_THE_PATIENT.get(language).to_owned(),
        Rule::OptedOut => OPTED_OUT.get(language).to_owned(),
        Rule::WrongNumber => WRONG_NUMBER.get(language).to_owned(),
        Rule::NotReachableByChat => NOT_REACHABLE_BY_CHAT.get(language).to_owned(),
    }
}

fn phone(problem: PhoneProblem) -> Localized {
    match problem {
        PhoneProblem::Characters => PHONE_CHARACTERS,
        PhoneProblem::TooShort => PHONE_TOO_SHORT,
        PhoneProblem::TooLong => PHONE_TOO_LONG,
        PhoneProblem::Unassigned => PHONE_UNASSIGNED,
    }
}

/// Replaces each `{}` of the text by a value, in order.
fn fill(text: Localized, language: Language, values: &[&dyn std::fmt::Display]) -> String {
    values.iter().fold(text.get(language).to_owned(), |text, value| text.replacen("{}", &value.to_string(), 1))
}

const OPTED_OUT: Localized = localized(
    "Este número pidió no recibir mensajes. Vuelve a recibirlos si escribe ALTA, o el paciente da otro número.",
    "This number asked for no messages. It gets them again if it writes START, or the patient gives another number.",
    "Este número pediu para não receber mensagens. Volta a recebê-las se escrever VOLTAR, ou o paciente informa outro.",
);
const WRONG_NUMBER: Localized = localized(
    "Quien tiene este número dijo que no es del paciente. Corrija el número, o confírmelo guardándolo de nuevo.",
    "Whoever has this number said that it isn't the patient's. Correct it, or confirm it by saving it again.",
    "Quem tem este número disse que não é do paciente. Corrija o número, ou confirme-o salvando de novo.",
);
const NOT_REACHABLE_BY_CHAT: Localized = localized(
    "A este remitente no se le puede escribir por el chat. Llame por teléfono.",
    "This sender can't be written to in the chat. Please call.",
    "Não é possível escrever a este remetente pelo chat. Ligue por telefone.",
);
const BIRTH_DATE: Localized = localized(
    "La fecha de nacimiento no puede ser anterior a 1900 ni posterior a hoy.",
    "A date of birth can't be before 1900 or after today.",
    "A data de nascimento não pode ser anterior a 1900 nem posterior a hoje.",
);
const TOO_LONG: Localized =
    localized("Como máximo {} caracteres.", "At most {} characters.", "No máximo {} caracteres.");
const TOO_SHORT: Localized =
    localized("Como mínimo {} caracteres.", "At least {} characters.", "No mínimo {} caracteres.");
const RANGE: Localized =
    localized("Debe estar entre {} y {}.", "Must be between {} and {}.", "Deve estar entre {} e {}.");
const MINUTES: Localized = localized(
    "Debe durar entre {} y {} minutos.",
    "Must last between {} and {} minutes.",
    "Deve durar entre {} e {} minutos.",
);
const TOO_MANY_DAYS: Localized = localized("Como máximo {} días.", "At most {} days.", "No máximo {} dias.");
const TOO_LARGE_RESPONSE: Localized = localized(
    "No cabe en una respuesta: pida menos días a la vez.",
    "It doesn't fit into one response: ask for fewer days at once.",
    "Não cabe em uma resposta: peça menos dias de cada vez.",
);
const TOO_MANY: Localized = localized("Como máximo {} elementos.", "At most {} entries.", "No máximo {} itens.");
const ONE_OF: Localized = localized("Debe ser uno de: {}.", "Must be one of: {}.", "Deve ser um destes: {}.");
const VARIABLES: Localized = localized(
    "Entre llaves solo puede ir una de estas variables: {}.",
    "Only one of these variables can be in braces: {}.",
    "Entre chaves só pode haver uma destas variáveis: {}.",
);
const ONE_NEEDED: Localized = localized(
    "Se necesita al menos uno de: {}.",
    "At least one of these is needed: {}.",
    "É necessário ao menos um de: {}.",
);
const EXACTLY_ONE: Localized = localized(
    "Se necesita exactamente uno de: {}.",
    "Exactly one of these is needed: {}.",
    "É necessário exatamente um de: {}.",
);
const NO_ZONE: Localized = localized(
    "Sin una clínica, la hora necesita su diferencia con UTC, como en 2027-01-18T12:00:00-03:00.",
    "Without a clinic the time needs its offset, as in 2027-01-18T12:00:00-03:00.",
    "Sem uma clínica, o horário precisa do deslocamento em relação a UTC, como em 2027-01-18T12:00:00-03:00.",
);
const NOT_TOGETHER_WITH: Localized =
    localized("No se puede combinar con {}.", "Can't be combined with {}.", "Não pode ser combinado com {}.");
const REQUIRED: Localized =
    localized("Este campo es obligatorio.", "This field is required.", "Este campo é obrigatório.");
const UNKNOWN: Localized =
    localized("No se conoce este campo.", "This field is not known.", "Este campo não é conhecido.");
const DUPLICATE: Localized = localized(
    "Este campo aparece más de una vez.",
    "This field appears more than once.",
    "Este campo aparece mais de uma vez.",
);
const TYPE: Localized = localized(
    "El valor no es del tipo esperado.",
    "The value is not of the expected type.",
    "O valor não é do tipo esperado.",
);
const READ_ONLY: Localized =
    localized("Este campo es de solo lectura.", "This field is read-only.", "Este campo é somente leitura.");
const CHARACTERS: Localized = localized(
    "Contiene caracteres no permitidos.",
    "Contains characters that are not allowed.",
    "Contém caracteres não permitidos.",
);
const EMAIL: Localized =
    localized("No es un correo electrónico válido.", "Not a valid e-mail address.", "Não é um e-mail válido.");
const PHONE_CHARACTERS: Localized = localized(
    "El teléfono lleva letras u otros signos. Escríbalo con números, por ejemplo {}.",
    "The phone number has letters or other signs. Write it in digits, for example {}.",
    "O telefone tem letras ou outros sinais. Escreva-o com números, por exemplo {}.",
);
const PHONE_TOO_SHORT: Localized = localized(
    "Al teléfono le faltan números. Por ejemplo: {}.",
    "The phone number has too few digits. For example: {}.",
    "Faltam números no telefone. Por exemplo: {}.",
);
const PHONE_TOO_LONG: Localized = localized(
    "Al teléfono le sobran números. Por ejemplo: {}.",
    "The phone number has too many digits. For example: {}.",
    "Sobram números no telefone. Por exemplo: {}.",
);
const PHONE_UNASSIGNED: Localized = localized(
    "No hay ningún teléfono con este número. Revíselo; si es de otro país, escriba el código. Por ejemplo: {}.",
    "No phone has this number. Check it; if it is of another country, write the country code. For example: {}.",
    "Não há telefone com este número. Confira; se for de outro país, escreva o código. Por exemplo: {}.",
);
const DATE: Localized =
    localized("No es una fecha AAAA-MM-DD.", "Not a date YYYY-MM-DD.", "Não é uma data AAAA-MM-DD.");
const TIME: Localized = localized("No es una hora HH:MM[:SS].", "Not a time HH:MM[:SS].", "Não é uma hora HH:MM[:SS].");
const DATE_TIME: Localized = localized(
    "No es una fecha y hora RFC 3339 en segundos enteros.",
    "Not an RFC 3339 date and time in whole seconds.",
    "Não é uma data e hora RFC 3339 em segundos inteiros.",
);
const SKIPPED: Localized = localized(
    "Esa hora local no existe: el cambio de hora la salta.",
    "That local time does not exist: the clock change skips it.",
    "Essa hora local não existe: a mudança de horário a pula.",
);
const REPEATED_TIME: Localized = localized(
    "Esa hora local ocurre dos veces por el cambio de hora: indique la diferencia con UTC.",
    "That local time occurs twice because of the clock change: give its offset.",
    "Essa hora local ocorre duas vezes por causa da mudança de horário: informe a diferença para UTC.",
);
const TIME_ZONE: Localized =
    localized("No es una zona horaria IANA.", "Not an IANA time zone.", "Não é um fuso horário IANA.");
const ID: Localized = localized("No es un identificador válido.", "Not a valid id.", "Não é um identificador válido.");
const NO_SUCH_THING: Localized = localized(
    "No existe nada con este identificador.",
    "Nothing has this id.",
    "Não existe nada com este identificador.",
);
const INACTIVE: Localized = localized("Está desactivado.", "It is deactivated.", "Está desativado.");
const CLINIC_INACTIVE: Localized =
    localized("Su clínica está desactivada.", "Its clinic is deactivated.", "A clínica está desativada.");
const NO_SLOT: Localized = localized(
    "No cabe ningún turno de esta duración entre el inicio y el fin.",
    "No slot of this length fits between start and end.",
    "Nenhum horário desta duração cabe entre o início e o fim.",
);
const NEVER_APPLIES: Localized = localized(
    "No hay ningún día así entre la primera y la última fecha.",
    "There is no such day between the first and the last date.",
    "Não há nenhum dia assim entre a primeira e a última data.",
);
const PAST: Localized = localized("Ya pasó.", "It has passed.", "Já passou.");
const NOT_AFTER: Localized = localized(
    "No puede ser después del {}. Revise el año.",
    "Must not be after {}. Check the year.",
    "Não pode ser depois de {}. Verifique o ano.",
);
const SEVERAL_ZONES: Localized = localized(
    "Indique el consultorio: a esa hora local el profesional atiende en clínicas de distintas zonas horarias.",
    "Give the room: at that local time the doctor works in clinics of different time zones.",
    "Informe o consultório: nesse horário local o profissional atende em clínicas de fusos diferentes.",
);
const NOT_RUNNING: Localized = localized(
    "No está en el turno en curso. Con «walk_in» puede omitirse.",
    "It isn't in the slot that is running now. With \"walk_in\" it may be left out.",
    "Não está no horário em curso. Com \"walk_in\" pode ser omitido.",
);
const END_NOT_AFTER_START: Localized = localized(
    "El fin debe ser posterior al inicio.",
    "The end must be after the start.",
    "O fim deve ser depois do início.",
);
const NAMES_THE_PATIENT: Localized = localized(
    "No debe decir quién es el paciente: este texto se conserva.",
    "Must not say who the patient is: this text is kept.",
    "Não deve dizer quem é o paciente: este texto é conservado.",
);
const COMMON_PASSWORD: Localized =
    localized("Esta contraseña es demasiado común.", "This password is too common.", "Esta senha é comum demais.");
const WRONG_PASSWORD: Localized =
    localized("No es la contraseña actual.", "This is not the current password.", "Não é a senha atual.");
const WRONG_CODE: Localized = localized(
    "El código no es correcto o ya no vale.",
    "The code is wrong or no longer good.",
    "O código está incorreto ou já não vale.",
);
const REPEATED: Localized = localized(
    "El mismo elemento aparece dos veces.",
    "The same entry appears twice.",
    "O mesmo item aparece duas vezes.",
);
