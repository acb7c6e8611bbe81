//! `cargo dev fsck`: is everything in a table as it should be? It names each of the [`invariants`] that
//! fails. The name is that of the command that checks a file system.

use crate::options::FsckOptions;
use invariants::check_table;
use invariants::report::Report;
use platform::dynamodb::{local_table, table};
use store::Table;
use testkit::database::Database;

/// Why a table couldn't be checked.
#[derive(Debug, thiserror::Error)]
pub enum FsckError {
    /// There is no table of the local server's.
    #[error("there is no {0}. Name a folder with --data, or a table with --endpoint or --aws")]
    NoFile(String),
    /// The embedded table didn't start.
    #[error("the embedded table: {0}")]
    Database(#[from] testkit::database::DatabaseError),
    /// Nobody says where in AWS.
    #[error(transparent)]
    Aws(#[from] platform::aws::NoAws),
    /// The table couldn't be read.
    #[error(transparent)]
    Scan(#[from] invariants::scan::ScanError),
}

/// Checks the table that the options name.
///
/// # Errors
/// [`FsckError`].
pub async fn fsck(options: &FsckOptions) -> Result<Report, FsckError> {
    let chosen = Chosen::open(options).await?;
    let report = check_table(&chosen.table).await;
    chosen.close().await?;
    Ok(report?)
}

/// The table that the options name.
pub(crate) struct Chosen {
    /// The table.
    pub(crate) table: Table,
    /// Its server, where it is ours.
    database: Option<Database>,
}

impl Chosen {
    pub(crate) async fn open(options: &FsckOptions) -> Result<Self, FsckError> {
        if options.aws {
            return Ok(Self { table: table(&platform::aws::Aws::from_env()?.config, &options.table), database: None });
        }
        if let Some(endpoint) = &options.endpoint {
            return Ok(Self { table: local_table(endpoint, &options.table), database: None });
        }
        let file = options.data.join(crate::serve::DATA);
        // Opening would make it, and a check writes nothing.
        if !file.is_file() {
            return Err(FsckError::NoFile(file.display().to_string()));
        }
        let database = Database::file(&file).await?;
        Ok(Self { table: database.table(), database: Some(database) })
    }

    pub(crate) async fn close(self) -> Result<(), FsckError> {
        match self.database {
            Some(database) => Ok(database.stop().await?),
            None => Ok(()),
        }
    }
}
