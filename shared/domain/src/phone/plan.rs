//! The numbering plans of the countries in which clinics are: how a mobile number looks. Sources: ITU-T E.164 national
//! numbering plans; a test compares them with libphonenumber's metadata.

use super::Phone;

/// Whether a number is a mobile's, as its numbering plan says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhoneType {
    Mobile,
    Landline,
    /// The plan doesn't tell, or isn't one of ours.
    Unknown,
}

/// A country's plan.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NumberingPlan {
    /// ISO 3166.
    country: &'static str,
    calling_code: &'static str,
    /// A mobile number as people of the country write it.
    pub(super) example: &'static str,
    /// What mobile numbers begin with after the calling code. Empty where they don't differ from landlines.
    mobile: &'static [&'static str],
}

const fn plan(
    country: &'static str,
    calling_code: &'static str,
    example: &'static str,
    mobile: &'static [&'static str],
) -> NumberingPlan {
    NumberingPlan { country, calling_code, example, mobile }
}

const PLANS: &[NumberingPlan] = &[
    plan("AR", "54", "+54 9 341 412-3456", &["675", "9"]),
    plan("BO", "591", "+591 7 123 4567", &["57", "6", "7"]),
    plan("BR", "55", "+55 11 98765-4321", &[]),
    plan("CL", "56", "+56 9 6123 4567", &["9"]),
    plan("CO", "57", "+57 321 098 7654", &["3"]),
    plan("CR", "506", "+506 8312 3456", &["5", "6", "7", "8"]),
    plan("CU", "53", "+53 5 1234567", &["5", "6"]),
    plan("DO", "1", "+1 829-555-0100", &[]),
    plan("EC", "593", "+593 99 123 4567", &["9"]),
    plan("ES", "34", "+34 612 34 56 78", &["6", "7"]),
    plan("GT", "502", "+502 5123 4567", &["3", "4", "5", "80"]),
    plan("HN", "504", "+504 9123-4567", &["3", "7", "8", "9"]),
    plan("MX", "52", "+52 55 1234 5678", &[]),
    plan("NI", "505", "+505 8123 4567", &["5", "6", "7", "8"]),
    plan("PA", "507", "+507 6123-4567", &["111", "161", "218", "219", "6", "810", "811", "872", "873"]),
    plan("PE", "51", "+51 912 345 678", &["9"]),
    plan("PY", "595", "+595 961 456789", &["9"]),
    plan("SV", "503", "+503 7012 3456", &["5", "6", "7"]),
    plan("US", "1", "+1 201-555-0123", &[]),
    plan("UY", "598", "+598 94 231 234", &["9"]),
    plan("VE", "58", "+58 412-1234567", &["412", "414", "415", "416", "417", "418", "422", "424", "426"]),
];

/// The example for a country that isn't in the list. No test has a patient with an example's number: errors show them, and
/// no error may show a patient's.
pub(super) const EXAMPLE_ELSEWHERE: &str = "+57 321 098 7654";

impl NumberingPlan {
    pub(super) fn of_country(code: &str) -> Option<&'static Self> {
        PLANS.iter().find(|plan| plan.country.eq_ignore_ascii_case(code))
    }

    pub(super) fn is_of(&self, country: &str) -> bool {
        self.country == country
    }
}

impl Phone {
    /// The type of number that was understood. A country's landlines that begin as its mobiles do count as mobiles.
    #[must_use]
    pub fn phone_type(&self) -> PhoneType {
        let digits = self.as_str().trim_start_matches('+');
        // No calling code of ours is the beginning of another one.
        let plan = PLANS.iter().find_map(|plan| Some((plan, digits.strip_prefix(plan.calling_code)?)));
        match plan {
            // A Brazilian mobile has nine digits after the area code.
            Some((plan, national)) if plan.is_of("BR") => match national.len() {
                11 => PhoneType::Mobile,
                _ => PhoneType::Landline,
            },
            Some((plan, national)) if !plan.mobile.is_empty() => {
                match plan.mobile.iter().any(|prefix| national.starts_with(prefix)) {
                    true => PhoneType::Mobile,
                    false => PhoneType::Landline,
                }
            }
            _ => PhoneType::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Country;
    use super::*;
    use rlibphonenumber::enums::PhoneNumberType;
    use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber};

    #[test]
    fn every_example_is_read_and_is_no_landline() {
        for plan in PLANS {
            let country = Country::parse(plan.country).unwrap();
            let phone = Phone::parse(plan.example, country).unwrap();
            assert_ne!(phone.phone_type(), PhoneType::Landline, "{}", plan.country);
            assert!(phone.as_str().starts_with(&format!("+{}", plan.calling_code)));
        }
        assert!(Phone::parse(EXAMPLE_ELSEWHERE, Country::NOWHERE).is_ok());
    }

    /// Numbers that begin with each three digits, of every length.
    #[test]
    fn the_type_is_that_of_libphonenumber() {
        let mut compared = 0;
        for plan in PLANS.iter().filter(|plan| plan.is_of("BR") || !plan.mobile.is_empty()) {
            for (beginning, rest) in (100..1_000).flat_map(|beginning| (4..=8).map(move |rest| (beginning, rest))) {
                let number = format!("+{}{beginning}{}", plan.calling_code, &"23456789"[..rest]);
                let Some(parsed) = PHONE_NUMBER_UTIL.parse(&number, None).ok().filter(PhoneNumber::is_valid) else {
                    continue;
                };
                let wanted = match PHONE_NUMBER_UTIL.get_number_type(&parsed) {
                    PhoneNumberType::Mobile => PhoneType::Mobile,
                    PhoneNumberType::FixedLine => PhoneType::Landline,
                    // Special numbers, which no patient has, and those that can be either.
                    _ => continue,
                };
                assert_eq!(Phone::parse(&number, Country::NOWHERE).unwrap().phone_type(), wanted, "{number}");
                compared += 1;
            }
        }
        assert!(compared > 1_000, "{compared}");
    }
}
