//! Dates as spreadsheets write them: `2025-12-15` always, `15/12/2025` where the order of day and month is known.
//!
//! The file's own dates tell the order: a first number above 12 is a day. Where no date tells it, nothing is assumed.

use domain::time::{LocalDate, parse_date};

/// The order of day and month in dates such as `01/05/1980`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DateOrder {
    /// 01/05/1980 is the first of May.
    Dmy,
    /// 01/05/1980 is the fifth of January.
    Mdy,
}

impl DateOrder {
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Dmy => "dates with the day first",
            Self::Mdy => "dates with the month first",
        }
    }
}

/// A cell's date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// The year comes first.
    Iso(LocalDate),
    /// Two numbers and a year of four digits.
    Numbers {
        first: u32,
        second: u32,
        year: i32,
    },
    /// The year has two digits.
    ShortYear,
    Other,
}

impl Written {
    fn parse(text: &str) -> Self {
        let text = without_midnight(text);
        if let Ok(date) = parse_date(text) {
            return Self::Iso(date);
        }
        let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
        let number = |part: &str, digits: &[usize]| {
            let fits = digits.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u32>().ok().filter(|_| fits)
        };
        let [first, second, third] = parts.as_slice() else { return Self::Other };
        match (number(first, &[1, 2]), number(second, &[1, 2]), number(third, &[1, 2])) {
            (Some(_), Some(_), Some(_)) => return Self::ShortYear,
            (Some(first), Some(second), None) => {
                let year = number(third, &[4]).and_then(|year| i32::try_from(year).ok());
                return year.map_or(Self::Other, |year| Self::Numbers { first, second, year });
            }
            _ => {}
        }
        let year = number(first, &[4]).and_then(|year| i32::try_from(year).ok());
        let month_and_day = number(second, &[1, 2]).zip(number(third, &[1, 2]));
        year.zip(month_and_day)
            .and_then(|(year, (month, day))| LocalDate::from_ymd_opt(year, month, day))
            .map_or(Self::Other, Self::Iso)
    }

    /// The order that this date proves.
    fn proves(self) -> Option<DateOrder> {
        match self {
            Self::Numbers { first: 13.., second: ..=12, .. } => Some(DateOrder::Dmy),
            Self::Numbers { first: ..=12, second: 13.., .. } => Some(DateOrder::Mdy),
            _ => None,
        }
    }

    fn is_ambiguous(self) -> bool {
        matches!(self, Self::Numbers { first: first @ ..=12, second: second @ ..=12, .. } if first != second)
    }
}

/// Spreadsheets add a time of day to a date in a cell for instants.
fn without_midnight(text: &str) -> &str {
    let endings = [" 0:00", " 00:00", " 0:00:00", " 00:00:00", "T00:00:00"];
    endings.iter().find_map(|ending| text.strip_suffix(ending)).unwrap_or(text)
}

/// Day and month can't be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmbiguousDates {
    /// The line of the first such date.
    pub line: u64,
    /// Whether other dates prove both orders, rather than none.
    pub contradictory: bool,
}

/// The order of day and month that a file's dates prove, each with its line. `None` if it isn't needed.
///
/// # Errors
/// [`AmbiguousDates`] if a date needs the order and the dates don't prove one.
pub fn order<'a>(dates: impl Iterator<Item = (u64, &'a str)>) -> Result<Option<DateOrder>, AmbiguousDates> {
    let (mut day_first, mut month_first, mut ambiguous) = (false, false, None);
    for (line, text) in dates {
        let written = Written::parse(text);
        day_first |= written.proves() == Some(DateOrder::Dmy);
        month_first |= written.proves() == Some(DateOrder::Mdy);
        ambiguous = ambiguous.or(written.is_ambiguous().then_some(line));
    }
    match (day_first, month_first, ambiguous) {
        (true, false, _) => Ok(Some(DateOrder::Dmy)),
        (false, true, _) => Ok(Some(DateOrder::Mdy)),
        (_, _, None) => Ok(None),
        (contradictory, _, Some(line)) => Err(AmbiguousDates { line, contradictory }),
    }
}

/// The date of a cell, as `2025-12-15`.
///
/// # Errors
/// A text for the operator.
pub fn date(text: &str, order: Option<DateOrder>) -> Result<String, &'static str> {
    const INVALID: &str = "Not a date, as 2025-12-15 or 15/12/2025.";
    let (first, second, year) = match Written::parse(text) {
        Written::Iso(date) => return Ok(date.to_string()),
        Written::ShortYear => return Err("The year needs four digits."),
        Written::Other => return Err(INVALID),
        Written::Numbers { first, second, year } => (first, second, year),
    };
    let (day, month) = match order {
        Some(DateOrder::Mdy) => (second, first),
        None if second > 12 => (second, first),
        Some(DateOrder::Dmy) | None => (first, second),
    };
    LocalDate::from_ymd_opt(year, month, day).map(|date| date.to_string()).ok_or(match order {
        Some(DateOrder::Dmy) => "Not a date with the day first, as the others of this file.",
        Some(DateOrder::Mdy) => "Not a date with the month first, as the others of this file.",
        None => INVALID,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order_of(dates: &[&str]) -> Result<Option<DateOrder>, AmbiguousDates> {
        order((2..).zip(dates.iter().copied()))
    }

    #[test]
    fn one_date_tells_the_order_of_a_file() {
        assert_eq!(order_of(&["01/05/1980", "13/05/1980", "02/03/2001"]), Ok(Some(DateOrder::Dmy)));
        assert_eq!(order_of(&["1-5-1980", "5-31-1980"]), Ok(Some(DateOrder::Mdy)));
        assert_eq!(order_of(&["1980-05-01", "05/05/1980", "", "01/05/80", "x"]), Ok(None));
        let ambiguous = |line, contradictory| Err(AmbiguousDates { line, contradictory });
        assert_eq!(order_of(&["1980-05-13", "01/05/1980"]), ambiguous(3, false));
        assert_eq!(order_of(&["13/05/1980", "05/13/1980", "01/05/1980"]), ambiguous(4, true));
        // Each of them says by itself what it is.
        assert_eq!(order_of(&["13/05/1980", "05/13/1980"]), Ok(None));
    }

    #[test]
    fn a_date_is_read_in_the_order_of_its_file() {
        let (dmy, mdy) = (Some(DateOrder::Dmy), Some(DateOrder::Mdy));
        for (text, order, expected) in [
            ("1980-05-01", dmy, "1980-05-01"),
            ("1980-05-01", mdy, "1980-05-01"),
            ("1980/5/1", None, "1980-05-01"),
            ("01/05/1980", dmy, "1980-05-01"),
            ("01/05/1980", mdy, "1980-01-05"),
            ("1.5.1980", dmy, "1980-05-01"),
            ("1-5-1980 0:00", dmy, "1980-05-01"),
            ("05/05/1980", None, "1980-05-05"),
            ("13/05/1980", None, "1980-05-13"),
            ("05/13/1980", None, "1980-05-13"),
            ("29/02/2024", dmy, "2024-02-29"),
        ] {
            assert_eq!(date(text, order).as_deref(), Ok(expected), "{text}");
        }
        for (text, order) in [
            ("01/05/80", dmy),
            ("80-05-01", None),
            ("05/13/1980", dmy),
            ("13/05/1980", mdy),
            ("29/02/2023", dmy),
            ("29342", dmy),
            ("1/mayo/1980", dmy),
            ("01/05/19800", dmy),
            ("00/05/1980", dmy),
            ("1980-13-01", None),
        ] {
            assert!(date(text, order).is_err(), "{text}");
        }
    }
}
