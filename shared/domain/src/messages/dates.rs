//! Dates and times in words, in the language of the patient.

use crate::language::Language;
use crate::time::{Instant, Zone};
use chrono::{Datelike as _, Timelike as _};

const WEEKDAYS: [[&str; 3]; 7] = [
    ["lunes", "segunda-feira", "Monday"],
    ["martes", "terça-feira", "Tuesday"],
    ["miércoles", "quarta-feira", "Wednesday"],
    ["jueves", "quinta-feira", "Thursday"],
    ["viernes", "sexta-feira", "Friday"],
    ["sábado", "sábado", "Saturday"],
    ["domingo", "domingo", "Sunday"],
];

const MONTHS: [[&str; 3]; 12] = [
    ["enero", "janeiro", "January"],
    ["febrero", "fevereiro", "February"],
    ["marzo", "março", "March"],
    ["abril", "abril", "April"],
    ["mayo", "maio", "May"],
    ["junio", "junho", "June"],
    ["julio", "julho", "July"],
    ["agosto", "agosto", "August"],
    ["septiembre", "setembro", "September"],
    ["octubre", "outubro", "October"],
    ["noviembre", "novembro", "November"],
    ["diciembre", "dezembro", "December"],
];

fn word<const N: usize>(table: &[[&'static str; 3]; N], row: u32, language: Language) -> &'static str {
    let [es, pt, en] = usize::try_from(row).ok().and_then(|row| table.get(row)).copied().unwrap_or_default();
    match language {
        Language::Es => es,
        Language::Pt => pt,
        Language::En => en,
    }
}

/// The local date and time in words: `viernes 12 de diciembre` and `10:00`. Never a relative day such as
/// "tomorrow", because a message may be read days later.
#[must_use]
pub fn spell_date_time(instant: Instant, zone: Zone, language: Language) -> (String, String) {
    let local = zone.local(instant);
    let weekday = word(&WEEKDAYS, local.weekday().num_days_from_monday(), language);
    let month = word(&MONTHS, local.month0(), language);
    let day = local.day();
    let date = match language {
        Language::Es | Language::Pt => format!("{weekday} {day} de {month}"),
        Language::En => format!("{weekday}, {month} {day}"),
    };
    (date, format!("{:02}:{:02}", local.hour(), local.minute()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_in_the_clinics_time_zone_and_the_patients_language() {
        let zone = Zone::parse("America/Argentina/Buenos_Aires").unwrap();
        let instant = Instant::parse("2025-12-13T01:00:00Z").unwrap();
        let spelled = |language| spell_date_time(instant, zone, language);
        assert_eq!(spelled(Language::Es), ("viernes 12 de diciembre".into(), "22:00".into()));
        assert_eq!(spelled(Language::Pt), ("sexta-feira 12 de dezembro".into(), "22:00".into()));
        assert_eq!(spelled(Language::En), ("Friday, December 12".into(), "22:00".into()));
    }
}
