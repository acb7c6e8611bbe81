//! Recognises documents and phone numbers that are none: what a spreadsheet has made of a number, and words for "has
//! none". They are refused, because what was there can't be known.

use domain::text::fold;

/// What a spreadsheet shows instead of a value, without signs.
const SPREADSHEET_ERRORS: [&str; 12] =
    ["n/a", "n/d", "ref!", "valor!", "value!", "nombre?", "nome?", "name?", "div/0!", "num!", "nulo!", "null!"];

/// Words for a missing value, folded and without blanks and punctuation.
const PLACEHOLDERS: [&str; 38] = [
    "sindocumento",
    "sindoc",
    "sindni",
    "sincedula",
    "sinnumero",
    "sintelefono",
    "sincelular",
    "sindato",
    "sindatos",
    "sinregistro",
    "sd",
    "sn",
    "na",
    "nd",
    "nc",
    "notiene",
    "nosabe",
    "noaplica",
    "noregistra",
    "noinforma",
    "noposee",
    "ninguno",
    "ninguna",
    "nulo",
    "null",
    "none",
    "desconocido",
    "desconocida",
    "pendiente",
    "semdocumento",
    "semnumero",
    "semtelefone",
    "naotem",
    "naoinformado",
    "naopossui",
    "nenhum",
    "desconhecido",
    "pendente",
];

/// Why a document or a phone number is doubtful. `None` if it isn't.
#[must_use]
pub fn doubt(cell: &str) -> Option<&'static str> {
    // An apostrophe says that it is a text as it was written.
    let as_text = cell.starts_with('\'');
    let text = cell.trim_start_matches('\'').trim();
    if text.is_empty() {
        return None;
    }
    if !as_text && (is_scientific(text) || is_decimal(text) || is_rounded(text)) {
        return Some("Doubtful: a spreadsheet has made a number of it, and what was there is lost.");
    }
    is_placeholder(text).then_some("Doubtful: this stands for a missing value.")
}

/// The error that a spreadsheet shows instead of a value, as `#N/A`, or a column that is too narrow.
#[must_use]
pub fn is_spreadsheet_error(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('#') else { return false };
    let name = fold(rest.trim_start_matches(['¡', '¿']));
    SPREADSHEET_ERRORS.contains(&name.as_str()) || (rest.len() > 1 && rest.bytes().all(|byte| byte == b'#'))
}

/// `1.23457E+09`, also with a comma.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    // A document such as 12E345678 is none.
    is_digits(whole) && is_digits(fraction) && is_digits(exponent) && exponent.len() <= 3 && whole.len() <= 3
}

/// `1098766.0`, also with a comma. Groups of three digits are how documents are written.
fn is_decimal(text: &str) -> bool {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once(['.', ',']).is_some_and(|(whole, fraction)| {
        is_digits(whole) && is_digits(fraction) && (fraction.len() < 3 || whole.len() > 3)
    })
}

/// Of a long number a spreadsheet keeps fifteen digits.
fn is_rounded(text: &str) -> bool {
    let kept = text.bytes().take(15).count();
    text.len() > 15
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.bytes().skip(kept).all(|byte| byte == b'0')
}

fn is_placeholder(text: &str) -> bool {
    let letters: String = fold(text).chars().filter(|c| c.is_alphanumeric()).collect();
    let only = |wanted: char| letters.chars().all(|c| c == wanted);
    // Without letters and digits, it is empty: dashes, dots, a question mark.
    only('0') || only('x') || PLACEHOLDERS.contains(&letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_no_document_is_doubtful() {
        for text in [
            "1.23457E+09",
            "1,23457E+09",
            "1E+12",
            "4.5e10",
            "1098766.0",
            "1098766,00",
            "30123456.5",
            "123456789012345000",
            "sin documento",
            "Sin Documento.",
            "SIN DOC",
            "N/A",
            "n.a.",
            "S/D",
            "0000",
            "0",
            "00-00",
            "x",
            "XXX",
            "-",
            "--",
            ".",
            "?",
            "No tiene",
            "não tem",
            "Sem documento",
            "pendiente",
        ] {
            assert!(doubt(text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_document_as_people_have_it_is_not() {
        for text in [
            "",
            "1098766",
            "1.098.766",
            "30.123.456",
            "123.000",
            "001-1234567-8",
            "12345678-5",
            "PEGJ850101HDFRRN09",
            "11111111",
            "12E345678",
            "E1234567",
            "AB123456",
            "1023-4567-89",
            "X1234567L",
            "1234567-1A",
            "NA123456",
            "+573001234567",
            "809-555-2000",
            "'1234567890123450",
            "'1E5",
            "7",
        ] {
            assert_eq!(doubt(text), None, "{text}");
        }
    }

    #[test]
    fn errors_of_a_spreadsheet_are_recognised() {
        for text in ["#N/A", "#N/D", "#¡REF!", "#¿NOMBRE?", "#VALOR!", "########"] {
            assert!(is_spreadsheet_error(text), "{text}");
        }
        for text in ["#", "#5", "# 12", "N/A", "Calle 5 #45-12", "#12-34"] {
            assert!(!is_spreadsheet_error(text), "{text}");
        }
    }
}
