//! Entry point of `cargo lab`.

use clap::Parser as _;
use lab::options::LabCli;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::report("cargo lab", lab::run(LabCli::parse().command).await.map_err(cli::CommandError::from))
}
