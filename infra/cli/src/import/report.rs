//! The report of an import: counts by kind of row, and each rejected row with its errors. It names rows by number and
//! fields by name, and has no personal data.

use std::collections::BTreeMap;
use std::fmt;

/// The results for the rows of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub new: usize,
    pub changed: usize,
    /// Unchanged: imported earlier, or without new information.
    pub known: usize,
    pub refused: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectionReason {
    /// The value of a field is not valid.
    Invalid(String),
    /// It overlaps another row.
    Overlap(String),
}

/// An error in one field of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    pub field: String,
    pub reason: RejectionReason,
}

impl RowError {
    #[must_use]
    pub fn invalid(field: &str, reason: impl Into<String>) -> Self {
        Self { field: field.to_owned(), reason: RejectionReason::Invalid(reason.into()) }
    }

    #[must_use]
    pub fn overlap(field: &str, with: impl Into<String>) -> Self {
        Self { field: field.to_owned(), reason: RejectionReason::Overlap(with.into()) }
    }
}

/// The results of an import, or of a dry run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The files, with what was detected of each.
    pub files: Vec<String>,
    /// Counts by kind of row, in the order of the import.
    pub counts: Vec<(String, Count)>,
    /// The errors, each with its row.
    pub refused: Vec<(String, RowError)>,
    /// The number of rows of each kind that isn't imported.
    pub left_out: BTreeMap<String, usize>,
}

impl ImportReport {
    /// The counts of a kind of row.
    pub fn count(&mut self, kind: &str) -> &mut Count {
        let place = self.counts.iter().position(|(known, _)| known == kind).unwrap_or_else(|| {
            self.counts.push((kind.to_owned(), Count::default()));
            self.counts.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "it was found there, or just put there")]
        &mut self.counts[place].1
    }

    /// Counts a row that was imported now (`new`) or earlier.
    pub fn record_accepted(&mut self, kind: &str, new: bool) {
        let count = self.count(kind);
        if new { count.new += 1 } else { count.known += 1 }
    }

    /// Counts a rejected row and adds its errors.
    pub fn record_rejected(&mut self, kind: &str, row: impl fmt::Display, errors: Vec<RowError>) {
        self.count(kind).refused += 1;
        let row = format!("{kind} {row}");
        self.refused.extend(errors.into_iter().map(|error| (row.clone(), error)));
    }

    /// The number of rejected rows.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.counts.iter().map(|(_, count)| count.refused).sum()
    }

    fn errors(&self, overlaps: bool) -> impl Iterator<Item = (&String, &str, &String)> {
        self.refused.iter().filter_map(move |(row, error)| match &error.reason {
            RejectionReason::Overlap(reason) if overlaps => Some((row, error.field.as_str(), reason)),
            RejectionReason::Invalid(reason) if !overlaps => Some((row, error.field.as_str(), reason)),
            RejectionReason::Overlap(_) | RejectionReason::Invalid(_) => None,
        })
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dry_run {
            writeln!(f, "A dry run: nothing was written. This is what would have been done.")?;
        }
        for file in &self.files {
            writeln!(f, "{file}")?;
        }
        for (kind, Count { new, changed, known, refused }) in &self.counts {
            write!(f, "{kind}: {new} imported, ")?;
            if *changed > 0 {
                write!(f, "{changed} changed, ")?;
            }
            writeln!(f, "{known} as they were, {refused} refused")?;
        }
        for (kind, rows) in &self.left_out {
            writeln!(f, "{kind}: {rows}, of a kind that is not imported")?;
        }
        for (title, overlaps) in [("Refused:", false), ("Overlaps, not imported:", true)] {
            for (place, (row, field, reason)) in self.errors(overlaps).enumerate() {
                if place == 0 {
                    writeln!(f, "{title}")?;
                }
                writeln!(f, "  {row}: {field}: {reason}")?;
            }
        }
        write!(f, "{} refused", self.refused())
    }
}
