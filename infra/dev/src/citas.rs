//! `cargo dev citas <command>`: runs a command of `cargo citas` on the local server's folder, whose embedded table only
//! this program links.

use crate::options::CitasOptions;
use crate::serve::DATA;
use cli::CommandError;
use cli::options::{AdminCommand, CitasCommand, KeysCommand};
use cli::target::{ScratchTables, Target};
use futures_util::future::BoxFuture;
use local::database::Database;
use std::sync::{Arc, Mutex, PoisonError};
use store::Table;

/// Runs the command. Returns the text for stdout.
///
/// # Errors
/// A text for the operator.
pub async fn run(options: CitasOptions) -> Result<String, CommandError> {
    let CitasOptions { data, target, command } = options;
    let scratch: Arc<dyn ScratchTables> = Arc::new(MemoryTables::default());
    if target.is_named() {
        let target = Target::deployment(target).with_scratch(scratch);
        return cli::run(command, &target).await;
    }
    let file = data.join(DATA);
    let failed = |error: local::database::DatabaseError| format!("the embedded table: {error}");
    let database = match &command {
        // Keys are in a file of their own.
        CitasCommand::Keys(KeysCommand::Rotate) => Database::memory().await,
        CitasCommand::Admin(AdminCommand::Create(_)) => Database::file(&file).await,
        // Opening the file would create it.
        _ if !file.is_file() => {
            return Err(format!("there is no {}. Name the server's folder with --data", file.display()).into());
        }
        _ => Database::file(&file).await,
    };
    let database = database.map_err(failed)?;
    let target = Target::folder(data, database.table()).with_scratch(scratch);
    let outcome = cli::run(command, &target).await;
    database.stop().await.map_err(failed)?;
    outcome
}

/// Embedded tables in memory. They exist as long as this value.
#[derive(Default)]
struct MemoryTables(Mutex<Vec<Database>>);

impl ScratchTables for MemoryTables {
    fn create(&self) -> BoxFuture<'_, Result<Table, String>> {
        Box::pin(async move {
            let database = Database::memory().await.map_err(|error| error.to_string())?;
            let table = database.table();
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(database);
            Ok(table)
        })
    }
}
