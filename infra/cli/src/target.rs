//! The target of a command: a stack, a table behind an endpoint, or the local server's folder.

use clap::Args;
use futures_util::future::BoxFuture;
use platform::aws::{Aws, AwsConfigError};
use platform::dynamodb::{local_table, table};
use std::path::PathBuf;
use std::sync::Arc;
use store::Table;

/// The table's name outside of a stack: the local server's, and that of `cargo dev table`.
pub const TABLE_NAME: &str = "citas";
/// The table's logical id in template.yaml. CloudFormation names it `<stack>-Table-<suffix>`.
const LOGICAL_ID: &str = "Table";

/// Options that name a deployment.
#[derive(Debug, Clone, Args)]
pub struct TargetArgs {
    /// A deployment in AWS, with the credentials of the environment (AWS_ACCESS_KEY_ID, …).
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "endpoint", value_parser = parse_stack)]
    pub stack: Option<String>,
    /// The stack's region, if AWS_REGION doesn't name it.
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// A table on this machine, as `cargo dev table` serves one: http://127.0.0.1:8001.
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint: Option<String>,
    /// The table's name. By default a stack's is looked up, and an endpoint's is citas.
    #[arg(long, global = true, value_name = "NAME")]
    pub table: Option<String>,
}

impl TargetArgs {
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.stack.is_some() || self.endpoint.is_some() || self.table.is_some()
    }
}

/// Parses a stack's name as CloudFormation allows it. It becomes a part of function names and of a URL.
fn parse_stack(text: &str) -> Result<String, String> {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let is_valid = begins && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_valid { Ok(text.to_owned()) } else { Err("not the name of a stack: letters, digits and hyphens".to_owned()) }
}

/// Creates empty tables for dry runs. Only a program that links the embedded table can.
pub trait ScratchTables: Send + Sync {
    /// Creates an empty table that is deleted with the process.
    fn create(&self) -> BoxFuture<'_, Result<Table, String>>;
}

/// The target of a command.
pub struct Target {
    location: Location,
    /// Tables for dry runs, if the program has them.
    pub scratch: Option<Arc<dyn ScratchTables>>,
}

enum Location {
    Deployment(TargetArgs),
    /// The local server's folder, and its table while the server is stopped.
    Folder {
        folder: PathBuf,
        table: Table,
    },
}

/// Why a table could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error(
        "name a deployment with --stack or --endpoint. The local server's folder is reached by `cargo dev citas <command>`"
    )]
    Unnamed,
    #[error(transparent)]
    Aws(#[from] AwsConfigError),
    #[error("the tables in {region} could not be listed. It needs the permission dynamodb:ListTables, or --table")]
    NotListed { region: String },
    /// Not exactly one table has the stack's prefix.
    #[error("{found} tables in {region} are named {stack}-{LOGICAL_ID}-…; name one with --table")]
    NotOne { found: usize, stack: String, region: String },
}

impl Target {
    /// A deployment. It is not accessed before a command needs it.
    #[must_use]
    pub fn deployment(args: TargetArgs) -> Self {
        Self { location: Location::Deployment(args), scratch: None }
    }

    /// The local server's folder with its table.
    #[must_use]
    pub fn folder(folder: PathBuf, table: Table) -> Self {
        Self { location: Location::Folder { folder, table }, scratch: None }
    }

    /// Adds tables for dry runs.
    #[must_use]
    pub fn with_scratch(mut self, scratch: Arc<dyn ScratchTables>) -> Self {
        self.scratch = Some(scratch);
        self
    }

    /// The local server's folder, if the target is one.
    #[must_use]
    pub fn local_folder(&self) -> Option<&PathBuf> {
        match &self.location {
            Location::Folder { folder, .. } => Some(folder),
            Location::Deployment(_) => None,
        }
    }

    /// The stack's name, if the target is a stack.
    #[must_use]
    pub fn stack(&self) -> Option<&str> {
        self.args().and_then(|args| args.stack.as_deref())
    }

    /// The region from the options.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.args().and_then(|args| args.region.as_deref())
    }

    /// Whether the table is in AWS.
    #[must_use]
    pub fn is_aws(&self) -> bool {
        self.args().is_some_and(|args| args.endpoint.is_none())
    }

    fn args(&self) -> Option<&TargetArgs> {
        match &self.location {
            Location::Deployment(args) => Some(args),
            Location::Folder { .. } => None,
        }
    }

    /// Opens the table. It doesn't check that an endpoint responds.
    pub async fn table(&self) -> Result<Table, TargetError> {
        let args = match &self.location {
            Location::Folder { table, .. } => return Ok(table.clone()),
            Location::Deployment(args) => args,
        };
        match (&args.endpoint, &args.stack, &args.table) {
            (Some(endpoint), _, name) => Ok(local_table(endpoint, name.as_deref().unwrap_or(TABLE_NAME))),
            (None, None, None) => Err(TargetError::Unnamed),
            (None, _, Some(name)) => Ok(table(&Aws::from_env_in(args.region.as_deref())?.config, name)),
            (None, Some(stack), None) => {
                let aws = Aws::from_env_in(args.region.as_deref())?;
                let region = aws.config.region().map(ToString::to_string).unwrap_or_default();
                let name = table_of_stack(table(&aws.config, TABLE_NAME).client(), stack, region).await?;
                Ok(table(&aws.config, &name))
            }
        }
    }
}

/// The name of a stack's table, the only one with its prefix.
async fn table_of_stack(client: &aws_sdk_dynamodb::Client, stack: &str, region: String) -> Result<String, TargetError> {
    let prefix = format!("{stack}-{LOGICAL_ID}-");
    let mut found = Vec::new();
    let mut position = None;
    loop {
        let page = client.list_tables().set_exclusive_start_table_name(position).send().await;
        let Ok(page) = page else { return Err(TargetError::NotListed { region }) };
        found.extend(page.table_names.unwrap_or_default().into_iter().filter(|name| name.starts_with(&prefix)));
        position = page.last_evaluated_table_name;
        if position.is_none() {
            break;
        }
    }
    match <[String; 1]>::try_from(found) {
        Ok([name]) => Ok(name),
        Err(found) => Err(TargetError::NotOne { found: found.len(), stack: stack.to_owned(), region }),
    }
}
