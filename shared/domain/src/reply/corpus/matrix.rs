//! How the corpus is read: a confusion matrix for each context, and every mistake.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{Context, Meaning, Row};

/// How often each label was read as what. A label that may also be asked about has a line of its own.
type Matrix = BTreeMap<(Meaning, bool), BTreeMap<Meaning, usize>>;

/// How rows are read.
#[derive(Debug, Clone)]
pub struct Report {
    matrices: BTreeMap<Context, Matrix>,
    mistakes: Vec<(Row, Meaning)>,
}

impl Report {
    /// Reads all of them.
    #[must_use]
    pub fn of(rows: &[Row]) -> Self {
        let (mut matrices, mut mistakes) = (BTreeMap::<Context, Matrix>::new(), Vec::new());
        for row in rows {
            let reading = row.reading();
            let line = matrices.entry(row.context).or_default().entry((row.label, row.may_ask)).or_default();
            *line.entry(reading).or_default() += 1;
            if !row.allows(reading) {
                mistakes.push((*row, reading));
            }
        }
        Self { matrices, mistakes }
    }

    /// The rows that are read as what they don't mean, with that reading.
    #[must_use]
    pub fn mistakes(&self) -> &[(Row, Meaning)] {
        &self.mistakes
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (context, matrix) in &self.matrices {
            write_matrix(f, *context, matrix)?;
        }
        let false_ones = |is: fn(Meaning) -> bool| self.mistakes.iter().filter(|(_, reading)| is(*reading)).count();
        writeln!(
            f,
            "{} wrong: {} false confirm, {} false cancel, {} false choice",
            self.mistakes.len(),
            false_ones(|reading| reading == Meaning::Confirm),
            false_ones(|reading| reading == Meaning::Cancel),
            false_ones(|reading| matches!(reading, Meaning::Choice(_))),
        )?;
        for (row, reading) in &self.mistakes {
            writeln!(f, "  {}: {:?} is {}, read as {reading}", row.context, row.message, row.label)?;
        }
        Ok(())
    }
}

/// A line for each label, a column for each reading that came up.
fn write_matrix(f: &mut fmt::Formatter<'_>, context: Context, matrix: &Matrix) -> fmt::Result {
    let (mut all, mut meant, mut understood) = (0, 0, 0);
    let mut readings = BTreeSet::new();
    for ((label, _), line) in matrix {
        for (reading, count) in line {
            readings.insert(*reading);
            all += count;
            if *label != Meaning::Unclear {
                meant += count;
                understood += if label == reading { *count } else { 0 };
            }
        }
    }
    let percent = (understood * 100).checked_div(meant).unwrap_or(100);
    writeln!(f, "{context}: {all} messages; {understood} of {meant} that mean something understood, {percent} %")?;
    write!(f, "{:13}", "")?;
    for reading in &readings {
        write!(f, "{:>11}", reading.to_string())?;
    }
    writeln!(f)?;
    for ((label, may_ask), line) in matrix {
        write!(f, "{:13}", format!("{label}{}", if *may_ask { "?" } else { "" }))?;
        for reading in &readings {
            let count = line.get(reading).map_or("·".to_owned(), usize::to_string);
            write!(f, "{count:>11}")?;
        }
        writeln!(f)?;
    }
    writeln!(f)
}
