//! `cargo citas erasures`: exports the ledger of erased patients, and applies it to a table that was restored to an
//! earlier time.
//!
//! The local server's ledger is in its table: `list` writes it into a folder, to be kept with the backups of the table.
//! In AWS the scheduled job archives each entry next to the seals.

use crate::archive::{ArchiveFolderError, read_all};
use crate::offline_app;
use crate::target::{Target, TargetError};
use app::privacy::erasure::{list_erasures, reapply_erasure};
use app::{App, AppError};
use std::path::Path;
use store::erasure::Erasure;

/// Why the ledger could not be exported or applied.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    #[error(transparent)]
    Table(#[from] TargetError),
    #[error(transparent)]
    Ledger(#[from] ArchiveFolderError),
    #[error("the ledger could not be written: {0}")]
    File(#[from] std::io::Error),
    #[error("{0}")]
    Refused(#[from] AppError),
}

/// Writes the ledger into a folder, one file for each patient. Returns the number of entries.
pub async fn list(into: &Path, target: &Target) -> Result<usize, ErasureError> {
    let listed = list_erasures(&offline_app::with_table(target.table().await?, None)).await?;
    std::fs::create_dir_all(into)?;
    for erasure in &listed {
        let line = serde_json::to_string(erasure).map_err(std::io::Error::other)?;
        std::fs::write(into.join(format!("{}.json", erasure.patient)), line)?;
    }
    Ok(listed.len())
}

/// Applies a ledger to the target's table. Returns how many patients were erased again.
pub async fn apply(ledger: &Path, target: &Target) -> Result<usize, ErasureError> {
    let ledger: Vec<Erasure> = read_all(ledger, "entry of the ledger of erasures")?;
    apply_to_app(&offline_app::with_table(target.table().await?, None), &ledger).await
}

/// The same for an app's table.
pub async fn apply_to_app(app: &App, ledger: &[Erasure]) -> Result<usize, ErasureError> {
    let mut again = 0;
    for erasure in ledger {
        again += usize::from(reapply_erasure(app, erasure).await?);
    }
    Ok(again)
}
