//! The telephone number for medical emergencies of each country: what a clinic's own
//! [`emergency_number`](crate::clinic::ClinicProfile::emergency_number) defaults to.
//!
//! The numbers of AR, BR, CL, CO, MX and PE are agreed for this product. Of the other countries it is the number for all
//! emergencies, where lists of emergency numbers agree that there is one, else that of an ambulance service (BO, CU, GT, NI),
//! which no authority has confirmed to us: a clinic that knows better sets its own. Zones: IANA `zone.tab`. Calling codes: ITU-T
//! E.164. A country that isn't listed has 112, which every mobile network puts through, or 911 in America.

use crate::clinic::ClinicProfile;
use crate::time::Zone;

/// ISO 3166 code, calling code, number, and the time zones of the country, whole or, with a `/` at the end, by their
/// beginning.
type CountryRow = (&'static str, &'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const COUNTRIES: &[CountryRow] = &[
    ("AR", "54", "107", &["America/Argentina/", "America/Buenos_Aires", "America/Cordoba", "America/Mendoza"]),
    ("BO", "591", "118", &["America/La_Paz"]),
    ("BR", "55", "192", &[
        "America/Sao_Paulo", "America/Noronha", "America/Belem", "America/Fortaleza", "America/Recife",
        "America/Araguaina", "America/Maceio", "America/Bahia", "America/Campo_Grande", "America/Cuiaba",
        "America/Santarem", "America/Porto_Velho", "America/Boa_Vista", "America/Manaus", "America/Eirunepe",
        "America/Rio_Branco", "Brazil/",
    ]),
    ("CL", "56", "131", &["America/Santiago", "America/Coyhaique", "America/Punta_Arenas", "Pacific/Easter", "Chile/"]),
    ("CO", "57", "123", &["America/Bogota"]),
    ("CR", "506", "911", &["America/Costa_Rica"]),
    ("CU", "53", "104", &["America/Havana"]),
    ("EC", "593", "911", &["America/Guayaquil", "Pacific/Galapagos"]),
    ("ES", "34", "112", &["Europe/Madrid", "Africa/Ceuta", "Atlantic/Canary"]),
    ("GT", "502", "122", &["America/Guatemala"]),
    ("HN", "504", "911", &["America/Tegucigalpa"]),
    ("MX", "52", "911", &[
        "America/Mexico_City", "America/Cancun", "America/Merida", "America/Monterrey", "America/Matamoros",
        "America/Chihuahua", "America/Ciudad_Juarez", "America/Ojinaga", "America/Mazatlan",
        "America/Bahia_Banderas", "America/Hermosillo", "America/Tijuana", "Mexico/",
    ]),
    ("NI", "505", "128", &["America/Managua"]),
    ("PA", "507", "911", &["America/Panama"]),
    ("PE", "51", "106", &["America/Lima"]),
    ("PT", "351", "112", &["Europe/Lisbon", "Atlantic/Madeira", "Atlantic/Azores"]),
    ("PY", "595", "911", &["America/Asuncion"]),
    ("SV", "503", "911", &["America/El_Salvador"]),
    ("UY", "598", "911", &["America/Montevideo"]),
    ("VE", "58", "911", &["America/Caracas"]),
    // One numbering plan for the United States, Canada, the Dominican Republic, Puerto Rico and others; all have 911.
    ("US", "1", "911", &["America/"]),
    ("DO", "1", "911", &[]),
    ("PR", "1", "911", &[]),
    ("CA", "1", "911", &[]),
];

const ELSEWHERE: &str = "112";

/// The number of the country that a time zone belongs to.
#[must_use]
pub fn of_zone(zone: Zone) -> &'static str {
    let is_zone = |pattern: &&str| match pattern.ends_with('/') {
        true => zone.name().starts_with(pattern),
        false => zone.name() == *pattern,
    };
    number(|(_, _, _, zones)| zones.iter().any(is_zone))
}

/// The number of the country of a WhatsApp address: by its calling code, or by the country in the user id of a sender
/// who hides the number (`CO.123`).
#[must_use]
pub fn of_address(address: &str) -> &'static str {
    let bare = address.strip_prefix("whatsapp:").unwrap_or(address);
    match bare.strip_prefix('+') {
        // No calling code is the beginning of another one.
        Some(digits) => number(|(_, code, _, _)| digits.starts_with(code)),
        None => number(|(country, _, _, _)| {
            bare.split_once('.').is_some_and(|(code, _)| code.eq_ignore_ascii_case(country))
        }),
    }
}

/// A clinic's number: its own, or that of its country.
#[must_use]
pub fn of_clinic(clinic: &ClinicProfile) -> &str {
    clinic.emergency_number.as_ref().map_or_else(|| of_zone(clinic.timezone), |number| number.as_str())
}

fn number(is_country: impl Fn(&CountryRow) -> bool) -> &'static str {
    COUNTRIES.iter().find(|row| is_country(row)).map_or(ELSEWHERE, |(_, _, number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_has_the_number_of_its_country() {
        for (zone, expected) in [
            ("America/Argentina/Buenos_Aires", "107"),
            ("America/Argentina/Ushuaia", "107"),
            ("America/Bogota", "123"),
            ("America/Sao_Paulo", "192"),
            ("America/Mexico_City", "911"),
            ("America/Lima", "106"),
            ("America/Santiago", "131"),
            ("America/Montevideo", "911"),
            ("America/New_York", "911"),
            ("America/Santo_Domingo", "911"),
            ("Europe/Madrid", "112"),
            ("Europe/Paris", "112"),
            ("UTC", "112"),
        ] {
            assert_eq!(of_zone(Zone::parse(zone).unwrap()), expected, "{zone}");
        }
    }

    #[test]
    fn an_address_has_the_number_of_its_country() {
        for (address, expected) in [
            ("whatsapp:+5491123456789", "107"),
            ("+573001234567", "123"),
            ("+5511987654321", "192"),
            ("+5215512345678", "911"),
            ("+50212345678", "122"),
            ("+50312345678", "911"),
            ("+18095552000", "911"),
            ("CO.1234", "123"),
            ("whatsapp:BR.99", "192"),
            ("MX.1502998877665544", "911"),
            ("+4915112345678", "112"),
            ("", "112"),
        ] {
            assert_eq!(of_address(address), expected, "{address}");
        }
    }

    /// Otherwise the order of the table would decide.
    #[test]
    fn no_calling_code_is_the_beginning_of_another_one() {
        for (country, code, ..) in COUNTRIES {
            let others = COUNTRIES.iter().filter(|(_, other, ..)| other != code);
            assert_eq!(others.filter(|(_, other, ..)| other.starts_with(code)).count(), 0, "{country}");
        }
    }

    #[test]
    fn every_zone_of_the_table_exists() {
        let zones = COUNTRIES.iter().flat_map(|(.., zones)| zones.iter()).filter(|zone| !zone.ends_with('/'));
        for zone in zones {
            assert!(Zone::parse(zone).is_ok(), "{zone}");
        }
    }
}
