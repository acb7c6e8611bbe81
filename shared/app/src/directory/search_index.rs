//! Keeps the search index of patients: finishes changes that don't fit into one transaction.

use crate::App;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::sweep_run::{Progress, SweepRun};
use domain::ids::PatientId;
use domain::patient::Patient;
use std::collections::BTreeSet;
use store::Entity as _;
use store::keys::Key;
use store::search::{SearchEntry, search_entries};
use store::sweep::OutdatedEntries;
use store::{Purpose, Transaction};

/// Actions of a transaction, besides the check of the patient.
const CHUNK: usize = 80;

/// What is done with an entry.
enum EntryChange {
    Delete(Key),
    Write(SearchEntry),
}

/// Deletes outdated entries of a patient, and writes those of the contacts. It may run again: it compares with the
/// patient as it is.
pub(crate) async fn run_sweep(
    run: &SweepRun<'_>,
    patient: PatientId,
    outdated: &OutdatedEntries,
) -> Result<Progress, AppError> {
    let app = run.app;
    crate::retry!(_number => try_finish(app, patient, outdated))?;
    Ok(Progress::Finished)
}

async fn try_finish(app: &App, id: PatientId, outdated: &OutdatedEntries) -> Result<(), AttemptError> {
    let Some(patient) = app.table.get::<Patient>(&Key::patient(id)).await? else { return Ok(()) };
    let entries = search_entries(&patient);
    let kept: BTreeSet<Key> = entries.iter().map(SearchEntry::key).collect();
    let deleted = outdated.keys().filter(|key| !kept.contains(key)).map(EntryChange::Delete);
    let of_contacts = entries.iter().filter(|entry| entry.contact.is_some()).cloned().map(EntryChange::Write);
    let changes: Vec<EntryChange> = deleted.chain(of_contacts).collect();
    for chunk in changes.chunks(CHUNK) {
        let mut transaction = Transaction::default();
        // A change of the patient meanwhile may write an entry that is outdated now.
        let version = store::item::number(patient.version);
        transaction.check(Purpose::Version, Key::patient(id), "version = :read", &[(":read", version)]);
        for change in chunk {
            match change {
                EntryChange::Delete(key) => transaction.delete(Purpose::Append, key.clone()),
                EntryChange::Write(entry) => transaction.overwrite(Purpose::Append, entry),
            }
        }
        app.table.transact(transaction).await?;
    }
    Ok(())
}
