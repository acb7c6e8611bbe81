//! Imports a `manage.py dumpdata` dump of the Django service.

mod appointments;
pub mod history;
mod messages;
mod people;
mod places;

use super::dump::{
    ACTION, APPOINTMENT, CLINIC, DOCTOR, Dump, DumpRow, MODELS, NOTIFICATION, PATIENT, ROOM, SCHEDULE, USER,
};
use super::progress::ImportProgress;
use super::rejection::{self, RowRejection};
use super::report::{ImportReport, RowError};
use super::specialties::Specialties;
use super::{ImportError, context, expect_admin, old_ids};
use app::directory::records::{Profile, RecordDraft};
use app::{App, AppError, Context};
use domain::ids::Id;
use domain::record::Record;
use domain::time::{Instant, Zone};
use domain::violation::{Rule, Violations};
use std::collections::{HashMap, HashSet};
use store::item::Entity;

/// Imports a dump. All clinics get this time zone.
pub async fn import(app: &App, text: &str, zone: Zone) -> Result<ImportReport, ImportError> {
    expect_admin(app).await?;
    let mut report = ImportReport::default();
    for model in MODELS {
        report.count(model);
    }
    let dump = Dump::parse(text, &mut report)?;
    let mut import = DjangoImport {
        app,
        ctx: context(),
        zone,
        dump: &dump,
        progress: ImportProgress::new(dump.len()),
        report,
        imported: HashSet::new(),
        unique_values: HashMap::new(),
        specialties: Specialties::default(),
        windows: Vec::new(),
        appointments: Vec::new(),
    };
    for model in MODELS {
        import.progress.set_stage(model);
        match model {
            // Actions and notifications are written with their appointments, in one transaction.
            APPOINTMENT => Box::pin(import.appointments()).await?,
            ACTION | NOTIFICATION => {}
            _ => {
                for (pk, row) in dump.rows(model) {
                    // Boxed, because the futures together are too large for a thread's stack.
                    let done = match model {
                        USER => Box::pin(import.user(pk, row)).await,
                        CLINIC => Box::pin(import.clinic(pk, row)).await,
                        ROOM => Box::pin(import.room(pk, row)).await,
                        DOCTOR => Box::pin(import.doctor(pk, row)).await,
                        PATIENT => Box::pin(import.patient(pk, row)).await,
                        SCHEDULE => Box::pin(import.schedule(pk, row)).await,
                        _ => continue,
                    };
                    import.record_outcome(model, pk, done)?;
                    import.progress.advance(1);
                }
            }
        }
    }
    Ok(import.report)
}

/// The state of a running import.
struct DjangoImport<'a> {
    app: &'a App,
    ctx: Context,
    zone: Zone,
    dump: &'a Dump,
    progress: ImportProgress,
    report: ImportReport,
    /// The rows of the dump that are in the table now.
    imported: HashSet<(&'static str, u64)>,
    /// Unique values, with the row of the dump that has each.
    unique_values: HashMap<(String, String), u64>,
    specialties: Specialties,
    /// The imported availability windows.
    windows: Vec<(u64, app::availability::schedules::WindowDraft)>,
    /// The imported appointments that block time.
    appointments: Vec<appointments::OccupiedTime>,
}

impl DjangoImport<'_> {
    /// Reports the outcome of a row. `true` is a new row.
    fn record_outcome(
        &mut self,
        model: &'static str,
        pk: u64,
        done: Result<bool, RowRejection>,
    ) -> Result<(), ImportError> {
        match done {
            Ok(new) => {
                self.imported.insert((model, pk));
                self.report.record_accepted(model, new);
                Ok(())
            }
            Err(RowRejection::Invalid(errors)) => {
                self.report.record_rejected(model, pk, errors);
                Ok(())
            }
            Err(RowRejection::Fatal(error)) => Err(error),
        }
    }

    /// The number in a field that refers to an imported row of another model.
    fn reference(&self, row: &DumpRow, field: &str, model: &'static str) -> Result<u64, RowError> {
        let Some(pk) = row.get(field).as_u64() else {
            return Err(RowError::invalid(field, rejection::rule_text(&Rule::Required)));
        };
        if self.imported.contains(&(model, pk)) {
            Ok(pk)
        } else if self.dump.has(model, pk) {
            Err(RowError::invalid(field, format!("{model} {pk} isn't imported.")))
        } else {
            Err(RowError::invalid(field, format!("There is no {model} {pk}.")))
        }
    }

    /// The same as the id of the imported row.
    fn reference_id<I: Id>(&self, row: &DumpRow, field: &str, model: &'static str) -> Result<I, RowRejection> {
        match self.reference(row, field, model) {
            Ok(pk) => Ok(old_ids::id(model, pk)),
            Err(error) => Err(RowRejection::Invalid(vec![error])),
        }
    }

    /// When a row was created and updated; now if the row doesn't say.
    fn timestamps(&self, row: &DumpRow, made: &str, changed: &str) -> Result<(Instant, Instant), Violations> {
        let mut v = Violations::default();
        let now = self.app.now();
        let mut at = |field: &str| {
            let given = if row.text(field).is_empty() { Ok(now) } else { row.instant(field, self.zone) };
            // The old service's clock may have been ahead of ours.
            v.take(field, given).map(|at| at.min(now))
        };
        let (made, changed) = (at(made), at(changed));
        v.finish(made.zip(changed)).map(|(made, changed)| (made, changed.max(made)))
    }

    /// Imports a record under the id of its number. Returns whether it is new.
    async fn import_record<P: Profile>(
        &mut self,
        (model, pk): (&str, u64),
        next: RecordDraft<P>,
        (created_at, updated_at): (Instant, Instant),
    ) -> Result<bool, RowRejection>
    where
        Record<P::Id, P>: Entity,
    {
        let id = old_ids::id(model, pk);
        let record = Record { is_active: next.is_active, updated_at, ..Record::new(id, next.profile, created_at) };
        let values: Vec<(String, String)> = P::unique_values(&record)
            .iter()
            .map(|value| (value.field().to_owned(), store::Key::unique(value).pk))
            .collect();
        let imported = app::integration::import::import_record(self.app, &self.ctx, &record).await;
        self.explain_duplicate(model, pk, &values, imported)
    }

    /// Names the other row of the dump if a unique value is a duplicate.
    fn explain_duplicate(
        &mut self,
        model: &str,
        pk: u64,
        values: &[(String, String)],
        imported: Result<bool, AppError>,
    ) -> Result<bool, RowRejection> {
        if let Err(AppError::AlreadyExists { field, .. }) = &imported {
            let other = values.iter().filter(|(name, _)| name == field).find_map(|value| self.unique_values.get(value));
            if let Some(other) = other {
                return Err(RowRejection::Invalid(vec![RowError::invalid(
                    field,
                    format!("The same as {model} {other}."),
                )]));
            }
        }
        let new = imported?;
        self.unique_values.extend(values.iter().cloned().map(|value| (value, pk)));
        Ok(new)
    }
}
