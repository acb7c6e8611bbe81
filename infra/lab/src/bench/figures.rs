//! The figures of benches for the common table: ratios of measurements side by side, and counts.

use super::machine::describe_machine;
use std::fmt;

/// The result of a bench, displayed as a table of its own.
pub trait Measurements: fmt::Display {
    /// The figures for the common table.
    fn figures(&self) -> Vec<Figure>;

    /// Exceeded limits, of those that hold on any machine.
    fn exceeded_limits(&self) -> Vec<String> {
        Vec::new()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    label: String,
    value: f64,
    limit: Option<f64>,
}

impl Figure {
    /// A figure without a limit.
    #[must_use]
    pub fn new(label: impl Into<String>, value: f64) -> Self {
        Self { label: label.into(), value, limit: None }
    }

    /// Sets the limit, if there is one.
    #[must_use]
    pub fn at_most(self, limit: impl Into<Option<f64>>) -> Self {
        Self { limit: limit.into(), ..self }
    }
}

/// The common table.
pub struct FigureTable<'a>(pub &'a [Figure]);

impl fmt::Display for FigureTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\n| | measured | at most | met |\n|---|---:|---:|---|", describe_machine())?;
        for Figure { label, value, limit } in self.0 {
            match limit {
                Some(limit) => {
                    let met = if value <= limit { "yes" } else { "no" };
                    writeln!(f, "| {label} | {value:.2} | {limit:.2} | {met} |")?;
                }
                None => writeln!(f, "| {label} | {value:.2} | | |")?,
            }
        }
        Ok(())
    }
}

/// The percentile of sorted values; NaN if there are none.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    percentile(&values, 50)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_shows_whether_its_limit_is_met() {
        let figures =
            [Figure::new("calls", 2.0).at_most(2.0), Figure::new("time", 2.1).at_most(2.0), Figure::new("x", 1.0)];
        let table = FigureTable(&figures).to_string();
        let lines: Vec<&str> = table.lines().skip(4).collect();
        assert_eq!(lines, ["| calls | 2.00 | 2.00 | yes |", "| time | 2.10 | 2.00 | no |", "| x | 1.00 | | |"]);
    }

    #[test]
    fn percentiles_of_no_values_are_nan() {
        assert!(percentile(&[], 50).is_nan() && median(Vec::new()).is_nan());
        assert_eq!(
            (percentile(&[1.0, 2.0, 3.0], 50), percentile(&[1.0, 2.0], 99), median(vec![3.0, 1.0, 2.0])),
            (2.0, 2.0, 2.0)
        );
    }
}
