//! Checks that each version of a row is written exactly once, and none is skipped: two writers of one version lost an
//! update.

use super::serial_order::AppliedTransaction;
use domain::time::{Days, LocalDate};
use invariants::rows::TableRows;
use std::collections::BTreeMap;
use store::keys::Key;

/// Parts of the sort keys of rows that are created during a run, so that all their versions are seen: agendas,
/// appointments, counters.
const CREATED: [&str; 3] = [" DAY#", " DETAIL", " OVERBOOK#"];

/// The latest written version of each row.
#[derive(Debug, Default)]
pub struct WrittenVersions(BTreeMap<String, u64>);

impl WrittenVersions {
    /// Adds the transactions since the last check. Returns versions that were written twice or skipped.
    pub fn add_transactions(&mut self, applied: &[AppliedTransaction]) -> Vec<String> {
        let mut written: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for access in applied.iter().flat_map(|transaction| &transaction.accesses) {
            if let Some(version) = access.written.filter(|_| CREATED.iter().any(|kind| access.row.contains(kind))) {
                written.entry(&access.row).or_default().push(version);
            }
        }
        let mut found = Vec::new();
        for (row, mut versions) in written {
            versions.sort_unstable();
            let last = self.0.entry(row.to_owned()).or_default();
            for version in versions {
                if version != *last + 1 {
                    found.push(format!("{row}: version {version} was written after {last}"));
                }
                *last = version;
            }
        }
        found
    }

    /// Compares the latest written versions with the agendas in the table.
    #[must_use]
    pub fn check(&self, rows: &TableRows) -> Vec<String> {
        let mut found = Vec::new();
        for ((resource, day), row) in &rows.agenda {
            let date = u64::try_from(*day).ok().and_then(|day| LocalDate::default().checked_add_days(Days::new(day)));
            let Key { pk, sk } = Key::agenda(*resource, date.unwrap_or_default());
            let written = self.0.get(&format!("{pk} {sk}")).copied().unwrap_or(0);
            if written != row.version {
                found.push(format!("{pk} {sk}: at version {}, and {written} was written last", row.version));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::serial_order::RowAccess;
    use domain::ids::{DoctorId, Id as _};
    use invariants::rows::StoredAgendaDay;
    use store::keys::Resource;

    fn applied(versions: &[u64]) -> Vec<AppliedTransaction> {
        let row = format!("DOCTOR#{} DAY#1970-01-02", DoctorId::nil());
        let access = |version: &u64| RowAccess { row: row.clone(), read: version - 1, written: Some(*version) };
        versions
            .iter()
            .map(|version| AppliedTransaction { request: "1".into(), accesses: vec![access(version)] })
            .collect()
    }

    #[test]
    fn each_version_is_written_once_in_any_order_of_arrival() {
        let mut versions = WrittenVersions::default();
        assert_eq!(versions.add_transactions(&applied(&[2, 1, 3])), [""; 0]);
        assert_eq!(versions.add_transactions(&applied(&[4])), [""; 0]);
        assert_eq!(versions.add_transactions(&applied(&[5, 5])).len(), 1, "twice");
        assert_eq!(versions.add_transactions(&applied(&[7])).len(), 1, "one is skipped");
    }

    #[test]
    fn the_table_has_the_latest_written_version() {
        let mut versions = WrittenVersions::default();
        versions.add_transactions(&applied(&[1, 2]));
        let mut rows = TableRows::default();
        let key = (Resource::Doctor(DoctorId::nil()), 1);
        for (version, faults) in [(2, 0), (3, 1), (1, 1)] {
            rows.agenda.insert(key, StoredAgendaDay { version, entries: BTreeMap::new() });
            assert_eq!(versions.check(&rows).len(), faults, "{version}");
        }
    }
}
