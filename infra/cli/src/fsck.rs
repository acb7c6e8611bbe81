//! `citas fsck`: checks a table's rows against each other, by each of the [`invariants`]. It is named after the
//! command that checks a file system.

use crate::target::{Target, TargetError};
use invariants::check_table;
use invariants::report::FsckReport;

#[derive(Debug, thiserror::Error)]
pub enum FsckError {
    #[error(transparent)]
    Table(#[from] TargetError),
    #[error(transparent)]
    Scan(#[from] invariants::scan::ScanError),
}

/// Checks the target's table. Reads only.
pub async fn fsck(target: &Target) -> Result<FsckReport, FsckError> {
    Ok(check_table(&target.table().await?).await?)
}
