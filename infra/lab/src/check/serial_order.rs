//! Checks that all transactions have a serial order. The versions of each row order the transactions that read and
//! wrote it: the writer of a version comes before its readers, and they come before the writer of the next version. If
//! this graph has no cycle, the transactions are serializable.

use std::collections::{BTreeMap, HashMap};

/// A row that a transaction depended on or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowAccess {
    pub row: String,
    /// The version that was read before; 0 if there was no row.
    pub read: u64,
    /// The version that was written, if any.
    pub written: Option<u64>,
}

/// A transaction that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedTransaction {
    pub request: String,
    pub accesses: Vec<RowAccess>,
}

/// Writers and readers of one version of one row, by indices into the list of transactions.
#[derive(Debug, Default)]
struct Version {
    writers: Vec<usize>,
    readers: Vec<usize>,
}

/// The transactions that are on a cycle, or only reachable from one; empty if the transactions are serializable. Two
/// writers of the same version of a row form a cycle.
#[must_use]
pub fn serialization_cycle(applied: &[AppliedTransaction]) -> Vec<&AppliedTransaction> {
    let mut rows: HashMap<&str, BTreeMap<u64, Version>> = HashMap::new();
    for (index, transaction) in applied.iter().enumerate() {
        for access in &transaction.accesses {
            let versions = rows.entry(&access.row).or_default();
            versions.entry(access.read).or_default().readers.push(index);
            if let Some(written) = access.written {
                versions.entry(written).or_default().writers.push(index);
            }
        }
    }
    let mut successors: Vec<Vec<usize>> = vec![Vec::new(); applied.len()];
    let mut predecessors: Vec<usize> = vec![0; applied.len()];
    let mut edge = |from: usize, to: usize| {
        if let (Some(next), Some(count), true) = (successors.get_mut(from), predecessors.get_mut(to), from != to) {
            next.push(to);
            *count += 1;
        }
    };
    for versions in rows.values() {
        for (number, version) in versions {
            for &writer in &version.writers {
                version.readers.iter().for_each(|reader| edge(writer, *reader));
                // Two writers of the same version can't be ordered either way.
                version.writers.iter().for_each(|other| edge(writer, *other));
            }
            let next = versions.range(number + 1..).find(|(_, version)| !version.writers.is_empty());
            for &writer in next.map_or(&[] as &[usize], |(_, next)| next.writers.as_slice()) {
                version.writers.iter().chain(&version.readers).for_each(|before| edge(*before, writer));
            }
        }
    }
    let mut ready: Vec<usize> = (0..applied.len()).filter(|index| predecessors.get(*index) == Some(&0)).collect();
    let mut ordered = vec![false; applied.len()];
    while let Some(index) = ready.pop() {
        if let Some(done) = ordered.get_mut(index) {
            *done = true;
        }
        for &next in successors.get(index).map_or(&[] as &[usize], Vec::as_slice) {
            if let Some(count) = predecessors.get_mut(next) {
                *count -= 1;
                if *count == 0 {
                    ready.push(next);
                }
            }
        }
    }
    applied.iter().zip(ordered).filter(|(_, ordered)| !ordered).map(|(transaction, _)| transaction).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(request: &str, accesses: &[(&str, u64, Option<u64>)]) -> AppliedTransaction {
        let access = |(row, read, written): &(&str, u64, Option<u64>)| RowAccess {
            row: (*row).to_owned(),
            read: *read,
            written: *written,
        };
        AppliedTransaction { request: request.to_owned(), accesses: accesses.iter().map(access).collect() }
    }

    fn in_cycle(all: &[AppliedTransaction]) -> Vec<&str> {
        serialization_cycle(all).into_iter().map(|transaction| transaction.request.as_str()).collect()
    }

    #[test]
    fn serial_transactions_have_no_cycle_in_any_list_order() {
        let mut all = vec![
            applied("c", &[("x", 2, Some(3)), ("y", 1, None)]),
            applied("a", &[("x", 0, Some(1))]),
            applied("b", &[("x", 1, Some(2)), ("y", 0, Some(1))]),
        ];
        assert_eq!(in_cycle(&all), [""; 0]);
        all.reverse();
        assert_eq!(in_cycle(&all), [""; 0]);
    }

    #[test]
    fn two_transactions_that_read_before_the_other_wrote_form_a_cycle() {
        let all = [
            applied("a", &[("x", 1, Some(2)), ("y", 1, None)]),
            applied("b", &[("y", 1, Some(2)), ("x", 1, None)]),
            applied("before", &[("x", 0, Some(1))]),
            applied("before too", &[("y", 0, Some(1))]),
        ];
        assert_eq!(in_cycle(&all), ["a", "b"]);
    }

    #[test]
    fn a_lost_update_is_a_cycle() {
        let lost = [applied("a", &[("x", 1, Some(2))]), applied("b", &[("x", 1, Some(3))])];
        assert_eq!(in_cycle(&lost), ["a", "b"]);
        let same_version = [applied("a", &[("x", 1, Some(2))]), applied("b", &[("x", 1, Some(2))])];
        assert_eq!(in_cycle(&same_version), ["a", "b"]);
    }
}
