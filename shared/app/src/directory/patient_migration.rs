//! Writes the rows of patients that were written by former rules again.

use crate::App;
use crate::directory::records::{naming_existing, replace_indexed};
use crate::support::context::Context;
use crate::support::dependents::Existing;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use crate::sweeps::{begin_sweep, schedule_sweep};
use domain::ids::PatientId;
use domain::patient::Patient;
use domain::record::Record;
use store::keys::{Directory, Key};
use store::patterns;
use store::search::ROW_RULES;

/// Patients per query of [`migrate_patients`].
const PAGE: usize = 100;

/// What became of the patients' rows of former rules.
#[derive(Debug, Default)]
pub struct MigratedPatients {
    /// How many patients had such rows, which are written again now.
    pub migrated: usize,
    /// Patients whose document is that of another one by the present rules. They are left as they were.
    pub collisions: Vec<DocumentCollision>,
}

/// Two patients with one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentCollision {
    pub patient: PatientId,
    /// The id of the other patient, if it could be read.
    pub existing_id: Option<String>,
}

/// Writes the search entries and unique documents of all patients whose rows are of former rules, one transaction for
/// each patient. The system may be in use, and what was done before is left as it is.
pub async fn migrate_patients(app: &App, ctx: &Context) -> Result<MigratedPatients, AppError> {
    let mut report = MigratedPatients::default();
    for is_active in [true, false] {
        let mut pattern = patterns::directory(Directory::Patients, is_active).limit(PAGE);
        loop {
            let page = app.table.query::<Patient>(&pattern).await?;
            for (_, patient) in page.rows.iter().filter(|(_, patient)| patient.row_rules < ROW_RULES) {
                match crate::retry!(_number => try_migrate(app, ctx, patient.id)) {
                    Ok(is_new) => report.migrated += usize::from(is_new),
                    Err(AppError::AlreadyExists { existing: Existing::Unique(existing_id), .. }) => {
                        report.collisions.push(DocumentCollision { patient: patient.id, existing_id });
                    }
                    Err(error) => return Err(error),
                }
            }
            match page.rows.last() {
                Some((position, _)) if page.more => pattern = pattern.after(position),
                _ => break,
            }
        }
    }
    Ok(report)
}

/// Returns whether there was anything to do.
async fn try_migrate(app: &App, ctx: &Context, id: PatientId) -> Result<bool, AttemptError> {
    let before = app.table.get::<Patient>(&Key::patient(id)).await?;
    let Some(before) = before.filter(|patient| patient.row_rules < ROW_RULES) else { return Ok(false) };
    // A change that read the former rules must not be committed after this one.
    let after = Record { version: before.version + 1, ..before.clone() };
    let mut uow = UnitOfWork::new(app, ctx);
    let sweep = match replace_indexed(&mut uow.transaction, &before, &after) {
        Some(rest) => Some(schedule_sweep(&mut uow, rest).await?),
        None => None,
    };
    if let Err(error) = uow.commit().await {
        return Err(naming_existing(app, &after, error).await);
    }
    if let Some(sweep) = sweep {
        begin_sweep(app, sweep).await;
    }
    Ok(true)
}
