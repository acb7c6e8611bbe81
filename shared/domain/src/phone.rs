//! Phone numbers: the number to dial, and the key that matches replies from it.
//!
//! WhatsApp reports some numbers in another form than the one that was dialled: Mexican ones with the former
//! `1` after the country code, Argentine ones without the mobile `9`, Brazilian mobiles without the ninth digit.
//! [`MatchKey`] ignores these differences; [`Phone`] never adds a digit.

mod plan;
mod reading;

pub use plan::PhoneType;
pub use reading::PhoneProblem;

use crate::violation::Rule;
use plan::{EXAMPLE_ELSEWHERE, NumberingPlan};
use reading::Digits;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, enums::Region};
use serde::{Deserialize, Serialize};

/// A valid number in E.164, for example `+5491123456789`. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

/// The country whose numbering plan applies to national numbers, by its ISO 3166 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    region: Region,
    plan: Option<&'static NumberingPlan>,
}

impl Country {
    /// No country: only international numbers are accepted.
    pub const NOWHERE: Self = Self { region: Region::ZZ, plan: None };

    /// Parses a two-letter ISO 3166 code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Some(Self { region: code.parse().ok()?, plan: NumberingPlan::of_country(code) })
    }

    /// A mobile number as it is written there.
    #[must_use]
    pub fn example(self) -> &'static str {
        self.plan.map_or(EXAMPLE_ELSEWHERE, |plan| plan.example)
    }
}

/// The longest text that is read as a number, in characters.
pub const MAX_LENGTH: usize = 30;

impl Phone {
    /// Parses an international number or a national one of `country`, in any spelling that people or WhatsApp use.
    ///
    /// # Errors
    /// [`Rule::TooLong`] over [`MAX_LENGTH`], [`Rule::Phone`].
    pub fn parse(text: &str, country: Country) -> Result<Self, Rule> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Rule::Required);
        }
        if text.chars().count() > MAX_LENGTH {
            return Err(Rule::TooLong(MAX_LENGTH));
        }
        let refusal = |problem| Rule::Phone { problem, example: country.example() };
        let digits = Digits::of(text).map_err(refusal)?;
        let valid = digits.readings(country.plan).into_iter().find_map(|reading| {
            let number = PHONE_NUMBER_UTIL.parse(&reading, Some(country.region)).ok()?;
            number.is_valid().then(|| Self(number.format_as(PhoneNumberFormat::E164).into_owned()))
        });
        valid.ok_or_else(|| refusal(digits.problem()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn match_key(&self) -> MatchKey {
        MatchKey::of(&self.0)
    }
}

crate::opaque!(Phone);

/// The normalised form of a WhatsApp address, equal for all its spellings. It can't be dialled. `Debug` hides
/// it.
///
/// Two numbers of one country have the same key only if they differ in Mexico's former `1`, in Argentina's `9`, or in
/// Brazil's ninth digit before 6–9, which is the digit that mobiles got. Before 0–5 the `9` belongs to the number:
/// without it, it would be a landline of somebody else.
///
/// Rows hold match keys: those below `NUMBER#<key>` (conversation, unprocessed messages, reminded appointments, contacts,
/// rate limit, restrictions), the index `THREAD#<key>`, and the numbers of a pending erasure. Until November 2026
/// Brazil's `9` was dropped before any digit. What was stored then for a mobile that begins with 90–95 is found through
/// [`Self::former`] where it matters: the contacts and the reminded appointments. The others are of no consequence: an
/// open question (expires in 30 days, and is asked again), the rate limit (6 seconds), and unprocessed messages, which
/// carry their key with them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MatchKey(String);

impl MatchKey {
    /// The key of an address: a number with or without `whatsapp:` and `+`, or the user id of a sender who
    /// hides the number.
    #[must_use]
    pub fn of(address: &str) -> Self {
        let address = address.trim();
        let address = address.strip_prefix("whatsapp:").unwrap_or(address);
        let digits = address.strip_prefix('+').unwrap_or(address);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self(address.to_uppercase());
        }
        let rest = |prefix: &str, length: usize| digits.strip_prefix(prefix).filter(|rest| rest.len() == length);
        let key = if let Some(national) = rest("521", 10) {
            format!("52{national}")
        } else if let Some(national) = rest("549", 10) {
            format!("54{national}")
        } else if let Some((area, subscriber)) = rest("55", 11).and_then(|national| national.split_at_checked(2)) {
            let without_ninth = subscriber.strip_prefix('9').filter(|rest| rest.starts_with(['6', '7', '8', '9']));
            format!("55{area}{}", without_ninth.unwrap_or(subscriber))
        } else {
            digits.to_owned()
        };
        Self(key)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key that rows of this number had until November 2026, if it was another one. It may be a landline's key too,
    /// so what is found by it must be compared with the number itself.
    #[must_use]
    pub fn former(&self) -> Option<Self> {
        let national = self.0.strip_prefix("55").filter(|national| national.len() == 11)?;
        let (area, subscriber) = national.split_at_checked(2)?;
        Some(Self(format!("55{area}{}", subscriber.strip_prefix('9')?)))
    }

    /// Whether it is the user id of a sender who hides the number.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        !self.0.bytes().all(|byte| byte.is_ascii_digit())
    }
}

crate::opaque!(MatchKey);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::strategy::Strategy as _;

    fn parse(text: &str, country: &str) -> Result<String, Rule> {
        Phone::parse(text, Country::parse(country).unwrap()).map(|phone| phone.as_str().to_owned())
    }

    #[test]
    fn national_numbers_are_read_in_the_country_of_the_deployment() {
        assert_eq!(parse("011 15 2345-6789", "AR").as_deref(), Ok("+5491123456789"));
        assert_eq!(parse("809-555-2000", "DO").as_deref(), Ok("+18095552000"));
        assert_eq!(parse("300 123 4567", "CO").as_deref(), Ok("+573001234567"));
        assert_eq!(parse("+52 1 55 1234 5678", "CO").as_deref(), Ok("+525512345678"));
        assert_eq!(parse("", "AR"), Err(Rule::Required));
        assert!(Phone::parse("809-555-2000", Country::NOWHERE).is_err());
        assert!(Phone::parse("+1 809-555-2000", Country::NOWHERE).is_ok());
        assert_eq!(parse(&"1".repeat(31), "AR"), Err(Rule::TooLong(30)));
    }

    /// K31, and what else people and WhatsApp write.
    #[test]
    fn former_spellings_and_those_of_whatsapp_are_read() {
        for (country, written, read) in [
            ("MX", "5215512345678", "+525512345678"),
            ("MX", "525512345678", "+525512345678"),
            ("MX", "044 55 1234 5678", "+525512345678"),
            ("MX", "045 55 1234 5678", "+525512345678"),
            ("MX", "01 55 1234 5678", "+525512345678"),
            ("MX", "55 1234 5678", "+525512345678"),
            ("BR", "+55 31 8888-8888", "+5531988888888"),
            ("BR", "551187654321", "+5511987654321"),
            ("BR", "(31) 8888-8888", "+5531988888888"),
            ("BR", "031 8888-8888", "+5531988888888"),
            ("BR", "(11) 3333-4444", "+551133334444"),
            ("BR", "11 98765-4321", "+5511987654321"),
            ("CL", "09 6123 4567", "+56961234567"),
            ("CL", "9 6123 4567", "+56961234567"),
            ("CL", "56961234567", "+56961234567"),
            ("CO", "0057 300 123 4567", "+573001234567"),
            ("CO", "005 57 300 123 4567", "+573001234567"),
            ("CO", "573001234567", "+573001234567"),
            ("DO", "001 809 555 2000", "+18095552000"),
            ("DO", "1 809 555 2000", "+18095552000"),
            ("DO", "829.555.2000", "+18295552000"),
            ("AR", "5491123456789", "+5491123456789"),
            ("AR", "0054 9 11 2345-6789", "+5491123456789"),
            ("AR", "11 15 2345 6789", "+5491123456789"),
            ("AR", "+54 11 15 2345-6789", "+5491123456789"),
            ("AR", "11 2345-6789", "+541123456789"),
            ("AR", "\u{202a}+57 300 123 4567\u{202c}", "+573001234567"),
            ("PE", "0051 912 345 678", "+51912345678"),
            ("EC", "099 123 4567", "+593991234567"),
            ("UY", "094 231 234", "+59894231234"),
            ("VE", "0412-1234567", "+584121234567"),
            ("PY", "0961 456789", "+595961456789"),
            ("BO", "71234567", "+59171234567"),
            ("GT", "5123-4567", "+50251234567"),
            ("CR", "8312 3456", "+50683123456"),
            ("SV", "7012-3456", "+50370123456"),
            ("HN", "9123-4567", "+50491234567"),
            ("NI", "8123 4567", "+50581234567"),
            ("PA", "6123-4567", "+50761234567"),
            ("CU", "05 1234567", "+5351234567"),
            ("ES", "612 34 56 78", "+34612345678"),
            ("US", "(201) 555-0123", "+12015550123"),
        ] {
            assert_eq!(parse(written, country).as_deref(), Ok(read), "{country} {written}");
        }
    }

    /// A number that could be a landline's is read as one, and the answer says so.
    #[test]
    fn an_argentine_number_without_its_9_is_a_landline() {
        let phone_type = |text, country| Phone::parse(text, Country::parse(country).unwrap()).unwrap().phone_type();
        assert_eq!(phone_type("11 2345-6789", "AR"), PhoneType::Landline);
        assert_eq!(phone_type("11 15 2345-6789", "AR"), PhoneType::Mobile);
        assert_eq!(phone_type("(11) 3333-4444", "BR"), PhoneType::Landline);
        assert_eq!(phone_type("(11) 8333-4444", "BR"), PhoneType::Mobile);
        assert_eq!(phone_type("55 1234 5678", "MX"), PhoneType::Unknown);
        assert_eq!(phone_type("+49 30 123456", "MX"), PhoneType::Unknown);
    }

    #[test]
    fn what_is_no_number_is_refused_with_the_reason_and_an_example() {
        for (country, written, problem) in [
            ("CO", "300-CLINICA", PhoneProblem::Characters),
            ("CO", "300 123 4567 ext 5", PhoneProblem::Characters),
            ("CO", "hola", PhoneProblem::Characters),
            ("CO", "300#1234567", PhoneProblem::Characters),
            ("AR", "12", PhoneProblem::TooShort),
            ("AR", "+54", PhoneProblem::TooShort),
            ("AR", "+541112345678901234", PhoneProblem::TooLong),
            ("CO", "300 123 4567 / 301 765 4321", PhoneProblem::TooLong),
            ("AR", "+5400000", PhoneProblem::Unassigned),
            ("MX", "0000000000", PhoneProblem::Unassigned),
            ("BR", "+55 31 888-8888", PhoneProblem::Unassigned),
        ] {
            let example = Country::parse(country).unwrap().example();
            assert_eq!(parse(written, country), Err(Rule::Phone { problem, example }), "{country} {written}");
        }
    }

    #[test]
    fn spellings_of_one_number_have_the_same_key() {
        let same = |a: &str, b: &str| assert_eq!(MatchKey::of(a), MatchKey::of(b), "{a} {b}");
        same("+525512345678", "whatsapp:+5215512345678");
        same("+5491123456789", "whatsapp:+541123456789");
        same("+5511987654321", "whatsapp:+551187654321");
        same("whatsapp:MX.1a2B", "MX.1A2B");
        assert_ne!(MatchKey::of("+5491123456789"), MatchKey::of("+5491123456780"));
        assert_ne!(MatchKey::of("+573001234567"), MatchKey::of("+523001234567"));
    }

    #[test]
    fn numbers_that_differ_in_more_than_a_spelling_have_different_keys() {
        for (one, other) in [
            ("+551133334444", "+5511933334444"), // a landline and a mobile
            ("+552122223333", "+5521922223333"),
            ("+551155554444", "+5511955554444"),
            ("+556133330000", "+5561933330000"),
            ("+551187654321", "+5511887654321"), // no ninth digit
            ("+5511987654321", "+5521987654321"),
            ("+541123456789", "+5491123456780"),
            ("+5215512345678", "+525512345679"),
            ("+573001234567", "+5793001234567"), // the rules are those of one country each
            ("+56912345678", "+5612345678"),
            ("+51987654321", "+5187654321"),
            ("+59899123456", "+5989123456"),
            ("+12025550141", "+112025550141"),
        ] {
            assert_ne!(MatchKey::of(one), MatchKey::of(other), "{one} {other}");
            assert_ne!(MatchKey::of(&format!("whatsapp:{one}")), MatchKey::of(other), "{one} {other}");
        }
        for first in 6..=9 {
            let (short, long) = (format!("+5511{first}7654321"), format!("+55119{first}7654321"));
            assert_eq!(MatchKey::of(&short), MatchKey::of(&long));
        }
    }

    #[test]
    fn the_former_key_is_known_where_it_was_another_one() {
        let former = |number: &str| MatchKey::of(number).former().map(|key| key.as_str().to_owned());
        assert_eq!(former("+5511933334444").as_deref(), Some("551133334444"));
        for same in ["+551133334444", "+5511987654321", "+551187654321", "+5491123456789", "+12025550141", "BR.12"] {
            assert_eq!(former(same), None, "{same}");
        }
    }

    /// The digits that a documented spelling leaves out. `None` where the number has none.
    fn short_spelling(digits: &str) -> Option<String> {
        let cut = |index: usize| format!("{}{}", &digits[..index], &digits[index + 1..]);
        match (&digits[..2], digits.len()) {
            ("52", 13) if digits[2..].starts_with('1') => Some(cut(2)),
            ("54", 13) if digits[2..].starts_with('9') => Some(cut(2)),
            ("55", 13) if digits[4..].starts_with('9') && digits[5..].starts_with(['6', '7', '8', '9']) => Some(cut(4)),
            _ => None,
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]
        #[test]
        fn two_numbers_have_one_key_only_where_it_is_documented(
            (country, one, change) in (0..8_usize).prop_flat_map(|country| (
                proptest::prelude::Just(["52", "54", "55", "57", "56", "51", "1", "598"][country]),
                "[19]?[1-9][0-9]{9}",
                proptest::option::of((0..12_usize, "[0-9]?")),
            ))
        ) {
            let one = format!("{country}{one}");
            let mut other = one.clone();
            if let Some((at, digit)) = change {
                let at = country.len() + at % (one.len() - country.len());
                other.replace_range(at..=at, &digit);
            }
            let plain = |digits: &str| short_spelling(digits).unwrap_or_else(|| digits.to_owned());
            let (a, b) = (MatchKey::of(&format!("+{one}")), MatchKey::of(&format!("whatsapp:+{other}")));
            proptest::prop_assert_eq!(a == b, plain(&one) == plain(&other));
        }
    }

    #[test]
    fn nothing_shows_in_debug() {
        let phone = Phone::parse("+5491123456789", Country::parse("AR").unwrap()).unwrap();
        assert!(!format!("{phone:?} {:?}", phone.match_key()).contains("112345"));
    }
}
