//! `cargo dev citas <command>`: a command of `cargo citas` on the local server's folder, whose embedded table only
//! this program links.

use crate::options::CitasOptions;
use crate::serve::DATA;
use cli::options::{AdminCommand, Command, KeysCommand};
use cli::target::{ScratchTables, Target};
use futures_util::future::BoxFuture;
use local::database::Database;
use std::sync::{Arc, Mutex, PoisonError};
use store::Table;

/// Runs the command. Answers what belongs on stdout.
///
/// # Errors
/// A text for the operator.
pub async fn run(options: CitasOptions) -> Result<String, String> {
    let CitasOptions { data, target, command } = options;
    let scratch: Arc<dyn ScratchTables> = Arc::new(MemoryTables::default());
    if target.is_named() {
        let target = Target::deployment(target).with_scratch(scratch);
        return cli::run(command, &target).await;
    }
    let file = data.join(DATA);
    let failed = |error: local::database::DatabaseError| format!("the embedded table: {error}");
    let database = match &command {
        // Keys stand in a file of their own.
        Command::Keys(KeysCommand::Rotate) => Database::memory().await,
        Command::Admin(AdminCommand::Create(_)) => Database::file(&file).await,
        // Opening would create it.
        _ if !file.is_file() => {
            return Err(format!("there is no {}. Name the server's folder with --data", file.display()));
        }
        _ => Database::file(&file).await,
    };
    let database = database.map_err(failed)?;
    let target = Target::folder(data, database.table()).with_scratch(scratch);
    let outcome = cli::run(command, &target).await;
    database.stop().await.map_err(failed)?;
    outcome
}

/// Embedded tables in memory. They live as long as this does.
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
