//! The accuracy of the interpreter on the corpus: a confusion matrix per prompt, and every mistake.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{LabelledMessage, Meaning, ReplyContext};

/// Counts by label and reading. A label with `may_ask` has its own line.
type Matrix = BTreeMap<(Meaning, bool), BTreeMap<Meaning, usize>>;

/// The result of interpreting messages of the corpus.
#[derive(Debug, Clone)]
pub struct CorpusReport {
    matrices: BTreeMap<ReplyContext, Matrix>,
    mistakes: Vec<(LabelledMessage, Meaning)>,
}

impl CorpusReport {
    #[must_use]
    pub fn of(rows: &[LabelledMessage]) -> Self {
        let (mut matrices, mut mistakes) = (BTreeMap::<ReplyContext, Matrix>::new(), Vec::new());
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

    /// The messages with a wrong reading, and that reading.
    #[must_use]
    pub fn mistakes(&self) -> &[(LabelledMessage, Meaning)] {
        &self.mistakes
    }
}

impl fmt::Display for CorpusReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (context, matrix) in &self.matrices {
            write_matrix(f, *context, matrix)?;
        }
        let count_false = |is: fn(Meaning) -> bool| self.mistakes.iter().filter(|(_, reading)| is(*reading)).count();
        writeln!(
            f,
            "{} wrong: {} false confirm, {} false cancel, {} false choice",
            self.mistakes.len(),
            count_false(|reading| reading == Meaning::Confirm),
            count_false(|reading| reading == Meaning::Cancel),
            count_false(|reading| matches!(reading, Meaning::Choice(_))),
        )?;
        for (row, reading) in &self.mistakes {
            writeln!(f, "  {}: {:?} is {}, read as {reading}", row.context, row.message, row.label)?;
        }
        Ok(())
    }
}

/// One line per label, one column per reading that occurs.
fn write_matrix(f: &mut fmt::Formatter<'_>, context: ReplyContext, matrix: &Matrix) -> fmt::Result {
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
