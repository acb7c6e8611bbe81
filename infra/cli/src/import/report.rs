//! What an import did, row by row where it matters. It names rows by their numbers and fields by their
//! names: nothing of a person stands in it.

use std::collections::BTreeMap;
use std::fmt;

/// What became of the rows of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Taken.
    pub new: usize,
    /// Changed.
    pub changed: usize,
    /// As they were: from an earlier import, or because they say nothing new.
    pub known: usize,
    /// Refused.
    pub refused: usize,
}

/// Why a row was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Something in it is wrong.
    Wrong(String),
    /// It takes time that another one has.
    Overlap(String),
}

/// What is wrong with a field of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Which.
    pub field: String,
    /// Why.
    pub reason: Reason,
}

impl Complaint {
    /// Something is wrong.
    #[must_use]
    pub fn wrong(field: &str, reason: impl Into<String>) -> Self {
        Self { field: field.to_owned(), reason: Reason::Wrong(reason.into()) }
    }

    /// It takes time that others have.
    #[must_use]
    pub fn overlap(field: &str, with: impl Into<String>) -> Self {
        Self { field: field.to_owned(), reason: Reason::Overlap(with.into()) }
    }
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// By kind of row, in the order of the import.
    pub counts: Vec<(String, Count)>,
    /// Each complaint, with its row.
    pub refused: Vec<(String, Complaint)>,
    /// How many rows of kinds that aren't taken.
    pub left_out: BTreeMap<String, usize>,
}

impl Report {
    /// The numbers of a kind of row.
    pub fn count(&mut self, kind: &str) -> &mut Count {
        let place = self.counts.iter().position(|(known, _)| known == kind).unwrap_or_else(|| {
            self.counts.push((kind.to_owned(), Count::default()));
            self.counts.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "it was found there, or just put there")]
        &mut self.counts[place].1
    }

    /// Notes that a row was taken, or was there.
    pub fn took(&mut self, kind: &str, new: bool) {
        let count = self.count(kind);
        if new { count.new += 1 } else { count.known += 1 }
    }

    /// Notes that a row was refused.
    pub fn refuse(&mut self, kind: &str, row: impl fmt::Display, complaints: Vec<Complaint>) {
        self.count(kind).refused += 1;
        let row = format!("{kind} {row}");
        self.refused.extend(complaints.into_iter().map(|complaint| (row.clone(), complaint)));
    }

    /// How many rows were refused.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.counts.iter().map(|(_, count)| count.refused).sum()
    }

    fn complaints(&self, overlaps: bool) -> impl Iterator<Item = (&String, &str, &String)> {
        self.refused.iter().filter_map(move |(row, complaint)| match &complaint.reason {
            Reason::Overlap(reason) if overlaps => Some((row, complaint.field.as_str(), reason)),
            Reason::Wrong(reason) if !overlaps => Some((row, complaint.field.as_str(), reason)),
            Reason::Overlap(_) | Reason::Wrong(_) => None,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dry_run {
            writeln!(f, "A dry run: nothing was written. This is what would have been done.")?;
        }
        for (kind, Count { new, changed, known, refused }) in &self.counts {
            write!(f, "{kind}: {new} imported, ")?;
            if *changed > 0 {
                write!(f, "{changed} changed, ")?;
            }
            writeln!(f, "{known} as they were, {refused} refused")?;
        }
        for (kind, rows) in &self.left_out {
            writeln!(f, "{kind}: {rows}, of a kind that isn't taken")?;
        }
        for (title, overlaps) in [("Refused:", false), ("Overlaps, not imported:", true)] {
            for (place, (row, field, reason)) in self.complaints(overlaps).enumerate() {
                if place == 0 {
                    writeln!(f, "{title}")?;
                }
                writeln!(f, "  {row}: {field}: {reason}")?;
            }
        }
        write!(f, "{} refused", self.refused())
    }
}
