//! Did it all happen as if one after the other? Each row has its versions, so the transactions that
//! read and wrote them have an order: who wrote a version comes before who read it, and who read it
//! before who wrote the next. If that order has no circle, there is a line in which all of them could
//! have stood.

use std::collections::{BTreeMap, HashMap};

/// A row that a transaction depended on, or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The row.
    pub row: String,
    /// The version that was read before; 0 where there was no row.
    pub read: u64,
    /// The version that was written, if any.
    pub written: Option<u64>,
}

/// A transaction that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// For which request.
    pub request: String,
    /// What it depended on.
    pub touches: Vec<Touch>,
}

/// Who wrote and read one version of one row, by places in the list of transactions.
#[derive(Debug, Default)]
struct Version {
    writers: Vec<usize>,
    readers: Vec<usize>,
}

/// The transactions that stand in a circle, or behind one: none in a run in which all is well. Two who
/// wrote the same version of a row are one.
#[must_use]
pub fn circle(applied: &[Applied]) -> Vec<&Applied> {
    let mut rows: HashMap<&str, BTreeMap<u64, Version>> = HashMap::new();
    for (place, transaction) in applied.iter().enumerate() {
        for touch in &transaction.touches {
            let versions = rows.entry(&touch.row).or_default();
            versions.entry(touch.read).or_default().readers.push(place);
            if let Some(written) = touch.written {
                versions.entry(written).or_default().writers.push(place);
            }
        }
    }
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); applied.len()];
    let mut waits_for: Vec<usize> = vec![0; applied.len()];
    let mut edge = |from: usize, to: usize| {
        if let (Some(next), Some(count), true) = (after.get_mut(from), waits_for.get_mut(to), from != to) {
            next.push(to);
            *count += 1;
        }
    };
    for versions in rows.values() {
        for (number, version) in versions {
            for &writer in &version.writers {
                version.readers.iter().for_each(|reader| edge(writer, *reader));
                // Whoever wrote the same version can't stand before it, nor behind it.
                version.writers.iter().for_each(|other| edge(writer, *other));
            }
            let next = versions.range(number + 1..).find(|(_, version)| !version.writers.is_empty());
            for &writer in next.map_or(&[] as &[usize], |(_, next)| next.writers.as_slice()) {
                version.writers.iter().chain(&version.readers).for_each(|before| edge(*before, writer));
            }
        }
    }
    let mut free: Vec<usize> = (0..applied.len()).filter(|place| waits_for.get(*place) == Some(&0)).collect();
    let mut stands = vec![false; applied.len()];
    while let Some(place) = free.pop() {
        if let Some(done) = stands.get_mut(place) {
            *done = true;
        }
        for &next in after.get(place).map_or(&[] as &[usize], Vec::as_slice) {
            if let Some(count) = waits_for.get_mut(next) {
                *count -= 1;
                if *count == 0 {
                    free.push(next);
                }
            }
        }
    }
    applied.iter().zip(stands).filter(|(_, stands)| !stands).map(|(transaction, _)| transaction).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(request: &str, touches: &[(&str, u64, Option<u64>)]) -> Applied {
        let touch = |(row, read, written): &(&str, u64, Option<u64>)| Touch {
            row: (*row).to_owned(),
            read: *read,
            written: *written,
        };
        Applied { request: request.to_owned(), touches: touches.iter().map(touch).collect() }
    }

    fn in_circle(all: &[Applied]) -> Vec<&str> {
        circle(all).into_iter().map(|transaction| transaction.request.as_str()).collect()
    }

    #[test]
    fn one_after_the_other_is_a_line_however_they_are_listed() {
        let mut all = vec![
            applied("c", &[("x", 2, Some(3)), ("y", 1, None)]),
            applied("a", &[("x", 0, Some(1))]),
            applied("b", &[("x", 1, Some(2)), ("y", 0, Some(1))]),
        ];
        assert_eq!(in_circle(&all), [""; 0]);
        all.reverse();
        assert_eq!(in_circle(&all), [""; 0]);
    }

    #[test]
    fn two_who_read_what_the_other_was_about_to_write_stand_in_a_circle() {
        let all = [
            applied("a", &[("x", 1, Some(2)), ("y", 1, None)]),
            applied("b", &[("y", 1, Some(2)), ("x", 1, None)]),
            applied("before", &[("x", 0, Some(1))]),
            applied("before too", &[("y", 0, Some(1))]),
        ];
        assert_eq!(in_circle(&all), ["a", "b"]);
    }

    #[test]
    fn a_write_over_a_version_that_was_not_read_is_a_circle() {
        let lost = [applied("a", &[("x", 1, Some(2))]), applied("b", &[("x", 1, Some(3))])];
        assert_eq!(in_circle(&lost), ["a", "b"]);
        let twice = [applied("a", &[("x", 1, Some(2))]), applied("b", &[("x", 1, Some(2))])];
        assert_eq!(in_circle(&twice), ["a", "b"]);
    }
}
