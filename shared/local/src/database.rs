//! An embedded DynamoDB. [`Database`] speaks DynamoDB's protocol on a port of 127.0.0.1, so that the real SDK can be
//! used, and has the real table in it. It is kept in memory, or in a file, which keeps every acknowledged write even
//! if the process is killed.
//!
//! Differences from AWS: no request conflicts or is throttled, every read is consistent, and expired rows are not
//! deleted.

mod load;
#[cfg(test)]
mod tests;

use crate::observer::ObservedClient;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use platform::dynamodb::local_config;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;
use store::Table;
use store::schema::{self, create_table};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const TABLE_NAME: &str = "citas";
/// How long [`Database::stop`] waits for running requests.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The configuration of a DynamoDB client whose calls are reported to the observer.
#[must_use]
pub fn observed_config(endpoint: &str) -> Builder {
    local_config(endpoint).interceptor(ObservedClient)
}

/// A way to connect to the table: the plain SDK, or an HTTP client in between.
pub trait Connection {
    fn table(&self, endpoint: &str, name: &str) -> Table;
}

fn table(endpoint: &str, name: &str) -> Table {
    Table::new(Client::from_conf(observed_config(endpoint).build()), name)
}

/// A running database. It ends with the runtime that it was started on or when it is dropped; only
/// [`Database::stop`] waits for the end.
#[derive(Debug)]
pub struct Database {
    endpoint: String,
    table: Table,
    /// `None` if it runs in another process.
    server: Option<Server>,
}

#[derive(Debug)]
struct Server {
    /// Sending or dropping it makes the server end.
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), String>>,
    engine: Engine,
}

/// The engine behind the protocol. A wrapper for the missing `Debug`.
struct Engine(dynoxide::Database);

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

/// Why a database could not be started, stopped or loaded.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file's folder could not be created, or no port was available.
    #[error("the embedded database could not be set up")]
    Io(#[from] std::io::Error),
    #[error("the path of the database is not Unicode")]
    Path,
    /// The file isn't a database, or not a readable one.
    #[error("the embedded database could not be opened")]
    Open(#[from] dynoxide::DynoxideError),
    #[error("the table could not be created")]
    Table(#[from] schema::CreateError),
    #[error("the embedded database failed: {0}")]
    Server(String),
    /// A request was still running after [`SHUTDOWN_TIMEOUT`].
    #[error("the embedded database did not stop in time")]
    Busy,
    /// It runs in another process: rows can't be loaded without its protocol.
    #[error("the database is not embedded")]
    NotEmbedded,
    #[error("rows could not be loaded: {0}")]
    Load(String),
}

impl Database {
    /// Starts a database in memory.
    pub async fn memory() -> Result<Self, DatabaseError> {
        Self::memory_at(0).await
    }

    /// Starts a database in memory at this port, for other processes; 0 is any free port.
    pub async fn memory_at(port: u16) -> Result<Self, DatabaseError> {
        Self::serve(dynoxide::Database::memory()?, port).await
    }

    /// Starts a database in a file, which is created with its folder if missing. Two processes must not share it.
    pub async fn file(path: &Path) -> Result<Self, DatabaseError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        Self::serve(dynoxide::Database::new(path.to_str().ok_or(DatabaseError::Path)?)?, 0).await
    }

    /// Uses a database of another process, such as `http://127.0.0.1:4599`, and creates a table of this name in it.
    pub async fn at_endpoint(endpoint: &str, name: &str) -> Result<Self, DatabaseError> {
        let table = table(endpoint, name);
        create_table(table.client(), name).await?;
        Ok(Self { endpoint: endpoint.to_owned(), table, server: None })
    }

    /// The same database, reached through this connection.
    #[must_use]
    pub fn through(mut self, connection: &impl Connection) -> Self {
        self.table = connection.table(&self.endpoint, self.table.name());
        self
    }

    async fn serve(engine: dynoxide::Database, port: u16) -> Result<Self, DatabaseError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel::<()>();
        let served = engine.clone();
        let task = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, served, async move {
            // A dropped sender means the same as a sent message.
            let _ = stopped.await;
        }));
        let table = table(&endpoint, TABLE_NAME);
        create_table(table.client(), TABLE_NAME).await?;
        Ok(Self { endpoint, table, server: Some(Server { stop, task, engine: Engine(engine) }) })
    }

    /// The URL for `AWS_ENDPOINT_URL_DYNAMODB`, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The table. All returned values share their connections.
    #[must_use]
    pub fn table(&self) -> Table {
        self.table.clone()
    }

    /// Stops accepting requests, finishes the running ones, and closes the file.
    pub async fn stop(self) -> Result<(), DatabaseError> {
        let Some(Server { stop, task, .. }) = self.server else { return Ok(()) };
        // It fails if the server has ended by itself: the next line returns the reason.
        let _ = stop.send(());
        let ended = tokio::time::timeout(SHUTDOWN_TIMEOUT, task).await.map_err(|_| DatabaseError::Busy)?;
        ended.map_err(|error| DatabaseError::Server(error.to_string()))?.map_err(DatabaseError::Server)
    }
}
