//! `cargo citas migrate`: writes rows of earlier versions in their present form, while the system is in use. It may be
//! repeated: what is in the present form is left as it is.
//!
//! | Since | Step |
//! |---|---|
//! | November 2026 | the search entries of patients, and their documents as unique values |
//! | November 2026 | the pointers of appointments that need attention |
//! | November 2026 | pairs of words among the search entries of patients |
//! | November 2026 | the days of rooms on which only cancelled appointments were imported |

use crate::offline_app;
use crate::target::{Target, TargetError};
use app::appointments::room_days::migrate_room_days;
use app::directory::patient_migration::{MigratedPatients, migrate_patients};
use app::worklist::migration::migrate_attention;
use app::{App, AppError, Context};
use std::fmt;

/// Why the migration stopped. What was migrated before stays.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    #[error(transparent)]
    Table(#[from] TargetError),
    #[error("{0}")]
    App(#[from] AppError),
}

/// What was migrated.
#[derive(Debug)]
pub struct MigrationReport {
    patients: MigratedPatients,
    /// Pointers of appointments that need attention.
    pointers: usize,
    /// Days of rooms.
    days: usize,
}

impl MigrationReport {
    /// Whether no row was left in a former form.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.patients.collisions.is_empty()
    }
}

impl fmt::Display for MigrationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { patients, pointers, days } = self;
        write!(f, "{} patients migrated", patients.migrated)?;
        if *pointers > 0 {
            write!(f, "\n{pointers} appointments added to the worklist")?;
        }
        if *days > 0 {
            write!(f, "\n{days} days added to the agendas of rooms")?;
        }
        for collision in &patients.collisions {
            let existing = collision.existing_id.as_deref().unwrap_or("another patient");
            write!(f, "\n{} has the document of {existing}; it is left as it was", collision.patient)?;
        }
        Ok(())
    }
}

/// Migrates the target's table.
pub async fn migrate(target: &Target) -> Result<MigrationReport, MigrationError> {
    Ok(migrate_app(&offline_app::with_table(target.table().await?, None)).await?)
}

/// The same for an app's table.
pub async fn migrate_app(app: &App) -> Result<MigrationReport, AppError> {
    let patients = migrate_patients(app, &Context::of_system("migrate".to_owned())).await?;
    let pointers = migrate_attention(app).await?;
    Ok(MigrationReport { patients, pointers, days: migrate_room_days(app).await? })
}
