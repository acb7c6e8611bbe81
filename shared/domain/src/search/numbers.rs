//! The ways in which a stored phone number is written and dialled in its own country.

/// Country codes of one and two digits; all others have three.
const SHORT_CODES: &[&str] = &[
    "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
    "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
    "86", "90", "91", "92", "93", "94", "95", "98",
];

/// Prefixes of an international call: `00` in most countries, `011` in North America.
const INTERNATIONAL: &[&str] = &["00", "011"];

/// What is dialled before a national number, former prefixes included, by country code.
fn trunk_prefixes(code: &str) -> &'static [&'static str] {
    match code {
        "1" => &["1"],
        // Mexico, until 2019: long distance, and calls to mobiles from the same and from another area.
        "52" => &["01", "1", "044", "045"],
        // Colombia, until 2021: with the digit of a carrier.
        "57" => &["0", "03", "05", "07", "09"],
        _ => &["0"],
    }
}

/// Digits of which a number in full is recognised: shorter ones are only compared with the stored digits.
const MIN_SUBSCRIBER: usize = 6;

/// Whether a text of digits is a part of a number, as it is stored (`573005550001`) or in a way in which it is dialled.
#[must_use]
pub fn is_part_of_number(digits: &str, stored: &str) -> bool {
    if stored.contains(digits) {
        return true;
    }
    let tail = digits.len().checked_sub(MIN_SUBSCRIBER).and_then(|start| digits.get(start..));
    // A prefix that is no part of the stored number stands before the area or the subscriber's digits.
    tail.is_some_and(|tail| stored.contains(tail)) && dialled(stored).iter().any(|way| way.contains(digits))
}

/// The ways in which a number is dialled, besides the stored one.
fn dialled(stored: &str) -> Vec<String> {
    let (code, national) = split(stored);
    let mut ways = Vec::new();
    let mut nationals = vec![national.to_owned()];
    match code {
        "54" => nationals.extend(argentine(national)),
        "55" => nationals.extend(brazilian(national)),
        // Landlines have had ten digits since 2021: the area's digit comes after `60`.
        "57" => nationals.extend(national.strip_prefix("60").map(str::to_owned)),
        _ => {}
    }
    for national in &nationals {
        ways.push(format!("{code}{national}"));
        for prefix in trunk_prefixes(code) {
            ways.push(format!("{prefix}{national}"));
            // `+54 (0)11 …`
            ways.push(format!("{code}{prefix}{national}"));
        }
    }
    let international = |way: &String| INTERNATIONAL.iter().map(|prefix| format!("{prefix}{way}")).collect::<Vec<_>>();
    let abroad: Vec<String> = ways.iter().filter(|way| way.starts_with(code)).flat_map(international).collect();
    ways.extend(abroad);
    ways
}

fn split(stored: &str) -> (&str, &str) {
    let length = (1..=2).find(|length| stored.get(..*length).is_some_and(|code| SHORT_CODES.contains(&code)));
    stored.split_at_checked(length.unwrap_or(3)).unwrap_or((stored, ""))
}

/// Mobiles have a `9` before the area internationally, and a `15` after it nationally. An area has two to four digits.
fn argentine(national: &str) -> Vec<String> {
    let plain = national.strip_prefix('9').filter(|rest| rest.len() == 10).unwrap_or(national);
    let mut ways = vec![plain.to_owned(), format!("9{plain}")];
    for area in 2..=4 {
        if let Some((area, subscriber)) = plain.split_at_checked(area) {
            ways.push(format!("{area}15{subscriber}"));
        }
    }
    ways
}

/// Mobiles got a ninth digit; a long-distance call names a carrier by two digits before the area.
fn brazilian(national: &str) -> Vec<String> {
    let mut nationals = vec![national.to_owned()];
    if let Some((area, subscriber)) = national.split_at_checked(2) {
        nationals
            .extend(subscriber.strip_prefix('9').filter(|rest| rest.len() == 8).map(|rest| format!("{area}{rest}")));
        if subscriber.len() == 8 && subscriber.starts_with(['6', '7', '8', '9']) {
            nationals.push(format!("{area}9{subscriber}"));
        }
    }
    let carriers = ["14", "15", "21", "31", "41", "43"];
    let carried: Vec<String> = carriers
        .iter()
        .flat_map(|carrier| nationals.iter().map(move |national| format!("{carrier}{national}")))
        .collect();
    nationals.into_iter().skip(1).chain(carried).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_known_in_every_way_of_its_own_country() {
        for (stored, ways) in [
            ("593991234567", &["0991234567", "991234567", "593991234567", "00593991234567", "5930991234567"][..]),
            (
                "5491123456789",
                &[
                    "011152345678",
                    "01115234567",
                    "0111523456789",
                    "1523456789",
                    "23456789",
                    "1123456789",
                    "01123456789",
                    "541123456789",
                    "00541123456789",
                    "005491123456789",
                    "540111523456789",
                ],
            ),
            ("5492954123456", &["0295415123456", "295415123456", "15123456", "123456"]),
            ("525512345678", &["0445512345678", "0455512345678", "015512345678", "5215512345678", "00525512345678"]),
            ("5511987654321", &["011987654321", "01187654321", "0211198765432", "1187654321", "551187654321"]),
            ("573005550001", &["033005550001", "3005550001", "00573005550001", "01157300555000"]),
            ("576012345678", &["12345678", "0512345678", "6012345678", "5712345678"]),
            ("12025550141", &["2025550141", "12025550141", "01112025550141"]),
            ("56912345678", &["0912345678", "912345678", "0056912345678"]),
            ("50688887777", &["88887777", "0050688887777"]),
        ] {
            for way in ways {
                assert!(is_part_of_number(way, stored), "{way} of {stored}");
            }
        }
    }

    #[test]
    fn the_ways_of_another_country_are_not_those_of_a_number() {
        for (stored, way) in [
            ("573005550001", "0443005550001"), // Mexico's
            ("573005550001", "3001555 0001"),
            ("525512345678", "551512345678"), // Argentina's
            ("593991234567", "0991234568"),
            ("12025550141", "02025550141"),
        ] {
            assert!(!is_part_of_number(way, stored), "{way} of {stored}");
        }
    }
}
