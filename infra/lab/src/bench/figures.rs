//! What benches have found, for one table of all: ratios of what was measured side by side, and counts.

use super::machine::machine;
use std::fmt;

/// What a bench has measured: it prints as a table of its own.
pub trait Measurements: fmt::Display {
    /// What of it goes into the table of all.
    fn figures(&self) -> Vec<Figure>;

    /// Which promises weren't kept: those that hold on any machine.
    fn broken(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    what: String,
    value: f64,
    most: Option<f64>,
}

impl Figure {
    /// A figure that nothing is aimed at for.
    #[must_use]
    pub fn new(what: impl Into<String>, value: f64) -> Self {
        Self { what: what.into(), value, most: None }
    }

    /// The same, and what it should be at most, where something is aimed at.
    #[must_use]
    pub fn at_most(self, most: impl Into<Option<f64>>) -> Self {
        Self { most: most.into(), ..self }
    }
}

/// The table of all.
pub struct Table<'a>(pub &'a [Figure]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\n| | measured | at most | met |\n|---|---:|---:|---|", machine())?;
        for Figure { what, value, most } in self.0 {
            match most {
                Some(most) => {
                    let met = if value <= most { "yes" } else { "no" };
                    writeln!(f, "| {what} | {value:.2} | {most:.2} | {met} |")?;
                }
                None => writeln!(f, "| {what} | {value:.2} | | |")?,
            }
        }
        Ok(())
    }
}

/// The value that so many of a hundred don't exceed, of values in their order.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// The one in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    percentile(&values, 50)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_tells_whether_what_is_aimed_at_is_met() {
        let figures =
            [Figure::new("calls", 2.0).at_most(2.0), Figure::new("time", 2.1).at_most(2.0), Figure::new("x", 1.0)];
        let table = Table(&figures).to_string();
        let lines: Vec<&str> = table.lines().skip(4).collect();
        assert_eq!(lines, ["| calls | 2.00 | 2.00 | yes |", "| time | 2.10 | 2.00 | no |", "| x | 1.00 | | |"]);
    }

    #[test]
    fn of_nothing_there_is_no_percentile() {
        assert!(percentile(&[], 50).is_nan() && median(Vec::new()).is_nan());
        assert_eq!(
            (percentile(&[1.0, 2.0, 3.0], 50), percentile(&[1.0, 2.0], 99), median(vec![3.0, 1.0, 2.0])),
            (2.0, 2.0, 2.0)
        );
    }
}
