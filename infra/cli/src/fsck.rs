//! `citas fsck`: checks a table's rows against each other, by each of the [`invariants`]. It is named after the
//! command that checks a file system.

use crate::target::{Target, TargetError};
use invariants::check_table;
use invariants::report::Report;

/// The table could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum FsckError {
    /// The table could not be opened.
    #[error(transparent)]
    Table(#[from] TargetError),
    /// The table could not be read.
    #[error(transparent)]
    Scan(#[from] invariants::scan::ScanError),
}

/// Checks the target's table. Reads only.
///
/// # Errors
/// [`FsckError`].
pub async fn fsck(target: &Target) -> Result<Report, FsckError> {
    Ok(check_table(&target.table().await?).await?)
}
