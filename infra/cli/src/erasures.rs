//! `cargo citas erasures`: the ledger of patients who were erased, and its application to a table that was
//! restored to a time before.
//!
//! The local server's ledger stands in its table: `list` writes it into a folder, which is kept where the
//! copies of the table are. In AWS the scheduled job archives each line next to the seals.

use crate::archive::{ArchiveError, read_all};
use crate::offline_app;
use crate::target::{Target, TargetError};
use app::privacy::erasure::{apply_again, list_erasures};
use app::{App, AppError};
use std::path::Path;
use store::erasure::Erasure;

/// Why the ledger couldn't be listed or applied.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    /// The table couldn't be opened.
    #[error(transparent)]
    Table(#[from] TargetError),
    /// The ledger couldn't be read.
    #[error(transparent)]
    Ledger(#[from] ArchiveError),
    /// It couldn't be written.
    #[error("the ledger could not be written: {0}")]
    File(#[from] std::io::Error),
    /// A patient couldn't be erased.
    #[error("{0}")]
    Refused(#[from] AppError),
}

/// Writes a table's ledger into a folder, a file a patient. Answers how many there are.
///
/// # Errors
/// [`ErasureError`].
pub async fn list(into: &Path, target: &Target) -> Result<usize, ErasureError> {
    let listed = list_erasures(&offline_app::on(target.table().await?, None)).await?;
    std::fs::create_dir_all(into)?;
    for erasure in &listed {
        let line = serde_json::to_string(erasure).map_err(std::io::Error::other)?;
        std::fs::write(into.join(format!("{}.json", erasure.patient)), line)?;
    }
    Ok(listed.len())
}

/// Applies a ledger to the table that the options name. Answers how many were erased again.
///
/// # Errors
/// [`ErasureError`].
pub async fn apply(ledger: &Path, target: &Target) -> Result<usize, ErasureError> {
    let ledger: Vec<Erasure> = read_all(ledger, "line of the ledger of erasures")?;
    apply_with(&offline_app::on(target.table().await?, None), &ledger).await
}

/// Applies a ledger to an app's table.
///
/// # Errors
/// [`ErasureError`].
pub async fn apply_with(app: &App, ledger: &[Erasure]) -> Result<usize, ErasureError> {
    let mut again = 0;
    for erasure in ledger {
        again += usize::from(apply_again(app, erasure).await?);
    }
    Ok(again)
}
