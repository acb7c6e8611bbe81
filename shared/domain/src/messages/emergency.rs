//! The texts for an emergency and for senders who are nobody's, with a telephone number for emergencies in each.

use crate::language::Language;
use crate::name::Name;

/// Where to turn in an emergency.
pub(super) fn emergency(number: &str, language: Language) -> String {
    match language {
        Language::Es => format!(
            "Este chat no atiende urgencias. Llame ahora al {number} o vaya al servicio de urgencias más cercano. Su \
             mensaje quedó marcado para la clínica."
        ),
        Language::Pt => format!(
            "Este chat não atende urgências. Ligue agora para {number} ou vá ao pronto-socorro mais próximo. Sua \
             mensagem ficou marcada para a clínica."
        ),
        Language::En => format!(
            "This chat is not for emergencies. Call {number} now or go to the nearest emergency room. Your message is \
             marked for the clinic."
        ),
    }
}

/// What to write, for a number that belongs to no patient. A deployment with several clinics names none.
pub(super) fn unknown_sender(clinic: Option<&Name>, number: &str, language: Language) -> String {
    let to = |preposition: &str| clinic.map_or_else(String::new, |clinic| format!("{preposition}{}", clinic.as_str()));
    match language {
        Language::Es => format!(
            "Gracias por escribir{}. Con este número no encontramos citas. Escriba el nombre de quien se va a atender y \
             qué necesita; le responde una persona. Por favor no envíe datos de salud. Urgencias: {number}.",
            to(" a ")
        ),
        Language::Pt => format!(
            "Obrigado por escrever{}. Não encontramos consultas com este número. Escreva o nome de quem será atendido e \
             o que precisa; uma pessoa responde. Por favor não envie dados de saúde. Urgências: {number}.",
            to(" a ")
        ),
        Language::En => format!(
            "Thank you for writing{}. We find no appointment with this number. Write the name of the person who needs \
             care and what you need; somebody answers. Please send no health details. Emergencies: {number}.",
            to(" to ")
        ),
    }
}

/// What a contact is called that keeps a patient's former number.
#[must_use]
pub fn previous_number(language: Language) -> &'static str {
    match language {
        Language::Es | Language::Pt => "número anterior",
        Language::En => "previous number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    #[test]
    fn the_words_in_each_language() {
        let clinic = Name::from("Clínica Norte");
        let mut all = String::new();
        for language in Language::ALL {
            let texts = [
                emergency("107", language),
                unknown_sender(Some(&clinic), "107", language),
                unknown_sender(None, "107", language),
            ];
            for text in texts {
                writeln!(all, "{}: {text}", language.code()).unwrap();
            }
        }
        insta::assert_snapshot!(all);
    }
}
