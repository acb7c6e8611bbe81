//! `cargo lab`: see the library of this crate.

use clap::Parser as _;
use lab::options::Options;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::report("cargo lab", lab::run(Options::parse().command).await)
}
