//! Each version of a row is written once, and none is left out: two who wrote the same one didn't see
//! each other, and one that nobody wrote came from nowhere.

use super::order::Applied;
use domain::time::{Days, LocalDate};
use invariants::rows::Rows;
use std::collections::BTreeMap;
use store::keys::Key;

/// What is made during a run, so that all of its versions are: appointments, agendas, counters.
const WHOLE: [&str; 3] = [" DAY#", " DETAIL", " OVERBOOK#"];

/// The versions that have been written so far.
#[derive(Debug, Default)]
pub struct Versions(BTreeMap<String, u64>);

impl Versions {
    /// Goes on with what was applied since the last pause. Answers what is written twice or left out.
    pub fn follow(&mut self, applied: &[Applied]) -> Vec<String> {
        let mut written: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for touch in applied.iter().flat_map(|transaction| &transaction.touches) {
            if let Some(version) = touch.written.filter(|_| WHOLE.iter().any(|kind| touch.row.contains(kind))) {
                written.entry(&touch.row).or_default().push(version);
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

    /// Holds them against the agendas in the table.
    #[must_use]
    pub fn check(&self, rows: &Rows) -> Vec<String> {
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
    use crate::check::order::Touch;
    use domain::ids::{DoctorId, Id as _};
    use invariants::rows::Day;
    use store::keys::Resource;

    fn applied(versions: &[u64]) -> Vec<Applied> {
        let row = format!("DOCTOR#{} DAY#1970-01-02", DoctorId::nobody());
        let touch = |version: &u64| Touch { row: row.clone(), read: version - 1, written: Some(*version) };
        versions.iter().map(|version| Applied { request: "1".into(), touches: vec![touch(version)] }).collect()
    }

    #[test]
    fn each_version_is_written_once_in_whatever_order_it_is_heard_of() {
        let mut versions = Versions::default();
        assert_eq!(versions.follow(&applied(&[2, 1, 3])), [""; 0]);
        assert_eq!(versions.follow(&applied(&[4])), [""; 0]);
        assert_eq!(versions.follow(&applied(&[5, 5])).len(), 1, "twice");
        assert_eq!(versions.follow(&applied(&[7])).len(), 1, "one is left out");
    }

    #[test]
    fn the_table_stands_at_the_last_one() {
        let mut versions = Versions::default();
        versions.follow(&applied(&[1, 2]));
        let mut rows = Rows::default();
        let key = (Resource::Doctor(DoctorId::nobody()), 1);
        for (version, faults) in [(2, 0), (3, 1), (1, 1)] {
            rows.agenda.insert(key, Day { version, entries: BTreeMap::new() });
            assert_eq!(versions.check(&rows).len(), faults, "{version}");
        }
    }
}
