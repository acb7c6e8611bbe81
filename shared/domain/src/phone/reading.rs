//! Reads numbers as people write them: national ones with the prefixes of their country, also former ones, and
//! international ones as they are dialled and as WhatsApp shows them.

use super::plan::NumberingPlan;

/// Why a text is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhoneProblem {
    /// It has letters, or signs that are in no number.
    Characters,
    TooShort,
    TooLong,
    /// No numbering plan has it.
    Unassigned,
}

/// The fewest and the most digits of a number with its calling code: ITU-T E.164.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// The digits of a text, and whether it begins with a plus.
pub(super) struct Digits {
    has_plus: bool,
    digits: String,
}

impl Digits {
    pub(super) fn of(text: &str) -> Result<Self, PhoneProblem> {
        let mut number = Self { has_plus: false, digits: String::new() };
        for c in text.chars() {
            match c.to_digit(10) {
                Some(_) => number.digits.push(c),
                None if c == '+' && number.digits.is_empty() => number.has_plus = true,
                None if is_separator(c) => {}
                None => return Err(PhoneProblem::Characters),
            }
        }
        Ok(number)
    }

    /// What is wrong with a number that no plan has.
    pub(super) fn problem(&self) -> PhoneProblem {
        let length = self.digits.len();
        match (length < *DIGITS.start(), length > *DIGITS.end()) {
            (true, _) => PhoneProblem::TooShort,
            (_, true) => PhoneProblem::TooLong,
            _ => PhoneProblem::Unassigned,
        }
    }

    /// The numbers that can be meant, the most likely first.
    pub(super) fn readings(&self, plan: Option<&NumberingPlan>) -> Vec<String> {
        let digits = self.digits.as_str();
        if self.has_plus {
            return vec![international(digits)];
        }
        let mut readings = Vec::new();
        readings.extend(digits.strip_prefix("00").map(international));
        readings.extend(plan.and_then(|plan| national(digits, plan)));
        readings.push(digits.to_owned());
        readings.push(international(digits));
        readings
    }
}

/// Marks of direction are pasted together with a number from WhatsApp.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '.' | '(' | ')' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ad}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

/// A number with its calling code, in the spelling of today. Mexico's mobiles had a 1 after it until 2020, and Brazil's
/// mobiles, which begin with 6 to 9, had no ninth digit: WhatsApp goes on showing both.
fn international(digits: &str) -> String {
    if let Some(national) = digits.strip_prefix("521").filter(|national| national.len() == 10) {
        return format!("+52{national}");
    }
    match digits.strip_prefix("55").and_then(with_ninth_digit) {
        Some(national) => format!("+55{national}"),
        None => format!("+{digits}"),
    }
}

/// A Brazilian mobile of area code and eight digits with its ninth.
fn with_ninth_digit(national: &str) -> Option<String> {
    let (area, subscriber) = national.split_at_checked(2).filter(|(_, subscriber)| subscriber.len() == 8)?;
    subscriber.starts_with(['6', '7', '8', '9']).then(|| format!("{area}9{subscriber}"))
}

/// A national number in a spelling that libphonenumber's metadata doesn't have.
fn national(digits: &str, plan: &NumberingPlan) -> Option<String> {
    let after = |prefixes: &[&str], length: usize| {
        let rest = prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix));
        rest.filter(|rest| rest.len() == length)
    };
    if plan.is_of("MX") {
        // How mobiles and long distance were dialled until 2019.
        return after(&["044", "045", "01"], 10).map(str::to_owned);
    }
    if plan.is_of("CL") {
        return after(&["0"], 9).filter(|rest| rest.starts_with('9')).map(str::to_owned);
    }
    if plan.is_of("BR") {
        return with_ninth_digit(digits.strip_prefix('0').unwrap_or(digits));
    }
    None
}
