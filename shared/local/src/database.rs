//! Which database is there without AWS? [`Database`]: an embedded one that speaks DynamoDB's protocol
//! on a port of 127.0.0.1, so that the real SDK talks to it, with the real table in it. It lives
//! in memory, gone with the process, or in a file, which keeps every acknowledged write even if the
//! process is killed.
//!
//! What it does otherwise than AWS: nothing ever conflicts or is throttled, every read is
//! consistent, and rows past their time stay.

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

/// The table's name.
pub const TABLE_NAME: &str = "citas";
/// How long requests that are still running are waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The configuration of a client whose calls are observed.
#[must_use]
pub fn observed_config(endpoint: &str) -> Builder {
    local_config(endpoint).interceptor(ObservedClient)
}

/// Another way to the table than straight through the SDK.
pub trait Connection {
    /// The table behind an endpoint, reached this way.
    fn table(&self, endpoint: &str, name: &str) -> Table;
}

fn table(endpoint: &str, name: &str) -> Table {
    Table::new(Client::from_conf(observed_config(endpoint).build()), name)
}

/// A running database. It ends with the runtime that it was started on, or when it is dropped; after
/// [`Database::stop`] it certainly has.
#[derive(Debug)]
pub struct Database {
    endpoint: String,
    table: Table,
    /// Nothing where it runs elsewhere.
    server: Option<Server>,
}

#[derive(Debug)]
struct Server {
    /// Dropped or used, it asks the server to end.
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), String>>,
    engine: Engine,
}

/// What is behind the protocol.
struct Engine(dynoxide::Database);

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file's folder can't be made, or there is no port.
    #[error("the embedded database could not be set up")]
    Io(#[from] std::io::Error),
    /// The path isn't Unicode.
    #[error("the path of the database is not Unicode")]
    Path,
    /// It isn't a database, or not one that can be read.
    #[error("the embedded database could not be opened")]
    Open(#[from] dynoxide::DynoxideError),
    /// The table could not be created in it.
    #[error("the table could not be created")]
    Table(#[from] schema::CreateError),
    /// The server failed.
    #[error("the embedded database failed: {0}")]
    Server(String),
    /// A request was still running when the patience was over.
    #[error("the embedded database did not stop in time")]
    Busy,
    /// It runs elsewhere, and can't be loaded past its protocol.
    #[error("the database is not embedded")]
    NotEmbedded,
    /// Rows couldn't be loaded.
    #[error("rows could not be loaded: {0}")]
    Load(String),
}

impl Database {
    /// Starts one that is gone with the process.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn memory() -> Result<Self, DatabaseError> {
        Self::memory_at(0).await
    }

    /// The same at this port, for other processes to find it; 0 is any free one.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn memory_at(port: u16) -> Result<Self, DatabaseError> {
        Self::serve(dynoxide::Database::memory()?, port).await
    }

    /// Starts one in a file, which is made where it isn't there, with its folder. Two processes must
    /// not share it.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn file(path: &Path) -> Result<Self, DatabaseError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        Self::serve(dynoxide::Database::new(path.to_str().ok_or(DatabaseError::Path)?)?, 0).await
    }

    /// One that runs elsewhere, as `http://127.0.0.1:4599`: a table of this name is made in it.
    ///
    /// # Errors
    /// [`DatabaseError::Table`].
    pub async fn elsewhere(endpoint: &str, name: &str) -> Result<Self, DatabaseError> {
        let table = table(endpoint, name);
        create_table(table.client(), name).await?;
        Ok(Self { endpoint: endpoint.to_owned(), table, server: None })
    }

    /// Itself, reached through this connection.
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
            // A sender that was dropped says the same as one that was used.
            let _ = stopped.await;
        }));
        let table = table(&endpoint, TABLE_NAME);
        create_table(table.client(), TABLE_NAME).await?;
        Ok(Self { endpoint, table, server: Some(Server { stop, task, engine: Engine(engine) }) })
    }

    /// Where it listens, as `http://127.0.0.1:40123`: what `AWS_ENDPOINT_URL_DYNAMODB` takes.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The table. All of them share their connections.
    #[must_use]
    pub fn table(&self) -> Table {
        self.table.clone()
    }

    /// Takes no more requests, finishes those that are running, and closes the file.
    ///
    /// # Errors
    /// [`DatabaseError::Server`], [`DatabaseError::Busy`].
    pub async fn stop(self) -> Result<(), DatabaseError> {
        let Some(Server { stop, task, .. }) = self.server else { return Ok(()) };
        // It fails where the server has ended by itself: the next line says why.
        let _ = stop.send(());
        let ended = tokio::time::timeout(PATIENCE, task).await.map_err(|_| DatabaseError::Busy)?;
        ended.map_err(|error| DatabaseError::Server(error.to_string()))?.map_err(DatabaseError::Server)
    }
}
